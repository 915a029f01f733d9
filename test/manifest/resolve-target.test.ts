// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the manifest's own
import { afterEach, expect, test, vi } from "vitest";
import { readManifest, resolveTarget } from "../../src/manifest/manifest.ts";
import { workspace } from "../rig/workspace.ts";
import { HEAD, manifestOf, placesOf } from "./manifest-file.ts";

afterEach(() => vi.unstubAllEnvs());

const COMPONENTS = `components:
  solver: {cpus: 2, memory: 8GB, image: solver.sif, runtime: apptainer, env: {A: 1.10, B: true}, tags: [heavy]}
  light:
`;

test("everything that a manifest says is in what a target sees", async () => {
  const ws = await workspace();
  const file = await ws.write(
    "sub/scalable.yaml",
    `version: 1
project: {name: demo, local_cache: ./cache, remote_cache: "s3://bucket/x", default_storage: /data}
targets:
  local: {provider: local, max_workers: 3, threads_per_worker: 2, processes: true, containers: none}
components:
  solver:
    image: solver.sif
    runtime: apptainer
    cpus: 1.5
    memory: 512MB
    mounts: ["/in:/data:ro", /out:/out]
    env: {A: 1.10, B: True, C: text, D: 0x10}
    tags: [heavy]
    preload_script: module load x
  mapped: {mounts: {/a: "/b:ro", "c:d": /e}, memory: 1000}
tasks:
  fit: {component: solver, cache: false, outputs: {map: file, all: folder}, retries: {max: 2, backoff: 1s}, timeout: 30m}
  plain: {component: mapped, outputs: [a], retries: 3, timeout: 1500}
  least: {component: mapped}
`,
  );
  const { lock, ...resolved } = resolveTarget(await readManifest(file));

  expect(lock).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(resolved).toEqual({
    file,
    project: {
      name: "demo",
      localCache: ws.resolve("sub/cache"),
      remoteCache: "s3://bucket/x",
      defaultStorage: "/data",
    },
    target: {
      name: "local",
      provider: "local",
      options: { maxWorkers: 3, threadsPerWorker: 2, processes: true, containers: "none" },
    },
    components: new Map<string, unknown>([
      [
        "solver",
        {
          name: "solver",
          image: "solver.sif",
          runtime: "apptainer",
          cpus: 1.5,
          memory: 512 * 2 ** 20,
          mounts: [
            { source: "/in", target: "/data", readOnly: true },
            { source: "/out", target: "/out", readOnly: false },
          ],
          env: { A: "1.10", B: "True", C: "text", D: "0x10" },
          tags: ["heavy"],
          preloadScript: "module load x",
        },
      ],
      [
        "mapped",
        {
          name: "mapped",
          memory: 1000,
          mounts: [
            { source: "/a", target: "/b", readOnly: true },
            { source: "c:d", target: "/e", readOnly: false },
          ],
          env: {},
          tags: [],
        },
      ],
    ]),
    tasks: new Map<string, unknown>([
      [
        "fit",
        {
          name: "fit",
          component: "solver",
          cache: false,
          outputs: new Map([
            ["map", "file"],
            ["all", "folder"],
          ]),
          retries: { max: 2, backoffMs: 1_000 },
          timeoutMs: 1_800_000,
        },
      ],
      [
        "plain",
        {
          name: "plain",
          component: "mapped",
          cache: true,
          outputs: new Map([["a", "file"]]),
          retries: { max: 3 },
          timeoutMs: 1_500,
        },
      ],
      ["least", { name: "least", component: "mapped", cache: true, outputs: new Map(), retries: { max: 0 } }],
    ]),
  });
});

test("a manifest without targets has one, with the defaults", async () => {
  const { target } = resolveTarget(await manifestOf(HEAD));
  expect(target).toEqual({
    name: "local",
    provider: "local",
    options: { maxWorkers: undefined, threadsPerWorker: 1, processes: false, containers: "none" },
  });
});

test.each<[what: string, names: string[], asked: [argument: string | undefined, environment: string], chosen: string]>([
  ["the argument goes first", ["a", "b", "local"], ["a", "b"], "a"],
  ["then SCALABLE_TARGET", ["a", "b", "local"], [undefined, "b"], "b"],
  ["then the one named local", ["a", "b", "local"], [undefined, ""], "local"],
  ["then the only one", ["a"], [undefined, ""], "a"],
])("target: %s", async (_what, names, [argument, environment], chosen) => {
  vi.stubEnv("SCALABLE_TARGET", environment);
  const targets = names.map((name) => `  ${name}: {provider: local}\n`);
  expect(resolveTarget(await manifestOf(`${HEAD}targets:\n${targets.join("")}`), argument).target.name).toBe(chosen);
});

test("where no target can be told, the error lists them", async () => {
  vi.stubEnv("SCALABLE_TARGET", "");
  const manifest = await manifestOf(`${HEAD}targets: {big: {provider: local}, small: {provider: local}}\n`);
  const error = (message: RegExp) =>
    expect.objectContaining({ code: "E_SETTING", message: expect.stringMatching(message) });

  expect(() => resolveTarget(manifest)).toThrow(error(/SCALABLE_TARGET\. Targets: "big", "small"$/));
  expect(() => resolveTarget(manifest, "bgi")).toThrow(error(/"bgi": did you mean "big"\? Targets: "big", "small"$/));
  vi.stubEnv("SCALABLE_TARGET", "none");
  expect(() => resolveTarget(manifest)).toThrow(error(/"none" \(from SCALABLE_TARGET\)/));
});

