import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { checkInside, outputBase, relativeInside } from "../../src/store/output-path.ts";
import { workspace } from "../rig/workspace.ts";
import { walk } from "./walk.ts";

/** A folder `base` with some folders and links in it, and a folder beside it. */
async function folders(): Promise<{ base: string; outside: string }> {
  const ws = await workspace();
  for (const folder of ["base/a/b", "outside/deep"]) fs.mkdirSync(ws.resolve(folder), { recursive: true });
  const link = (target: string, place: string): void => fs.symlinkSync(target, ws.resolve("base", place));
  link("a", "to-a");
  link("../outside", "out");
  link(ws.resolve("outside"), "out-absolute");
  link("out", "chain");
  link("chain/deep", "long-chain");
  link("nowhere", "dangling");
  link("loop", "loop");
  link("../../base/a", "a/back");
  link("..", "a/b/up");
  return { base: ws.resolve("base"), outside: ws.resolve("outside") };
}

test.each(["x", "a/x", "a/b/x", "new/deep/x", "to-a/x", "a/back/x", "a/b/up/x", "..x", "...", "a/..b/x", "-", "a b/ü"])(
  "%s is inside",
  async (relative) => {
    const { base } = await folders();

    const place = checkInside(base, relative);

    expect(fs.realpathSync(path.dirname(place))).toBe(path.dirname(place));
    expect(`${place}/`.startsWith(`${base}/`)).toBe(true);
    expect(path.basename(place)).toBe(path.basename(relative));
    expect(fs.statSync(path.dirname(place)).isDirectory()).toBe(true);
  },
);

test.each([
  ...["", ".", "..", "../x", "../outside/x", "a/../../outside/x", "a/..", "a/./x", "a//x", "/etc/x", "x/", "/"],
  ...[
    "a\\x",
    "..\\x",
    "a\0b",
    "C:\\x",
    "out/x",
    "out-absolute/x",
    "chain/x",
    "long-chain/x",
    "out/new/x",
    "chain/deep/x",
  ],
  ...["dangling/x", "loop/x"],
])("%j is refused, and nothing is made", async (relative) => {
  const { base, outside } = await folders();
  const before = [walk(base), walk(outside), walk(path.dirname(base))];

  expect(() => checkInside(base, relative)).toThrow();

  expect([walk(base), walk(outside), walk(path.dirname(base))]).toEqual(before);
});

test("results must lie in the folder, links on the way included", async () => {
  const { base, outside } = await folders();

  expect(relativeInside(base, path.join(base, "a/x"))).toBe("a/x");
  expect(relativeInside(base, path.join(base, "to-a/x"))).toBe("a/x");
  expect(relativeInside(base, path.join(base, "..x"))).toBe("..x");
  for (const place of [base, outside, path.join(base, "out/x"), path.join(base, "chain/x"), path.dirname(base)]) {
    expect(() => relativeInside(base, place)).toThrow(/lies outside of .* set outputDir/);
  }
});

test("the folder itself may be named through a link; it is the working directory by default", async () => {
  const { base } = await folders();
  const link = `${base}-link`;
  fs.symlinkSync(base, link);

  expect(outputBase(link)).toBe(base);
  expect(outputBase(undefined)).toBe(fs.realpathSync(process.cwd()));
  expect(outputBase(path.join(base, "none/yet"))).toBe(path.join(base, "none/yet"));
  expect(fs.statSync(path.join(base, "none/yet")).isDirectory()).toBe(true);
});
