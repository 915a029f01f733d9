import { expect } from "vitest";
import type { Child } from "../rig/child.ts";
import { output } from "./rig.ts";
import { type ClusterProject, onCluster } from "./slurm-rig.ts";

/* Many calls, in few jobs or in many. */

const OPTIONS = {
  work: `
    export const quick = cacheable({ name: "quick", code: "name" }, function quick(n) { ran("quick"); return n + 1; });
    export const timed = cacheable({ name: "timed", code: "name" }, async function timed(n) {
      ran("begin");
      await new Promise((resolve) => setTimeout(resolve, 300));
      ran("end");
      return n;
    });
    export const timedToo = cacheable({ name: "timedToo", code: "name" }, (n) => timed(-n));`,
};

/** How many calls ran at one time at most. */
async function mostAtOnce(project: ClusterProject): Promise<number> {
  let [running, most] = [0, 0];
  for (const line of await project.lines("ran")) {
    running += line === "begin" ? 1 : -1;
    most = Math.max(most, running);
  }
  return most;
}

/** How many jobs run at one time at most, until a session ends. */
async function mostRunning(project: ClusterProject, { finished }: Child): Promise<number> {
  let [most, over] = [0, false];
  void finished.then(() => {
    over = true;
  });
  while (!over) {
    const running = (await project.queue()).filter((line) => line.endsWith(" RUNNING"));
    most = Math.max(most, running.length);
  }
  return most;
}

onCluster("a thousand short calls share few jobs, once it is known how long they take", async (make) => {
  const project = await make({ ...OPTIONS, target: { array_size: 3 } });

  const out = await project.run(
    `out.first = await client.submit(work.quick, [0]);
     const results = await client.gather(client.map(work.quick, Array.from({ length: 1000 }, (_, n) => n)));
     out.wrong = results.filter((value, n) => value !== n + 1);`,
  );

  expect(out).toEqual({ first: 1, wrong: [] });
  expect(await project.lines("ran")).toHaveLength(1000);
  const jobs = new Set(project.placed().map(({ job }) => job));
  expect(jobs.size).toBeLessThanOrEqual(10);
  for (const call of await project.calls("sbatch")) expect(call).toMatch(/--array=0-[012](%\d+)? /);
});

onCluster("no more jobs run at one time than may, in several arrays and of several components", async (make) => {
  const project = await make({
    ...OPTIONS,
    target: { max_jobs: 2, array_size: 2, calls_per_job: 1 },
    components: { one: { memory: "300MB" }, two: { memory: "300MB" } },
    tasks: { timed: { component: "one" }, timedToo: { component: "two" } },
  });
  const child = await project.start(
    `const calls = [...client.map(work.timed, [1, 2, 3, 4, 5]), ...client.map(work.timedToo, [6, 7, 8])];
     console.log("ready");
     out.results = await client.gather(calls);`,
  );
  const most = mostRunning(project, child);

  expect(output(await child.finished)).toEqual({ results: [1, 2, 3, 4, 5, -6, -7, -8] });
  expect(await mostAtOnce(project)).toBeLessThanOrEqual(2);
  expect(await most).toBeLessThanOrEqual(2);
});

onCluster("as many jobs as may run at one time do so when other arrays have ended", async (make) => {
  const project = await make({ target: { max_jobs: 3, array_size: 2, calls_per_job: 1 } });
  const names = ["a", "b", "c", "d", "e", "f"];
  const child = await project.start(
    `const futures = client.map(work.gatedCached, ${JSON.stringify(names)});
     console.log("ready");
     out.results = await client.gather(futures);`,
  );
  for (let ended = 0; ended < names.length; ended += 1) {
    const begun = await project.queueIs((queue) => {
      const running = queue.filter((line) => line.endsWith(" RUNNING")).length;
      return running === Math.min(3, names.length - ended);
    });
    expect(begun.length).toBeGreaterThan(0);
    while ((await project.ran()).length < Math.min(ended + 1, names.length)) await project.pause();
    const open = (await project.lines("ran")).map((line) => line.split(" ")[1] ?? "");
    await project.ws.write(`go-${open[ended]}`, "");
    await project.marked("end", ended + 1);
  }
  expect(output(await child.finished)).toEqual({ results: names });
});

onCluster("more jobs than one array may have are submitted as several", async (make, cluster) => {
  const project = await make({ target: { calls_per_job: 1, extra: ["--hold"] } });
  const child = await project.start(
    `const futures = client.map(work.double, Array.from({ length: 310 }, (_, n) => n));
     console.log("ready");
     await work.until("cancel");
     for (const future of futures.slice(2, -2)) future.cancel();
     const ends = await client.gather(futures, { onError: "collect" });
     out.results = ends.flatMap(({ value }) => value ?? []);
     out.codes = [...new Set(ends.flatMap(({ reason }) => reason?.code ?? []))];`,
  );
  await project.queueIs((queue) => queue.length === 310);
  const sizes = (await project.calls("sbatch")).map((call) => /--array=0-(\d+)/.exec(call)?.[1]);
  expect(sizes).toEqual(["300", "8"]);

  await project.ws.write("cancel", "");
  const left = await project.queueIs((queue) => queue.length === 4);
  for (const line of left) await cluster.run("scontrol", ["release", line.split(" ")[0] ?? ""]);

  expect(output(await child.finished)).toEqual({ results: [0, 2, 616, 618], codes: ["E_CANCELLED"] });
  expect(await project.ran()).toEqual(["double 0", "double 1", "double 308", "double 309"]);
  await project.queueIsEmpty();
});

onCluster("jobs that a killed session has left count among those that may run at one time", async (make) => {
  const project = await make({ target: { max_jobs: 2, calls_per_job: 1 } });
  const gathering = (names: readonly string[]): string => `
    const futures = client.map(work.gatedCached, ${JSON.stringify(names)});
    console.log("ready");
    out.results = await client.gather(futures);`;
  const first = await project.start(gathering(["a", "b"]));
  await project.file("began-a");
  await project.file("began-b");
  await first.kill();

  const next = await project.start(gathering(["a", "b", "c", "d"]));
  const most = mostRunning(project, next);
  for (const name of ["a", "c", "d"]) await project.ws.write(`go-${name}`, "");
  await project.marked("end", 3);
  await project.ws.write("go-b", "");

  expect(output(await next.finished)).toEqual({ results: ["a", "b", "c", "d"] });
  expect(await most).toBe(2);
  expect(await project.ran()).toEqual(["a", "b", "c", "d"].map((name) => `gatedCached ${name}`));
});
