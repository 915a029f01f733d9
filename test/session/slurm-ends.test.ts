import { expect } from "vitest";
import { output } from "./rig.ts";
import { type ClusterProjectOptions, onCluster } from "./slurm-rig.ts";

/* Each of these takes as long as Slurm takes to notice: calls that end in all ways are in one workflow. */

const DANGEROUS = `
export class FarFromHome extends RangeError {
  name = "FarFromHome";
  constructor(message) { super(message); this.code = "E_FAR"; this.place = { row: 7 }; }
}
export function thrower(message) { throw new FarFromHome(message); }
export function exit(code) { console.log("says farewell"); process.exit(code); }
export function signal(name) { process.kill(process.pid, name); block("never"); }
export function spin() { for (;;); }
export async function hog(megabytes) {
  ran("hog " + megabytes);
  const kept = [];
  for (let at = 0; at < megabytes; at += 10) kept.push(Buffer.alloc(10e6, 1));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return kept.length;
}
export async function outside(name) { return gated("outside-" + name); }
`;

const OPTIONS: ClusterProjectOptions = {
  target: { calls_per_job: 1 },
  components: { main: { memory: "300MB" }, small: { memory: "100MB" } },
  tasks: {
    spin: { component: "main", timeout: "1s", cache: false },
    hog: { component: "small", cache: false },
    ...Object.fromEntries(
      ["thrower", "exit", "signal", "outside"].map((name) => [
        name,
        { component: "main", cache: false, retries: { max: 1, backoff: "10ms" } },
      ]),
    ),
    double: { component: "main" },
  },
  work: DANGEROUS,
};