test.each([
  ["named", "overlay: more", "overlays: {more: OVERLAY}\n"],
  ["inline", "overlay: OVERLAY", ""],
])("an overlay, %s, replaces keys of components and options of its target", async (_what, overlay, overlays) => {
  const text = "{components: {solver: {cpus: 16, env: {C: c}}}, options: {max_workers: 8}}";
  const manifest = await manifestOf(
    `${HEAD}targets:
  local: {provider: local, max_workers: 2, processes: true}
  big: {provider: local, max_workers: 2, processes: true, ${overlay}}
${COMPONENTS}${overlays}`.replace("OVERLAY", text),
  );
  const local = resolveTarget(manifest, "local");
  const big = resolveTarget(manifest, "big");

  expect(local.components.get("solver")).toMatchObject({ cpus: 2, env: { A: "1.10", B: "true" } });
  expect(big.components.get("solver")).toMatchObject({
    cpus: 16,
    memory: 8 * 2 ** 30,
    env: { C: "c" },
    tags: ["heavy"],
  });
  expect(Object.keys(big.components.get("solver")?.env ?? {})).toEqual(["C"]);
  expect(big.components.get("light")).toEqual(local.components.get("light"));
  expect(local.target.options).toMatchObject({ maxWorkers: 2, processes: true });
  expect(big.target.options).toMatchObject({ maxWorkers: 8, processes: true });
  expect(big.lock).not.toBe(local.lock);
});

test("an option of an overlay is checked where it stands, once", async () => {
  const content = `${HEAD}targets: {a: {provider: local, overlay: o}, local: {provider: local}}
overlays:
  o: {options: {max_workers: none}}
`;
  expect(await placesOf(content)).toEqual(["E_BAD_MAX_WORKERS 5:30"]);
});

test.each([
  ["${HERE}", "here"],
  ["a-${HERE}-${HERE}", "a-here-here"],
  ["${NOT_SET:-there}", "there"],
  ["${EMPTY:-there}", "there"],
  ["x${EMPTY}", "x"],
  ["${HERE:-there}", "here"],
  ["${NOT_SET:-${HERE}/x}", "here/x"],
  ["${NOT_SET:-a}${NOT_SET:-}}", "a}"],
  ["$HOME and $5", "$HOME and $5"],
  ["$${HERE}", "${HERE}"],
  ["$$${HERE}", "$${HERE}"],
  ["${HERE:-${NOT_SET}}", "here"],
])("%j expands to %j", async (written, expanded) => {
  vi.stubEnv("HERE", "here");
  vi.stubEnv("EMPTY", "");
  const manifest = await manifestOf(`version: 1\nproject: {name: '${written}'}\n`);
  expect(resolveTarget(manifest).project.name).toBe(expanded);
});

test.each(["${", "${}", "${1}", "${A", "${A:-b", "${A-b}", "${A b}"])("%j is a bad value", async (written) => {
  expect(await placesOf(`version: 1\nproject: {name: 'x${written}'}\n`)).toEqual(["E_BAD_VALUE 2:19"]);
});

test("a fault in a default is located there", async () => {
  expect(await placesOf("version: 1\nproject: {name: 'x${NOT_SET:-${}}'}\n")).toEqual(["E_BAD_VALUE 2:30"]);
});

test("a variable gives a number or true where that is asked for; keys are not expanded", async () => {
  vi.stubEnv("N", "4");
  const manifest =
    await manifestOf(`${HEAD}targets: {local: {provider: local, max_workers: "\${N}", processes: "\${P:-true}"}}
components:
  "\${N}": {cpus: "\${N}", image: "\${N}", env: {N: "\${N}"}}
`);
  const { target, components } = resolveTarget(manifest);
  expect(target.options).toMatchObject({ maxWorkers: 4, processes: true });
  expect(components.get("${N}")).toMatchObject({ cpus: 4, image: "4", env: { N: "4" } });
  expect(await placesOf(`${HEAD}components: {a: {cpus: "4"}}\n`)).toEqual(["E_BAD_VALUE 3:24"]);
});

test("the lock is that of the meaning", async () => {
  vi.stubEnv("CPUS", "2");
  const lockOf = async (content: string) => resolveTarget(await manifestOf(content)).lock;
  const lock = await lockOf(`${HEAD}${COMPONENTS}tasks: {t: {component: solver}}\n`);

  const other = `# a comment
tasks:
    t:
        component: "solver"
        cache: true
components:
    light: {}
    solver:
        tags: ['heavy']
        env: {B: "true", A: '1.10'}
        memory: 8192MB # the same
        runtime: apptainer
        image: \${IMAGE:-solver.sif}
        cpus: \${CPUS}
project:
    name: demo
version: 1
`;
  expect(await lockOf(other)).toBe(lock);
  expect(await lockOf(other.replaceAll("\n", "\r\n"))).toBe(lock);
  for (const [from, to] of [
    ["1.10", "1.1"],
    ["demo", "demos"],
    ["cache: true", "cache: false"],
    ["8192MB", "8193MB"],
  ] as const) {
    expect(await lockOf(other.replace(from, to)), to).not.toBe(lock);
  }
  expect(lock).toBe("sha256:483e695f9f9218bcbee30efc5c7ae5fb7ec1f4d275eb6bd11af2313dace990f3");
});
