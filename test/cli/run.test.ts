import { expect, test } from "vitest";
import { Child, type ChildOptions, type Finished } from "../rig/child.ts";
import { cli } from "../rig/cli.ts";
import type { Workspace } from "../rig/workspace.ts";
import { manifest, project, ran, runFolders, runRecord } from "../session/rig.ts";
import { canMakeTerminal, onTerminal } from "./pty.ts";

const COMMAND = new URL("../../bin/scalable.js", import.meta.url).pathname;

async function withWorkflow(body: string): Promise<Workspace> {
  const ws = await project();
  await ws.write(
    "flow.ts",
    `import { ScalableSession } from "scalable";
     import * as work from "./work.ts";
     await using session = await ScalableSession.fromYaml();
     const client = session.start();
     ${body}`,
  );
  return ws;
}

function run(ws: Workspace, args: readonly string[] = [], options: ChildOptions = {}): Promise<Finished> {
  return cli(["run", "--workflow", "flow.ts", ...args], { cwd: ws.path, ...options });
}

const DOUBLES =
  "console.log(JSON.stringify(await client.gather(client.map(work.double, process.argv.slice(2).map(Number)))));";

test("a workflow is run with the arguments behind --, and its progress is told on standard error", async () => {
  const ws = await withWorkflow(DOUBLES);

  const first = await run(ws, ["--", "1", "2"]);
  const second = await run(ws, ["scalable.yaml", "--", "2", "3", "--quiet"]);

  expect([first.code, first.stdout]).toEqual([0, "[2,4]\n"]);
  expect(first.stderr).toMatch(/^scalable: main: 0 hits, 0 running, 0 waiting, 2 done, 0 failed/m);
  expect(second.stdout).toBe("[4,6,null]\n");
  expect(second.stderr).toContain("scalable: main: 1 hits,");
  expect(await runRecord(ws)).toMatchObject({ status: "succeeded", project: "demo", target: "local" });
});

test("--quiet tells no progress, --json a summary alone behind what the workflow prints", async () => {
  const ws = await withWorkflow(DOUBLES);

  const quiet = await run(ws, ["--quiet", "--", "1"]);
  const json = await run(ws, ["--json", "--", "1", "2"]);

  expect(quiet).toMatchObject({ code: 0, stdout: "[2]\n", stderr: "" });
  expect(json).toMatchObject({ code: 0, stderr: "" });
  const [printed, ...summary] = json.stdout.split("\n");
  expect(printed).toBe("[2,4]");
  expect(JSON.parse(summary.join("\n"))).toEqual({ calls: 2, hits: 1, misses: 1, time_saved_s: expect.any(Number) });
});

test("--output shows what calls print, each line with its call; without, it is kept with the run", async () => {
  const ws = await withWorkflow(`await client.submit(work.talk, ["hello"]);`);
  await ws.write(
    "work.ts",
    `export function talk(word) { console.log(word); process.stderr.write("and "); process.stderr.write("more\\n"); console.log("last"); }`,
  );

  const shown = await run(ws, ["--quiet", "--output"]);
  const kept = await run(ws, ["--quiet"]);

  const lines = shown.stderr.trim().split("\n");
  const [, id] = /^\[(\S+)\] hello$/.exec(lines[0] ?? "") ?? [];
  expect(lines).toEqual([`[${id}] hello`, `[${id}] and more`, `[${id}] last`]);
  expect(kept).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const folder = (await runFolders(ws))[0];
  expect(await ws.read(`${folder}/output/${id}.log`)).toBe("hello\nand more\nlast\n");
});

test("a workflow that throws makes exit code 1 and a failed run", async () => {
  const ws = await withWorkflow(`await client.submit(work.fail, ["wrong"]);`);

  const { code, stderr } = await run(ws, ["--quiet"]);

  expect(code).toBe(1);
  expect(stderr).toContain("scalable: the workflow failed: RangeError: wrong");
  expect(await runRecord(ws)).toMatchObject({ status: "failed", error: { class: "RangeError", message: "wrong" } });
});

test("a workflow that leaves its session open has all of its calls made", async () => {
  const ws = await project();
  await ws.write(
    "flow.ts",
    `import { ScalableSession } from "scalable";
     import { double } from "./work.ts";
     const session = await ScalableSession.fromYaml();
     const client = session.start();
     await client.submit(double, [1]);`,
  );

  expect((await run(ws, ["--quiet"])).code).toBe(0);
  expect(await ran(ws)).toEqual(["double 1"]);
  expect(await runRecord(ws)).toMatchObject({ status: "succeeded" });
});

