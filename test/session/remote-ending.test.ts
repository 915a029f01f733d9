import { describe, expect, onTestFinished, test } from "vitest";
import { canMakeTerminal, onTerminal } from "../cli/pty.ts";
import { cli } from "../rig/cli.ts";
import { FaultyProxy } from "../rig/faulty-proxy.ts";
import type { Workspace } from "../rig/workspace.ts";
import { gcsPlace, machineEnv, type Place, ranOn, runOn } from "../store/remote/remotes.ts";
import { teamProject } from "./remote-rig.ts";
import { KINDS } from "./rig.ts";

/* What becomes of uploads when a run ends, in whichever way. Results are of 80 KB and cannot be compressed. */

const BYTES = 80_000;
const SLOW = BYTES / 2.5;
const STOPPED = 100;

interface Team {
  readonly ws: Workspace;
  readonly place: Place;
  readonly proxy: FaultyProxy;
}

/** A shared cache at the end of a line whose speed can be set. */
async function team(processes = false): Promise<Team> {
  const ws = await teamProject({ processes });
  const { place, server } = await gcsPlace();
  const port = Number(new URL(server.url).port);
  const proxy = await FaultyProxy.start({ port });
  onTestFinished(() => proxy.close());
  await ws.write(
    "data.ts",
    `import { appendFileSync } from "node:fs";
     import { createHash } from "node:crypto";
     import { cacheable } from "scalable";
     export const data = cacheable(async function data(n) {
       appendFileSync(process.env["RAN"], "data " + n + "\\n");
       const block = (at) => createHash("sha256").update(n + " " + at).digest();
       return new Uint8Array(Buffer.concat(Array.from({ length: ${BYTES} / 32 }, (_, at) => block(at))));
     });`,
  );
  await ws.write("main.ts", workflow(`await session.close(); console.log("closed");`));
  return { ws, place: { ...place, url: `gs://team/shared?endpoint=${proxy.url}` }, proxy };
}

function workflow(then: string): string {
  return `import { ScalableSession } from "scalable";
    import { data } from "./data.ts";
    const session = await ScalableSession.fromYaml();
    const client = session.start();
    const [{ length }] = await client.gather(client.map(data, [1]));
    console.log("computed " + length);
    ${then}`;
}

async function isThere({ ws, place, proxy }: Team): Promise<boolean> {
  await proxy.set({});
  const { stdout } = await runOn(ws, { machine: "another", place, script: "main.ts" });
  expect(stdout).toContain(`computed ${BYTES}`);
  return (await ranOn(ws, "another")).length === 0;
}

async function push({ ws, place, proxy }: Team): Promise<string> {
  await proxy.set({});
  return (await cli(["cache", "push"], { cwd: ws.path, env: machineEnv("one", place) })).stdout;
}

const LEFT =
  /scalable: 1 result was not uploaded to gs:\/\/team\/shared\. It is in the local cache; "scalable cache push" uploads it\.\n$/;

describe.each(KINDS)("with $kind", ({ processes }) => {
  test("close waits for uploads, and says so where it takes a while", async () => {
    const all = await team(processes);
    const { ws, place, proxy } = all;
    await proxy.set({ bytesPerSecond: { up: SLOW } });

    const { stdout, stderr } = await runOn(ws, { machine: "one", place, script: "main.ts" });

    expect(stdout).toBe(`computed ${BYTES}\nclosed\n`);
    expect(stderr).toBe("scalable: uploading 1 result; 0 are uploaded (0 B)\n");
    expect(await isThere(all)).toBe(true);
  });

  test("Ctrl-C leaves uploads a moment, and a second one none", async () => {
    const all = await team(processes);
    const { ws, place, proxy } = all;
    const interruptible = `process.on("SIGINT", () => console.log("interrupted")); console.log("ready"); setInterval(() => {}, 1e6);`;
    await ws.write("long.ts", workflow(interruptible));
    const env = machineEnv("one", place);

    await proxy.set({ bytesPerSecond: { up: STOPPED } });
    const hasty = await ws.start("long.ts", { env });
    void hasty.kill("SIGINT");
    await hasty.line("interrupted");
    const gone = await hasty.kill("SIGINT");
    expect(gone.code, gone.stderr).toBe(130);
    expect(gone.stderr).toMatch(LEFT);
    expect(await push(all)).toMatch(/^uploaded 1 entry, /);
    expect(await isThere(all)).toBe(true);
  });
});

test("the moment that Ctrl-C leaves is long enough for what is nearly done", async () => {
  const all = await team();
  const { ws, place, proxy } = all;
  await ws.write("long.ts", workflow(`console.log("ready"); setInterval(() => {}, 1e6);`));
  await proxy.set({ bytesPerSecond: { up: SLOW } });

  const child = await ws.start("long.ts", { env: machineEnv("one", place) });
  const { code, stderr } = await child.kill("SIGINT");

  expect(code, stderr).toBe(130);
  expect(stderr).not.toContain("not uploaded");
  expect(await isThere(all)).toBe(true);
});

test("process.exit in the middle says what is left, and a kill loses nothing that push would not find", async () => {
  const all = await team();
  const { ws, place, proxy } = all;
  await ws.write("exit.ts", workflow("process.exit(4);"));
  await ws.write("wait.ts", workflow(`console.log("ready"); setInterval(() => {}, 1e6);`));

  await proxy.set({ bytesPerSecond: { up: STOPPED } });
  const left = await runOn(ws, { machine: "two", place, script: "exit.ts" });
  expect(left.code).toBe(4);
  expect(left.stderr).toMatch(LEFT);

  const child = await ws.start("wait.ts", { env: machineEnv("one", place) });
  await child.kill("SIGKILL");
  expect(await push(all)).toMatch(/^uploaded 1 entry, /);
  expect(await isThere(all)).toBe(true);
});

test.skipIf(!canMakeTerminal)("on a terminal, the progress of uploads does not garble that of the run", async () => {
  const { ws, place, proxy } = await team();
  await proxy.set({ bytesPerSecond: { up: SLOW } });
  const env = Object.fromEntries(
    Object.entries(machineEnv("one", place)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

  const { code, text } = await onTerminal(["run", "--workflow", "main.ts"], { cwd: ws.path, columns: 100, env });

  expect(code, text).toBe(0);
  // What was on the screen is taken away first, and the line is whole.
  expect(text).toContain("\u001b[0Jscalable: uploading 1 result; 0 are uploaded (0 B)\n");
  expect(text).toContain("main: 0 hits, 0 running, 0 waiting, 1 done, 0 failed");
});
