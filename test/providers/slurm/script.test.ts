import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { chmod, realpath } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quoted, scriptText } from "../../../src/providers/slurm/script.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";

/* The scripts are run by the shell that runs them in jobs. */

const HARD = [
  "two words",
  "",
  "it's",
  `"both" and 'both'`,
  "line\nbreak\n",
  "$(touch interpreted)",
  "`touch interpreted`",
  "$HOME $0 $$ ~/..",
  "a;touch interpreted",
  "x && touch interpreted || y",
  "%d %% 100%",
  "back\\slash\\",
  "\\",
  "-n",
  "--",
  "--help",
  "~",
  "~root",
  "* ? [a-z] {a,b}",
  "!!",
  "#SBATCH --array=1",
  "<in >out 2>&1 |",
  "A=b",
  "\t\v\u0007\u001b[31m",
  "'\\''",
  "größer 需求 🙂",
  "\u2028\u00a0",
];

/** Prints its working directory, its own name and its arguments, each with a NUL behind it. */
const PROGRAM = `#!/bin/sh\nprintf '%s\\0' "$(pwd -P; echo x)" "$0" "$@"\n`;

interface Ran {
  readonly code: number | null;
  readonly cwd: string | undefined;
  readonly program: string | undefined;
  readonly args: readonly string[];
}

function runScript(text: string, { file, cwd }: { readonly file: string; readonly cwd: string }): Ran {
  // As sbatch is given it: the script is a file whose first line names the shell.
  const { status, stdout } = spawnSync("/bin/bash", [file], { cwd, encoding: "utf8", env: { PATH: "/usr/bin:/bin" } });
  expect(text.startsWith("#!/bin/bash\n")).toBe(true);
  const [shown, program, ...args] = stdout.split("\0").slice(0, -1);
  return { code: status, cwd: shown?.replace(/\nx\n?$/, ""), program, args };
}

async function programIn(ws: Workspace, folder: string): Promise<string> {
  const program = await ws.write(path.join(folder, "program"), PROGRAM);
  await chmod(program, 0o755);
  return program;
}

const word = fc.oneof(
  fc.constantFrom(...HARD),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom(..." \t\n'\"\\$`%(){}[]<>|&;!*?~#-=,:@ab") }),
  fc.string({ unit: "binary" }).filter((text) => text.isWellFormed() && !text.includes("\0")),
);
const folderName = word.filter(
  (name) => name !== "" && name !== "." && name !== ".." && !name.includes("/") && Buffer.byteLength(name) < 200,
);

test("a program gets exactly its arguments, in exactly its working directory", { timeout: 120_000 }, async () => {
  const ws = await workspace();
  const root = await realpath(ws.path);

  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 8 }), folderName, folderName, async (args, place, home) => {
      const workingDirectory = path.join(root, "work", place);
      mkdirSync(workingDirectory, { recursive: true });
      const program = await programIn(ws, path.join("programs", home));
      const text = scriptText({ setup: [], workingDirectory, command: [program, ...args] });
      const file = await ws.write("job.sh", text);

      const ran = runScript(text, { file, cwd: root });

      expect(ran).toEqual({ code: 0, cwd: workingDirectory, program, args });
    }),
    { numRuns: 60 },
  );
  expect(spawnSync("find", [root, "-name", "interpreted"], { encoding: "utf8" }).stdout).toBe("");
});

test.each(HARD)("one by one: %j", async (hard) => {
  const ws = await workspace();
  const root = await realpath(ws.path);
  const program = await programIn(ws, "bin");
  const text = scriptText({ setup: [], workingDirectory: root, command: [program, hard, `x${hard}`, `${hard}x`] });

  const ran = runScript(text, { file: await ws.write("job.sh", text), cwd: "/" });

  expect(ran.args).toEqual([hard, `x${hard}`, `${hard}x`]);
});

test("quoted text is one word of the shell, and plain text stays as it is", () => {
  expect(quoted("/usr/bin/node")).toBe("/usr/bin/node");
  expect(quoted("--max-old-space-size=4096")).toBe("--max-old-space-size=4096");
  expect(quoted("")).toBe("''");
  expect(quoted("it's")).toBe(`'it'\\''s'`);
});

test("the lines of setup are run as they are, before the program and wherever they lead", async () => {
  const ws = await workspace();
  const program = await programIn(ws, "bin");
  const setup = ["export GREETING='good day'", "cd /", 'set -- "$GREETING"', "CDPATH=/tmp"];
  const text = scriptText({ setup, workingDirectory: ws.path, command: ["/usr/bin/env", "-u", "CDPATH", program] });

  const ran = runScript(text, { file: await ws.write("job.sh", text), cwd: "/" });

  expect(ran).toMatchObject({ code: 0, cwd: await realpath(ws.path), args: [] });
});

test("a last line of setup that ends in a backslash takes nothing of what follows", async () => {
  const ws = await workspace();
  const program = await programIn(ws, "bin");
  const text = scriptText({ setup: ["true module load \\"], workingDirectory: ws.path, command: [program, "a"] });

  const ran = runScript(text, { file: await ws.write("job.sh", text), cwd: "/" });

  expect(ran).toMatchObject({ code: 0, cwd: await realpath(ws.path), args: ["a"] });
});

test("a program whose name begins with a dash is no option of the shell", async () => {
  const ws = await workspace();
  await chmod(await ws.write("-a", PROGRAM), 0o755);
  const text = scriptText({
    setup: [`PATH="${ws.path}:$PATH"`],
    workingDirectory: ws.path,
    command: ["-a", "other-name", "b"],
  });

  const ran = runScript(text, { file: await ws.write("job.sh", text), cwd: "/" });

  expect(ran).toMatchObject({ code: 0, args: ["other-name", "b"] });
});

test("without its working directory, nothing is run", async () => {
  const ws = await workspace();
  const program = await programIn(ws, "bin");
  const text = scriptText({ setup: [], workingDirectory: ws.resolve("gone"), command: [program] });

  const ran = runScript(text, { file: await ws.write("job.sh", text), cwd: "/" });

  expect(ran).toMatchObject({ code: 1, args: [] });
  expect(ran.program).toBeUndefined();
});

test("the program takes the place of the shell: a signal to the job reaches it", async () => {
  const ws = await workspace();
  const text = scriptText({ setup: [], workingDirectory: ws.path, command: ["/bin/sh", "-c", "kill -TERM $$"] });

  const { signal } = spawnSync("/bin/bash", [await ws.write("job.sh", text)]);

  expect(signal).toBe("SIGTERM");
});
