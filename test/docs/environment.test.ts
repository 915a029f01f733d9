import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./reader.ts";

const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

test("the page about the environment has each variable that the package reads, and no other", () => {
  const sources = globSync("src/**/*.ts", { cwd: ROOT }).map(read).join("\n");
  const names = [...sources.matchAll(/process\.env\["(SCALABLE_\w+)"\]/g)].map(([, name]) => name);

  const rows = read("docs/guide/environment.md").matchAll(/^\| `(SCALABLE_\w+)`/gm);

  expect([...rows].map(([, name]) => name).sort()).toEqual([...new Set(names)].sort());
});
