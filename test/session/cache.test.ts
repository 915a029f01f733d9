import { readdir, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { events, KINDS, manifest, project, ran, run, WORK } from "./rig.ts";

const TASKS = `components: { main: {} }
tasks:
  where: { component: main, cache: true }
  double: { component: main, cache: false }`;

test("calls whose results are there cost no worker", async () => {
  const ws = await project();
  const body = "out.doubled = await client.gather(client.map(work.double, [1, 2, 3]));";

  const first = await run(ws, body);
  const started = await events(ws, "workers");
  const second = await run(ws, body);

  expect(second).toEqual(first);
  expect(started.length).toBeGreaterThan(0);
  expect(await events(ws, "workers")).toEqual([]);
  expect(await ran(ws)).toHaveLength(3);
  const ends = (await events(ws, "tasks")).filter(({ state }) => state === "succeeded");
  expect(ends).toEqual([1, 2, 3].map(() => expect.objectContaining({ hit: true, key_digest: expect.any(String) })));
  expect(await events(ws, "cache")).toEqual([1, 2, 3].map(() => expect.objectContaining({ hit: true })));
});

test("a task says whether its calls go through the cache, whatever its function is", async () => {
  const ws = await project(manifest({}, TASKS));
  const body = `out.where = (await client.submit(work.where, ["a"])).label;
    out.doubled = await client.submit(work.double, [4]);`;

  await run(ws, body);
  const again = await run(ws, body);

  expect(again).toEqual({ where: "a", doubled: 8 });
  expect(await ran(ws)).toEqual(["where a", "double 4", "double 4"]);
  expect((await events(ws, "cache")).map(({ function_name, hit }) => [function_name, hit])).toEqual([["where", true]]);
});

test("an edit to a plain function that is cached is seen", async () => {
  const ws = await project(manifest({}, TASKS));
  const body = `out.label = (await client.submit(work.where, ["a"])).label;`;
  await run(ws, body);

  await ws.write("work.ts", WORK.replace("return { label,", 'return { label: label + "!",'));

  expect(await run(ws, body)).toEqual({ label: "a!" });
});

test("the same call in flight runs once, and each caller has a value of its own", async () => {
  const ws = await project();

  const out = await run(
    ws,
    `const futures = Array.from({ length: 20 }, () => client.submit(work.gatedCached, ["g"]));
     await work.until("began-g");
     futures[3].cancel();
     writeFileSync("go-g", "");
     out.results = (await client.gather(futures, { onError: "collect" })).map(({ value, reason }) => value ?? reason.code);
     const failing = await client.gather([1, 2, 3].map(() => client.submit(work.sum, [null, [Symbol.iterator]].slice(0, 1))), { onError: "collect" });
     out.failing = failing.map(({ status }) => status);`,
  );

  expect(out["results"]).toEqual(Array.from({ length: 20 }, (_, place) => (place === 3 ? "E_CANCELLED" : "g")));
  expect(await ran(ws)).toEqual(["gatedCached g"]);
});

test("where the one that runs a call is cancelled, another one that asked for it takes over", async () => {
  const ws = await project();

  const out = await run(
    ws,
    `const [first, second] = ["g", "g"].map((name) => client.submit(work.gatedCached, [name]));
     await work.until("began-g");
     first.cancel();
     writeFileSync("go-g", "");
     out.first = await caught(first);
     out.second = await second;`,
  );

  expect(out).toMatchObject({ first: { code: "E_CANCELLED" }, second: "g" });
  expect(await ran(ws)).toEqual(["gatedCached g", "gatedCached g"]);
});

test("with SCALABLE_CACHE=off bodies always run, and nothing is stored", async () => {
  const ws = await project(manifest({}, TASKS));
  const body = `out.doubled = await client.gather(client.map(work.gatedCached, ["a", "b"]));
    out.where = (await client.submit(work.where, ["a"])).label;`;
  await ws.write("go-a", "");
  await ws.write("go-b", "");

  await run(ws, body, { env: { SCALABLE_CACHE: "off" } });
  await run(ws, body, { env: { SCALABLE_CACHE: "off" } });

  expect((await ran(ws)).sort()).toEqual(
    ["a", "a", "b", "b"].map((name) => `gatedCached ${name}`).concat("where a", "where a"),
  );
  expect(await readdir(ws.path)).not.toContain("cache");
});

describe.each(KINDS)("in $kind", ({ processes }) => {
  test("the manifest's cache is used, by the session and its workers, and its variables reach the body", async () => {
    const yaml = manifest({ processes }, "components: { main: { env: { COLOUR: red } } }");
    const ws = await project(yaml.replace("name: demo", "name: demo, local_cache: stored"));
    const body = `out.doubled = await client.submit(work.double, [2]);
      out.colour = (await client.submit(work.where, ["a"])).colour;`;
    const env = { SCALABLE_CACHE_DIR: "elsewhere" };

    await run(ws, body, { env });
    const again = await run(ws, body, { env });

    expect(again).toEqual({ doubled: 4, colour: "red" });
    expect(await ran(ws)).toEqual(["double 2", "where a", "where a"]);
    expect(await readdir(ws.path)).not.toContain("elsewhere");
    expect(await readdir(ws.resolve("stored"))).toContain("cache.db");
  });

  test("files that a task names as outputs are stored with its results, and restored", async () => {
    const ws = await project(
      manifest(
        { processes },
        `components: { main: {} }
tasks:
  report: { component: main, outputs: { table: file, plots: folder } }`,
      ),
    );
    await ws.write(
      "work.ts",
      `${WORK}
       import { mkdirSync } from "node:fs";
       export function report(name) {
         ran("report " + name);
         mkdirSync("plots-" + name, { recursive: true });
         writeFileSync("plots-" + name + "/one.svg", "one");
         writeFileSync(name + ".csv", "a,b");
         return { table: name + ".csv", plots: "plots-" + name, rows: 1 };
       }`,
    );
    const body = `out.report = await client.submit(work.report, ["x"]);`;
    const first = await run(ws, body);

    await rm(ws.resolve("x.csv"));
    await rm(ws.resolve("plots-x"), { recursive: true });
    const second = await run(ws, body);

    expect(second).toEqual(first);
    expect(first).toEqual({ report: { table: "x.csv", plots: "plots-x", rows: 1 } });
    expect(await ran(ws)).toEqual(["report x"]);
    expect([await ws.read("x.csv"), await ws.read("plots-x/one.svg")]).toEqual(["a,b", "one"]);
  });

  test("long results come back, through the store where they are stored", async () => {
    // Sizes that go other ways; the largest is slow, so that it goes only the longer way.
    const mebibytes = processes ? [300] : [1, 20];
    const ws = await project(manifest({ processes }, "components: { main: {} }\ntasks: { kept: { component: main } }"));
    await ws.write(
      "work.ts",
      `${WORK}
       export const long = (size) => ({ data: new Float64Array(size * 2 ** 17).fill(size) });
       export const kept = (size) => { ran("kept " + size); return { data: new Float64Array(size * 2 ** 17).fill(size) }; };`,
    );
    const told = (
      what: string,
    ): string => `const told = ({ data }) => [data.constructor.name, data.length, data[0], data.at(-1)];
      out.told = (await client.gather(client.map(${what}, ${JSON.stringify(mebibytes)}))).map(told);`;
    const expected = { told: mebibytes.map((size) => ["Float64Array", size * 2 ** 17, size, size]) };

    expect(await run(ws, told("work.long"))).toEqual(expected);
    expect(await run(ws, told("work.kept"))).toEqual(expected);
    expect(await run(ws, told("work.kept"))).toEqual(expected);

    expect((await ran(ws)).sort()).toEqual(mebibytes.map((size) => `kept ${size}`));
  });
});