onCluster("each way in which a call can end is told apart, and others go on", async (make, cluster) => {
  const project = await make(OPTIONS);
  const child = await project.start(
    `const calls = {
       thrower: client.submit(work.thrower, ["no"], { retries: 0 }),
       exit: client.submit(work.exit, [3]),
       signal: client.submit(work.signal, ["SIGTERM"]),
       spin: client.submit(work.spin),
       hog: client.submit(work.hog, [300]),
       outside: client.submit(work.outside, ["a"]),
       stays: client.submit(work.outside, ["b"]),
       double: client.submit(work.double, [21]),
     };
     console.log("ready");
     for (const [name, call] of Object.entries(calls)) out[name] = await caught(call);
     out.stack = await calls.thrower.catch(({ stack }) => stack.includes("work.ts"));
     out.details = await calls.thrower.catch(({ place }) => place);`,
  );
  await project.file("began-outside-a");
  await project.file("began-outside-b");
  const job = project.placed().find(({ function_name }) => function_name === "outside")?.job ?? "";
  await cluster.run("scancel", [job]);
  await project.ws.write("go-outside-b", "");
  const out = output(await child.finished);

  expect(out).toEqual({
    thrower: { name: "FarFromHome", message: "no", code: "E_FAR" },
    exit: {
      name: "WorkerLostError",
      code: "E_WORKER_LOST",
      message: expect.stringMatching(/^The worker of exit was lost \(exit code 3.*says farewell/s),
    },
    signal: {
      name: "WorkerLostError",
      code: "E_WORKER_LOST",
      message: expect.stringMatching(/^The worker of signal was lost \(job \d+_\d+ on n\d ended as FAILED/),
    },
    spin: {
      name: "TaskTimeoutError",
      code: "E_TIMEOUT",
      message: "spin ran longer than its timeout of 1000 ms, and was ended.",
    },
    hog: {
      name: "JobExhaustedError",
      code: "E_EXHAUSTED",
      message: expect.stringContaining("hog needed more memory than its job had asked for"),
    },
    outside: {
      name: "JobCancelledError",
      code: "E_CANCELLED",
      message: expect.stringMatching(
        new RegExp(`^The job of outside was cancelled from outside. \\(job ${job} on n\\d ended as CANCELLED`),
      ),
    },
    stays: { value: "outside-b" },
    double: { value: 42 },
    stack: true,
    details: { row: 7 },
  });
  const failures = (await project.events("failures")).map(
    ({ task_name, attempt, error_class, retried }) => `${task_name} ${attempt} ${error_class} ${retried}`,
  );
  expect(failures.sort()).toEqual([
    "exit 1 WorkerLostError true",
    "exit 2 WorkerLostError false",
    "hog 1 JobExhaustedError false",
    "outside 1 JobCancelledError false",
    "signal 1 WorkerLostError true",
    "signal 2 WorkerLostError false",
    "spin 1 TaskTimeoutError false",
    "thrower 1 FarFromHome false",
  ]);
  const jobs = await project.events("jobs");
  expect(jobs.map(({ task_name, attempt, state }) => `${task_name} ${attempt} ${state}`).sort()).toEqual([
    "double 1 COMPLETED",
    "exit 1 FAILED",
    "exit 2 FAILED",
    "hog 1 OUT_OF_MEMORY",
    "outside 1 CANCELLED",
    "outside 1 COMPLETED",
    "signal 1 FAILED",
    "signal 2 FAILED",
    "spin 1 TIMEOUT",
    "thrower 1 FAILED",
  ]);
  for (const event of jobs) {
    expect(event).toMatchObject({ node: expect.stringMatching(/^n\d$/), restart: 0, waited_s: expect.any(Number) });
    expect(event["job_id"]).toMatch(/^\d+_\d+$/);
  }
  expect(jobs.find(({ task_name }) => task_name === "double")).toMatchObject({
    duration_s: expect.any(Number),
    cpu_s: expect.any(Number),
    peak_memory_bytes: expect.any(Number),
    key_digest: expect.stringMatching(/^[0-9a-f]{32,}$/),
  });
  expect(await project.queue()).toEqual([]);
});

onCluster("who ran out of memory gets more of it, as often as the task says", async (make) => {
  const project = await make({
    components: { small: { memory: "100MB" } },
    tasks: {
      hog: { component: "small", cache: false, retries: { max: 2, backoff: "10ms", memory: "3x" } },
      hard: { component: "small", cache: false, retries: { max: 2, backoff: "10ms" } },
    },
    work: `${DANGEROUS}\nexport const hard = (megabytes) => hog(megabytes);`,
  });

  const out = await project.run(
    `const grows = client.submit(work.hog, [200]);
     const stays = client.submit(work.hard, [300]);
     out.grows = await caught(grows);
     out.stays = await caught(stays);`,
  );

  expect(out).toEqual({ grows: { value: 20 }, stays: expect.objectContaining({ code: "E_EXHAUSTED" }) });
  const jobs = await project.events("jobs");
  expect(jobs.map(({ task_name, attempt, state }) => `${task_name} ${attempt} ${state}`).sort()).toEqual([
    "hard 1 OUT_OF_MEMORY",
    "hog 1 OUT_OF_MEMORY",
    "hog 2 COMPLETED",
  ]);
  const memory = (await project.calls("sbatch")).map((call) => /--mem=(\S+)/.exec(call)?.[1]);
  expect([...new Set(memory)]).toEqual(["100M", "300M"]);
});

onCluster("who ran out of walltime gets more of it, as often as the task says", async (make, cluster) => {
  const project = await make({
    target: { walltime: "1m", calls_per_job: 1 },
    tasks: {
      grows: { component: "main", retries: { max: 1, backoff: "10ms", walltime: "2x" } },
      stays: { component: "main", retries: { max: 1, backoff: "10ms" } },
    },
    work: `
      const slowAtFirst = async (name) => {
        ran(name);
        if (existsSync("began-" + name)) return name;
        await gated(name);
      };
      export const grows = cacheable({ name: "grows", code: "name" }, async function grows() { return slowAtFirst("grows"); });
      export const stays = cacheable({ name: "stays", code: "name" }, async function stays() { return slowAtFirst("stays"); });`,
  });
  const child = await project.start(
    `const calls = { grows: client.submit(work.grows), stays: client.submit(work.stays) };
     console.log("ready");
     for (const [name, call] of Object.entries(calls)) out[name] = await caught(call);`,
  );
  // The shortest walltime is a minute, of which a second is left to them.
  for (const name of ["grows", "stays"]) {
    await project.file(`began-${name}`);
    await cluster.run("scontrol", ["update", `JobId=${await project.jobOf(name)}`, "EndTime=now+1"]);
  }

  expect(output(await child.finished)).toEqual({
    grows: { value: "grows" },
    stays: expect.objectContaining({
      code: "E_EXHAUSTED",
      message: expect.stringContaining("stays needed more walltime than its job had asked for"),
    }),
  });
  expect(await project.ran()).toEqual(["grows", "grows", "stays"]);
  const jobs = await project.events("jobs");
  expect(jobs.map(({ task_name, attempt, state }) => `${task_name} ${attempt} ${state}`).sort()).toEqual([
    "grows 1 TIMEOUT",
    "grows 2 COMPLETED",
    "stays 1 TIMEOUT",
  ]);
  const times = (await project.calls("sbatch")).map((call) => /--time=(\S+)/.exec(call)?.[1]);
  expect([...new Set(times)]).toEqual(["0-00:01:00", "0-00:02:00"]);
});
