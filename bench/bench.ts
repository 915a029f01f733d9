/** `npm run bench`: our numbers beside those of others, measured in one run. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench, Case } from "./case.ts";
import { array } from "./cases/array.ts";
import { code } from "./cases/code.ts";
import { contention } from "./cases/contention.ts";
import { file, folder } from "./cases/files.ts";
import { startup } from "./cases/import.ts";
import { million } from "./cases/million.ts";
import { remoteHang, remoteHits, remoteLarge, remoteLocal, remoteMisses } from "./cases/remote.ts";
import { report, session, sessionHits, sessionScaling } from "./cases/session.ts";
import { slurmAgain, slurmBrief, slurmQueries, slurmSubmit } from "./cases/slurm.ts";
import { hit, miss } from "./cases/small-calls.ts";
import { describeMachine } from "./machine.ts";
import { NotMeasured } from "./measure.ts";
import { preparePeers } from "./packages.ts";
import { Peer } from "./peers.ts";
import { save, table } from "./report.ts";
import { judge, type Row } from "./row.ts";

const cases: readonly Case[] = [
  hit,
  miss,
  file,
  folder,
  array,
  million,
  contention,
  startup,
  code,
  session,
  sessionHits,
  sessionScaling,
  report,
  remoteHits,
  remoteMisses,
  remoteLarge,
  remoteHang,
  remoteLocal,
  slurmSubmit,
  slurmBrief,
  slurmQueries,
  slurmAgain,
];

const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (options.help) {
  console.log(`npm run bench -- [--only <name>]… [--quick]

  --only   one of: ${cases.map(({ name }) => name).join(", ")};
           or a group, such as remote
  --quick  fewer rounds and smaller data: to try the benchmark, not to measure

Results are written to bench/results/ by a full run only.`);
  process.exit();
}

const only = options.only?.flatMap((names) => names.split(","));
/** Of a group, such as `remote/hits`, the group's name selects all. */
const isMeant = ({ name }: Case, given: string): boolean => name === given || name.startsWith(`${given}/`);
const unknown = only?.find((given) => !cases.some((known) => isMeant(known, given)));
if (unknown !== undefined) {
  console.error(`There is no "${unknown}". Choose from: ${cases.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

if (!existsSync(new URL("../dist/index.js", import.meta.url))) {
  console.error("dist/ is missing, and it is what the benchmark measures: run npm run build first.");
  process.exit(2);
}

const log = (line: string) => console.error(`bench: ${line}`);
const date = new Date();
const machine = describeMachine();
const peers = preparePeers(log);

/** Runs one case with what it may use up, and clears up behind it. */
async function runCase(chosen: Case): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), `bench-${chosen.name.replace("/", "-")}-`));
  const started: Peer[] = [];
  let folders = 0;
  const bench: Bench = {
    rounds: (full) => (options.quick ? 3 : full),
    scaled: (full) => (options.quick ? Math.ceil(full / 10) : full),
    folder(name) {
      const path = join(root, `${folders++}-${name}`);
      mkdirSync(path);
      return path;
    },
    async start(program, ...needs) {
      bench.require(...needs);
      const peer = await Peer.start(program);
      started.push(peer);
      return peer;
    },
    require(...needs) {
      for (const name of needs) {
        const found = peers.get(name);
        if (found?.state === "missing") throw new NotMeasured(found.reason);
      }
    },
    log,
  };
  try {
    return await chosen.run(bench);
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error;
    log(`not measured: ${error.message}`);
    return [];
  } finally {
    await Promise.all(started.map((peer) => peer.stop()));
    rmSync(root, { recursive: true, force: true });
  }
}

const rows: Row[] = [];
for (const chosen of cases.filter((known) => only?.some((given) => isMeant(known, given)) ?? true)) {
  log(chosen.name);
  rows.push(...(await runCase(chosen)));
}

console.log(table(rows));
const failures = rows.map(judge).filter(({ state }) => state === "failed");
for (const reason of new Set(failures.map((failure) => failure.reason))) console.error(`\nfailed: ${reason}`);
if (only === undefined && !options.quick) {
  const minutes = (Date.now() - date.getTime()) / 60_000;
  log(
    `written to ${save({ date: date.toISOString(), minutes, machine, peers, rows }, join(import.meta.dirname, "results"))}`,
  );
}
process.exitCode = failures.length === 0 ? 0 : 1;
