import { expect, test } from "vitest";
import { workspace } from "../rig/workspace.ts";

const GREET = `
import { cacheable } from "scalable";
const greet = cacheable({ returnType: String, args: { name: String, count: Number } }, async function greet(name, count) {
  console.log("ran");
  return "Hello " + name + "! (x" + count + ")";
});
console.log(await greet(process.argv[2], process.argv[3]));
`;

test("a call of an earlier process is a hit in the next one", async () => {
  const ws = await workspace();
  await ws.write("greet.ts", GREET);

  const first = await ws.run("greet.ts", { args: ["Ada", "2"] });
  const second = await ws.run("greet.ts", { args: ["Ada", "2"] });
  const other = await ws.run("greet.ts", { args: ["Bob", "2"] });

  expect(first).toMatchObject({ code: 0, stdout: "ran\nHello Ada! (x2)\n", stderr: "" });
  expect(second).toMatchObject({ code: 0, stdout: "Hello Ada! (x2)\n", stderr: "" });
  expect(other).toMatchObject({ code: 0, stdout: "ran\nHello Bob! (x2)\n", stderr: "" });
});

test("comments and formatting of the function do not count, its code does", async () => {
  const ws = await workspace();
  const script = (body: string): string => `
    import { cacheable } from "scalable";
    const double = cacheable(${body});
    console.log(await double.key(21), await double(21));
  `;
  await ws.write("a.ts", script("function double(x: number) { return x * 2; }"));
  await ws.write("b.ts", script("function double(x: unknown)\n{ /* twice */ return (x * 2)\n}"));
  await ws.write("c.ts", script("function double(x: number) { return 2 * x; }"));

  const [a, b, c] = [await ws.run("a.ts"), await ws.run("b.ts"), await ws.run("c.ts")];

  expect(a.stdout).toMatch(/^[0-9a-f]{32} 42\n$/);
  expect(b).toEqual(a);
  expect(c.stdout).toMatch(/ 42\n$/);
  expect(c.stdout).not.toBe(a.stdout);
});

test("the default folder is cache/ in the working directory", async () => {
  const ws = await workspace();
  await ws.write("greet.ts", GREET);

  await ws.run("greet.ts", { args: ["Ada", "2"] });
  const elsewhere = await ws.run("greet.ts", { args: ["Ada", "2"], env: { SCALABLE_CACHE_DIR: "elsewhere" } });

  expect(elsewhere.stdout).toBe("ran\nHello Ada! (x2)\n");
  expect(await ws.run("greet.ts", { args: ["Ada", "2"] })).toMatchObject({ stdout: "Hello Ada! (x2)\n" });
});

test("the tutorial's functions run as they stand there, and are there after a restart", async () => {
  const ws = await workspace();
  await ws.write("config.json", JSON.stringify({ version: 7 }));
  await ws.write("data/a.csv", "1,2\n");
  await ws.write(
    "tutorial.ts",
    `import { readFileSync } from "node:fs";
     import { cacheable, DirType, FileType } from "scalable";
     export const runSimulation = cacheable(
       { returnType: Object, args: { scenarioId: Number } },
       async function runSimulation(scenarioId: number) {
         console.log("simulated");
         return { scenario: scenarioId, demandMw: scenarioId * 1.5 };
       },
     );
     const processData = cacheable(
       { returnType: Object, args: { config: FileType, dataDir: DirType } },
       async function processData(config: string, dataDir: string) {
         console.log("processed", dataDir);
         return { recordsProcessed: 1000, configVersion: JSON.parse(readFileSync(config, "utf8")).version };
       },
     );
     console.log(JSON.stringify([await runSimulation(42), await runSimulation(42), await processData("config.json", "data")]));`,
  );
  const results = `[{"scenario":42,"demandMw":63},{"scenario":42,"demandMw":63},{"recordsProcessed":1000,"configVersion":7}]\n`;

  expect((await ws.run("tutorial.ts")).stdout).toBe(`simulated\nprocessed data\n${results}`);
  expect((await ws.run("tutorial.ts")).stdout).toBe(results);

  await ws.write("data/b.csv", "3,4\n");
  expect((await ws.run("tutorial.ts")).stdout).toBe(`processed data\n${results}`);
});
