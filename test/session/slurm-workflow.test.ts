import { expect } from "vitest";
import { cli } from "../rig/cli.ts";
import { program } from "./rig.ts";
import { type ClusterProject, type ClusterProjectOptions, onCluster } from "./slurm-rig.ts";

const MODEL = `
import { mkdirSync } from "node:fs";
import { FileType } from "scalable";
export const price = cacheable(async function price(year) { ran("price"); return year / 1000; });
export const scenario = cacheable({ args: { n: Number } }, async function scenario(n) {
  ran("scenario " + n);
  return { n, cost: n * (await price(2040)), at: new Date(n) };
});
export function tally(scenarios) { ran("tally"); return new Map(scenarios.map(({ n, cost }) => [n, cost])); }
export const table = cacheable({ args: { n: Number }, returnType: { file: FileType, rows: Number } }, async function table(n) {
  ran("table " + n);
  mkdirSync("out", { recursive: true });
  writeFileSync("out/table.csv", "n\\n" + n);
  return { file: "out/table.csv", rows: n };
});
export function chart(n) {
  ran("chart " + n);
  mkdirSync("out/parts", { recursive: true });
  writeFileSync("out/chart.svg", "<svg>" + n);
  writeFileSync("out/parts/one.txt", "one");
  return { svg: "out/chart.svg", parts: "out/parts" };
}
`;

const WORKFLOW = `
  const scenarios = client.map(work.scenario, [1, 2, 3]);
  const tally = client.submit(work.tally, [scenarios]);
  out.scenarios = await client.gather(scenarios);
  out.tally = [...(await tally)];
  out.table = await client.submit(work.table, [4]);
  out.chart = await client.submit(work.chart, [5]);
  out.plain = await client.submit(work.plus, [41]);`;

const RESULTS = {
  scenarios: [1, 2, 3].map((n) => ({ n, cost: n * 2.04, at: new Date(n).toISOString() })),
  tally: [1, 2, 3].map((n) => [n, n * 2.04]),
  table: { file: "out/table.csv", rows: 4 },
  chart: { svg: "out/chart.svg", parts: "out/parts" },
  plain: 42,
};
const RAN = ["chart 5", "price", "scenario 1", "scenario 2", "scenario 3", "table 4", "tally"];

const OPTIONS: ClusterProjectOptions = {
  work: MODEL,
  tasks: {
    tally: { component: "main" },
    plus: { component: "main" },
    chart: { component: "main", outputs: { svg: "file", parts: "folder" } },
  },
};

interface Ended {
  readonly out: unknown;
  readonly stderr: string;
  /** What was run since the run before. */
  readonly ran: readonly string[];
  readonly submitted: number;
}

/** Runs the workflow as it is on a target, with the cache of one machine. */
async function workflow(project: ClusterProject, target: string, machine: string): Promise<Ended> {
  const { ws, env } = project;
  await ws.write("main.ts", program(WORKFLOW));
  await ws.write("ran", "");
  const before = (await project.calls("sbatch")).length;
  const { code, stdout, stderr } = await cli(["run", "--workflow", "main.ts", "--target", target, "--quiet"], {
    cwd: ws.path,
    env: { ...env, SCALABLE_TARGET: undefined, SCALABLE_CACHE_DIR: `cache-${machine}` },
  });
  expect(code, stderr).toBe(0);
  const submitted = (await project.calls("sbatch")).length - before;
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return { out: JSON.parse(lines.at(-1) ?? ""), stderr, ran: [...new Set(await project.ran())], submitted };
}

async function files(project: ClusterProject): Promise<readonly string[]> {
  const names = ["out/table.csv", "out/chart.svg", "out/parts/one.txt"];
  return Promise.all(names.map((name) => project.ws.read(name)));
}

onCluster(
  "a workflow of this machine runs unchanged on a cluster, and is answered from the cache there",
  async (make) => {
    const project = await make(OPTIONS);

    const local = await workflow(project, "local", "mine");
    expect(local).toMatchObject({ out: RESULTS, ran: RAN, submitted: 0 });

    await project.ws.write("out/table.csv", "overwritten");
    const first = await workflow(project, "hpc", "one");
    expect(first).toMatchObject({ out: RESULTS, ran: RAN, stderr: local.stderr });
    expect(first.submitted).toBeGreaterThan(0);
    expect(await files(project)).toEqual(["n\n4", "<svg>5", "one"]);
    expect((await project.events("artifacts")).map(({ path }) => path)).toEqual(
      ["out/table.csv", "out/chart.svg", "out/parts"].map((name) => project.ws.resolve(name)),
    );

    for (const machine of ["one", "two"]) {
      for (const name of ["out/table.csv", "out/chart.svg", "out/parts/one.txt"]) await project.ws.write(name, "x");
      const again = await workflow(project, "hpc", machine);
      expect(again).toEqual({ out: RESULTS, ran: [], submitted: 0, stderr: local.stderr });
      expect(await files(project)).toEqual(["n\n4", "<svg>5", "one"]);
      const calls = await project.events("cache");
      expect(calls.map(({ hit }) => hit)).toEqual(calls.map(() => true));
      expect(await project.events("jobs").catch(() => [])).toEqual([]);
    }
    expect(await project.queue()).toEqual([]);
  },
);
