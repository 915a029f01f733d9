import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { writeFirst, writeWhole } from "../../../src/providers/slurm/write-whole.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";

const MODULE = pathToFileURL(path.resolve(import.meta.dirname, "../../../src/providers/slurm/write-whole.ts")).href;

test("a file is replaced, and is for its user alone", async () => {
  const ws = await workspace();
  const file = ws.resolve("file");

  writeWhole(file, "first");
  writeWhole(file, new Uint8Array([50]), "quick");

  expect(readFileSync(file, "utf8")).toBe("2");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(ws.path).filter((name) => name.startsWith("file"))).toEqual(["file"]);
});

test("a file that is there already stays as it is", async () => {
  const ws = await workspace();
  const file = ws.resolve("file");

  expect([writeFirst(file, "first"), writeFirst(file, "second", "quick")]).toEqual([true, false]);

  expect(readFileSync(file, "utf8")).toBe("first");
  expect(readdirSync(ws.path).filter((name) => name.startsWith("file"))).toEqual(["file"]);
});

test("where there is no folder, that is thrown, and is no file that was there before", async () => {
  const ws = await workspace();

  expect(() => writeFirst(ws.resolve("none/file"), "y")).toThrow("ENOENT");
  expect(() => writeWhole(ws.resolve("none/file"), "y")).toThrow("ENOENT");
});

test("a folder in the place of the file is thrown as well, and the half is removed", async () => {
  const ws = await workspace();
  await ws.write("taken/inside", "x");

  expect(() => writeWhole(ws.resolve("taken"), "y")).toThrow();

  expect(readdirSync(ws.path).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

/** Starts processes that are ready together, lets them go at one time, and returns what each printed. */
async function together(ws: Workspace, script: string, count: number): Promise<string[]> {
  const children = await Promise.all(
    Array.from({ length: count }, (_, at) => ws.start(script, { args: [String(at)] })),
  );
  for (const child of children) child.send("go");
  const ended = await Promise.all(children.map((child) => child.finished));
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, ""]));
  return ended.map(({ stdout }) => stdout);
}

const GO = `await new Promise((resolve) => { process.stdin.once("data", resolve); console.log("ready"); });
process.stdin.destroy();`;

test("of processes that write the same files first, exactly one wins each, and the file is its own", async () => {
  const ws = await workspace();
  await ws.write("files/.keep", "");
  await ws.write(
    "race.ts",
    `import { writeFirst } from ${JSON.stringify(MODULE)};
     const own = process.argv[2] ?? "";
     ${GO}
     for (let n = 0; n < 200; n += 1) if (writeFirst(\`files/\${n}\`, own.repeat(5_000), "quick")) console.log("won", n);`,
  );

  const printed = await together(ws, "race.ts", 4);

  const winners = printed.flatMap((text, at) =>
    [...text.matchAll(/^won (\d+)$/gm)].map(([, n]): [number, number] => [Number(n), at]),
  );
  expect(winners.map(([n]) => n).sort((a, b) => a - b)).toEqual([...new Array(200).keys()]);
  for (const [n, at] of winners) expect(await ws.read(`files/${n}`)).toBe(String(at).repeat(5_000));
  expect(readdirSync(ws.resolve("files")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("who reads meanwhile finds all of what one of the writers wrote, never a part", async () => {
  const ws = await workspace();
  const size = 300_000;
  writeFileSync(ws.resolve("file"), "9".repeat(size));
  await ws.write(
    "write.ts",
    `import { writeWhole } from ${JSON.stringify(MODULE)};
     const own = process.argv[2] ?? "";
     ${GO}
     for (let n = 0; n < 150; n += 1) writeWhole("file", own.repeat(${size}), "quick");`,
  );
  await ws.write(
    "read.ts",
    `import { existsSync, readFileSync } from "node:fs";
     ${GO}
     const seen = new Set<string>();
     while (!existsSync("done")) {
       const text = readFileSync("file", "utf8");
       if (text !== text[0]?.repeat(${size})) throw new Error("a part: " + text.length);
       seen.add(text[0]);
     }
     console.log(seen.size, "kinds");`,
  );
  const reader = await ws.start("read.ts");
  reader.send("go");

  await together(ws, "write.ts", 2);
  await ws.write("done", "");

  const { code, stdout, stderr } = await reader.finished;
  expect([code, stderr]).toEqual([0, ""]);
  expect(Number(/(\d+) kinds/.exec(stdout)?.[1])).toBeGreaterThan(1);
});
