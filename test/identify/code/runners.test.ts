import { expect, test } from "vitest";
import { type NodeMajor, nodeBinary } from "../../rig/nodes.ts";
import { type RunOptions, type Workspace, workspace } from "../../rig/workspace.ts";
import type { Files } from "./project.ts";

/*
 * The key of a call is that of its source, whoever runs it: Node.js of any version, which leaves types out, or tsx,
 * which compiles; and wherever the project lies.
 */

const TSX = import.meta.resolve("tsx");
const MAJORS: readonly NodeMajor[] = [22, 24, 26];

interface Runner {
  readonly name: string;
  readonly options: () => Promise<RunOptions>;
}

const NODE = MAJORS.map(
  (major): Runner => ({ name: `Node ${major}`, options: async () => ({ node: await nodeBinary(major) }) }),
);
const WITH_TSX = MAJORS.map(
  (major): Runner => ({
    name: `tsx on Node ${major}`,
    options: async () => ({ node: await nodeBinary(major), nodeOptions: ["--import", TSX] }),
  }),
);

const LIBRARY: Files = {
  "lib/rates.ts": `
import { round } from "numbers";
import table from "./table.json" with { type: "json" };
import { clamp } from "./clamp.js";

export interface Rate { readonly fuel: string }
const RATES = new Map<string, number>(Object.entries(table));

export function register(fuel: string, rate: number): void {
  RATES.set(fuel, rate);
}

export class Scale {
  #factor = 2;
  static readonly offset = 1;
  // How much of it.
  apply(x: number): number {
    return clamp(x * this.#factor + Scale.offset, 100);
  }
}

export const rateOf = (fuel: string): number => round(RATES.get(fuel) ?? 0);
`,
  "lib/clamp.js": "// plain JavaScript\nexport function clamp(x, max) { return x > max ? max : x; }\n",
  "lib/table.json": '{ "gas": 3 }',
  "lib/plugins.ts": 'import { register } from "./rates.ts";\nregister("coal", 7);\n',
  "node_modules/numbers/package.json":
    '{ "name": "numbers", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  "node_modules/numbers/index.js": "export const round = Math.round;\n",
};

const IMPORTS = `import { rateOf, Scale } from "./lib/rates.ts";
import "./lib/plugins.ts";`;

const BODY = `{
  console.log("ran");
  const scale: Scale = new Scale();
  return scale.apply(x) * rateOf("gas") + rateOf("coal");
}`;

/** Functions that are cached in several ways. */
const FUNCTIONS: Files = {
  "model.ts": `${IMPORTS}
import { cacheable, Ignore } from "scalable";
import { solve } from "./solve.ts";

export const expression = cacheable({ args: { x: Number } }, async function expression(x: number) ${BODY});

export const arrow = cacheable({ name: "demand" }, async (x: number): Promise<number> => ${BODY});

async function declared(x: number) ${BODY}
export const cachedDeclared = cacheable(declared);

export const imported = cacheable(solve);

function make() {
  const factor = 4;
  return cacheable(async function made(x: number) { console.log("ran"); return x * factor * rateOf("gas"); });
}
export const made = make();

const inner = cacheable(async function inner(x: number) { return rateOf("gas") * x; });
export const calling = cacheable(async function calling(x: number) { console.log("ran"); return (await inner(x)) + 1; });

class Model {
  readonly factor = 3;
  async method(x: number) { console.log("ran"); return x * rateOf("gas"); }
}
export const method = cacheable({ args: { this: Ignore, x: Number } }, Model.prototype.method);
`,
  "solve.ts": `${IMPORTS}\nexport async function solve(x: number) ${BODY}\n`,
  "main.ts": `import * as all from "./model.ts";
const found = [];
for (const [name, fn] of Object.entries(all)) found.push([name, await fn.key(1), await fn(1)]);
console.log(JSON.stringify(found));
`,
};

/** What Node.js does not run by itself. */
const COMPILED: Files = {
  "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }',
  "main.ts": `import { cacheable, Ignore } from "scalable";
import { rateOf } from "@/rates";
import { Scale } from "./lib/rates";
import "@/plugins";

enum Mode { Fast = 2, Slow }
namespace Limits { export const top = 50; }

class Model {
  constructor(private readonly mode: Mode) {}

  @cacheable({ args: { this: Ignore, x: Number } })
  async run(x: number): Promise<number> {
    console.log("ran");
    return new Scale().apply(x) * rateOf("gas") + this.limited(x);
  }

  limited(x: number): number {
    return Math.min(Limits.top, x * Mode.Slow);
  }
}

const model = new Model(Mode.Fast);
const key = await (model.run as any).key.call(model, 1);
console.log(JSON.stringify([["run", key, await model.run(1)]]));
`,
};

interface Outcome {
  /** Name, key and result of each function. */
  readonly found: readonly (readonly [string, string, number])[];
  /** How many of them were computed. */
  readonly ran: number;
}

