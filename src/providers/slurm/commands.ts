import { execFile } from "node:child_process";
import { systemCode } from "../../errors.ts";

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
  const options = { env, cwd, timeout: LONGEST_MS, maxBuffer: LONGEST_OUTPUT, encoding: "utf8" } as const;
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(asCommandError(command, error, stderr));
    });
  });
}

function asCommandError(command: SlurmCommand, error: Error & { readonly killed?: boolean }, stderr: string): Error {
  if (systemCode(error) === "ENOENT") {
    const said = "it is not installed on this machine, or not in PATH. Start the workflow where jobs can be submitted.";
    return new SlurmCommandError(command, "missing", said);
  }
  if (error.killed === true) return new SlurmCommandError(command, "unreachable", "it did not end in 5 minutes");
  const said = lastLines(stderr) || error.message;
  return new SlurmCommandError(command, troubleOf(stderr), said);
}

/** As slurm_errno.h has the texts, of 20.11 and later. */
const UNREACHABLE =
  /Unable to contact slurm controller|Connection (refused|timed out)|Socket timed out|Zero Bytes were transmitted|Transport endpoint|backup controller|Message (send|receive) (failed|timed out)|Communication connection failure|controller is in (standby|transition)|Unable to connect|Protocol authentication error|temporarily unavailable|Resource temporarily|Header lengths are longer/i;
const FULL =
  /maximum number of jobs|temporarily unable to accept job|(Assoc|QOS)\w*SubmitJob|job submit limit|MaxSubmit/i;

function troubleOf(stderr: string): SlurmTrouble {
  if (FULL.test(stderr)) return "full";
  return UNREACHABLE.test(stderr) ? "unreachable" : "refused";
}

/** Without what tells of the command and not of the failure. */
function lastLines(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^\w+: (error: )?/, "").trim());
  return lines
    .filter((line) => line !== "")
    .slice(-3)
    .join("; ");
}
