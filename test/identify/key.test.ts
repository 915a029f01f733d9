import path from "node:path";
import { runInThisContext } from "node:vm";
import * as acorn from "acorn";
import {
  type AnyFunction,
  Cache,
  type CacheableOptions,
  cacheable,
  DirType,
  defineType,
  FileType,
  Ignore,
} from "scalable";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { Workspace } from "../rig/workspace.ts";
import { SEED } from "./digests.ts";
import { file, folder, keyContent, type ReferencePart, seededHash, tree, value } from "./reference.ts";

/*
 * Keys of calls, exactly. What is expected stands here twice: as the parts that docs/formats/key.md names, hashed by the
 * test, and as the key itself. A change of the latter is a change of the format version.
 */

const H = await seededHash(SEED);
const NOTHING = new Uint8Array(16);

let ws: Workspace;
let cache: Cache;

beforeAll(async () => {
  ws = await Workspace.create();
  cache = new Cache(ws.resolve("cache"));
  await ws.write("data/load.csv", "hour,load\n0,1.5\n");
  await ws.write("data/empty.txt", "");
});
afterAll(async () => {
  await cache.close();
  await ws.remove();
});

const hashed = (content: unknown): Buffer => H(value(content));
const argument = (name: string, content: unknown): ReferencePart => ["argument", name, "", hashed(content)];
const named = (name: string): ReferencePart => ["function", name, "", NOTHING];
const VERSION: ReferencePart = ["version", "", "", hashed(undefined)];
const BY_NAME: ReferencePart = ["code", "", "name", NOTHING];

/** The parts before the arguments, of a function that is known by its name alone. */
function prefix(name: string): ReferencePart[] {
  return [named(name), BY_NAME, VERSION];
}

function fn(text: string): AnyFunction {
  return runInThisContext(`(${text})`) as AnyFunction;
}

/** The key of a call, which must be what its parts make. */
async function keyOf(
  options: CacheableOptions,
  text: string,
  { args, self, parts }: { args: readonly unknown[]; self?: unknown; parts: readonly ReferencePart[] },
): Promise<string> {
  const cached = cacheable({ cache, ...options }, fn(text));
  const key = await cached.key.call(self, ...(args as never[]));
  expect(key).toBe(H(keyContent(parts)).toString("hex"));
  return key;
}

const FILE = file("load.csv", Buffer.from("hour,load\n0,1.5\n"));
const FOLDER = folder([
  ["empty.txt", Buffer.from("")],
  ["load.csv", Buffer.from("hour,load\n0,1.5\n")],
]);
const runText =
  "function run(year, { share }, ...rest) { return this.x + arguments.length + /a/g.exec(year) + 'b' + 1e3; }";
const runTree = tree(
  acorn.parseExpressionAt(runText, 0, { ecmaVersion: "latest" }) as unknown as Readonly<Record<string, unknown>>,
);
const Celsius = defineType<number>({
  name: "Celsius",
  is: (given): given is number => typeof given === "number",
  identify: (degrees) => Math.round(degrees),
});

const byName = { code: "name" } as const;

test("without arguments", async () => {
  const parts = prefix("a");
  expect(await keyOf({ ...byName, name: "a" }, "() => 1", { args: [], parts })).toBe(
    "acf6eb100fc2fe92010111f599966ed4",
  );
});

test("arguments without types", async () => {
  const parts = [...prefix("b"), argument("x", 42), argument("y", { z: [1, "é"] })];
  expect(await keyOf({ ...byName, name: "b" }, "(x, y) => x", { args: [42, { z: [1, "é"] }], parts })).toBe(
    "00554ade5b6249e41ae342426eae5da3",
  );
});

test("absent arguments, given as undefined or not at all", async () => {
  const parts: ReferencePart[] = [...prefix("c"), argument("x", 1), ["argument", "y", "absent", NOTHING]];
  expect(await keyOf({ ...byName, name: "c" }, "(x, y = 2) => x", { args: [1], parts })).toBe(
    "2790aeaaf4d0e348129e5782800bd9fd",
  );
  await keyOf({ ...byName, name: "c" }, "(x, y = 2) => x", { args: [1, undefined], parts });
});

test("arguments with types, coerced", async () => {
  const args = { n: Number, s: String, d: Date, m: Map, i: Ignore, c: Celsius, z: z.coerce.number() };
  const parts: ReferencePart[] = [
    ...prefix("d"),
    ["argument", "n", "Number", hashed(42)],
    ["argument", "s", "String", hashed("1")],
    ["argument", "d", "Date", hashed(new Date(0))],
    ["argument", "m", "Map", hashed(new Map([[1, 2]]))],
    ["argument", "c", "Celsius", hashed(21)],
    ["argument", "z", "schema", hashed(5)],
  ];
  const given = ["42", 1, "1970-01-01", new Map([[1, 2]]), () => 1, 21.4, "5"];
  expect(await keyOf({ ...byName, name: "d", args }, "(n, s, d, m, i, c, z) => n", { args: given, parts })).toBe(
    "10ad025acd10e23f3502beddfc0fe632",
  );
});

