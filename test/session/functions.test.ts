import { expect, test } from "vitest";
import type { Workspace } from "../rig/workspace.ts";
import { KINDS, manifest, output, project, run, WORK } from "./rig.ts";

/** A program whose functions are in the file that starts the session. */
const OWN_FUNCTIONS = `
import { cacheable, isMain, ScalableSession } from "scalable";
export const plain = (n) => n + 1;
export const cached = cacheable({ name: "cached", code: "name" }, (n) => n + 2);
async function main() {
  await using session = await ScalableSession.fromYaml();
  const client = session.start();
  const ends = await client.gather([client.submit(plain, [1]), client.submit(cached, [1])], { onError: "collect" });
  console.log(JSON.stringify({ ends: ends.map(({ value, reason }) => value ?? reason.code + ": " + reason.message) }));
}`;

test.each(KINDS)(
  "in $kind, a module that starts a session when a worker imports it is told how not to",
  async ({ processes }) => {
    const ws = await project(manifest({ processes }));
    await ws.write("unguarded.ts", `${OWN_FUNCTIONS}\nawait main();`);
    await ws.write("guarded.ts", `${OWN_FUNCTIONS}\nif (isMain(import.meta)) await main();`);

    const unguarded = output(await ws.run("unguarded.ts"));
    const guarded = output(await ws.run("guarded.ts"));

    const told = expect.stringMatching(/^E_SESSION: .*if \(isMain\(import\.meta\)\)/);
    expect(unguarded).toEqual({ ends: [told, told] });
    expect(guarded).toEqual({ ends: [2, 3] });
  },
);

async function withFunctions(text: string): Promise<Workspace> {
  const ws = await project();
  await ws.write("work.ts", `${WORK}\n${text}`);
  return ws;
}

test("what no worker could find is refused, where it is submitted or else by the worker", async () => {
  const ws = await withFunctions(`
    export const make = (n) => cacheable({ name: "made" + n, code: "name" }, () => n);
    const hidden = (n) => n;
    export const holder = { hidden };
    const adder = (n) => function add(x) { return x + n; };
    export const addOne = adder(1);
    export const addTwo = adder(2);
    export default function (n) { return n * 3; }
    const renamed = (n) => n * 4;
    export { renamed as otherwise };`);

  const out = await run(
    ws,
    `async function later() { await null; const made = work.make(1); return refused(() => client.submit(made, [])); }
     out.made = await later();
     out.native = refused(() => client.submit(Math.max, [1]));
     out.evaluated = refused(() => client.submit(new Function("return 1"), []));
     out.hidden = await caught(client.submit(work.holder.hidden, [1]));
     out.twins = await caught(client.submit(work.addTwo, [1]));
     out.found = [await client.submit(work.default, [1]), await client.submit(work.otherwise, [1])];`,
  );

  const noFunction = (message: string) => ({ code: "E_FUNCTION", message: expect.stringContaining(message) });
  expect(out).toMatchObject({
    made: noFunction("could not find made1: it was made cacheable within a function"),
    native: noFunction("could not find the function max"),
    evaluated: noFunction("is not in a file"),
    hidden: noFunction('did not find the function "hidden" there: export it from its module'),
    twins: noFunction('exports several functions "add" with the same text'),
    found: [3, 4],
  });
});

test("a module that a worker cannot load is an error of the call", async () => {
  const ws = await project();
  await ws.write("gone.ts", "export const gone = () => 1;");
  await ws.write(
    "broken.ts",
    `import { threadId } from "node:worker_threads"; if (threadId > 0) throw new TypeError("not here"); export const broken = () => 1;`,
  );

  const out = await run(
    ws,
    `const { gone } = await import("./gone.ts");
     const { broken } = await import("./broken.ts");
     (await import("node:fs")).unlinkSync("gone.ts");
     out.gone = await caught(client.submit(gone));
     out.broken = await caught(client.submit(broken));
     out.next = await client.submit(work.double, [1]);`,
  );

  expect(out).toMatchObject({
    gone: { code: "ERR_MODULE_NOT_FOUND", message: expect.stringContaining("gone.ts") },
    broken: { name: "TypeError", message: "not here" },
    next: 2,
  });
});

