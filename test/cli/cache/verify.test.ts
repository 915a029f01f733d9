import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { VerifyReport } from "scalable";
import { expect, test } from "vitest";
import { cli } from "../../rig/cli.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";
import { countEntries, fillCache } from "../filled-cache.ts";

/** Overwrites the blob in which `processData` has its value; answers its path within the cache folder. */
async function damageBlob(ws: Workspace): Promise<string> {
  const files = await readdir(ws.resolve("cache"), { recursive: true });
  const blob = files.find((file) => /^[0-9a-f]{2}[\\/]/.test(file)) ?? "";
  await writeFile(ws.resolve("cache", blob), Buffer.alloc(80_008, 7));
  return blob.split(path.sep).join("/");
}

test("a sound cache has no problems", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));

  const { code, stdout, stderr } = await cli(["cache", "verify"], { cwd: ws.path });

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^checked 5 entries, 1 blob, 78\.\d KiB: no problems\n$/);
});

test("a damaged file is named, with exit code 1, until it is repaired", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  const blob = await damageBlob(ws);
  const verify = (...args: string[]) => cli(["cache", "verify", ...args], { cwd: ws.path });

  const found = await verify();
  const json = await verify("--json");
  const repaired = await verify("--repair");
  const again = await verify();

  expect(found).toMatchObject({ code: 1, stderr: "" });
  expect(found.stdout).toMatch(/^checked 5 entries, .*: 1 problem$/m);
  expect(found.stdout).toMatch(/^PROBLEM +KEY +FUNCTION +REPAIRED +WHAT$/m);
  expect(found.stdout).toMatch(new RegExp(`^blob-damaged +[0-9a-f]{32} +processData +no +${blob}: .+$`, "m"));
  expect(json.code).toBe(1);
  expect((JSON.parse(json.stdout) as VerifyReport).problems).toMatchObject([
    { kind: "blob-damaged", functionName: "processData", path: blob, repaired: false },
  ]);
  expect(repaired.code).toBe(0);
  expect(repaired.stdout).toMatch(/: 1 problem, all repaired$/m);
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/: no problems$/m);
  expect(await countEntries(ws.resolve("cache"))).toBe(4);
});

test("what nothing refers to is no problem", async () => {
  const ws = await workspace();
  await fillCache(ws.resolve("cache"));
  await ws.write(`cache/ab/${"0".repeat(30)}`, "left by a killed process");

  const { code, stdout } = await cli(["cache", "verify"], { cwd: ws.path });

  expect(code).toBe(0);
  expect(stdout).toMatch(/: no problems\n1 file \(24 B\) that nothing refers to, which is harmless\n$/);
});
