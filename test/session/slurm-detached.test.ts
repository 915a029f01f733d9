import { expect } from "vitest";
import { runRecord } from "./rig.ts";
import { onCluster } from "./slurm-rig.ts";

/* A session that leaves its jobs to the cluster. */

const BODY = `
  const gated = client.map(work.gatedCached, ["a", "b"]);
  const double = client.submit(work.double, [21]);
  const sum = client.submit(work.sum, [double, 1]);
  out.gated = await client.gather(gated);
  out.sum = await sum;`;

onCluster("a detached session leaves when all is submitted that can be, and the next one goes on", async (make) => {
  const project = await make({ target: { calls_per_job: 1 } });

  const left = await project.finish(BODY, { env: { SCALABLE_DETACH: "1" } });
  expect(left.code).toBe(0);
  expect(left.stderr).toMatch(/3 calls are in jobs.*; 1 more waits for the results of others, and is in none/);
  expect(await runRecord(project.ws)).toMatchObject({ status: "detached" });
  expect(await project.queue()).not.toEqual([]);

  await project.ws.write("go-a", "");
  await project.marked("end", 2);
  await project.ws.write("go-b", "");
  expect(await project.run(BODY)).toEqual({ gated: ["a", "b"], sum: 43 });
  expect(await project.ran()).toEqual(["double 21", "gatedCached a", "gatedCached b"]);
  await project.queueIsEmpty();
});

onCluster("detached again and again, a workflow of several steps comes to its end", async (make) => {
  const project = await make();
  await project.ws.write("go-a", "");
  await project.ws.write("go-b", "");

  for (const ends of [3, 4]) {
    const { code } = await project.finish(BODY, { env: { SCALABLE_DETACH: "1" } });
    expect(code).toBe(0);
    await project.marked("end", ends);
  }
  const submitted = await project.calls("sbatch");
  expect(await project.run(BODY, { env: { SCALABLE_DETACH: "1" } })).toEqual({ gated: ["a", "b"], sum: 43 });
  expect(await project.calls("sbatch")).toEqual(submitted);
  expect(await runRecord(project.ws)).toMatchObject({ status: "succeeded" });
});

onCluster("a detached session submits everything, however many jobs may run at one time", async (make) => {
  const project = await make({ target: { calls_per_job: 1, max_jobs: 1, array_size: 1 } });
  const body = "out.doubles = await client.gather(client.map(work.double, [1, 2, 3]));";

  await project.finish(body, { env: { SCALABLE_DETACH: "1" } });
  expect(await project.calls("sbatch")).toHaveLength(3);
  await project.marked("end", 3);

  expect(await project.run(body)).toEqual({ doubles: [2, 4, 6] });
  expect(await project.ran()).toEqual(["double 1", "double 2", "double 3"]);
});
