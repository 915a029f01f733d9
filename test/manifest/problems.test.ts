// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the manifest's own
import { expect, test } from "vitest";
import { ScalableError } from "../../src/errors.ts";
import { checkManifest, ManifestError, readManifest } from "../../src/manifest/manifest.ts";
import { workspace } from "../rig/workspace.ts";
import { HEAD, placesOf, problemsOf } from "./manifest-file.ts";

test.each<[code: string, content: string, place: string, excerpt: string]>([
  ["E_SYNTAX", "version: 1\nproject: [\n", "3:1", ""],
  ["E_MISSING_KEY", "version: 1\nproject: {}\n", "2:1", "project: {}\n^^^^^^^"],
  ["E_BAD_VERSION", "version: 2\nproject: {name: a}\n", "1:10", "version: 2\n         ^"],
  ["E_BAD_VALUE", `${HEAD}components: {a: {cpus: 0}}\n`, "3:24", `components: {a: {cpus: 0}}\n${" ".repeat(23)}^`],
  ["E_UNKNOWN_TOP_KEY", `${HEAD}task: {}\n`, "3:1", "task: {}\n^^^^"],
  ["E_UNKNOWN_PROJECT_KEY", "version: 1\nproject: {name: a, nam: b}\n", "2:20", ""],
  ["E_UNKNOWN_COMPONENT_KEY", `${HEAD}components:\n  a:\n    cpu: 1\n`, "5:5", "    cpu: 1\n    ^^^"],
  ["E_UNKNOWN_TASK_KEY", `${HEAD}components: {a: }\ntasks:\n  t: {component: a, chache: true}\n`, "5:21", ""],
  ["E_UNKNOWN_OVERLAY_KEY", `${HEAD}overlays:\n  o: {component: {}}\n`, "4:7", "  o: {component: {}}\n      ^^^^^^^^^"],
  ["E_TASK_COMPONENT_REF", `${HEAD}components: {a: }\ntasks: {t: {component: b}}\n`, "4:24", ""],
  ["E_OVERLAY_REF", `${HEAD}targets: {l: {provider: local, overlay: o}}\n`, "3:41", ""],
  ["E_OVERLAY_REF", `${HEAD}targets: {l: {provider: local, overlay: {components: {a: }}}}\n`, "3:55", ""],
  ["E_UNKNOWN_PROVIDER", `${HEAD}targets:\n  s:\n    provider: pbs\n`, "5:15", ""],
  ["E_UNKNOWN_OPTION", `${HEAD}targets: {l: {provider: local, workers: 2}}\n`, "3:32", ""],
  ["E_BAD_MAX_WORKERS", `${HEAD}targets: {l: {provider: local, max_workers: 0}}\n`, "3:45", ""],
  ["E_BAD_MAX_WORKERS", `${HEAD}targets: {l: {provider: local, max_workers: 1.5}}\n`, "3:45", ""],
  ["E_BAD_VALUE", `${HEAD}targets: {l: {provider: local, containers: docker}}\n`, "3:44", ""],
  ["E_UNSET_VARIABLE", "version: 1\nproject:\n  name: of-${NOT_SET_HERE}\n", "3:12", ""],
  ["E_DUPLICATE_KEY", "version: 1\nversion: 1\nproject: {name: a}\n", "2:1", "version: 1\n^^^^^^^"],
  ["E_ALIAS", "version: 1\nproject: {name: *nobody}\n", "2:17", ""],
])("%s is located: %j", async (code, content, place, excerpt) => {
  const problems = await problemsOf(content);

  expect(problems.map((problem) => `${problem.code} ${problem.line}:${problem.column}`)).toEqual([`${code} ${place}`]);
  if (excerpt !== "") expect(problems[0]?.excerpt).toBe(excerpt);
  expect(problems[0]?.message).toMatch(/^.{20,}[.?]$/);
});

