import { describe, expect, test } from "vitest";
import { KINDS, manifest, output, program, project, ran, run, runFolders, runRecord } from "./rig.ts";

describe.each(KINDS)("in $kind", ({ processes }) => {
  test("closing cancels what waits, waits for what runs, and keeps its result", async () => {
    const ws = await project(manifest({ processes, maxWorkers: 1 }));

    const out = await run(
      ws,
      `const running = client.submit(work.gatedCached, ["a"]);
       const waiting = [client.submit(work.double, [1]), client.submit(work.sum, [running, 1])];
       await work.until("began-a");
       const closing = [session.close(), session.close()];
       out.waiting = (await client.gather(waiting, { onError: "collect" })).map(({ reason }) => reason.code);
       out.running = running.status;
       out.submit = refused(() => client.submit(work.double, [2]));
       writeFileSync("go-a", "");
       await Promise.all(closing);
       out.result = await running;
       out.start = refused(() => session.start());`,
    );
    const again = await run(ws, `out.result = await client.submit(work.gatedCached, ["a"]);`);

    expect(out).toMatchObject({
      waiting: ["E_CANCELLED", "E_CANCELLED"],
      running: "running",
      submit: { code: "E_SESSION" },
      result: "a",
      start: { code: "E_SESSION" },
    });
    expect(again).toEqual({ result: "a" });
    expect(await ran(ws)).toEqual(["gatedCached a"]);
  });

  test("a program that never closes its session ends by itself, with its calls made", async () => {
    const ws = await project(manifest({ processes }));
    await ws.write(
      "main.ts",
      `import { ScalableSession } from "scalable";
       import { double, fail } from "./work.ts";
       const client = (await ScalableSession.fromYaml()).start();
       client.submit(double, [1]).then((value) => console.log(JSON.stringify({ value })));
       client.submit(fail, ["unseen"], { name: "unlucky" });
       client.submit(fail, ["another"], { retries: 1 });`,
    );

    const finished = await ws.run("main.ts");

    expect(output(finished)).toEqual({ value: 2 });
    expect(finished.stderr.trim().split("\n")).toEqual([
      "scalable: warning: 2 calls failed, and nobody looked at their results (unlucky, fail). The first one: unseen",
    ]);
    expect(await ran(ws)).toHaveLength(4);
    expect(await runRecord(ws)).toMatchObject({ status: "succeeded", counts: { succeeded: 1, failed: 2 } });
  });
});

test("an error of the workflow makes a failed run, whether its session was closed by then or not", async () => {
  const ws = await project();
  await ws.write("closed.ts", program(`await client.submit(work.fail, ["bad"]);`));
  await ws.write(
    "open.ts",
    `import { ScalableSession } from "scalable";
     import { double } from "./work.ts";
     const client = (await ScalableSession.fromYaml()).start();
     await client.submit(double, [1]);
     throw new TypeError("worse");`,
  );

  const closed = await ws.run("closed.ts");
  const first = await runRecord(ws);
  const open = await ws.run("open.ts");
  const second = await runRecord(ws);

  expect([closed.code, open.code]).toEqual([1, 1]);
  expect(first).toMatchObject({ status: "failed", error: { class: "RangeError", message: "bad" } });
  expect(second).toMatchObject({ status: "failed", error: { class: "TypeError", message: "worse" } });
});

test("a program that ends itself leaves no run behind that seems to go on", async () => {
  const ws = await project();
  const exits = (code: number): string =>
    `import { ScalableSession } from "scalable";
     import { double } from "./work.ts";
     const client = (await ScalableSession.fromYaml()).start();
     await client.submit(double, [1]);
     process.exit(${code});`;
  await ws.write("fine.ts", exits(0));
  await ws.write("wrong.ts", exits(4));

  const codes = [(await ws.run("fine.ts")).code, (await ws.run("wrong.ts")).code];
  const statuses = await Promise.all(
    (await runFolders(ws)).map(async (folder) => JSON.parse(await ws.read(`${folder}/run.json`)).status),
  );

  expect(codes).toEqual([0, 4]);
  expect(statuses).toEqual(["succeeded", "failed"]);
});

test("an error that the program itself catches last ends no session", async () => {
  const ws = await project();

  const out = await run(
    ws,
    `const future = client.submit(work.gated, ["a"]);
     await work.until("began-a");
     out.message = await new Promise((resolve) => {
       process.on("uncaughtException", ({ message }) => resolve(message));
       setImmediate(() => { throw new Error("stray"); });
     });
     writeFileSync("go-a", "");
     out.results = [await future, await client.submit(work.double, [1])];`,
  );

  expect(out).toEqual({ message: "stray", results: ["a", 2] });
  expect(await runRecord(ws)).toMatchObject({ status: "succeeded" });
});

test("two sessions of one program have runs, workers and a cache of their own, whichever is closed first", async () => {
  const ws = await project(manifest().replace("name: demo", "name: demo, local_cache: stored"));

  const out = await run(
    ws,
    `const other = await ScalableSession.fromYaml();
     const second = other.start();
     out.both = await Promise.all([client.submit(work.double, [1]), second.submit(work.double, [2])]);
     await session.close();
     out.after = await second.submit(work.double, [3]);
     await other.close();
     out.env = process.env["SCALABLE_CACHE_DIR"] ?? null;
     out.folders = [existsSync("stored"), existsSync("cache")];`,
  );

  expect(out).toEqual({ both: [2, 4], after: 6, env: null, folders: [true, false] });
  expect(await runFolders(ws)).toHaveLength(2);
});

test("two programs in one folder at once share what they compute, and have runs of their own", async () => {
  const ws = await project();
  await ws.write("main.ts", program("out.all = await client.gather(client.map(work.double, [1, 2, 3, 4, 5, 6]));"));

  const both = await Promise.all([ws.run("main.ts"), ws.run("main.ts")]);

  expect(both.map(output)).toEqual([1, 2].map(() => ({ all: [2, 4, 6, 8, 10, 12] })));
  expect((await ran(ws)).sort()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `double ${n}`));
  expect(await runFolders(ws)).toHaveLength(2);
});