test("arguments and results that cannot be handed over are named with their place", async () => {
  const ws = await withFunctions(`
    export const returns = (what) => ({ rows: [{ [what]: what === "function" ? () => 1 : Symbol(what) }] });
    export const keep = (value) => value;`);

  const out = await run(
    ws,
    `out.argument = refused(() => client.submit(work.keep, [{ solver: { callback: () => 1 } }]));
     out.beside = refused(() => client.submit(work.keep, [[client.submit(work.double, [1])], { deep: Symbol("s") }]));
     out.results = await Promise.all(["function", "symbol"].map((what) => caught(client.submit(work.returns, [what]))));
     const value = { map: new Map([[1n, new Date(0)]]), set: new Set([-0]), bytes: new Uint8Array([1, 2]), nothing: undefined, cycle: [] };
     value.cycle.push(value);
     (await import("node:assert")).deepStrictEqual(await client.submit(work.keep, [value]), value);
     out.nothing = [await client.submit(work.keep, [undefined]) === undefined, await client.submit(work.keep, [null])];
     const changed = { n: 1 };
     const future = client.submit(work.keep, [changed]);
     changed.n = 2;
     const rows = [client.submit(work.double, [1]), changed];
     const later = client.submit(work.keep, [rows]);
     changed.n = 3;
     rows.pop();
     out.asSubmitted = [await future, await later];`,
  );

  expect(out).toMatchObject({
    argument: { code: "E_NOT_TRANSFERABLE", message: expect.stringContaining("args[0].solver.callback is a function") },
    beside: { code: "E_NOT_TRANSFERABLE", message: expect.stringContaining("args[1].deep is a symbol") },
    results: [
      { code: "E_NOT_TRANSFERABLE", message: expect.stringContaining("result.rows[0].function is a function") },
      { code: "E_NOT_TRANSFERABLE", message: expect.stringContaining("result.rows[0].symbol is a symbol") },
    ],
    nothing: [true, null],
    asSubmitted: [{ n: 1 }, [2, { n: 2 }]],
  });
});

test.each(KINDS)("in $kind, whatever is thrown arrives, as far as it can be told", async ({ processes }) => {
  const ws = await project(manifest({ processes }));
  await ws.write(
    "work.ts",
    `export const things = {
       callback: () => Object.assign(new RangeError("with a function"), { callback() {}, rows: 3 }),
       cause: () => new Error("outer", { cause: () => 1 }),
       symbol: () => Symbol("s"),
       nothing: () => undefined,
       text: () => "only text",
       object: () => ({ rows: [1] }),
       untellable: () => Object.assign(Object.create(null), { callback() {} }),
       trap: () => new Proxy({}, { get() { throw new Error("trap"); } }),
       aggregate: () => new AggregateError([new TypeError("one")], "several"),
     };
     export function throws(what) { throw things[what](); }`,
  );

  const out = await run(
    ws,
    `for (const what of Object.keys(work.things)) {
       out[what] = await client.submit(work.throws, [what]).then(() => "no error", (error) => error instanceof Error ? { name: error.name, message: error.message, rows: error.rows } : { other: error === undefined ? "undefined" : error });
     }`,
  );

  expect(out).toMatchObject({
    callback: { name: "RangeError", message: "with a function", rows: 3 },
    cause: { name: "Error", message: "outer" },
    symbol: { other: "Symbol(s)" },
    nothing: { other: "undefined" },
    text: { other: "only text" },
    object: { other: { rows: [1] } },
    untellable: { message: "What was thrown cannot be shown." },
    trap: { message: "What was thrown cannot be shown." },
    aggregate: { message: "several" },
  });
});
