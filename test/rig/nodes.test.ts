import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { installNode, type NodeMajor, nodeBinary } from "./nodes.ts";
import { workspace } from "./workspace.ts";

const run = promisify(execFile);

test.each<NodeMajor>([22, 24, 26])("the binary for Node %i is of that version", { timeout: 300_000 }, async (major) => {
  const binary = await nodeBinary(major);

  const { stdout } = await run(binary, ["--version"]);

  expect(stdout).toMatch(new RegExp(`^v${major}\\.`));
});

test("two that install into one folder at once both get a whole one", { timeout: 300_000 }, async () => {
  const { path: cache } = await workspace();
  const before = await readdir(cache);

  const [one, other] = await Promise.all([installNode(22, cache), installNode(22, cache)]);

  expect(other).toBe(one);
  expect((await run(one, ["--version"])).stdout).toMatch(/^v22\./);
  expect(await readdir(cache)).toEqual(["22", ...before]);
});
