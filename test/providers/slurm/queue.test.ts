import { chmod } from "node:fs/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { askAccounting, askQueue, snapshotFrom, standingOf } from "../../../src/providers/slurm/queue.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

describe("what squeue prints", () => {
  // Slurm 22.05: squeue --noheader --array --states=all --user=0 --format=%i|%T|%N|%r|%C|%j
  const PRINTED = `36_38|PENDING||Priority|1|runModel.20261128T172741Z-f0fcea00
36_39|PENDING||JobHeldUser|4|runModel.20261128T172741Z-f0fcea00
34_249|COMPLETED|n2|None|1|runModel.20261128T172741Z-b1de2674
34_250|RUNNING|n[1-3]|None|6|runModel.20261128T172741Z-b1de2674
651|FAILED||BadConstraints|1|sbatch
`;

  test("is each job, by its number in its array", () => {
    const { askedAt, jobs, arrays } = snapshotFrom(PRINTED, 17);

    expect(askedAt).toBe(17);
    expect([...jobs]).toEqual([
      ["36_38", { state: "PENDING", nodes: "", reason: "Priority", cpus: 1 }],
      ["36_39", { state: "PENDING", nodes: "", reason: "JobHeldUser", cpus: 4 }],
      ["34_249", { state: "COMPLETED", nodes: "n2", reason: "None", cpus: 1 }],
      ["34_250", { state: "RUNNING", nodes: "n[1-3]", reason: "None", cpus: 6 }],
      ["651", { state: "FAILED", nodes: "", reason: "BadConstraints", cpus: 1 }],
    ]);
    expect([...arrays]).toEqual([
      ["runModel.20261128T172741Z-f0fcea00", "36"],
      ["runModel.20261128T172741Z-b1de2674", "34"],
    ]);
  });

  test.each([
    ["nothing", ""],
    ["the name of a cluster", "CLUSTER: big"],
    ["a heading", "JOBID|STATE|NODELIST|REASON|CPUS|NAME"],
    ["jobs of an array that are not told apart", "4711_[3-10%2]|PENDING||Resources|1|x"],
    ["a part of a heterogeneous job", "4711+1|RUNNING|n1|None|1|x"],
    ["a step", "4711_1.batch|RUNNING|n1|None|1|x"],
    ["a warning", "squeue: error: Parse error in file"],
    ["a negative number", "-1_-2|RUNNING|n1|None|1|x"],
  ])("%s is no job", (_what, line) => {
    const { jobs, arrays } = snapshotFrom(`${line}\n4_1|RUNNING|n1|None|1|a\n`, 0);

    expect([...jobs.keys()]).toEqual(["4_1"]);
    expect([...arrays.keys()]).toEqual(["a"]);
  });

  test("names may have bars in them, and lines end in any way", () => {
    const { jobs, arrays } = snapshotFrom("4_1|RUNNING|n1|None|2|a|b||c\r\n  5_0|PENDING||None|N/A|\n6_0|PENDING", 0);

    expect([...arrays]).toEqual([
      ["a|b||c", "4"],
      ["", "6"],
    ]);
    expect(jobs.get("5_0")).toEqual({ state: "PENDING", nodes: "", reason: "None", cpus: 0 });
    expect(jobs.get("6_0")).toEqual({ state: "PENDING", nodes: "", reason: "", cpus: 0 });
  });

  test("is quickly read where there are many", () => {
    const lines = Array.from({ length: 100_000 }, (_, place) => `7_${place}|PENDING||Priority|1|simulate.x`);

    expect(snapshotFrom(lines.join("\n"), 0).jobs.size).toBe(100_000);
  });
});

describe("where a job stands", () => {
  test.each(["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"])(
    "%s waits",
    (state) => {
      expect(standingOf({ state })).toBe("waiting");
    },
  );

  test.each(["RUNNING", "COMPLETING", "RESIZING", "SIGNALING", "STAGE_OUT", "STOPPED", "SUSPENDED"])(
    "%s runs",
    (state) => {
      expect(standingOf({ state })).toBe("running");
    },
  );

  test.each([
    ...["BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"],
    ...["REVOKED", "TIMEOUT", "LOST"],
  ])("%s has ended", (state) => {
    expect(standingOf({ state })).toBe("ended");
  });

  test.each(["POWER_UP_NODE", "EXPEDITING", "UPDATE_DB", "A_STATE_OF_2030", ""])(
    "%j, of another version, is not taken for an end: the job would be computed twice",
    (state) => {
      expect(standingOf({ state })).not.toBe("ended");
    },
  );
});

