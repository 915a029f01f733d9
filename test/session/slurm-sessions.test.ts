import { expect } from "vitest";
import { output, runRecord } from "./rig.ts";
import { type ClusterProject, type ClusterProjectOptions, onCluster } from "./slurm-rig.ts";

/* Sessions that end while their jobs wait or run, and several at one time. */

const OPTIONS: ClusterProjectOptions = { target: { calls_per_job: 1 } };

const calls = (...names: readonly string[]): string => `client.map(work.gatedCached, ${JSON.stringify(names)})`;
const ranCalls = (...names: readonly string[]): string[] => names.map((name) => `gatedCached ${name}`);

/** Waits until jobs have begun these calls. */
async function begun(project: ClusterProject, ...names: readonly string[]): Promise<void> {
  for (const name of names) await project.file(`began-${name}`);
}

async function letGo(project: ClusterProject, ...names: readonly string[]): Promise<void> {
  for (const name of names) await project.ws.write(`go-${name}`, "");
}

const gathering = (...names: readonly string[]): string => `
  const futures = ${calls(...names)};
  console.log("ready");
  out.results = await client.gather(futures);`;

onCluster("two sessions that need the same calls compute each once", async (make) => {
  const project = await make(OPTIONS);
  const one = await project.start(gathering("a", "b", "c"), { script: "one.ts" });
  const two = await project.start(gathering("b", "c", "d"), { script: "two.ts" });
  await begun(project, "a", "b", "c", "d");
  await letGo(project, "a", "b", "c", "d");

  expect(output(await one.finished)).toEqual({ results: ["a", "b", "c"] });
  expect(output(await two.finished)).toEqual({ results: ["b", "c", "d"] });
  expect(await project.ran()).toEqual(ranCalls("a", "b", "c", "d"));
  await project.queueIsEmpty();
});

onCluster("who needs calls of a session that is interrupted gets them all the same", async (make) => {
  const project = await make(OPTIONS);
  const one = await project.start(gathering("a", "b"), { script: "one.ts" });
  await begun(project, "a", "b");
  const two = await project.start(gathering("b", "c"), { script: "two.ts" });
  await begun(project, "c");

  process.kill(one.pid, "SIGINT");
  expect((await one.finished).code).toBe(130);
  await letGo(project, "b", "c");

  expect(output(await two.finished)).toEqual({ results: ["b", "c"] });
  await project.queueIsEmpty();
});

onCluster("who needs calls of a session that is closed gets them all the same", async (make) => {
  const project = await make(OPTIONS);
  const one = await project.start(
    `const futures = ${calls("a", "b")};
     console.log("ready");
     await work.until("close-one");
     await session.close();
     out.ends = (await client.gather(futures, { onError: "collect" })).map(({ reason }) => reason.code);`,
    { script: "one.ts" },
  );
  await begun(project, "a", "b");
  const two = await project.start(gathering("b", "c"), { script: "two.ts" });
  await begun(project, "c");

  await project.ws.write("close-one", "");
  const ended = await one.finished;
  expect(output(ended)).toEqual({ ends: ["E_CANCELLED", "E_CANCELLED"] });
  expect(ended.stderr).toContain("the session is closed, and 2 calls in jobs are cancelled");
  await letGo(project, "b", "c");

  expect(output(await two.finished)).toEqual({ results: ["b", "c"] });
  await project.queueIsEmpty();
});

onCluster("interrupted, a session ends its jobs, those that wait too", async (make) => {
  const project = await make({ target: { calls_per_job: 1, max_jobs: 1 } });
  const child = await project.start(gathering("a", "b", "c"));
  await project.file("ran");

  process.kill(child.pid, "SIGINT");
  const { code, stderr } = await child.finished;

  expect(code).toBe(130);
  expect(stderr).toContain("SIGINT: 3 calls in jobs are being cancelled");
  await project.queueIsEmpty();
  expect(await project.ran()).toHaveLength(1);
  expect(await runRecord(project.ws)).toMatchObject({ status: "cancelled" });

  await letGo(project, "a", "b", "c");
  expect(await project.run(gathering("a", "b", "c"))).toEqual({ results: ["a", "b", "c"] });
});

for (const [signal, exitCode] of [
  ["SIGHUP", 129],
  ["SIGTERM", 143],
] as const) {
  onCluster(
    `${signal} ends the session, and its jobs go on: a connection broke, or a machine is shut down`,
    async (make) => {
      const project = await make(OPTIONS);
      const child = await project.start(gathering("a", "b"));
      await begun(project, "a", "b");

      process.kill(child.pid, signal);
      const { code, stderr } = await child.finished;

      expect(code).toBe(exitCode);
      expect(stderr).toBe(
        `scalable: ${signal}: 2 calls are left to jobs. Run the workflow again to go on with them; scalable jobs cancel ends them.\n`,
      );
      expect(await runRecord(project.ws)).toMatchObject({ status: "detached" });
      expect(await project.calls("scancel")).toEqual([]);

      await letGo(project, "a", "b");
      expect(await project.run(gathering("a", "b"))).toEqual({ results: ["a", "b"] });
      expect(await project.ran()).toEqual(ranCalls("a", "b"));
    },
  );
}

onCluster("an error that nobody catches ends the workflow, and its jobs go on", async (make) => {
  const project = await make(OPTIONS);
  const child = await project.start(
    `const futures = ${calls("a", "b")};
     console.log("ready");
     void work.until("throw").then(() => { throw new RangeError("nobody caught this"); });
     await client.gather(futures);`,
  );
  await begun(project, "a", "b");
  await project.ws.write("throw", "");
  const { code, stderr } = await child.finished;

  expect(code).toBe(1);
  expect(stderr).toContain("nobody caught this");
  expect(await runRecord(project.ws)).toMatchObject({ status: "failed" });
  expect((await project.queue()).map((line) => line.split(" ")[1])).toEqual(["RUNNING", "RUNNING"]);
  expect(await project.calls("scancel")).toEqual([]);

  await letGo(project, "a", "b");
  expect(await project.run(gathering("a", "b"))).toEqual({ results: ["a", "b"] });
  expect(await project.ran()).toEqual(ranCalls("a", "b"));
});

onCluster("a call that is cancelled ends its job, and no other", async (make) => {
  const project = await make(OPTIONS);
  const child = await project.start(
    `const [a, b] = ${calls("a", "b")};
     console.log("ready");
     await work.until("cancel-a");
     a.cancel();
     out.a = (await caught(a)).code;
     out.b = await b;`,
  );
  await begun(project, "a", "b");
  await project.ws.write("cancel-a", "");
  await project.queueIs((queue) => queue.length === 1);
  await letGo(project, "b");

  expect(output(await child.finished)).toEqual({ a: "E_CANCELLED", b: "b" });
  await project.queueIsEmpty();
});