async function open(files: Files): Promise<Workspace> {
  const ws = await workspace();
  for (const [file, text] of Object.entries({ ...LIBRARY, ...files })) await ws.write(file, text);
  return ws;
}

async function run(ws: Workspace, runner: Runner, options: RunOptions = {}): Promise<Outcome> {
  const finished = await ws.run("main.ts", { ...(await runner.options()), ...options });
  expect(finished, runner.name).toMatchObject({ code: 0, stderr: "" });
  const lines = finished.stdout.trimEnd().split("\n");
  return { found: JSON.parse(lines.pop() ?? "") as Outcome["found"], ran: lines.length };
}

/** Each in a folder and with a cache of its own. */
function outcomes(files: Files, runners: readonly Runner[]): Promise<Outcome[]> {
  return Promise.all(
    runners.map(async (runner, place) => {
      const ws = await open(files);
      const cwd = place % 2 === 0 ? ws.path : ws.resolve("lib");
      return await run(ws, runner, { cwd, env: { SCALABLE_CACHE_DIR: ws.resolve("cache") } });
    }),
  );
}

test("the key is the same, whoever runs the code, and wherever it lies", { timeout: 300_000 }, async () => {
  const [first, ...others] = await outcomes(FUNCTIONS, [...NODE, ...WITH_TSX]);

  expect(first?.ran).toBe(7);
  const keys = first?.found.map(([, key]) => key) ?? [];
  expect(keys).toEqual(keys.map(() => expect.stringMatching(/^[0-9a-f]{32}$/)));
  expect(new Set(keys).size).toBe(7);
  expect(others).toEqual(others.map(() => first));
});

test("the key is the same on each Node.js for what only tsx runs", { timeout: 300_000 }, async () => {
  const [first, ...others] = await outcomes(COMPILED, WITH_TSX);

  expect(first).toMatchObject({ found: [["run", expect.stringMatching(/^[0-9a-f]{32}$/), 12]], ran: 1 });
  expect(others).toEqual(others.map(() => first));
});

test("what Node.js computed is a hit under tsx, and on another Node.js", { timeout: 300_000 }, async () => {
  const ws = await open(FUNCTIONS);
  const runners = [NODE[1], WITH_TSX[0], NODE[2]].filter((runner) => runner !== undefined);

  const found: Outcome[] = [];
  for (const runner of runners) found.push(await run(ws, runner));

  expect(found.map(({ ran }) => ran)).toEqual([7, 0, 0]);
});

const SCALING = ["arrow", "cachedDeclared", "expression", "imported"];
const ALL = [...SCALING, "calling", "made", "method"].sort();

/** Edits, and the functions that they concern, in the order of their names. */
const EDITS: readonly (readonly [
  name: string,
  file: string,
  edit: (text: string) => string,
  concerned: readonly string[],
])[] = [
  ["a comment of a helper", "lib/rates.ts", (text) => text.replace("// How much of it.", "// How much.\n\n"), []],
  ["a type of a helper", "lib/rates.ts", (text) => text.replace("fuel: string }", "fuel: 'gas' | 'coal' }"), []],
  ["the formatting of data", "lib/table.json", () => '{\n  "gas": 3\n}\n', []],
  [
    "an addition to the functions' module",
    "model.ts",
    (text) => `${text}\nconst other = 1;\nif (other > 1) console.log(other);\n`,
    [],
  ],
  ["a helper", "lib/clamp.js", (text) => text.replace("? max : x", "? max : x + 1"), SCALING],
  ["a method", "lib/rates.ts", (text) => text.replace("#factor = 2", "#factor = 5"), SCALING],
  ["data", "lib/table.json", () => '{ "gas": 4 }', ALL],
  ["what another module registers", "lib/plugins.ts", (text) => text.replace("7", "8"), ALL],
  ["a package's version", "node_modules/numbers/package.json", (text) => text.replace("1.0.0", "1.0.1"), ALL],
  ["a function's own text", "model.ts", (text) => text.replace("x * factor", "factor * x"), ["made"]],
  ["what a function captures", "model.ts", (text) => text.replace("factor = 4", "factor = 6"), ["made"]],
];

test.each([NODE[1], WITH_TSX[0]] as readonly Runner[])(
  "an edit makes misses of what it concerns in the next process: $name",
  { timeout: 300_000 },
  async (runner) => {
    const ws = await open(FUNCTIONS);
    const first = await run(ws, runner);
    expect(first.ran).toBe(7);
    expect(await run(ws, runner)).toEqual({ ...first, ran: 0 });

    for (const [name, file, edit, concerned] of EDITS) {
      const text = await ws.read(file);
      await ws.write(file, edit(text));
      const edited = await run(ws, runner);
      await ws.write(file, text);

      const other = edited.found.filter(([, key], place) => key !== first.found[place]?.[1]).map(([fn]) => fn);
      expect(other, name).toEqual(concerned);
      expect(edited.ran, name).toBe(concerned.length);
    }
    expect(await run(ws, runner)).toEqual({ ...first, ran: 0 });
  },
);
