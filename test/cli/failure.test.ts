import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { cli } from "../rig/cli.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";

/** A workspace whose cache.db is another program's. */
async function withForeignIndex(): Promise<Workspace> {
  const ws = await workspace();
  const file = await ws.write("cache/cache.db", "");
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE theirs (a)");
  db.close();
  return ws;
}

test.each([["stats"], ["list"], ["show", "0123abcd"], ["clear"]])(
  "cache %s of what is no cache of ours is one line, and exit code 1",
  async (...args) => {
    const ws = await withForeignIndex();

    const { code, stdout, stderr } = await cli(["cache", ...args], { cwd: ws.path });

    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^scalable: .*belongs to another program.*\n$/);
  },
);

test("the same, where warnings are off", async () => {
  const ws = await withForeignIndex();
  const env = { SCALABLE_LOG_LEVEL: "error" };

  const { code, stderr } = await cli(["cache", "stats"], { cwd: ws.path, env });

  expect(code).toBe(1);
  expect(stderr).toMatch(/^scalable: .*belongs to another program.*\n$/);
});

test("verify reports it as a problem", async () => {
  const ws = await withForeignIndex();

  const { code, stdout } = await cli(["cache", "verify", "--json"], { cwd: ws.path });

  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ problems: [{ kind: "foreign-index", repaired: false }] });
});

test("SCALABLE_LOG_LEVEL=debug adds where the error comes from", async () => {
  const env = { SCALABLE_CACHE_SIZE_LIMIT: "lots" };

  const terse = await cli(["cache", "stats"], { env });
  const verbose = await cli(["cache", "stats"], { env: { ...env, SCALABLE_LOG_LEVEL: "debug" } });

  expect(terse).toMatchObject({ code: 2, stdout: "" });
  expect(terse.stderr.trimEnd().split("\n").at(-1)).toMatch(
    /^scalable: SCALABLE_CACHE_SIZE_LIMIT is "lots", but must be .*$/,
  );
  expect(terse.stderr).not.toMatch(/^ +at /m);
  expect(verbose.code).toBe(2);
  expect(verbose.stderr).toMatch(/^ +at cacheSizeLimit /m);
});
