import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Child } from "../rig/child.ts";
import { cli } from "../rig/cli.ts";
import type { Workspace } from "../rig/workspace.ts";
import { KINDS, manifest, program, project, ran, run, runRecord } from "./rig.ts";

/** Three calls, of which one runs; "ready" once it does. */
const BODY = `const futures = ["a", "b", "c"].map((name) => client.submit(work.gatedCached, [name]));
  await work.until("began-a");
  console.log("ready");
  await client.gather(futures);
  writeFileSync("went-on", "");`;

async function running(processes: boolean): Promise<{ ws: Workspace; child: Child }> {
  const ws = await project(manifest({ processes, maxWorkers: 1 }));
  await ws.write("main.ts", program(BODY));
  return { ws, child: await ws.start("main.ts", { env: { SCALABLE_LOG_LEVEL: "info" } }) };
}

/** Waits until it has said so on standard error. */
async function said(child: Child, text: string): Promise<void> {
  while (!child.stderr.includes(text)) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a process is gone; waits for it. */
async function gone(pid: number): Promise<boolean> {
  for (;;) {
    try {
      // A zombie has ended, and its parent may be a process that asks for no ends.
      if (/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"))) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.each(KINDS)("in $kind", ({ processes }) => {
  test("interrupted once, a session lets running calls end and starts no more", async () => {
    const { ws, child } = await running(processes);

    process.kill(child.pid, "SIGINT");
    await said(child, "SIGINT");
    await ws.write("go-a", "");
    const { code, stderr } = await child.finished;

    expect(stderr).toContain("nothing more is started (2 calls waited); 1 running calls have 10 s to end");
    expect(code).toBe(130);
    expect(await ran(ws)).toEqual(["gatedCached a"]);
    expect(await runRecord(ws)).toMatchObject({ status: "cancelled" });
    expect(await run(ws, `out.kept = await client.submit(work.gatedCached, ["a"]);`)).toEqual({ kept: "a" });
  });

  test("interrupted twice, it ends at once", async () => {
    const { ws, child } = await running(processes);
    const worker = Number(await ws.read("began-a"));

    process.kill(child.pid, "SIGINT");
    await said(child, "SIGINT");
    process.kill(child.pid, "SIGINT");
    const { code } = await child.finished;

    expect(code).toBe(130);
    expect(await runRecord(ws)).toMatchObject({ status: "cancelled" });
    expect(await gone(worker)).toBe(true);
  });
});

test("SIGTERM is answered like Ctrl-C, with its own exit code", async () => {
  const { ws, child } = await running(false);

  process.kill(child.pid, "SIGTERM");
  await said(child, "SIGTERM");
  await ws.write("go-a", "");

  expect((await child.finished).code).toBe(143);
});

test("a session that is killed shows as interrupted, and its worker processes are gone", async () => {
  const { ws, child } = await running(true);
  const worker = Number(await ws.read("began-a"));

  await child.kill("SIGKILL");

  expect(await gone(worker)).toBe(true);
  const runs = await cli(["runs", "--json"], { cwd: ws.path });
  expect(JSON.parse(runs.stdout)).toMatchObject([{ status: "interrupted" }]);
});
