import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { systemCode } from "../../errors.ts";
import { warnOnce } from "../../log.ts";

export type SlurmCommand = "sbatch" | "squeue" | "scancel" | "scontrol" | "sacct";

/**
 * Why a command of Slurm failed. `missing`: it is not installed here. `unreachable`: the controller does not answer, or has no
 * time. `full`: there are as many jobs as there may be. `refused`: what was asked for cannot be had.
 */
export type SlurmTrouble = "missing" | "unreachable" | "full" | "refused";

/** A command of Slurm failed. */
export class SlurmCommandError extends Error {
  override readonly name = "SlurmCommandError";
  readonly trouble: SlurmTrouble;

  constructor(command: SlurmCommand, trouble: SlurmTrouble, said: string) {
    super(`${command}: ${said}`);
    this.trouble = trouble;
  }
}

/** A controller that is overloaded answers after its own time limits, which are a minute or two. */
const LONGEST_MS = 5 * 60_000;
const LONGEST_OUTPUT = 512 * 1024 * 1024;

/**
 * Runs a command of Slurm, without a shell, and returns what it printed.
 *
 * @throws SlurmCommandError
 */
export function runSlurm(
  command: SlurmCommand,
  args: readonly string[],
  { env = process.env, cwd }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  const options = { env: withoutDefaults(env), cwd, timeout: LONGEST_MS, maxBuffer: LONGEST_OUTPUT } as const;
  return new Promise((resolve, reject) => {
    const ended = (error: Error | null, stdout: string, stderr: string): void => {
      if (error === null) resolve(stdout);
      else reject(asCommandError(command, error, stderr));
    };
    try {
      execFile(programOf(command), args, { ...options, encoding: "utf8" }, ended);
    } catch (error) {
      // Some ways in which a program cannot be started are thrown, such as arguments that are too long.
      ended(error instanceof Error ? error : new Error(String(error)), "", "");
    }
  });
}

/**
 * Variables that make commands of Slurm do something else than their arguments say: show only some of the jobs, wait for them,
 * ask first. A default such as `SBATCH_ACCOUNT` is the user's to set.
 */
const CHANGING = /^(SQUEUE_|SACCT_|SCANCEL_|SBATCH_(ARRAY_INX|CLUSTERS|ERROR|WAIT)$)/;

function withoutDefaults(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !CHANGING.test(name)));
}

/** It is looked for with this process's PATH: that of jobs is their component's. */
function programOf(command: SlurmCommand): string {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, command)).find(isExecutable) ?? command;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function asCommandError(command: SlurmCommand, error: Error & { readonly killed?: boolean }, stderr: string): Error {
  const code = systemCode(error);
  if (code === "ENOENT") {
    const said = "it is not installed on this machine, or not in PATH. Start the workflow where jobs can be submitted.";
    return new SlurmCommandError(command, "missing", said);
  }
  if (code !== undefined && BUSY.has(code)) return new SlurmCommandError(command, "unreachable", error.message);
  if (error.killed === true && code === undefined)
    return new SlurmCommandError(command, "unreachable", "it did not end in 5 minutes");
  const said = lastLines(stderr) || error.message;
  return new SlurmCommandError(command, troubleOf(stderr), said);
}

/** Told once, whoever asked: it is one trouble. */
export function warnOfUnreachable({ message }: SlurmCommandError): void {
  warnOnce("slurm", "unreachable", `Slurm does not answer, and is asked again; jobs go on. (${message})`);
}

/** This machine can start no more processes at present. */
const BUSY = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);

/** As slurm_errno.h has the texts, of 20.11 and later. */
const UNREACHABLE =
  /Unable to contact slurm controller|Connection (refused|timed out)|Socket timed out|Zero Bytes were transmitted|Transport endpoint|backup controller|Message (send|receive) (failed|failure|timed out)|Communication connection failure|controller is in (standby|transition)|Unable to connect|Unable to create job record, try again|Protocol authentication error|temporarily unavailable|Resource temporarily|Header lengths are longer/i;
const FULL = /maximum number of jobs|temporarily unable to accept job|(Assoc|QOS|Max)\w*Submit/i;
/** Of a limit that has to do with what was asked for, the line before names it, such as QOSMaxWallDurationPerJobLimit. */
const POLICY = /job submit limit/i;
const LIMIT = /\b(Assoc|QOS|Max)[A-Z]\w+/;

function troubleOf(stderr: string): SlurmTrouble {
  if (FULL.test(stderr) || (POLICY.test(stderr) && !LIMIT.test(stderr))) return "full";
  return UNREACHABLE.test(stderr) ? "unreachable" : "refused";
}

/** Without what tells of the command and not of the failure. */
function lastLines(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^(\w+: (error: )?|slurm_\w+ error: )/, "").trim());
  return lines
    .filter((line) => line !== "")
    .slice(-3)
    .join("; ");
}