describe("with stand-ins for Slurm's commands, as accounting and the user's settings differ from site to site", () => {
  /** Notes each of its calls, with the variables that squeue and sacct go by, and prints a text. */
  async function standIn(ws: Workspace, command: string, does: string): Promise<void> {
    const script = `#!/bin/sh\necho "$*" >> ${ws.path}/asked\nenv | grep -E '^(SQUEUE|SACCT)_' >> ${ws.path}/asked\n${does}\n`;
    await chmod(await ws.write(`bin/${command}`, script), 0o755);
    vi.stubEnv("PATH", `${ws.resolve("bin")}:/usr/bin:/bin`);
  }

  test("all jobs of this user are asked for, whatever the user's own settings of squeue are", async () => {
    const ws = await workspace();
    await standIn(ws, "squeue", "echo '4_1|RUNNING|n1|None|1|a'");
    vi.stubEnv("SQUEUE_PARTITION", "other");
    vi.stubEnv("SQUEUE_FORMAT2", "jobid");

    const { jobs } = await askQueue();

    expect([...jobs.keys()]).toEqual(["4_1"]);
    expect(await ws.read("asked")).toBe(
      `--noheader --array --states=all --user=${process.getuid?.()} --format=%i|%T|%N|%r|%C|%j\n`,
    );
  });

  test("accounting tells how jobs ended that the controller has forgotten", async () => {
    const ws = await workspace();
    await standIn(
      ws,
      "sacct",
      `echo '4711_1|NODE_FAIL|n1'; echo '4711_2|CANCELLED by 1000|n2'; echo '4711_3|OUT_OF_MEMORY|n[1-2]'; echo`,
    );
    const { askAccounting } = await import("../../../src/providers/slurm/queue.ts");

    expect([...(await askAccounting(["4711_1", "4711_2", "4711_3", "4711_4"]))]).toEqual([
      ["4711_1", { state: "NODE_FAIL", nodes: "n1", reason: "", cpus: 0 }],
      ["4711_2", { state: "CANCELLED", nodes: "n2", reason: "", cpus: 0 }],
      ["4711_3", { state: "OUT_OF_MEMORY", nodes: "n[1-2]", reason: "", cpus: 0 }],
    ]);
    expect(await ws.read("asked")).toContain("--jobs=4711_1,4711_2,4711_3,4711_4");
  });

  test("of more jobs than one argument holds, it is asked several times", async () => {
    const ws = await workspace();
    await standIn(ws, "sacct", "true");
    const { askAccounting } = await import("../../../src/providers/slurm/queue.ts");
    const ids = Array.from({ length: 30_000 }, (_, place) => `12345678_${place}`);

    await askAccounting(ids);

    const asked = (await ws.read("asked")).trim().split("\n");
    expect(asked.flatMap((line) => line.replace(/.*--jobs=/, "").split(","))).toEqual(ids);
  });

  test("where there is none, nobody asks again", async () => {
    const ws = await workspace();
    await standIn(ws, "sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
    const { askAccounting } = await import("../../../src/providers/slurm/queue.ts");

    expect([await askAccounting(["1_1"]), await askAccounting(["1_1"])]).toEqual([new Map(), new Map()]);

    expect((await ws.read("asked")).trim().split("\n")).toHaveLength(1);
  });

  test("where it cannot be reached, it is asked again", async () => {
    const ws = await workspace();
    await standIn(ws, "sacct", "echo 'sacct: error: Unable to connect to database' >&2; exit 1");
    const { askAccounting } = await import("../../../src/providers/slurm/queue.ts");

    expect([await askAccounting(["1_1"]), await askAccounting(["1_1"])]).toEqual([new Map(), new Map()]);

    expect((await ws.read("asked")).trim().split("\n")).toHaveLength(2);
  });

  test("nothing is asked of no jobs", async () => {
    vi.stubEnv("PATH", "/nowhere");

    expect(await askAccounting([])).toEqual(new Map());
  });
});