test("objects and arrays of types", async () => {
  const args = { o: { n: Number, i: Ignore, u: Number }, l: [String] } as const;
  const pair = (tag: string, content: unknown): string[] => [tag, hashed(content).toString("hex")];
  const parts: ReferencePart[] = [
    ...prefix("e"),
    ["argument", "o", "{i,n,u}", hashed({ n: pair("Number", 1), more: pair("", [2]), u: pair("", undefined) })],
    ["argument", "l", "[String]", hashed([pair("String", "a"), pair("String", "1")])],
  ];
  const given = [{ n: 1n, i: 9, more: [2], u: undefined }, ["a", 1]];
  expect(await keyOf({ ...byName, name: "e", args }, "(o, l) => o", { args: given, parts })).toBe(
    "3fb873165aec00ac18b7401ffe190032",
  );
});

test("files and folders, as arguments, within them, and as inputs", async () => {
  const args = { f: FileType, d: DirType, l: [FileType] } as const;
  const data = ws.resolve("data");
  const load = path.join(data, "load.csv");
  const parts: ReferencePart[] = [
    ...prefix("f"),
    ["argument", "f", "FileType", FILE],
    ["argument", "d", "DirType", FOLDER],
    ["argument", "l", "[FileType]", hashed([["FileType", FILE.toString("hex")]])],
    ["input", "0", "folder", FOLDER],
    ["input", "1", "file", FILE],
  ];
  const options = { ...byName, name: "f", args, inputs: [data, load] };
  expect(await keyOf(options, "(f, d, l) => f", { args: [load, data, [load]], parts })).toBe(
    "120d37fb6eedfa2446b7e1a8a37b7664",
  );
});

test("version and environment, in the order of the variables' names", async () => {
  process.env["SCALABLE_TEST_B"] = "1";
  onTestFinished(() => {
    delete process.env["SCALABLE_TEST_B"];
  });
  const parts: ReferencePart[] = [
    named("g"),
    BY_NAME,
    ["version", "", "", hashed("2.0")],
    ["env", "SCALABLE_TEST_A", "", hashed(undefined)],
    ["env", "SCALABLE_TEST_B", "", hashed("1")],
  ];
  const options = { ...byName, name: "g", version: "2.0", env: ["SCALABLE_TEST_B", "SCALABLE_TEST_A"] };
  expect(await keyOf(options, "() => 1", { args: [], parts })).toBe("77a5ab1ca5a65141855693eee3aa7d58");
});

test("code, this, a destructured parameter, the rest and the number of arguments", async () => {
  const parts: ReferencePart[] = [
    named("run"),
    ["code", "", "function", hashed(runTree)],
    VERSION,
    argument("this", { x: 1 }),
    argument("year", 2050),
    argument("1", { share: 0.5 }),
    argument("rest", ["a", "b"]),
    argument("arguments.length", 4),
  ];
  const args = [2050, { share: 0.5 }, "a", "b"];
  expect(await keyOf({ code: "function" }, runText, { args, self: { x: 1 }, parts })).toBe(
    "054f7620c78f4dfd4723143de8a818e2",
  );
});

test("arguments beyond the parameters", async () => {
  const parts = [...prefix("h"), argument("x", 1), argument("...", [2, undefined])];
  expect(await keyOf({ ...byName, name: "h" }, "(x) => x", { args: [1, 2, undefined], parts })).toBe(
    "edbdf6a8d3d396a132554547af778f8e",
  );
});

test.each([
  ["0", "d076a561a38d340037dc78fc8efbbd83"],
  ["18446744073709551615", "83173bfd3643b3a474f8005b96a33d9c"],
])("another seed, another key: %s", async (seed, expected) => {
  process.env["SCALABLE_SEED"] = seed;
  onTestFinished(() => {
    delete process.env["SCALABLE_SEED"];
  });
  const other = await seededHash(BigInt(seed));
  const parts: ReferencePart[] = [
    named("i"),
    BY_NAME,
    ["version", "", "", other(value(undefined))],
    ["argument", "x", "", other(value(1))],
  ];
  const key = await cacheable({ cache, code: "name", name: "i" }, fn("(x) => x")).key(1);

  expect(key).toBe(other(keyContent(parts)).toString("hex"));
  expect(key).toBe(expected);
});
