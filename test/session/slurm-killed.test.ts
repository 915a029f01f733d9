import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { arrayFolder, arrayIds } from "../../src/providers/slurm/work-folder.ts";
import { type ClusterProject, type ClusterProjectOptions, onCluster } from "./slurm-rig.ts";

/* A session that is killed is started again, and goes on with the jobs of the one before it. */

const STEPS = 4;
const BODY = `
  const steps = client.map(work.step, [${Array.from({ length: STEPS }, (_, n) => n + 1)}]);
  const total = client.submit(work.total, [steps]);
  console.log("ready");
  out.steps = await client.gather(steps);
  out.total = await total;`;
const RESULTS = { steps: [1, 4, 9, 16], total: 30 };
const RAN = ["step 1", "step 2", "step 3", "step 4", "total"];

const OPTIONS: ClusterProjectOptions = {
  work: `
    export const step = cacheable({ name: "step", code: "name" }, async function step(n) {
      ran("step " + n);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return n * n;
    });
    export const total = cacheable({ name: "total", code: "name" }, function total(steps) {
      ran("total");
      return steps.reduce((sum, n) => sum + n, 0);
    });`,
};

/** Starts the workflow, and kills it when something has come to pass. */
async function killAt(project: ClusterProject, moment: () => Promise<unknown>): Promise<void> {
  const child = await project.start(BODY);
  await moment();
  await child.kill();
}

async function expectEnd(project: ClusterProject): Promise<void> {
  expect(await project.run(BODY)).toEqual(RESULTS);
  expect(await project.ran()).toEqual(RAN);
  await project.queueIsEmpty();
}

onCluster("killed before its jobs are in the queue", async (make) => {
  const project = await make(OPTIONS);

  // While calls are looked up.
  await killAt(project, async () => undefined);

  // Calls are written down and claimed, and sbatch does nothing any more.
  await project.holdCommand();
  await killAt(project, async () => process.kill(await project.heldCommand(), "SIGKILL"));
  expect(await project.queue()).toEqual([]);

  // Calls are claimed, and what their array computes is not written down.
  await project.holdCommand();
  await killAt(project, async () => process.kill(await project.heldCommand(), "SIGKILL"));
  for (const id of arrayIds(project.workDir)) await rm(path.join(arrayFolder(project.workDir, id), "array.json"));

  // What sbatch answers reaches nobody.
  await project.holdCommand();
  await killAt(project, () => project.heldCommand());
  await project.releaseCommand(await project.heldCommand(), "sbatch");
  expect(project.placed()).toEqual([]);

  await expectEnd(project);
  expect(await project.calls("sbatch")).toHaveLength(4);
});

onCluster("killed while its jobs wait, run and end", async (make, cluster) => {
  const project = await make({ ...OPTIONS, target: { extra: ["--hold"], calls_per_job: 1 } });
  const release = async (): Promise<void> => {
    const ids = new Set(project.placed().map(({ job }) => job.split("_")[0] ?? ""));
    for (const id of ids) await cluster.run("scontrol", ["release", id]).catch(() => undefined); // it has ended
  };

  await killAt(project, () => project.jobOf("step"));
  await killAt(project, () => project.queueIs((queue) => queue.length === STEPS));
  await release();
  await killAt(project, () => project.marked("start", 1));
  await killAt(project, () => project.marked("end", 1));
  await killAt(project, () => project.marked("end", STEPS));
  await killAt(project, () => project.jobOf("total"));
  expect((await project.ran()).filter((line) => line !== "total")).toEqual(RAN.slice(0, STEPS));
  await release();

  await expectEnd(project);
});

onCluster("killed at moments drawn by lot", async (make) => {
  const project = await make({ ...OPTIONS, target: { calls_per_job: 2 } });
  const delays = Array.from({ length: 4 }, () => Math.random() * 1_500);

  for (const delay of delays) {
    await killAt(project, () => setTimeout(delay));
    // An sbatch that goes on alone is not in the queue yet when the next session looks there.
    while ((await project.calls("sbatch")).length > (await project.calls("sbatch.ended")).length) await setTimeout(20);
  }

  await expectEnd(project);
});

onCluster("a submission that goes on after its session was killed, and after the next one has begun", async (make) => {
  const project = await make(OPTIONS);
  await project.holdCommand();
  await killAt(project, () => project.heldCommand());
  const held = await project.heldCommand();

  const next = await project.start(BODY);
  await project.jobOf("step");
  await project.releaseCommand(held, "sbatch");

  const { stdout } = await next.finished;
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual(RESULTS);
  expect(await project.run(BODY)).toEqual(RESULTS);
  expect(await project.calls("sbatch")).toHaveLength(3);
  await project.queueIsEmpty();
});
