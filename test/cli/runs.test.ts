import { mkdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { workspace } from "../rig/workspace.ts";
import { exampleEvents, RECORDER, recordRun, startRun, taskEvent } from "../telemetry/example-run.ts";

const RUNS = ".scalable/runs";

test("runs stand in a table", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.resolve(RUNS), exampleEvents());

  const { code, stdout, stderr } = await cli(["runs"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [heading, row, ...others] = stdout.trimEnd().split("\n");
  expect(others).toEqual([]);
  expect(heading).toMatch(/^RUN +STATUS +TARGET +STARTED +DURATION +SUCCEEDED\/FAILED +HITS$/);
  expect(row?.split(/\s{2,}/)).toEqual([
    path.basename(folder),
    "succeeded",
    "local",
    expect.stringMatching(/^(now|\d+ s ago)$/),
    expect.stringMatching(/^[\d.]+ m?s$/),
    "48/2",
    "70%",
  ]);
});

test("a run that goes on and one that was killed are counted from their files", async () => {
  const ws = await workspace();
  await ws.write(
    "script.mjs",
    `import { RunRecorder } from ${JSON.stringify(RECORDER)};
     const run = RunRecorder.start({ runsDir: ${JSON.stringify(RUNS)}, project: "killed", target: "t" });
     run.record(${JSON.stringify(taskEvent("a", { state: "succeeded" }))});
     run.flush();
     console.log("ready");
     process.stdin.resume();`,
  );
  await (await ws.start("script.mjs")).kill();
  const open = startRun(ws.resolve(RUNS), exampleEvents(), { project: "open" });

  const { stdout } = await cli(["runs"], { cwd: ws.path });

  expect(stdout).toMatch(/-open-[0-9a-f]{6} +running +local .+ 48\/2 +70%$/m);
  expect(stdout).toMatch(/-killed-[0-9a-f]{6} +interrupted +t .+ 1\/0 +-$/m);
  open.close({ status: "cancelled" });
});

test("--json has run.json of each, with folder, counts and the status as it stands", async () => {
  const ws = await workspace();
  const folders = [1, 2, 3].map((number) => recordRun(ws.resolve(RUNS), exampleEvents(), { target: `t${number}` }));

  const { stdout } = await cli(["runs", "--json"], { cwd: ws.path });
  const limited = await cli(["runs", "--json", "--limit", "2", "--runs-dir", RUNS], { cwd: ws.path });

  const runs = JSON.parse(stdout) as { folder: string }[];
  expect(runs.map(({ folder }) => folder).sort()).toEqual(folders.sort());
  expect(runs[0]).toMatchObject({
    run_id: path.basename(runs[0]?.folder ?? ""),
    status: "succeeded",
    counts: { tasks: 50, succeeded: 48, failed: 2, cancelled: 0, calls: 50, hits: 35, time_saved_s: 1050 },
  });
  expect(JSON.parse(limited.stdout)).toEqual(runs.slice(0, 2));
});

test("where there are no runs, this is said; damaged folders are skipped and said", async () => {
  const ws = await workspace();

  const none = await cli(["runs"], { cwd: ws.path });
  expect(none).toMatchObject({ code: 0, stdout: "", stderr: `scalable: no runs in ${ws.resolve(RUNS)}\n` });
  expect(await cli(["runs", "--json"], { cwd: ws.path })).toMatchObject({ code: 0, stdout: "[]\n" });

  mkdirSync(ws.resolve(RUNS, "run-\u001b[2J"), { recursive: true });
  recordRun(ws.resolve(RUNS), [], { target: "\u001b[31m" });
  const some = await cli(["runs"], { cwd: ws.path });
  expect(some.stderr).toBe("scalable: skipped run-\\x1b[2J: This is not the name of a run.\n");
  expect(some.stdout).toContain("\\x1b[31m");
});

test.each([
  [["--limit", "few"], "--limit"],
  [["--runs-dir", ""], "--runs-dir is empty"],
])("%j is a usage error", async (args, message) => {
  const { code, stdout, stderr } = await cli(["runs", ...args]);

  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});
