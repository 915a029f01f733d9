import { type Command, Option } from "commander";
import { escapeUnprintable } from "../../../escape.ts";
import type { TransferOptions, TransferReport } from "../../../store/remote/push.ts";
import type { SharedStore } from "../../../store/remote/shared-store.ts";
import { formatBytes, formatCount, formatCounted } from "../../../units.ts";
import { ExitCode } from "../../exit-code.ts";
import { liveLine } from "../../terminal/live-line.ts";
import { note, print, printJson } from "../../terminal/output.ts";
import { durationOf } from "../option-values.ts";
import { REMOTE_DEFAULT, REMOTE_OPTION, type RemoteOptions, withRemote } from "./open-remote.ts";

interface TransferCommandOptions extends RemoteOptions {
  readonly function?: string;
  readonly maxAge?: number;
}

/** `scalable cache push` */
export function addPush(cache: Command): void {
  addTransfer(cache, {
    name: "push",
    description: "upload to the shared cache what it has not",
    needs: "write",
    doing: "uploading",
    done: "uploaded",
    transfer: async (shared, options) => (await import("../../../store/remote/push.ts")).push(shared, options),
  });
}

/** `scalable cache pull` */
export function addPull(cache: Command): void {
  addTransfer(cache, {
    name: "pull",
    description: "fetch from the shared cache what is not here, so that calls find it without a network",
    needs: "read",
    doing: "fetching",
    done: "fetched",
    transfer: async (shared, options) => (await import("../../../store/remote/pull.ts")).pull(shared, options),
  });
}

interface Transfer {
  readonly name: string;
  readonly description: string;
  /** What the mode of the shared cache has to allow. */
  readonly needs: "read" | "write";
  readonly doing: string;
  readonly done: string;
  readonly transfer: (shared: SharedStore, options: TransferOptions) => Promise<TransferReport>;
}

function addTransfer(cache: Command, { name, description, needs, doing, done, transfer }: Transfer): void {
  cache
    .command(name)
    .description(description)
    .addOption(new Option(REMOTE_OPTION, `the shared cache (default: ${REMOTE_DEFAULT})`))
    .option("--function <glob>", "only of functions with this name (* stands for any characters)")
    .option("--max-age <duration>", "only what was computed since, such as 30d", durationOf("--max-age"))
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<TransferCommandOptions>();
      const report = await withRemote(options, needs, async (shared) => {
        const line = liveLine();
        const result = await transfer(shared, {
          functionName: options.function,
          maxAgeMs: options.maxAge,
          progress: ({ done: count, total, bytes }) =>
            line.show(() => `${doing} ${formatCount(count)} of ${formatCount(total)}, ${formatBytes(bytes)}`),
        });
        line.end();
        return result;
      });
      if (report.failed > 0) process.exitCode = ExitCode.problem;
      if (options.json) await printJson(report);
      else await printReport(report, done);
    });
}

async function printReport(
  { entries, bytes, present, failed, firstFailure }: TransferReport,
  done: string,
): Promise<void> {
  await print(
    `${done} ${formatCounted(entries, "entry", "entries")}, ${formatBytes(bytes)}; ${formatCount(present)} ${present === 1 ? "was" : "were"} there`,
  );
  if (failed === 0) return;
  const why = firstFailure === undefined ? "" : ` (the first: ${escapeUnprintable(firstFailure)})`;
  note(`${formatCounted(failed, "entry was", "entries were")} not ${done}${why}`);
}
