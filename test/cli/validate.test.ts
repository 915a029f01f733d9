import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { workspace } from "../rig/workspace.ts";

const GOOD = `version: 1
project: {name: demo}
targets: {local: {provider: local}, wide: {provider: local, max_workers: 8}}
components: {small: {cpus: 1}, big: {cpus: 8}, huge: {cpus: 64}}
tasks: {a: {component: small}, b: {component: big}, c: {component: big}, d: {component: huge}}
`;
const BAD = GOOD.replace("cpus: 64", "cpu: 64").replace("component: small", "component: smal");

test("a valid manifest is counted", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", GOOD);

  const { code, stdout, stderr } = await cli(["validate"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe("scalable.yaml is valid: 2 targets, 3 components, 4 tasks\n");
});

test("all problems are printed, with exit code 1", async () => {
  const ws = await workspace();
  await ws.write("m/bad.yaml", BAD);

  const { code, stdout, stderr } = await cli(["validate", "m/bad.yaml"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(stdout).toMatch(
    /^m\/bad\.yaml:4:55: E_UNKNOWN_COMPONENT_KEY: .+ did you mean "cpus"\?\n {2}components: .+\n +\^{3}\n/,
  );
  expect(stdout).toMatch(/^m\/bad\.yaml:5:24: E_TASK_COMPONENT_REF: .+ did you mean "small"\?$/m);
  expect(stdout).toMatch(/\nm\/bad\.yaml has 2 problems\n$/);
});

test("the path can come from SCALABLE_MANIFEST", async () => {
  const ws = await workspace();
  await ws.write("other.yaml", GOOD);

  const { code, stdout } = await cli(["validate"], { cwd: ws.path, env: { SCALABLE_MANIFEST: "other.yaml" } });

  expect({ code, stdout }).toEqual({ code: 0, stdout: "other.yaml is valid: 2 targets, 3 components, 4 tasks\n" });
});

test("--target has to be there, and shows its lock", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", GOOD);

  const good = await cli(["validate", "--target", "wide"], { cwd: ws.path });
  const bad = await cli(["validate", "--target", "wied"], { cwd: ws.path });

  expect(good.code).toBe(0);
  expect(good.stdout).toMatch(/\ntarget wide \(local\): sha256:[0-9a-f]{64}\n$/);
  expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 2, stdout: "" });
  expect(bad.stderr).toBe(
    'scalable: The manifest has no target "wied": did you mean "wide"? Targets: "local", "wide"\n',
  );
});

test("the problems of a target on Slurm are printed with their places", async () => {
  const ws = await workspace();
  await ws.write(
    "scalable.yaml",
    GOOD.replace("max_workers: 8", "max_workers: 8}, hpc: {provider: slurm, walltime: 90"),
  );

  const { code, stdout } = await cli(["validate"], { cwd: ws.path });

  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^scalable\.yaml:3:\d+: E_BAD_VALUE: walltime of the target "hpc" is 90, but must be a time .+\n.+\n +\^\^\n/,
  );
});

test("--json has the same", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", GOOD);
  await ws.write("bad.yaml", BAD);

  const good = await cli(["validate", "--json", "--target", "wide"], { cwd: ws.path });
  const bad = await cli(["validate", "bad.yaml", "--json"], { cwd: ws.path });

  expect(good.code).toBe(0);
  expect(JSON.parse(good.stdout)).toEqual({
    file: "scalable.yaml",
    valid: true,
    targets: ["local", "wide"],
    components: ["small", "big", "huge"],
    tasks: ["a", "b", "c", "d"],
    target: {
      name: "wide",
      provider: "local",
      options: { maxWorkers: 8, threadsPerWorker: 1, processes: false, containers: "none" },
    },
    lock: expect.stringMatching(/^sha256:/),
    problems: [],
  });
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    valid: false,
    problems: [
      { code: "E_UNKNOWN_COMPONENT_KEY", file: "bad.yaml", line: 4, column: 55 },
      { code: "E_TASK_COMPONENT_REF", file: "bad.yaml", line: 5, column: 24 },
    ],
  });
});

test("a manifest that is not there fails; an unknown option is a usage error", async () => {
  const ws = await workspace();

  const missing = await cli(["validate"], { cwd: ws.path });
  const usage = await cli(["validate", "--strict"], { cwd: ws.path });

  expect({ code: missing.code, stdout: missing.stdout }).toEqual({ code: 1, stdout: "" });
  expect(missing.stderr).toMatch(/^scalable: There is no manifest "scalable\.yaml": give the path of one/);
  expect(usage.code).toBe(2);
});

test("what a terminal would act upon is spelled out", async () => {
  const ws = await workspace();
  await ws.write("scalable.yaml", 'version: 1\nproject: {name: x}\n"\\x1b[31mred\u202e": 1\n');

  const { code, stdout } = await cli(["validate"], { cwd: ws.path });

  expect(code).toBe(1);
  for (const character of ["\u001b", "\u202e"]) expect(stdout).not.toContain(character);
});
