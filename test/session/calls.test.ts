import { describe, expect, test } from "vitest";
import { events, KINDS, manifest, project, ran, run, runRecord } from "./rig.ts";

describe.each(KINDS)("in $kind", ({ processes }) => {
  test("calls are submitted, mapped, gathered, and awaited as they end", async () => {
    const ws = await project(manifest({ processes }));

    const out = await run(
      ws,
      `out.awaited = await client.submit(work.double, [21]);
       out.mapped = await client.gather(client.map(work.double, [1, 2, 3]));
       const mixed = [client.submit(work.double, [4]), client.submit(work.fail, ["no"]), client.submit(work.double, [5])];
       out.collected = (await client.gather(mixed, { onError: "collect" })).map(({ status, value, reason }) => [status, value ?? thrown(reason)]);
       out.place = await mixed[1].catch((error) => [error instanceof RangeError, error.place]);
       out.first = await caught(client.gather(mixed));
       out.statuses = mixed.map(({ status }) => status);
       const slow = client.submit(work.gated, ["slow"], { name: "the slow one" });
       const completed = [];
       for await (const { future } of asCompleted([slow, client.submit(work.double, [6])])) {
         completed.push(await future);
         writeFileSync("go-slow", "");
       }
       out.completed = completed;
       const { pid, thread } = await client.submit(work.where, ["here"]);
       out.elsewhere = { process: pid !== process.pid, thread: thread > 0 };`,
    );

    expect(out).toMatchObject({
      awaited: 42,
      mapped: [2, 4, 6],
      collected: [
        ["fulfilled", 8],
        ["rejected", { name: "RangeError", message: "no", code: "E_NO" }],
        ["fulfilled", 10],
      ],
      place: [true, { row: 7 }],
      first: { message: "no" },
      statuses: ["succeeded", "failed", "succeeded"],
      completed: [12, "slow"],
    });
    expect(out["elsewhere"]).toEqual({ process: processes, thread: !processes });
    const tasks = await events(ws, "tasks");
    expect(tasks.filter(({ task_name }) => task_name === "the slow one").map(({ state }) => state)).toEqual([
      "submitted",
      "running",
      "succeeded",
    ]);
    expect(await runRecord(ws)).toMatchObject({
      status: "succeeded",
      counts: { tasks: 10, succeeded: 9, failed: 1, cancelled: 0 },
    });
  });

  test("a result can be waited for no longer than so long, and calls can be cancelled", async () => {
    const ws = await project(manifest({ processes, maxWorkers: 1 }));

    const out = await run(
      ws,
      `const running = client.submit(work.gated, ["a"]);
       const waiting = client.submit(work.where, ["never"]);
       out.late = await caught(running.result({ timeout: 1 }));
       await work.until("began-a");
       out.statuses = [running.status, waiting.status];
       waiting.cancel();
       out.waiting = [await caught(waiting), waiting.status];
       writeFileSync("go-a", "");
       out.goesOn = await running.result({ timeout: 60_000 });
       running.cancel();
       out.ended = running.status;
       const endless = client.submit(work.gated, ["b"]);
       const behind = client.submit(work.where, ["behind"]);
       await work.until("began-b");
       endless.cancel();
       out.endless = [await caught(endless), endless.status];
       out.behind = (await behind).label;`,
    );

    expect(out).toMatchObject({
      late: { code: "E_TIMEOUT", message: expect.stringContaining("gated had no result after 1 ms") },
      statuses: ["running", "waiting"],
      waiting: [{ code: "E_CANCELLED" }, "cancelled"],
      goesOn: "a",
      ended: "succeeded",
      endless: [{ code: "E_CANCELLED" }, "cancelled"],
      behind: "behind",
    });
    expect(await ran(ws)).toEqual(["where behind"]);
    expect((await runRecord(ws))["counts"]).toMatchObject({ tasks: 4, succeeded: 2, failed: 0, cancelled: 2 });
  });
});

test("futures among the arguments, and in arrays among them, are waited for; where one fails, so does the call", async () => {
  const ws = await project();

  const out = await run(
    ws,
    `const [two, four] = client.map(work.double, [1, 2]);
     out.sum = await client.submit(work.sum, [two, [four, 10, client.submit(work.sum, [two, four])], 100]);
     const failed = client.submit(work.fail, ["broken"], { name: "source" });
     out.dependent = await caught(client.submit(work.sum, [failed, 1]));
     out.further = await caught(client.submit(work.sum, [[client.submit(work.sum, [failed])]]));
     const gated = client.submit(work.gated, ["x"]);
     const cancelled = client.submit(work.sum, [gated]);
     gated.cancel();
     out.cancelled = await caught(cancelled);`,
  );

  expect(out).toMatchObject({
    sum: 2 + 4 + 10 + 6 + 100,
    dependent: {
      code: "E_DEPENDENCY",
      message: "sum was not called, as source, whose result it was to be given, failed: broken",
      cause: { name: "RangeError", code: "E_NO" },
    },
    further: { code: "E_DEPENDENCY", cause: { code: "E_DEPENDENCY", cause: { code: "E_NO" } } },
    cancelled: { code: "E_DEPENDENCY", cause: { code: "E_CANCELLED" } },
  });
});

test("calls are bound to tasks and components by name, option and tag", async () => {
  const ws = await project(
    manifest(
      {},
      `components:
  red: { env: { COLOUR: red }, tags: [warm, hot] }
  blue: { env: { COLOUR: blue } }
tasks:
  where: { component: blue, cache: false }
  other: { component: red, cache: false }`,
    ),
  );

  const out = await run(
    ws,
    `const colour = async (options) => (await client.submit(work.where, ["x"], options)).colour;
     out.colours = [await colour(), await colour({ task: "other" }), await colour({ tag: "red" }), await colour({ tag: "hot" }), await colour({ task: "other", tag: "blue" })];
     out.unknown = [refused(() => client.submit(work.where, ["x"], { task: "nothing" })), refused(() => client.submit(work.where, ["x"], { tag: "cold" }))];
     out.settings = [{ retries: -1 }, { retries: 1.5 }, { timeout: "soon" }].map((options) => refused(() => client.submit(work.where, ["x"], options)).code);
     out.array = refused(() => client.submit(work.where, "x"));
     await client.submit(work.where, ["x"], { name: "mine" });`,
  );

  expect(out).toMatchObject({
    colours: ["blue", "red", "red", "red", "blue"],
    unknown: [
      { code: "E_SETTING", message: `There is no task "nothing" in the manifest (there are "where", "other").` },
      { code: "E_SETTING", message: `There is no component "cold" in the manifest (there are "red", "blue").` },
    ],
    settings: ["E_SETTING", "E_SETTING", "E_SETTING"],
    array: { code: "E_SETTING" },
  });
  const ends = (await events(ws, "tasks")).filter(({ state }) => state === "succeeded");
  expect(ends.map(({ task_name, component }) => [task_name, component])).toEqual([
    ["where", "blue"],
    ["other", "red"],
    ["where", "red"],
    ["where", "red"],
    ["other", "blue"],
    ["mine", "blue"],
  ]);
});