test.each([
  [`${HEAD}componets: {}\n`, 'Unknown key "componets" in the manifest: did you mean "components"?'],
  [`${HEAD}components: {solver: }\ntasks: {t: {component: slover}}\n`, ': did you mean "solver"?'],
  [`${HEAD}targets: {a: {provider: lcoal}}\n`, ': did you mean "local"?'],
  [`${HEAD}targets: {a: {provider: local, max_worker: 2}}\n`, ': did you mean "max_workers"?'],
])("a name that is nearly known is suggested: %j", async (content, message) => {
  const [problem] = await problemsOf(content);
  expect(problem?.message).toContain(message);
});

test("an unknown provider comes with those that there are", async () => {
  const [problem] = await problemsOf(`${HEAD}targets: {hpc: {provider: pbs}}\n`);
  expect(problem?.hint).toBe('Providers: "local", "slurm"');
});

test("all problems are reported at once, in the order of the file", async () => {
  const content = `version: 3
project: {nam: x, local_cache: "\${NOT_SET_HERE}"}
targets: {a: {provider: local, max_workers: no, color: red}}
components: {c: {cpus: many, memory: large, mounts: [here], env: {A: []}, runtime: lxc, tags: 1}}
tasks: {t: {component: d, cache: 1, outputs: {x: fifo}, retries: {max: -1, often: 1}, timeout: soon}, u: }
`;
  expect(await placesOf(content)).toEqual([
    "E_BAD_VERSION 1:10",
    "E_MISSING_KEY 2:1",
    "E_UNKNOWN_PROJECT_KEY 2:11",
    "E_UNSET_VARIABLE 2:33",
    "E_BAD_MAX_WORKERS 3:45",
    "E_UNKNOWN_OPTION 3:49",
    "E_BAD_VALUE 4:24",
    "E_BAD_VALUE 4:38",
    "E_BAD_VALUE 4:54",
    "E_BAD_VALUE 4:67",
    "E_BAD_VALUE 4:84",
    "E_BAD_VALUE 4:95",
    "E_TASK_COMPONENT_REF 5:24",
    "E_BAD_VALUE 5:34",
    "E_BAD_VALUE 5:50",
    "E_BAD_VALUE 5:72",
    "E_UNKNOWN_TASK_KEY 5:76",
    "E_BAD_VALUE 5:96",
    "E_MISSING_KEY 5:103",
  ]);
});

test("readManifest throws an error whose message shows each problem and its place", async () => {
  const ws = await workspace();
  const file = await ws.write("scalable.yaml", `${HEAD}components:\n  solver:\n    imag: x\n    cpus: 1\n`);

  const error: unknown = await readManifest(file).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(ManifestError);
  expect(error).toMatchObject({ name: "ScalableError", code: "E_MANIFEST", details: { path: file } });
  expect((error as ManifestError).problems).toHaveLength(1);
  expect((error as ManifestError).message).toBe(`${file} has a problem:
${file}:5:5: E_UNKNOWN_COMPONENT_KEY: Unknown key "imag" in a component (components.solver): did you mean "image"?
      imag: x
      ^^^^
  Known keys: "image", "runtime", "cpus", "memory", "mounts", "env", "tags", "preload_script"`);
});

test("a long line is cut around the place, and what a terminal would act upon is not in the excerpt", async () => {
  const [problem] = await problemsOf(
    `${HEAD}components: {${" ".repeat(5_000)}\u202ea: {\tcpu: 1}${" ".repeat(5_000)}}\n`,
  );

  const [line = "", carets = ""] = problem?.excerpt.split("\n") ?? [];
  expect(line.length).toBeLessThan(110);
  expect(line).not.toMatch(/[\t\u202e]/);
  expect(line.slice(carets.indexOf("^"), carets.length)).toBe("cpu");
});

test.each([
  ["not there", "nothing.yaml", "E_FILE_NOT_FOUND"],
  ["a folder", ".", "E_FILE_KIND"],
])("a manifest that is %s is an error with a code", async (_what, name, code) => {
  const ws = await workspace();
  const error: unknown = await checkManifest(ws.resolve(name)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ScalableError);
  expect(error).toMatchObject({ code });
});
