// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the manifest's own
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkManifest, readManifest, resolveTarget } from "../../src/manifest/manifest.ts";
import { workspace } from "../rig/workspace.ts";
import { HEAD, manifestOf, placesOf, problemsOf } from "./manifest-file.ts";

const encoder = new TextEncoder();

test.each([
  ["a byte order mark", `\ufeff${HEAD}`],
  ["CRLF", HEAD.replaceAll("\n", "\r\n")],
  ["a document start and end", `---\n${HEAD}...\n`],
  ["no line feed at the end", HEAD.trimEnd()],
  ["sections that are left empty", `${HEAD}targets:\ncomponents:\n  a:\ntasks:\noverlays:\n  o:\n`],
])("%s is fine", async (_what, content) => {
  expect(await placesOf(content)).toEqual([]);
});

test.each([
  ["an empty file", "", ["E_MISSING_KEY 1:1", "E_MISSING_KEY 1:1"]],
  ["only comments", "# nothing\n", ["E_MISSING_KEY 1:1", "E_MISSING_KEY 1:1"]],
  ["a list", "- 1\n", ["E_BAD_VALUE 1:1"]],
  ["text", "hello\n", ["E_BAD_VALUE 1:1"]],
  ["a tab as indentation", "version: 1\nproject:\n\tname: x\n", ["E_SYNTAX 3:1"]],
  ["two documents", `${HEAD}---\n${HEAD}`, ["E_SYNTAX 3:1"]],
  ["a control character", `${HEAD}# \u0001\n`, ["E_SYNTAX 3:3"]],
  ["an unknown tag", "version: 1\nproject: {name: !!js/function x}\n", ["E_SYNTAX 2:17"]],
  ["a list as key", `${HEAD}components: {[a]: {}}\n`, ["E_BAD_VALUE 3:14"]],
  ["CRLF and a problem", `${HEAD}x: 1\n`.replaceAll("\n", "\r\n"), ["E_UNKNOWN_TOP_KEY 3:1"]],
  ["a byte order mark and a problem", `\ufeffversions: 1\n${HEAD}`, ["E_UNKNOWN_TOP_KEY 1:1"]],
])("%s: %j", async (_what, content, places) => {
  expect(await placesOf(content)).toEqual(places);
});

test.each([
  ["Latin-1", Uint8Array.from([...encoder.encode("version: 1\nproject: {name: caf"), 0xe9, 0x7d, 0x0a]), "2:20"],
  ["a character that is cut off", Uint8Array.from([...encoder.encode("version: 1\nx: \u00fc"), 0xe2, 0x82]), "2:5"],
  ["UTF-16", Uint8Array.from([0xff, 0xfe, 0x61, 0, 0x3a, 0]), "1:1"],
])("%s is not UTF-8", async (_what, content, place) => {
  expect(await placesOf(content)).toEqual([`E_SYNTAX ${place}`]);
});

test("anchors, aliases and merge keys are followed; own keys win, then earlier sources", async () => {
  const manifest = await manifestOf(`${HEAD}components:
  base: &base {cpus: 1, image: base}
  big: &big {cpus: 8, tags: &tags [large]}
  both: {<<: [*base, *big], memory: 1GB}
  own: {cpus: 3, <<: *base, tags: *tags}
  "<<quoted": {}
`);
  const { components } = resolveTarget(manifest);
  expect(components.get("both")).toMatchObject({ cpus: 1, image: "base", tags: ["large"], memory: 2 ** 30 });
  expect(components.get("own")).toMatchObject({ cpus: 3, image: "base", tags: ["large"] });
});

test.each([
  ["a merge of what is no mapping", `${HEAD}components: {a: {<<: 3}}\n`, ["E_BAD_VALUE 3:18"]],
  ["two merge keys", `${HEAD}components: {x: &x {}, a: {<<: *x, <<: *x}}\n`, ["E_DUPLICATE_KEY 3:36"]],
  ["an alias within its anchor", `${HEAD}components: &c {a: *c}\n`, ["E_ALIAS 3:20"]],
  ["an alias before its anchor", `${HEAD}components: {a: *c, b: &c {}}\n`, ["E_ALIAS 3:17"]],
])("%s", async (_what, content, places) => {
  expect(await placesOf(content)).toEqual(places);
});

test("an alias bomb is refused", async () => {
  const levels = Array.from({ length: 30 }, (_, i) => {
    const of = i === 0 ? '"lol"' : `*a${i - 1}`;
    return `a${i}: &a${i} [${new Array(9).fill(of).join(", ")}]\n`;
  });
  const codes = (await problemsOf(HEAD + levels.join(""))).map(({ code }) => code);
  expect(codes).toContain("E_ALIAS");

  const chain = Array.from({ length: 5_000 }, (_, i) => `a${i}: &a${i} {<<: *a${Math.max(0, i - 1)}, k${i}: 1}\n`);
  chain[0] = "a0: &a0 {k: 1}\n";
  expect((await problemsOf(HEAD + chain.join(""))).map(({ code }) => code)).toContain("E_ALIAS");

  const deep = Array.from({ length: 5_000 }, (_, i) => `a${i}: &a${i} [${i === 0 ? "" : `*a${i - 1}`}]\n`);
  expect((await problemsOf(HEAD + deep.join(""))).map(({ code }) => code)).toContain("E_TOO_DEEP");
});

