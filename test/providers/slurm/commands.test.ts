import { chmod } from "node:fs/promises";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { runSlurm, type SlurmCommand, SlurmCommandError } from "../../../src/providers/slurm/commands.ts";
import { type Workspace, workspace } from "../../rig/workspace.ts";

/* With stand-ins for Slurm's commands: they print what the real ones print when something is wrong with a cluster. */

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Puts a script in the place of a command of Slurm. */
async function standIn(ws: Workspace, command: SlurmCommand, script: string): Promise<void> {
  await chmod(await ws.write(`bin/${command}`, `#!/bin/sh\n${script}\n`), 0o755);
  vi.stubEnv("PATH", `${ws.resolve("bin")}:/usr/bin:/bin`);
}

async function failureOf(command: SlurmCommand, args: readonly string[] = []): Promise<SlurmCommandError> {
  const error = await runSlurm(command, args).catch((thrown: unknown) => thrown);
  if (!(error instanceof SlurmCommandError)) throw new Error(`not a failure of a command: ${String(error)}`);
  return error;
}

const BATCH = "sbatch: error: Batch job submission failed: ";
const POLICY = "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";

// Seen with Slurm 22.05, or as its sources put them together.
const SAID: readonly (readonly [SlurmCommand, string, string, string])[] = [
  [
    "sbatch",
    "refused",
    `sbatch: error: invalid partition specified: nope\n${BATCH}Invalid partition name specified`,
    "invalid partition specified: nope; Batch job submission failed: Invalid partition name specified",
  ],
  [
    "sbatch",
    "refused",
    `sbatch: error: Memory specification can not be satisfied\n${BATCH}Requested node configuration is not available`,
    "Memory specification can not be satisfied; Batch job submission failed: Requested node configuration is not available",
  ],
  [
    "sbatch",
    "refused",
    `${BATCH}Invalid job array specification`,
    "Batch job submission failed: Invalid job array specification",
  ],
  [
    "sbatch",
    "refused",
    `sbatch: unrecognized option '--foo'\nTry "sbatch --help" for more information`,
    `unrecognized option '--foo'; Try "sbatch --help" for more information`,
  ],
  [
    "sbatch",
    "refused",
    `${BATCH}Invalid account or account/partition combination specified`,
    "Batch job submission failed: Invalid account or account/partition combination specified",
  ],
  [
    "sbatch",
    "refused",
    `${BATCH}Requested time limit is invalid (missing or exceeds some limit)`,
    "Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)",
  ],
  [
    "sbatch",
    "refused",
    `sbatch: error: QOSMaxWallDurationPerJobLimit\n${BATCH}${POLICY}`,
    `QOSMaxWallDurationPerJobLimit; Batch job submission failed: ${POLICY}`,
  ],
  [
    "sbatch",
    "refused",
    `sbatch: error: AssocMaxCpuPerJobLimit\n${BATCH}${POLICY}`,
    `AssocMaxCpuPerJobLimit; Batch job submission failed: ${POLICY}`,
  ],
  [
    "sbatch",
    "full",
    `sbatch: error: QOSMaxSubmitJobPerUserLimit\n${BATCH}${POLICY}`,
    `QOSMaxSubmitJobPerUserLimit; Batch job submission failed: ${POLICY}`,
  ],
  [
    "sbatch",
    "full",
    `sbatch: error: AssocMaxSubmitJobLimit\n${BATCH}${POLICY}`,
    `AssocMaxSubmitJobLimit; Batch job submission failed: ${POLICY}`,
  ],
  [
    "sbatch",
    "full",
    `sbatch: error: AssocGrpSubmitJobsLimit\n${BATCH}${POLICY}`,
    `AssocGrpSubmitJobsLimit; Batch job submission failed: ${POLICY}`,
  ],
  [
    "sbatch",
    "full",
    `sbatch: error: MaxSubmitJobsPerAccount\n${BATCH}${POLICY}`,
    `MaxSubmitJobsPerAccount; Batch job submission failed: ${POLICY}`,
  ],
  ["sbatch", "full", `${BATCH}${POLICY}`, `Batch job submission failed: ${POLICY}`],
  [
    "sbatch",
    "full",
    "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying",
    "Slurm temporarily unable to accept job, sleeping and retrying",
  ],
  [
    "sbatch",
    "unreachable",
    `${BATCH}Unable to contact slurm controller (connect failure)`,
    "Batch job submission failed: Unable to contact slurm controller (connect failure)",
  ],
  [
    "sbatch",
    "unreachable",
    `${BATCH}Socket timed out on send/recv operation`,
    "Batch job submission failed: Socket timed out on send/recv operation",
  ],
  [
    "sbatch",
    "unreachable",
    `${BATCH}Zero Bytes were transmitted or received`,
    "Batch job submission failed: Zero Bytes were transmitted or received",
  ],
  [
    "sbatch",
    "unreachable",
    `${BATCH}Slurm backup controller in standby mode`,
    "Batch job submission failed: Slurm backup controller in standby mode",
  ],
  ["sbatch", "unreachable", `${BATCH}Message receive failure`, "Batch job submission failed: Message receive failure"],
  [
    "sbatch",
    "unreachable",
    `${BATCH}Unable to create job record, try again`,
    "Batch job submission failed: Unable to create job record, try again",
  ],
  [
    "sbatch",
    "unreachable",
    `sbatch: error: If munged is up, restart with --num-threads=10\nsbatch: error: Munge encode failed: Failed to access "/run/munge": No such file or directory (Did you start munged?)\nsbatch: error: slurm_send_node_msg: auth_g_create: REQUEST_SUBMIT_BATCH_JOB has authentication error\n${BATCH}Protocol authentication error`,
    'Munge encode failed: Failed to access "/run/munge": No such file or directory (Did you start munged?); slurm_send_node_msg: auth_g_create: REQUEST_SUBMIT_BATCH_JOB has authentication error; Batch job submission failed: Protocol authentication error',
  ],
  [
    "squeue",
    "unreachable",
    "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
    "Unable to contact slurm controller (connect failure)",
  ],
  [
    "scontrol",
    "unreachable",
    "slurm_load_ctl_conf error: Unable to contact slurm controller (connect failure)",
    "Unable to contact slurm controller (connect failure)",
  ],
  ["scontrol", "refused", "Invalid job id specified for job 999999", "Invalid job id specified for job 999999"],
  ["sacct", "refused", "Slurm accounting storage is disabled", "Slurm accounting storage is disabled"],
  [
    "sacct",
    "unreachable",
    "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection to host:db:6819: Connection refused\nsacct: error: Sending PersistInit msg: Connection refused\nsacct: error: Problem talking to the database: Connection refused",
    "slurm_persist_conn_open_without_init: failed to open persistent connection to host:db:6819: Connection refused; Sending PersistInit msg: Connection refused; Problem talking to the database: Connection refused",
  ],
];

