import fs from "node:fs";
import { Cache } from "scalable";
import { expect, test } from "vitest";
import type { Child } from "../rig/child.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import { WORK } from "./store-work.ts";

/*
 * Processes that read, write and evict in one store are killed at any instant, again and again.
 */

const ROUNDS = 200;
const AT_ONCE = 4;

test("after 200 killings nothing is wrong in the store, and every value that was read was right", async () => {
  const ws = await workspace();
  await ws.write("work.ts", WORK);
  let killed = 0;
  let progress = 0;

  const lane = async (): Promise<void> => {
    while (killed < ROUNDS) {
      killed += 1;
      const did = await killOne(ws);
      progress += did;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, () => lane()));

  expect(progress).toBeGreaterThan(ROUNDS * 5);
  await using cache = new Cache(ws.resolve("cache"));
  const report = await cache.verify();
  expect(report.problems).toEqual([]);
  expect(report.entries).toBeGreaterThan(5);

  // Those who come later are hindered by nothing that the dead have left.
  const last = await ws.run("work.ts", { args: ["60"] });
  expect(last).toMatchObject({ code: 0, stderr: "" });
  expect(last.stdout).toContain("\ndone\n");
  await cache.verify({ repair: true });
  const { leftovers, problems } = await cache.verify();
  expect(problems).toEqual([]);
  // What is left now are blobs that may still belong to an entry, for all that is known: they are younger than an hour.
  expect(fs.readdirSync(ws.resolve("cache/tmp")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect(leftovers.files).toBeLessThan(ROUNDS);
});

/** Starts a process, kills it after a random number of things that it did, and returns how many these were. */
async function killOne(ws: Workspace): Promise<number> {
  const child = await ws.start("work.ts", { args: ["1000000"] });
  await child.line(`did ${Math.floor(Math.random() * 25)}`);
  // The delay is the random instant; nothing is waited for.
  await new Promise((resolve) => void setTimeout(resolve, Math.random() * 15));
  const { signal, stderr } = await child.kill();
  expect({ signal, said: [...stderr.matchAll(/.+/g)].map(String), wrong: wrongIn(child) }).toEqual({
    signal: "SIGKILL",
    said: [],
    wrong: [],
  });
  return child.stdout.split("\n").length;
}

function wrongIn(child: Child): string[] {
  return child.stdout.split("\n").filter((line) => /^(WRONG|FAILED)/.test(line));
}
