// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the manifest's own
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { readManifest, resolveTarget } from "../../src/manifest/manifest.ts";
import { workspace } from "../rig/workspace.ts";
import { HEAD, manifestOf, placesOf, problemsOf } from "./manifest-file.ts";

afterEach(() => vi.unstubAllEnvs());

const hpc = (options: string) => `${HEAD}targets:\n  hpc: {provider: slurm, ${options}}\n`;
/** Where the first of these options begins. */
const COLUMN = "  hpc: {provider: slurm, ".length + 1;

async function optionsOf(options: string) {
  const { target } = resolveTarget(await manifestOf(hpc(options)));
  return target.options;
}

test("all options of a target on Slurm", async () => {
  const ws = await workspace();
  const file = await ws.write(
    "sub/scalable.yaml",
    `${HEAD}targets:
  hpc:
    provider: slurm
    queue: short,long
    account: "0123"
    qos: high
    walltime: 1-12:00:00
    constraint: "[rack1|rack2]&ssd"
    nodes: 2
    gres: gpu:a100:1
    extra: [--exclusive, "#SBATCH --nodelist n[1-3]", '--comment="two words"']
    max_jobs: 200
    array_size: 1000
    calls_per_job: 5
    poll_interval: 1m
    setup: |
      module purge

      module load nodejs/22
    node: ./tools/node
    work_dir: ../work
`,
  );

  expect(resolveTarget(await readManifest(file)).target).toEqual({
    name: "hpc",
    provider: "slurm",
    options: {
      queue: "short,long",
      account: "0123",
      qos: "high",
      walltimeMs: 129_600_000,
      constraint: "[rack1|rack2]&ssd",
      nodes: 2,
      gres: "gpu:a100:1",
      extra: ["--exclusive", "--nodelist=n[1-3]", "--comment=two words"],
      maxJobs: 200,
      arraySize: 1000,
      callsPerJob: 5,
      pollIntervalMs: 60_000,
      setup: ["module purge", "", "module load nodejs/22"],
      node: ws.resolve("sub/tools/node"),
      workDir: ws.resolve("work"),
    },
  });
});

test("what is left out is left to Slurm, or has a default", async () => {
  const manifest = await manifestOf(`${HEAD}targets: {hpc: {provider: slurm}}\n`);

  expect(resolveTarget(manifest).target).toEqual({
    name: "hpc",
    provider: "slurm",
    options: {
      extra: [],
      pollIntervalMs: 10_000,
      setup: [],
      workDir: path.join(path.dirname(manifest.file), ".scalable/slurm"),
    },
  });
});

