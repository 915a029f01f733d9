import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { Cache } from "scalable";
import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { fillCache } from "./filled-cache.ts";

const COMMAND = path.resolve(import.meta.dirname, "../../bin/scalable.js");

/** How the command ends when its reader leaves after the first piece of the output. */
function withLeavingReader(args: readonly string[], cwd: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env: { PATH: process.env["PATH"] } });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stderr }));
  });
}

/** A cache whose list is several times as long as what a pipe takes. */
async function long(): Promise<Workspace> {
  const ws = await workspace();
  await using cache = new Cache(ws.resolve("cache"));
  for (let number = 0; number < 3000; number += 1) await cache.set(`${number}`.padStart(40, "0"), number);
  return ws;
}

test("a reader that leaves early is no error", async () => {
  const ws = await long();
  for (const args of [["list"], ["list", "--json"]]) {
    expect(await withLeavingReader(["cache", ...args], ws.path)).toEqual({ code: 0, stderr: "" });
  }
});

test("a long list arrives whole", async () => {
  const ws = await long();
  const plain = await cli(["cache", "list"], { cwd: ws.path });
  const json = await cli(["cache", "list", "--json"], { cwd: ws.path });

  expect(plain.stdout.trimEnd().split("\n")).toHaveLength(3001);
  expect(JSON.parse(json.stdout)).toHaveLength(3000);
});

test("FORCE_COLOR styles a pipe, and --no-color wins over it", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  const env = { FORCE_COLOR: "1" };

  const forced = await cli(["cache", "stats"], { cwd: ws.path, env });
  const off = await cli(["cache", "stats", "--no-color"], { cwd: ws.path, env });
  const json = await cli(["cache", "stats", "--json"], { cwd: ws.path, env });

  expect(forced.stdout).toContain("\x1b[2mentries\x1b[22m     5");
  expect(off.stdout).toContain("entries     5");
  expect(off.stdout + json.stdout).not.toContain("\x1b");
});

test.runIf(existsSync("/dev/full"))("a full disk is one line, and exit code 1", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  const script = `exec "$0" "$1" cache list >/dev/full`;
  const child = spawn("sh", ["-c", script, process.execPath, COMMAND], { cwd: ws.path });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));

  expect({ code, stderr }).toEqual({ code: 1, stderr: "scalable: ENOSPC: no space left on device, write\n" });
});
