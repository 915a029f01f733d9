import { describe, expect, test } from "vitest";
import { events, KINDS, manifest, project, ran, run, WORK } from "./rig.ts";

const DANGEROUS = `${WORK}
export function exit(code) { ran("exit"); process.exit(code); }
export async function reject() { ran("reject"); void Promise.reject(new RangeError("nobody caught this")); await until("never"); }
export function allocate() {
  const kept = [];
  for (;;) kept.push(new Array(1e6).fill(kept.length));
}
export function spin() { for (;;); }
/** Ends its worker the first time, and is right the second time. */
export function unsteady(name) {
  const before = existsSync("tried-" + name);
  writeFileSync("tried-" + name, "");
  if (!before) process.exit(9);
  return name;
}
/** Throws twice, then takes its worker away, then is right. */
export function hard() {
  ran("hard");
  const times = readFileSync("ran", "utf8").trim().split("\\n").length;
  if (times <= 2) throw new TypeError("time " + times);
  if (times === 3) process.exit(9);
  return times;
}
import { readFileSync } from "node:fs";
`;

async function dangerous(...args: Parameters<typeof manifest>): ReturnType<typeof project> {
  const ws = await project(manifest(...args));
  await ws.write("work.ts", DANGEROUS);
  return ws;
}

describe.each(KINDS)("in $kind", ({ processes }) => {
  test("a call that takes its worker away fails, and others go on", async () => {
    const ws = await dangerous({ processes });

    const out = await run(
      ws,
      `const { WorkerLostError } = await import("scalable");
       const other = client.submit(work.gated, ["other"]);
       out.exit = await caught(client.submit(work.exit, [3]));
       const rejecting = client.submit(work.reject);
       out.reject = await caught(rejecting);
       out.kind = await rejecting.catch((error) => error instanceof WorkerLostError);
       writeFileSync("go-other", "");
       out.other = await other;
       out.next = (await client.submit(work.where, ["next"])).label;`,
    );

    expect(out).toMatchObject({
      exit: { code: "E_WORKER_LOST", message: "The worker of exit was lost (exit code 3) before the call ended." },
      reject: { code: "E_WORKER_LOST" },
      kind: true,
      other: "other",
      next: "next",
    });
    expect(await ran(ws)).toEqual(["exit", "reject", "where next"]);
    const lost = (await events(ws, "workers")).filter(({ state }) => state === "lost");
    expect(lost.map(({ reason }) => reason)).toEqual(["exit code 3", expect.any(String)]);
    expect((await events(ws, "failures")).map(({ error_class, retried }) => [error_class, retried])).toEqual([
      ["WorkerLostError", false],
      ["WorkerLostError", false],
    ]);
  });

  test("an endless loop is ended by its timeout, and others go on", async () => {
    const ws = await dangerous({ processes });

    const out = await run(
      ws,
      `const { TaskTimeoutError } = await import("scalable");
       const other = client.submit(work.gated, ["other"]);
       const spinning = client.submit(work.spin, [], { timeout: 300 });
       out.spin = await caught(spinning);
       out.kind = await spinning.catch((error) => error instanceof TaskTimeoutError);
       writeFileSync("go-other", "");
       out.other = await other;
       out.next = (await client.submit(work.where, ["next"])).label;`,
    );

    expect(out).toMatchObject({
      spin: { code: "E_TIMEOUT", message: "spin ran longer than its timeout of 300 ms, and was ended." },
      kind: true,
      other: "other",
      next: "next",
    });
    expect(await events(ws, "failures")).toMatchObject([{ error_class: "TaskTimeoutError", retried: false }]);
  });

  test("retries after errors and after lost workers are counted apart", async () => {
    const tasks =
      "components: { main: {} }\ntasks: { hard: { component: main, cache: false, retries: { max: 2, backoff: 1 } } }";
    const ws = await dangerous({ processes }, tasks);

    const out = await run(
      ws,
      `out.hard = await client.submit(work.hard); out.steady = await client.submit(work.unsteady, ["a"], { retries: 1 });`,
    );

    expect(out).toEqual({ hard: 4, steady: "a" });
    const failures = await events(ws, "failures");
    expect(failures.map(({ attempt, error_class, retried }) => [attempt, error_class, retried])).toEqual([
      [1, "TypeError", true],
      [2, "TypeError", true],
      [3, "WorkerLostError", true],
      [1, "WorkerLostError", true],
    ]);
    const states = (await events(ws, "tasks")).filter(({ task_name }) => task_name === "hard");
    expect(states.map(({ state, attempt }) => [state, attempt])).toEqual([
      ["submitted", 1],
      ["running", 1],
      ["retrying", 1],
      ["running", 2],
      ["retrying", 2],
      ["running", 3],
      ["retrying", 3],
      ["running", 4],
      ["succeeded", 4],
    ]);
  });

  test("a call beside one that takes their worker away is made again, and not charged", async () => {
    const ws = await dangerous({ processes, maxWorkers: 2, threadsPerWorker: 2 });

    const out = await run(
      ws,
      `const bystander = client.submit(work.gated, ["by"]);
       const exit = client.submit(work.exit, [1], { retries: 1 });
       out.exit = await caught(exit);
       writeFileSync("go-by", "");
       out.bystander = await bystander;`,
    );

    expect(out).toMatchObject({ exit: { code: "E_WORKER_LOST" }, bystander: "by" });
    const failures = await events(ws, "failures");
    expect(failures.map(({ function_name, retried }) => [function_name, retried])).toEqual([
      ["exit", true],
      ["exit", false],
    ]);
  });

  test("a call beside one that is cancelled or timed out is made again", async () => {
    const ws = await dangerous({ processes, maxWorkers: 1, threadsPerWorker: 3 });

    const out = await run(
      ws,
      `const bystander = client.submit(work.gated, ["by"]);
       const cancelled = client.submit(work.gated, ["cancelled"]);
       await work.until("began-cancelled");
       cancelled.cancel();
       out.timedOut = await caught(client.submit(work.gated, ["timed-out"], { timeout: 200 }));
       writeFileSync("go-by", "");
       out.bystander = await bystander;`,
    );

    expect(out).toMatchObject({ timedOut: { code: "E_TIMEOUT" }, bystander: "by" });
    expect(await events(ws, "failures")).toMatchObject([{ function_name: "gated", error_class: "TaskTimeoutError" }]);
  });
});

test("a worker process that is killed is told of with its signal", async () => {
  const ws = await dangerous({ processes: true });

  const out = await run(
    ws,
    `const future = client.submit(work.gated, ["a"], { retries: 1 });
     const { readFileSync } = await import("node:fs");
     await work.until("began-a");
     let pid;
     do pid = Number(readFileSync("began-a", "utf8")); while (pid === 0);
     process.kill(pid, "SIGKILL");
     writeFileSync("go-a", "");
     out.result = await future;`,
  );

  expect(out).toEqual({ result: "a" });
  expect(await events(ws, "failures")).toMatchObject([
    { attempt: 1, message: expect.stringContaining("signal SIGKILL"), retried: true },
  ]);
});

test("a call that runs out of memory fails, in a process with less of it", async () => {
  const ws = await dangerous(
    { processes: true },
    `components: { main: { env: { NODE_OPTIONS: "--max-old-space-size=64" } } }`,
  );

  const out = await run(
    ws,
    `out.allocate = await caught(client.submit(work.allocate));
     out.next = (await client.submit(work.where, ["next"])).label;`,
  );

  expect(out).toMatchObject({
    allocate: { code: "E_WORKER_LOST", message: expect.stringMatching(/signal SIGABRT|exit code 134/) },
    next: "next",
  });
});
