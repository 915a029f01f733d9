import { spawn, spawnSync } from "node:child_process";
import path from "node:path";

const COMMAND = path.resolve(import.meta.dirname, "../../bin/scalable.js");

/** Whether a terminal can be made here: by `script` of util-linux, which names itself so. */
export const canMakeTerminal =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;

export interface TerminalOptions {
  readonly cwd: string;
  readonly columns: number;
  /** Keys that are pressed once the screen ends in this text. */
  readonly answer?: { readonly to: string; readonly keys: string };
  readonly env?: Readonly<Record<string, string>>;
}

export interface Screen {
  readonly code: number | null;
  /** All that was printed, on standard output and standard error. */
  readonly text: string;
}

/** Runs the real command line in a terminal of its own. */
export function onTerminal(args: readonly string[], options: TerminalOptions): Promise<Screen> {
  const { cwd, columns, answer, env = {} } = options;
  const command = [process.execPath, COMMAND, ...args].map(quote).join(" ");
  const child = spawn("script", ["-qec", `stty rows 24 cols ${columns}; exec ${command}`, "/dev/null"], {
    cwd,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
  });
  let text = "";
  let answered = false;
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    if (answer === undefined || answered || !text.includes(answer.to)) return;
    answered = true;
    child.stdin.write(answer.keys);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text: text.replaceAll("\r\n", "\n") }));
  });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
