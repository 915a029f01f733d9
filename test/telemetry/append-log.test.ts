import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { AppendLog } from "../../src/telemetry/append-log.ts";
import { workspace } from "../rig/workspace.ts";

test("lines are appended, and nothing is written where there are none", async () => {
  const ws = await workspace();
  const file = await ws.write("a.jsonl", "first\n");
  const log = new AppendLog(file);

  log.add("second");
  log.add("third");

  expect(log.flush()).toEqual({ lost: 0 });
  expect(log.flush()).toEqual({ lost: 0 });
  expect(readFileSync(file, "utf8")).toBe("first\nsecond\nthird\n");
});

test.runIf(process.platform === "linux")("lines that the disk did not take are dropped and counted", () => {
  const log = new AppendLog("/dev/full");
  log.add("one");
  log.add("two");

  expect(log.flush()).toMatchObject({ lost: 2, error: { code: "ENOSPC" } });
  expect(log.flush()).toEqual({ lost: 0 });
});

const LOG = pathToFileURL(path.resolve(import.meta.dirname, "../../src/telemetry/append-log.ts")).href;

test.runIf(process.platform === "linux")("a line that was cut off takes no later one with it", async () => {
  const ws = await workspace();
  // Files of this process may have 1 KiB: the write ends within a line. Then the bound is lifted by removing content.
  await ws.write(
    "script.mjs",
    `import { truncateSync } from "node:fs";
     import { AppendLog } from ${JSON.stringify(LOG)};
     process.on("SIGXFSZ", () => {});
     const log = new AppendLog("a.jsonl");
     for (let i = 0; i < 30; i += 1) log.add(JSON.stringify({ i, text: "x".repeat(40) }));
     const { lost, error } = log.flush();
     truncateSync("a.jsonl", 100);
     log.add(JSON.stringify({ i: "later" }));
     console.log(lost, error.code, log.flush().lost);`,
  );

  const command = `ulimit -f 1; exec "$0" script.mjs`;
  const { stdout, stderr } = spawnSync("bash", ["-c", command, process.execPath], { cwd: ws.path, encoding: "utf8" });

  expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^\d+ EFBIG 0\n$/), stderr: "" });
  const lines = (await ws.read("a.jsonl")).split("\n");
  expect(lines.at(-2)).toBe('{"i":"later"}');
});
