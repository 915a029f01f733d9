import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import net from "node:net";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { toHex } from "../../src/identify/hasher.ts";
import type { DigestMemo } from "../../src/identify/memo.ts";
import type { Observed } from "../../src/identify/observed.ts";
import type { Workspace } from "../rig/workspace.ts";

/** The digest of what was observed, in hexadecimal digits. */
export async function digestOf(observed: Promise<Observed>): Promise<string> {
  return toHex((await observed).digest);
}

export async function makeFifo(path: string): Promise<void> {
  await promisify(execFile)("mkfifo", [path]);
}

/** A Unix socket that is listened on until the test ends. */
export async function makeSocket(path: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
}

/** A memo that can be looked into. */
export class MapMemo implements DigestMemo {
  readonly records = new Map<string, Uint8Array>();

  recall(name: string): Uint8Array | undefined {
    return this.records.get(name);
  }

  remember(name: string, record: Uint8Array): void {
    this.records.set(name, record);
  }
}

/** Runs a script as a user who owns nothing, and returns what it prints. Root may read everything. */
export async function asNobody(ws: Workspace, script: string, args: readonly string[]): Promise<string> {
  await chmod(ws.path, 0o755);
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const { stdout } = await promisify(execFile)(process.execPath, [ws.resolve(script), ...args], { cwd: "/", ...user });
  return stdout;
}