test.each(SAID)("%s, %s: %s", async (command, trouble, stderr, told) => {
  const ws = await workspace();
  await ws.write("stderr", `${stderr}\n`);
  await standIn(ws, command, `cat ${ws.resolve("stderr")} >&2; exit 1`);

  const error = await failureOf(command);

  expect(error.trouble).toBe(trouble);
  expect(error.message).toBe(`${command}: ${told}`);
});

test("a command that is not there", async () => {
  const ws = await workspace();
  vi.stubEnv("PATH", ws.path);

  const { trouble, message } = await failureOf("sbatch");

  expect(trouble).toBe("missing");
  expect(message).toBe(
    "sbatch: it is not installed on this machine, or not in PATH. Start the workflow where jobs can be submitted.",
  );
});

test("one that fails without a word", async () => {
  const ws = await workspace();
  await standIn(ws, "scancel", "exit 3");

  const { trouble, message } = await failureOf("scancel", ["4711"]);

  expect(trouble).toBe("refused");
  expect(message).toContain("scancel: Command failed: ");
});

test("one that is ended by a signal of somebody else did not take five minutes", async () => {
  const ws = await workspace();
  await standIn(ws, "sbatch", "kill -9 $$");

  const { message } = await failureOf("sbatch");

  expect(message).toContain("sbatch: Command failed: ");
});

test("what cannot be asked at all, as it is too long, is refused", async () => {
  const ws = await workspace();
  await standIn(ws, "scancel", "true");

  const { trouble, message } = await failureOf("scancel", ["x".repeat(200_000)]);

  expect([trouble, message]).toEqual(["refused", "scancel: spawn E2BIG"]);
});

test("arguments arrive as they are, and what is printed is returned", async () => {
  const ws = await workspace();
  await standIn(ws, "sbatch", `printf '%s\\n' "$@"; echo warning >&2`);

  expect(await runSlurm("sbatch", ["a b", "$(touch x)", "--x='y'", ""])).toBe("a b\n$(touch x)\n--x='y'\n\n");
});

test("the command is that of this process, and its variables are those of the job", async () => {
  const ws = await workspace();
  await standIn(ws, "sbatch", `echo "$PATH $MODEL"`);

  const env = { PATH: "/opt/model/bin", MODEL: "x" };

  expect(await runSlurm("sbatch", [], { env })).toBe("/opt/model/bin x\n");
});

test("variables by which the commands would do something else are not handed on, defaults of the user are", async () => {
  const ws = await workspace();
  const changing = [
    "SQUEUE_PARTITION",
    "SQUEUE_FORMAT2",
    "SACCT_FORMAT",
    "SCANCEL_INTERACTIVE",
    "SBATCH_WAIT",
    "SBATCH_ERROR",
  ];
  for (const name of [...changing, "SBATCH_ACCOUNT", "SLURM_CONF"]) vi.stubEnv(name, "x");
  await standIn(ws, "squeue", "env | grep -E '^S(QUEUE|ACCT|CANCEL|BATCH|LURM)_' | sort");

  expect(await runSlurm("squeue", [])).toBe("SBATCH_ACCOUNT=x\nSLURM_CONF=x\n");
});

test("folders of PATH that are seen from somewhere are not searched", async () => {
  const ws = await workspace();
  await standIn(ws, "sbatch", "echo real");
  await chmod(await ws.write("here/sbatch", "#!/bin/sh\necho other\n"), 0o755);
  vi.stubEnv("PATH", `:here:.:${path.relative(process.cwd(), ws.resolve("here"))}:${ws.resolve("bin")}:/usr/bin:/bin`);

  expect(await runSlurm("sbatch", [], { cwd: ws.resolve("here") })).toBe("real\n");
});
