import { expect, test } from "vitest";
import { events, manifest, project, run } from "./rig.ts";

const TWO = "components: { first: {}, second: {} }";
const COUNT = 20_000;

test("many calls wait, in little memory, and run in the order of their submission", async () => {
  const ws = await project(manifest({ maxWorkers: 1 }, TWO));

  const out = await run(
    ws,
    `const gate = client.submit(work.gated, ["gate"], { tag: "first" });
     await work.until("began-gate");
     globalThis.gc();
     const before = process.memoryUsage();
     const ended = [];
     const futures = Array.from({ length: ${COUNT} }, (_, n) => client.submit(work.plus, [n], { tag: "first" }));
     await new Promise(setImmediate);
     globalThis.gc();
     const { heapUsed, external } = process.memoryUsage();
     out.bytesEach = (heapUsed + external - before.heapUsed - before.external) / futures.length;
     futures.forEach((future, n) => void future.then(() => ended.push(n)));
     writeFileSync("go-gate", "");
     const results = await client.gather(futures);
     out.right = results.every((result, n) => result === n + 1);
     out.inOrder = ended.every((n, place) => n === place);`,
    { nodeOptions: ["--expose-gc"] },
  );

  expect(out).toEqual({ bytesEach: expect.any(Number), right: true, inOrder: true });
  // About 2 kB; a bound that only a change of its order of magnitude crosses.
  expect(out["bytesEach"]).toBeLessThan(4_000);
});

test("a component is served while another one has calls waiting, and workers are not exchanged at each call", async () => {
  const ws = await project(manifest({ maxWorkers: 2 }, TWO));

  const out = await run(
    ws,
    `let first = 0;
     const backlog = Array.from({ length: 30_000 }, (_, n) => client.submit(work.plus, [n], { tag: "first" }));
     for (const future of backlog) void future.then(() => { first += 1; });
     const others = Array.from({ length: 200 }, (_, n) => client.submit(work.plus, [n], { tag: "second" }));
     await client.gather(others);
     out.before = first < backlog.length;
     const results = await client.gather(backlog);
     out.right = results.every((result, n) => result === n + 1);`,
  );

  expect(out).toEqual({ before: true, right: true });
  const started = (await events(ws, "workers")).filter(({ state }) => state === "started");
  expect(started.length).toBeLessThan(20);
});

test("a component that needs all cores gets them, although another one has calls waiting", async () => {
  const ws = await project(manifest({ maxWorkers: 2 }, "components: { small: { cpus: 1 }, large: { cpus: 10000 } }"));

  const out = await run(
    ws,
    `let stop = false;
     let made = 0;
     const again = async () => { while (!stop) { await client.submit(work.plus, [made], { tag: "small" }); made += 1; } };
     const busy = [again(), again(), again(), again()];
     out.large = await client.submit(work.plus, [1], { tag: "large" });
     stop = true;
     await Promise.all(busy);
     // By now, workers of the small one are idle.
     out.again = await client.submit(work.plus, [2], { tag: "large" });`,
  );

  expect(out).toEqual({ large: 2, again: 3 });
});

test("a time limit of more than Node.js can count to is none that ends at once", async () => {
  const ws = await project();

  const out = await run(
    ws,
    `const future = client.submit(work.gated, ["a"], { timeout: "60d" });
     await work.until("began-a");
     out.result = future.result({ timeout: 2 ** 40 });
     // Takes longer than the single millisecond that a timer with such a number would take.
     await client.submit(work.plus, [1]);
     out.status = future.status;
     writeFileSync("go-a", "");
     out.result = await out.result;`,
  );

  expect(out).toEqual({ status: "running", result: "a" });
});
