import type { Command } from "commander";
import { escapeUnprintable } from "../../escape.ts";
import type { Problem, VerifyReport } from "../../store/store.ts";
import { formatBytes, formatCounted } from "../../units.ts";
import { ExitCode } from "../exit-code.ts";
import { print, printJson, printTable, styled } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { functionCell, keyCell } from "./entry-cells.ts";
import { type CacheOptions, openCache } from "./folder.ts";

interface VerifyOptions extends CacheOptions {
  readonly repair?: true;
}

const COLUMNS: readonly Column[] = [
  { title: "PROBLEM" },
  { title: "KEY" },
  { title: "FUNCTION", narrow: "cut" },
  { title: "REPAIRED" },
  { title: "WHAT" },
];

/** `scalable cache verify` */
export function addVerify(cache: Command): void {
  cache
    .command("verify")
    .description("read everything that is stored and check it; exit code 1 if problems remain")
    .option("--repair", "drop what is damaged, so that it is computed anew, and files that nothing refers to")
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<VerifyOptions>();
      await using store = openCache(options);
      const report = await store.verify({ repair: options.repair === true });
      if (options.json) await printJson(report);
      else await printReport(report);
      if (report.problems.some((problem) => !problem.repaired)) process.exitCode = ExitCode.problem;
    });
}

async function printReport({ entries, blobs, bytes, problems, leftovers }: VerifyReport): Promise<void> {
  const checked = [
    formatCounted(entries, "entry", "entries"),
    formatCounted(blobs, "blob", "blobs"),
    formatBytes(bytes),
  ];
  await print(`checked ${checked.join(", ")}: ${verdict(problems)}`);
  if (leftovers.files > 0) {
    const files = formatCounted(leftovers.files, "file", "files");
    await print(styled("dim", `${files} (${formatBytes(leftovers.bytes)}) that nothing refers to, which is harmless`));
  }
  if (problems.length === 0) return;
  await print("");
  await printTable(COLUMNS, problems.map(problemCells));
}

function verdict(problems: readonly Problem[]): string {
  if (problems.length === 0) return "no problems";
  const repaired = problems.filter((problem) => problem.repaired).length;
  const found = formatCounted(problems.length, "problem", "problems");
  if (repaired === 0) return found;
  return `${found}, ${repaired === problems.length ? "all" : repaired} repaired`;
}

function problemCells(problem: Problem): string[] {
  const where = problem.path === undefined ? "" : `${problem.path}: `;
  return [
    problem.kind,
    problem.key === undefined ? "-" : keyCell(problem.key),
    functionCell(problem.functionName),
    problem.repaired ? "yes" : "no",
    escapeUnprintable(`${where}${problem.message}`),
  ];
}