test.each([
  ["calls_per_job: auto", {}],
  ["calls_per_job: 3", { callsPerJob: 3 }],
  ["poll_interval: 1000", { pollIntervalMs: 1_000 }],
  ["poll_interval: 1h", { pollIntervalMs: 3_600_000 }],
  ["setup: module load a", { setup: ["module load a"] }],
  ['setup: "a\\r\\nb\\rc\\n"', { setup: ["a", "b", "c"] }],
  ['setup: [a, "b\\n\\tc\\n", d]', { setup: ["a", "b", "\tc", "d"] }],
  ['setup: ""', { setup: [] }],
  ["setup: []", { setup: [] }],
  ["extra: []", { extra: [] }],
  ["node: node22", { node: "node22" }],
  ["node: /opt/node/bin/node", { node: "/opt/node/bin/node" }],
  ["work_dir: /scratch/me", { workDir: "/scratch/me" }],
])("%s", async (option, expected) => {
  const defaults = { extra: [], pollIntervalMs: 10_000, setup: [], workDir: expect.stringMatching(/^\//) };
  expect(await optionsOf(option)).toEqual({ ...defaults, ...expected });
});

const LINE = "text on one line, not empty and without control characters";
const COUNT = "a whole number from 1 on";
const INTERVAL = "a duration from 1s to 1h, such as 10s, or a number of milliseconds";

test.each([
  ['queue: ""', LINE],
  ['queue: " "', LINE],
  ["queue: [a]", LINE],
  ["account: 123", "text: put quotes around it"],
  ['qos: "a\\nb"', LINE],
  ['constraint: "a\\0"', LINE],
  ["gres: true", LINE],
  ["node: {a: b}", LINE],
  ['work_dir: ""', LINE],
  ["walltime: 90", /^a time with its unit, such as 4h or 30m: a number alone/],
  ['walltime: "90"', /^a time with its unit, such as 4h or 30m: a number alone/],
  ["walltime: soon", /^a time with its unit, such as 4h, or as sbatch has it/],
  ["walltime: true", /^a time with its unit, such as 4h, or as sbatch has it/],
  ["walltime: 0m", "a time from 1s to 366d"],
  ["nodes: 0", COUNT],
  ["nodes: 1-2", COUNT],
  ["max_jobs: 1.5", COUNT],
  ["array_size: -1", COUNT],
  ["calls_per_job: all", `${COUNT}, or auto`],
  ["calls_per_job: 0", COUNT],
  ["poll_interval: 10", INTERVAL],
  ["poll_interval: 999ms", INTERVAL],
  ["poll_interval: 2h", INTERVAL],
  ["poll_interval: often", INTERVAL],
  ["extra: --exclusive", "a list of options of sbatch, such as [--exclusive]"],
  ["setup: 3", "lines of shell: a text, or a list of texts"],
  ['setup: "a\\0"', "lines of shell without control characters"],
  ['setup: "a\\n #SBATCH --mem=1"', /^lines of shell without #SBATCH/],
])("%s is a bad value", async (option, expected) => {
  const [problem, ...more] = await problemsOf(hpc(option));
  const [, name = "", value = ""] = /^(\w+): (.*)$/.exec(option) ?? [];
  // Lists and mappings are pointed to by their key.
  const column = COLUMN + (/^[[{]/.test(value) ? 0 : `${name}: `.length);

  expect(more).toEqual([]);
  expect(problem).toMatchObject({ code: "E_BAD_VALUE", line: 4, column });
  const [place, must = ""] = problem?.message.split(", but must be ") ?? [];
  expect(place).toMatch(new RegExp(`^${name} of the target "hpc" is .`));
  expect(must.slice(0, -1)).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
});

test.each([
  ["extra: [--exclusive, --mem=4G, 3]", ["extra.1", "extra.2"], [21, 31]],
  ["setup: [a, 3, {b: c}]", ["setup.1", "setup.2"], [11, 14]],
])("items of a list are pointed to: %s", async (option, places, columns) => {
  const problems = await problemsOf(hpc(option));
  expect(problems.map(({ message }) => message.split(" ")[0])).toEqual(places);
  expect(problems.map(({ column }) => column - COLUMN)).toEqual(columns);
});

test("an option that there is not comes with all that there are", async () => {
  const [problem] = await problemsOf(hpc("max_job: 3"));

  expect(problem).toMatchObject({ code: "E_UNKNOWN_OPTION", line: 4, column: COLUMN });
  expect(problem?.message).toBe(
    'The provider "slurm" of the target "hpc" has no option "max_job": did you mean "max_jobs"?',
  );
  expect(problem?.hint).toMatch(/^Options: "queue", .*"work_dir"$/);
});

test("all problems are reported at once, in the order of the file", async () => {
  const content = `${HEAD}targets:
  hpc:
    provider: slurm
    queue:
    walltime: 90
    partition: x
    extra:
      - --exclusive
      - --wrap=x
      - #SBATCH --hold
    nodes: \${NOT_SET_HERE}
    overlay: { options: { qos: 3, gpus: 1 }, components: { a: { cpus: 2.5 } } }
components:
  a: { cpus: 0.5, image: a.sif }
  b: { image: b.sif, cpus: 0 }
tasks:
  t: { component: a, retries: { max: 1, memory: 1x, walltimes: 2x } }
`;
  expect(await placesOf(content)).toEqual([
    "E_BAD_VALUE 6:5",
    "E_BAD_VALUE 7:15",
    "E_UNKNOWN_OPTION 8:5",
    "E_BAD_VALUE 11:9",
    "E_BAD_VALUE 12:9",
    "E_UNSET_VARIABLE 13:12",
    "E_BAD_VALUE 14:32",
    "E_UNKNOWN_OPTION 14:35",
    "E_BAD_VALUE 14:71",
    "E_MISSING_KEY 16:19",
    "E_MISSING_KEY 17:8",
    "E_BAD_VALUE 17:28",
    "E_BAD_VALUE 19:49",
    "E_UNKNOWN_TASK_KEY 19:53",
  ]);
});

test("an overlay replaces options of its target", async () => {
  const manifest = await manifestOf(`${HEAD}targets:
  hpc: {provider: slurm, queue: short, walltime: 1h, setup: [a, b]}
  long: {provider: slurm, queue: short, walltime: 1h, setup: [a, b], overlay: long}
overlays:
  long: {options: {queue: long, walltime: 2-0, extra: [--exclusive], setup: c}}
`);
  const options = (target: string) => resolveTarget(manifest, target).target.options;

  expect(options("hpc")).toMatchObject({ queue: "short", walltimeMs: 3_600_000, extra: [], setup: ["a", "b"] });
  expect(options("long")).toMatchObject({
    queue: "long",
    walltimeMs: 172_800_000,
    extra: ["--exclusive"],
    setup: ["c"],
  });
});

test("an overlay that both providers use is checked for each", async () => {
  const content = `${HEAD}targets: {here: {provider: local, overlay: o}, hpc: {provider: slurm, overlay: o}}
overlays: {o: {options: {max_workers: 2}}}
`;
  const problems = await problemsOf(content);
  expect(problems.map(({ message }) => message)).toEqual([
    'The provider "slurm" of the target "hpc" has no option "max_workers".',
  ]);
});

test("variables give texts, numbers and parts of them", async () => {
  vi.stubEnv("N", "4");
  vi.stubEnv("ACCOUNT", "0123");
  vi.stubEnv("UNIT", "h");
  const options = await optionsOf(
    `account: "\${ACCOUNT}", nodes: "\${N}", walltime: "\${N}\${UNIT}", calls_per_job: "\${CALLS:-auto}",
    poll_interval: "\${N}000", extra: ["--nodelist=n\${N}"], setup: "module load node/\${N}\\necho $\${HOME}",
    work_dir: "/scratch/\${ACCOUNT}"`,
  );
  expect(options).toEqual({
    account: "0123",
    nodes: 4,
    walltimeMs: 14_400_000,
    pollIntervalMs: 4_000,
    extra: ["--nodelist=n4"],
    setup: ["module load node/4", "echo ${HOME}"],
    workDir: "/scratch/0123",
  });
  expect(await optionsOf('calls_per_job: "${N}"')).toMatchObject({ callsPerJob: 4 });
  const [problem] = await problemsOf(hpc('walltime: "${N}"'));
  expect(problem?.message).toMatch(/ is "4", but must be a time with its unit, .* milliseconds for scalable\.$/);
});

test("the lock is that of the meaning, in whatever folder", async () => {
  const lockOf = async (options: string) => resolveTarget(await manifestOf(hpc(options))).lock;
  const lock = await lockOf("walltime: 90m, node: ./node, setup: [a, b]");

  const same = `work_dir: .scalable/slurm, setup: "a\\r\\nb\\r\\n", node: ./node, walltime: "1:30:00", calls_per_job: auto, extra: []`;
  expect(await lockOf(same)).toBe(lock);
  for (const other of [
    "walltime: 91m, node: ./node, setup: [a, b]",
    "walltime: 90m, node: node, setup: [a, b]",
    "walltime: 90m, node: ./node, setup: [a]",
    "walltime: 90m, node: ./node, setup: [a, b], work_dir: x",
  ]) {
    expect(await lockOf(other), other).not.toBe(lock);
  }
});
