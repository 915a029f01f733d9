import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addCacheCommands } from "./cache/cache.ts";
import { addImpact } from "./impact.ts";
import { addJobs } from "./jobs.ts";
import { addKey } from "./key.ts";
import { addLogs } from "./logs.ts";
import { addPlan } from "./plan.ts";
import { addReport } from "./report.ts";
import { addRun } from "./run.ts";
import { addRuns } from "./runs.ts";
import { addValidate } from "./validate.ts";
import { addWhy } from "./why.ts";

const EXIT_CODES = `
Exit codes:
  0  fine
  1  a problem was found, something was not found, or the command failed
  2  the command line or an environment variable is not valid`;

const ENVIRONMENT = `
Environment:
  SCALABLE_CACHE_DIR         the cache folder (default: ./cache)
  SCALABLE_CACHE_SIZE_LIMIT  what "cache prune" keeps when it is given no bounds
  SCALABLE_MANIFEST          the manifest (default: ./scalable.yaml)
  SCALABLE_TARGET            the target that a run uses (default: the one named local, or the only one)
  SCALABLE_RUNS_DIR          the folder of the runs (default: ./.scalable/runs)
  SCALABLE_LOG_LEVEL         "debug" shows where an error comes from
  NO_COLOR, FORCE_COLOR      styles on standard output off, on`;

/** The whole command line. Each command prints, and sets `process.exitCode` where that is not 0. */
export function createProgram(): Command {
  const program = new Command("scalable")
    .description("Runs expensive functions, and remembers their results.")
    .version(packageVersion(), "-V, --version", "print the version")
    .option("--no-color", "no styles, whatever the terminal can do")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", ENVIRONMENT)
    .addHelpText("afterAll", EXIT_CODES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "scalable: ")) })
    .exitOverride()
    .hook("preAction", (command) => {
      if (command.opts<{ color: boolean }>().color) return;
      // Through the environment, as that is what everything that writes styles goes by already.
      process.env["NO_COLOR"] = "1";
      delete process.env["FORCE_COLOR"];
    });
  addCacheCommands(program);
  addValidate(program);
  addPlan(program);
  addRun(program);
  addReport(program);
  addRuns(program);
  addJobs(program);
  addLogs(program);
  addWhy(program);
  addKey(program);
  addImpact(program);
  return program;
}

function packageVersion(): string {
  // Two folders up both from src/cli/ and from dist/cli/.
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
