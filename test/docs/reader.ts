import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmod, symlink } from "node:fs/promises";
import path from "node:path";
import { inject } from "vitest";
import { Workspace } from "../rig/workspace.ts";

export const ROOT = path.resolve(import.meta.dirname, "../..");
const BIN = path.join(ROOT, "node_modules/.bin");

/** Packages besides scalable that a block may import, and commands that it may run with npx. */
export const PACKAGES = ["zod"];
const COMMANDS = ["scalable", "tsx"];

/** What the docs call the folder that their blocks run in. */
const FOLDER = "/home/you/project";

/** Whether commands can be run in a terminal, as a reader runs them: by `script` of util-linux. */
export const hasTerminal =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;

export interface Ended {
  readonly code: number | null;
  /** What stands on the screen, from standard output and standard error. */
  readonly screen: string;
}

/** Somebody who follows the docs: has a folder with the package installed, saves files in it and runs them. */
export class Reader {
  readonly workspace: Workspace;
  readonly #added: Readonly<Record<string, string>>;

  private constructor(workspace: Workspace, added: Readonly<Record<string, string>>) {
    this.workspace = workspace;
    this.#added = added;
  }

  /** @param added - variables that the reader has besides. */
  static async create(added: Readonly<Record<string, string>> = {}): Promise<Reader> {
    const workspace = await Workspace.create();
    for (const name of PACKAGES) {
      await symlink(path.join(ROOT, "node_modules", name), workspace.resolve("node_modules", name), "dir");
    }
    // npx itself would look at the configuration of whoever runs the tests, and takes half a second.
    const cases = COMMANDS.map((name) => `${name}) shift; exec ${quote(commandOf(name))} "$@" ;;`);
    const npx = await workspace.write(
      "node_modules/.bin/npx",
      `#!/bin/sh\ncase "$1" in\n${cases.join("\n")}\nesac\nexit 127\n`,
    );
    await chmod(npx, 0o755);
    return new Reader(workspace, added);
  }

  /** Saves a module and runs it with this Node.js; through tsx where it needs more than types to be stripped. */
  async module(file: string, text: string): Promise<Ended> {
    await this.workspace.write(file, text);
    const loader = usesDecorators(text) ? `--import ${quote(import.meta.resolve("tsx"))} ` : "";
    return this.#run(["sh", "-c", `exec node ${loader}${quote(file)} 2>&1`]);
  }

  /** Runs commands in a terminal, where one can be made. */
  async shell(commands: string): Promise<Ended> {
    const script = await this.workspace.write("node_modules/.bin/block.sh", `set -e\n${commands}`);
    const run = `sh ${quote(script)}`;
    if (!hasTerminal) return this.#run(["sh", "-c", `${run} 2>&1`]);
    return this.#run(["script", "-qec", `stty rows 50 cols 120; ${run}`, "/dev/null"]);
  }

  remove(): Promise<void> {
    return this.workspace.remove();
  }

  #run([command = "", ...args]: readonly string[]): Promise<Ended> {
    const child = spawn(command, args, { cwd: this.workspace.path, env: this.#env() });
    return screenOf(child, (screen) => screen.replaceAll(this.workspace.path, FOLDER));
  }

  #env(): NodeJS.ProcessEnv {
    const { PATH = "", LANG, TMPDIR } = process.env;
    const folders = [this.workspace.resolve("node_modules/.bin"), path.dirname(process.execPath), PATH];
    return {
      PATH: folders.join(path.delimiter),
      HOME: this.workspace.path,
      SHELL: "/bin/sh",
      TERM: "xterm-256color",
      NO_COLOR: "1",
      ...(LANG === undefined ? {} : { LANG }),
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      ...this.#added,
    };
  }
}

/** Runs a command in the root of the repository. */
export function inRepository(command: string): Promise<Ended> {
  const PATH = [path.dirname(process.execPath), process.env["PATH"]].join(path.delimiter);
  return screenOf(spawn("sh", ["-c", `${command} 2>&1`], { cwd: ROOT, env: { ...process.env, PATH, NO_COLOR: "1" } }));
}

/** Type stripping leaves decorators as they are, and no Node.js runs them yet. */
export function usesDecorators(text: string): boolean {
  return /^\s*@\w/m.test(text);
}

function commandOf(name: string): string {
  return name === "scalable" ? path.join(ROOT, "bin/scalable.js") : path.join(BIN, name);
}

function screenOf(child: ChildProcess, asShown = (screen: string) => screen): Promise<Ended> {
  const failure = inject("buildFailure");
  if (failure !== undefined) throw new Error(`dist/ could not be built:\n${failure}`);
  let screen = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, screen: asShown(screen.replaceAll("\r\n", "\n")) }));
  });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
