import { readdirSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { slurm, slurmOfOnesOwn } from "./slurm.ts";
import type { SlurmCluster } from "./slurm-cluster.ts";

const LONG_MS = 120_000;
const KILLED_BY_KERNEL = { state: "OUT_OF_MEMORY", reason: "OutOfMemory", exit: "0:125" };
/** Without the kernel's help it looks like any other job that a signal ended. */
const KILLED_BY_SLURM = { state: "FAILED", reason: "JobLaunchFailure", exit: "0:9" };

const { cluster, unavailable, stop } = await slurmOfOnesOwn({ messageTimeout: 2 });
// What a container gets, and who is not root.
const bare = await slurmOfOnesOwn({ isolation: "none", memory: "slurm" });
afterAll(() => Promise.all([stop(), bare.stop()]));

if (cluster === undefined || bare.cluster === undefined) {
  test.skipIf(true)(`Slurm: ${unavailable}`, () => undefined);
} else {
  const own = cluster;
  const clusters = [
    { kind: "machines of their own", cluster },
    { kind: "one machine", cluster: bare.cluster },
  ];

  test("a job runs on a node, and its output arrives", async () => {
    const id = await own.submit("echo on $SLURMD_NODENAME; exit 3", "--output=one.out");

    const [job] = await own.reach(id, "COMPLETED", "FAILED");

    expect(job).toMatchObject({ id, state: "FAILED", reason: "NonZeroExitCode", exit: "3:0" });
    expect(await output(own, "one.out")).toBe(`on ${job?.node}\n`);
  });

  test("the tasks of an array run on all nodes at the same time", async () => {
    const id = await submitted(own, "sleep 60", "--array=0-5");

    const jobs = await own.reach(id, "RUNNING");

    expect(jobs.map((job) => job.id)).toEqual([0, 1, 2, 3, 4, 5].map((task) => `${id}_${task}`));
    expect(new Set(jobs.map((job) => job.node))).toEqual(new Set(own.nodes));
  });

  test("an array of more tasks than the cluster allows is refused", async () => {
    await expect(own.submit("true", "--array=0-301")).rejects.toThrow("Invalid job array specification");
  });

  test("jobs go on while the controller is away, and it knows of them afterwards", async () => {
    const id = await submitted(own, "while ! test -e go; do sleep 0.1; done; echo done", "--output=away.out");
    await own.reach(id, "RUNNING");

    await own.stopController();
    const whileAway = own.jobs(id);
    await expect(whileAway).rejects.toThrow("Unable to contact slurm controller (connect failure)");
    await own.startController();

    expect(await own.jobs(id)).toMatchObject([{ state: "RUNNING" }]);
    await writeFile(path.join(own.folder, "go"), "");
    await own.reach(id, "COMPLETED");
    expect(await output(own, "away.out")).toBe("done\n");
  });

  test("the cluster that all tests share is another one", async () => {
    const { cluster: shared } = await slurm();

    const id = await shared?.submit("true");

    expect(shared?.folder).not.toBe(own.folder);
    expect(await shared?.reach(id ?? "", "COMPLETED")).toHaveLength(1);
  });

  describe.each(clusters)("nodes as $kind", ({ cluster }) => {
    test("a job that takes more memory than it asked for is ended", async () => {
      const hog = `'${process.execPath}' -e 'globalThis.hog = Buffer.alloc(300e6, 1); setTimeout(() => {}, 60e3)'`;
      const id = await submitted(cluster, `exec ${hog}`, "--mem=100");

      const ended = await cluster.reach(id, "FAILED", "OUT_OF_MEMORY", "COMPLETED");

      expect(ended).toMatchObject([cluster.memory === "kernel" ? KILLED_BY_KERNEL : KILLED_BY_SLURM]);
    });

    test(
      "a node is gone with all that ran there, and comes back",
      async () => {
        const mark = `SCALABLE_MARK=${cluster.folder}`;
        const script = `export ${mark}; setsid sleep 600 & sleep 600`;
        const lost = await submitted(cluster, script, "--no-requeue", "--nodelist=n2");
        const waits = await submitted(cluster, script, "--requeue", "--nodelist=n2");
        for (const id of [lost, waits]) await cluster.reach(id, "RUNNING");
        await expect.poll(() => processesWith(mark), { timeout: LONG_MS }).toBeGreaterThanOrEqual(4);

        await cluster.killNode("n2");
        expect(processesWith(mark)).toBe(0);

        expect(await cluster.reach(lost, "NODE_FAIL")).toMatchObject([{ reason: "NodeDown", node: "n2", restarts: 0 }]);
        expect(await cluster.reach(waits, "PENDING")).toMatchObject([{ restarts: 1 }]);
        await cluster.startNode("n2");
        expect(await cluster.reach(waits, "RUNNING")).toMatchObject([{ node: "n2", restarts: 1 }]);
      },
      LONG_MS,
    );
  });

  test(
    "a job ends at its time limit",
    async () => {
      const id = await submitted(own, "sleep 600", "--time=1");
      await own.reach(id, "RUNNING");

      // The limit itself is one of minutes; its end is one of seconds, which the controller looks at every half minute.
      await own.run("scontrol", ["update", `JobId=${id}`, "EndTime=now+1"]);

      expect(await own.reach(id, "TIMEOUT")).toMatchObject([{ reason: "TimeLimit", exit: "0:15" }]);
    },
    LONG_MS,
  );

  test("a job of a higher partition takes the place of others", async () => {
    const whole = ["--ntasks=2", "--nodelist=n3"];
    const again = await submitted(own, "sleep 600", "--partition=low", ...whole);
    await own.reach(again, "RUNNING");
    const high = await submitted(own, "sleep 600", "--partition=high", ...whole);
    await own.reach(high, "RUNNING");
    expect(await own.reach(again, "PENDING")).toMatchObject([{ restarts: 1 }]);
    await own.run("scancel", [high, again]);

    const ended = await submitted(own, "sleep 600", "--partition=lowcancel", ...whole);
    await own.reach(ended, "RUNNING");
    await own.reach(await submitted(own, "true", "--partition=high", ...whole), "COMPLETED");
    expect(await own.reach(ended, "PREEMPTED")).toMatchObject([{ restarts: 0, exit: "0:15" }]);
  });
}

/** Its number; the job ends with the test. */
async function submitted(cluster: SlurmCluster, script: string, ...options: readonly string[]): Promise<string> {
  const id = await cluster.submit(script, ...options);
  onTestFinished(async () => {
    await cluster.run("scancel", [id]);
  });
  return id;
}

function output(cluster: SlurmCluster, file: string): Promise<string> {
  return readFile(path.join(cluster.folder, file), "utf8");
}

/** How many processes of this machine have that variable. */
function processesWith(variable: string): number {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && variables(pid).includes(variable)).length;
}

function variables(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // it is gone
  }
}
