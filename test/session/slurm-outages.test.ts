import { setTimeout } from "node:timers/promises";
import { afterAll, expect } from "vitest";
import type { Child } from "../rig/child.ts";
import { slurmOfOnesOwn } from "../rig/slurm.ts";
import { output } from "./rig.ts";
import { type ClusterProject, testsOn } from "./slurm-rig.ts";

/* What a cluster does to jobs: its nodes end, its controller is away, others go first. */

const own = await slurmOfOnesOwn({ messageTimeout: 2 });
afterAll(() => own.stop());
const onOwnCluster = testsOn(own);

/** An outage is a matter of time: nothing else tells that what waits would have given up. */
const AWAY_MS = 20_000;

const BODY = `
  const futures = client.map(work.gatedCached, ["a"]);
  console.log("ready");
  out.results = await client.gather(futures);`;

/** Starts a call, and answers its job as soon as it runs. */
async function runningJob(project: ClusterProject): Promise<{ readonly child: Child; readonly job: string }> {
  const child = await project.start(BODY, { env: { SCALABLE_LOG_LEVEL: "info" } });
  await project.file("began-a");
  return { child, job: await project.jobOf("gatedCached") };
}

/** Lets the call end, and answers how its tries ended. */
async function ends(project: ClusterProject, child: Child): Promise<readonly string[]> {
  await project.ws.write("go-a", "");
  expect(output(await child.finished)).toEqual({ results: ["a"] });
  const jobs = await project.events("jobs");
  for (const job of jobs) expect(job).toMatchObject({ node: expect.stringMatching(/^n\d$/) });
  return jobs.map(({ attempt, restart, state }) => `${attempt}.${restart} ${state}`);
}

async function said(child: Child, text: string): Promise<void> {
  while (!child.stderr.includes(text)) await setTimeout(50);
}

function warnings(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => line.includes("warning:"));
}

onOwnCluster("a call whose node is gone is made again, by Slurm or by its session", async (make, cluster) => {
  const [first, second] = [
    await make({ target: { extra: ["--nodelist=n2"] } }),
    await make({ target: { extra: ["--nodelist=n2"] } }),
  ];
  const [requeued, lost] = [await runningJob(first), await runningJob(second)];

  await cluster.run("scontrol", ["update", `JobId=${lost.job}`, "Requeue=0"]);
  await cluster.killNode("n2");
  await cluster.reach(lost.job, "NODE_FAIL");
  await said(lost.child, "It is submitted again.");
  await cluster.startNode("n2");

  expect(await ends(first, requeued.child)).toEqual(["1.0 REQUEUED", "1.1 COMPLETED"]);
  expect(await ends(second, lost.child)).toEqual(["1.0 NODE_FAIL", "2.0 COMPLETED"]);
  for (const project of [first, second]) {
    expect(await project.ran()).toEqual(["gatedCached a", "gatedCached a"]);
    expect(await project.events("failures")).toEqual([]);
  }
});

onOwnCluster("a job that is put back into the queue runs again", async (make, cluster) => {
  const project = await make();
  const { child, job } = await runningJob(project);

  await cluster.run("scontrol", ["requeue", job]);
  await project.ws.write("ran", "");
  await project.file("ran");

  expect(await ends(project, child)).toEqual(["1.0 REQUEUED", "1.1 COMPLETED"]);
  expect(await project.calls("sbatch")).toHaveLength(1);
});

onOwnCluster("a job whose place was taken by others is submitted again", async (make, cluster) => {
  const project = await make({ target: { queue: "lowcancel", extra: ["--nodelist=n3"] } });
  const { child, job } = await runningJob(project);

  const other = await cluster.submit("sleep 600", "--partition=high", "--nodes=1", "--ntasks=2", "--nodelist=n3");
  await cluster.reach(job, "PREEMPTED");
  await said(child, "It is submitted again.");
  await cluster.run("scancel", [other]);

  expect(await ends(project, child)).toEqual(["1.0 PREEMPTED", "2.0 COMPLETED"]);
});

onOwnCluster(
  "a session that starts while the controller is away submits its calls when it is back",
  async (make, cluster) => {
    const project = await make();
    await cluster.stopController();
    const child = await project.start("console.log('ready'); out.double = await client.submit(work.double, [21]);");
    await said(child, "warning:");
    await cluster.startController();

    const ended = await child.finished;
    expect(output(ended)).toEqual({ double: 42 });
    expect(warnings(ended.stderr)).toHaveLength(1);
  },
);

onOwnCluster(
  "while the controller is away, jobs go on, and calls are submitted when it is back",
  async (make, cluster) => {
    const project = await make({ target: { calls_per_job: 1 } });
    const child = await project.start(
      `await client.submit(work.double, [1]);
     console.log("ready");
     await work.until("submit");
     const futures = client.map(work.gatedCached, ["a", "b"]);
     out.results = await client.gather(futures);`,
    );

    await cluster.stopController();
    await project.ws.write("submit", "");
    await said(child, "Slurm does not answer");
    await setTimeout(AWAY_MS);
    await cluster.startController();
    await project.file("began-a");
    await project.file("began-b");

    await cluster.stopController();
    await project.ws.write("go-a", "");
    await project.ws.write("go-b", "");
    const ended = await child.finished;
    await cluster.startController();

    expect(output(ended)).toEqual({ results: ["a", "b"] });
    expect(await project.ran()).toEqual(["double 1", "gatedCached a", "gatedCached b"]);
    expect(warnings(ended.stderr)).toHaveLength(1);
  },
);