test.each([
  ["[", "["],
  ["{a: ", "{a: "],
  ["- ", "- "],
  ["? ", "? "],
])("%j a million times is too deep", async (_what, open) => {
  expect(await placesOf(`${HEAD}x:\n  ${open.repeat(1_000_000)}`)).toEqual([
    expect.stringMatching(/^E_TOO_DEEP 4:\d+$/),
  ]);
});

test("names of what all objects have are names like others", async () => {
  const manifest = await manifestOf(`${HEAD}targets: {__proto__: {provider: local, max_workers: 2}}
components:
  __proto__: {cpus: 2, env: {__proto__: a, constructor: b}, mounts: {__proto__: /p}}
  constructor: {tags: [x]}
tasks:
  __proto__: {component: __proto__, outputs: {__proto__: folder}}
  toString: {component: constructor}
`);
  const resolved = resolveTarget(manifest);

  expect(resolved.target).toMatchObject({ name: "__proto__", options: { maxWorkers: 2 } });
  expect(Object.entries(resolved.components.get("__proto__")?.env ?? {})).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  expect(resolved.components.get("__proto__")?.mounts).toEqual([
    { source: "__proto__", target: "/p", readOnly: false },
  ]);
  expect([...(resolved.tasks.get("__proto__")?.outputs ?? [])]).toEqual([["__proto__", "folder"]]);
  expect(resolved.tasks.get("toString")?.component).toBe("constructor");
  expect(({} as { cpus?: number }).cpus).toBeUndefined();
  expect(
    await placesOf(`${HEAD}components: {__proto__: {cpus: x}}\ntargets: {a: {provider: local, __proto__: 1}}\n`),
  ).toEqual(["E_BAD_VALUE 3:32", "E_UNKNOWN_OPTION 4:32"]);
  expect(await placesOf(`${HEAD}tasks: {a: {component: toString}}\n__proto__: {}\n`)).toEqual([
    "E_TASK_COMPONENT_REF 3:24",
    "E_UNKNOWN_TOP_KEY 4:1",
  ]);
});

test("10 MB are read, more are refused", { timeout: 120_000 }, async () => {
  const limit = 10 * 1024 * 1024;
  const line = `# ${"x".repeat(97)}\n`;
  const comments = HEAD + line.repeat(Math.floor((limit - HEAD.length) / line.length));
  expect(await placesOf(comments)).toEqual([]);
  expect(await placesOf(comments + line)).toEqual(["E_TOO_LARGE 1:1"]);

  const tasks = Array.from({ length: 20_000 }, (_, i) => `  task${i}: {component: a, outputs: [x], bad: 1}\n`);
  const problems = await problemsOf(`${HEAD}components: {a: }\ntasks:\n${tasks.join("")}`);
  expect(problems).toHaveLength(1_000);
});

test("a file that is all values is refused before it fills the memory", { timeout: 120_000 }, async () => {
  expect(await placesOf(`${HEAD}x: [${"1,".repeat(4_900_000)}1]\n`)).toEqual([
    expect.stringMatching(/^E_TOO_LARGE 3:\d+$/),
  ]);
});

const pieces = fc.constantFrom(
  ...[
    "version: 1\n",
    "project: {name: x}\n",
    "components:\n",
    "  a:\n",
    "    cpus: 1\n",
    "tasks:\n",
    "  t: {component: a}\n",
  ],
  ...[
    "targets: {l: {provider: local}}\n",
    "overlays: ",
    "&a ",
    "*a",
    "<<: *a\n",
    "- ",
    "? ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",\n",
  ],
  ...[
    "\n",
    "\t",
    "'",
    '"',
    "|\n  text\n",
    "!!str ",
    "!x ",
    "%YAML 1.1\n",
    "---\n",
    "...\n",
    "${A}",
    "${A:-1}",
    "${",
    "$${",
    "}",
  ],
  ...[
    "__proto__: ",
    "constructor: ",
    "1",
    "null",
    "~",
    "0x1f",
    ".inf",
    "env: {A: 1}\n",
    "  max_workers: ${A:-3}\n",
    "\ufeff",
    "\r",
    "\ud800",
  ],
);

test("any text is a manifest, or has problems with places", { timeout: 120_000 }, async () => {
  const ws = await workspace();
  const file = ws.resolve("scalable.yaml");
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
    fc.array(pieces, { maxLength: 20 }).map((parts) => HEAD + parts.join("")),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.uint8Array({ maxLength: 100 }),
  );
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      await ws.write("scalable.yaml", content);
      const { manifest, problems } = await checkManifest(file);
      expect(manifest === undefined).toBe(problems.length > 0);
      for (const { line, column, message } of problems) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe("");
      }
      for (const target of manifest?.targets ?? []) resolveTarget(await readManifest(file), target);
    }),
    { numRuns: 1_500 },
  );
});
