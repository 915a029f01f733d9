import { chmod, mkdir, stat } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { Workspace, workspace } from "./workspace.ts";

test("a script runs in the folder, with its arguments and variables, and its end is reported", async () => {
  const ws = await workspace();
  await ws.write(
    "lib/script.ts",
    `const answer: string = process.argv[2] ?? "";
     console.log(answer, process.env["COLOUR"], process.cwd());
     console.error("to stderr");
     process.exitCode = 3;`,
  );

  const result = await ws.run("lib/script.ts", { args: ["one"], env: { COLOUR: "red" } });

  expect(result).toEqual({ code: 3, signal: null, stdout: `one red ${ws.path}\n`, stderr: "to stderr\n" });
});

test("variables that steer scalable or node do not leak into a script", async () => {
  const ws = await workspace();
  await ws.write(
    "env.ts",
    "console.log(Object.keys(process.env).filter((name) => /SCALABLE|NODE|VITEST/.test(name)));",
  );
  process.env["SCALABLE_SEED"] = "1";
  onTestFinished(() => {
    delete process.env["SCALABLE_SEED"];
  });

  const result = await ws.run("env.ts");

  expect(result.stdout).toBe("[]\n");
});

test("a script imports the built package by its name", async () => {
  const ws = await workspace();
  await ws.write("resolve.ts", `console.log(import.meta.resolve("scalable"));`);

  const result = await ws.run("resolve.ts");

  expect(result.stdout).toBe(`${new URL("../../dist/index.js", import.meta.url)}\n`);
});

test("a long-lived child is ready, answers, and can be killed by its pid", async () => {
  const ws = await workspace();
  await ws.write(
    "server.ts",
    `process.stdin.setEncoding("utf8").on("data", (text) => console.log("got " + text.trim()));
     console.log("ready");`,
  );
  const child = await ws.start("server.ts");

  child.send("hello");
  await child.line(/^got/);
  process.kill(child.pid, "SIGKILL");
  const result = await child.finished;

  expect(result).toMatchObject({ code: null, signal: "SIGKILL", stdout: "ready\ngot hello\n" });
});

test("a child that ends before it is ready is an error with what it printed", async () => {
  const ws = await workspace();
  await ws.write("broken.ts", `console.error("no port"); process.exit(1);`);

  await expect(ws.start("broken.ts")).rejects.toThrow(/ended without printing ready.\nno port/);
});

test("with the workspace go its processes and its folder, even one without permissions", async () => {
  const ws = await Workspace.create();
  await ws.write("server.ts", `process.stdin.resume(); console.log("ready");`);
  const child = await ws.start("server.ts");
  await ws.write("locked/file.txt", "");
  await mkdir(ws.resolve("locked/inner"));
  await chmod(ws.resolve("locked"), 0);

  await ws.remove();

  expect(await child.finished).toMatchObject({ signal: "SIGKILL" });
  await expect(stat(ws.path)).rejects.toMatchObject({ code: "ENOENT" });
});