test("--dry-run counts what would hit and run, runs nothing, and leaves no run", async () => {
  const ws = await withWorkflow(DOUBLES);
  await run(ws, ["--quiet", "--", "1", "2"]);
  await ws.write(
    "flow.ts",
    `import { ScalableSession } from "scalable";
     import * as work from "./work.ts";
     await using session = await ScalableSession.fromYaml();
     const client = session.start();
     const futures = client.map(work.double, [1, 2, 3, 4, 5]);
     client.submit(work.sum, [futures]);
     client.submit(work.sum, [[futures[0], futures[1]]]);
     await client.gather(futures);
     console.log("not reached");`,
  );

  const text = await run(ws, ["--dry-run"]);
  const json = await run(ws, ["--dry-run", "--json"]);

  expect(text).toMatchObject({ code: 0 });
  expect(text.stdout).toBe("2 calls would hit, 4 calls would run\n1 call cannot be told: they depend on those\n");
  expect(text.stderr).toBe("scalable: the workflow went as far as the first result that is not there\n");
  expect(JSON.parse(json.stdout)).toEqual({ hits: 2, misses: 4, unknown: 1 });
  expect(json).toMatchObject({ code: 0, stderr: "" });
  expect(await ran(ws)).toHaveLength(2);
  expect(await runFolders(ws)).toHaveLength(1);
});

test("an error of the workflow's own in a dry run is one", async () => {
  const ws = await withWorkflow(`throw new TypeError("my own");`);

  const { code, stderr } = await run(ws, ["--dry-run"]);

  expect(code).toBe(1);
  expect(stderr).toContain("the workflow failed: TypeError: my own");
});

test("what is not valid on the command line is exit code 2, what is not in the manifest 1", async () => {
  const ws = await withWorkflow(`console.log("ran");`);
  const bad = await project(manifest({}, "components: { main: { cpu: 1 } }"));
  await bad.write("flow.ts", `console.log("ran");`);
  const ends = await Promise.all([
    cli(["run"], { cwd: ws.path }),
    cli(["run", "--workflow", "none.ts"], { cwd: ws.path }),
    run(ws, ["scalable.yaml", "more"]),
    run(ws, ["--target", "moon"]),
    run(bad),
  ]);

  expect(ends.map(({ code, stdout }) => [code, stdout])).toEqual([
    [2, ""],
    [2, ""],
    [2, ""],
    [2, ""],
    [1, ""],
  ]);
  expect(ends[1]?.stderr).toContain('there is no workflow "none.ts"');
  expect(ends[2]?.stderr).toContain("arguments of the workflow come behind --, such as: -- more");
  expect(ends[3]?.stderr).toContain('no target "moon"');
  expect(ends[4]?.stderr).toContain("E_UNKNOWN_COMPONENT_KEY");
});

test("decorators, enums and path aliases work in a workflow and in its workers", async () => {
  for (const processes of [false, true]) {
    const ws = await project(manifest({ processes }));
    await ws.write("tsconfig.json", JSON.stringify({ compilerOptions: { paths: { "@lib/*": ["./library/*"] } } }));
    await ws.write(
      "library/fuel.ts",
      "export enum Fuel { Wind = 3 }\nexport const share = (fuel: Fuel): number => fuel * 10;",
    );
    await ws.write(
      "flow.ts",
      `import { isMain, ScalableSession } from "scalable";
       import { Fuel, share } from "@lib/fuel";
       export function own(n: Fuel) { return share(n) + 1; }
       if (isMain(import.meta)) {
         await using session = await ScalableSession.fromYaml();
         const client = session.start();
         console.log(await client.submit(share, [Fuel.Wind]), await client.submit(own, [Fuel.Wind]));
       }`,
    );

    expect(await run(ws, ["--quiet"])).toMatchObject({ code: 0, stdout: "30 31\n", stderr: "" });
  }
});

test("interrupted, it ends with the signal's exit code and a cancelled run", async () => {
  const ws = await withWorkflow(`
    const future = client.submit(work.gated, ["a"]);
    await work.until("began-a");
    console.log("ready");
    await future;`);
  const child = await Child.start(COMMAND, ["run", "--workflow", "flow.ts", "--quiet"], { cwd: ws.path });
  await child.line("ready");

  process.kill(child.pid, "SIGINT");
  process.kill(child.pid, "SIGINT");
  await ws.write("go-a", "");

  expect((await child.finished).code).toBe(130);
  expect(await runRecord(ws)).toMatchObject({ status: "cancelled" });
});

test("on a terminal, a live line shows how it goes, and what the workflow prints scrolls above it", async (context) => {
  if (!canMakeTerminal) return context.skip("there is no `script` of util-linux here");
  const ws = await withWorkflow(
    `const future = client.submit(work.gated, ["slow"]);
     await new Promise((resolve) => process.stdin.once("data", resolve)); // Pressed when the live line is there.
     console.log("between the lines");
     const { writeFileSync } = await import("node:fs");
     writeFileSync("go-slow", "");
     await future;
     process.stdin.pause();`,
  );

  const { code, text } = await onTerminal(["run", "--workflow", "flow.ts"], {
    cwd: ws.path,
    columns: 100,
    answer: { to: "1 running", keys: "x\n" },
  });

  expect(code).toBe(0);
  const live = "main: 0 hits, 1 running, 0 waiting, 0 done, 0 failed\n";
  const cleared = "\u001b[1A\u001b[0J";
  expect(text).toContain(live);
  expect(text).toContain(`${cleared}between the lines\n`);
  expect(text.trimEnd()).toMatch(/scalable: main: 0 hits, 0 running, 0 waiting, 1 done, 0 failed, [^\n]*$/);
});
