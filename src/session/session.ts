import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { defaultCache } from "../cacheable/default-cache.ts";
import { messageOf, ScalableError } from "../errors.ts";
import { info, warnOnce } from "../log.ts";
import type { ResolvedManifest } from "../manifest/manifest.ts";
import { inWorker } from "../providers/in-worker.ts";
import { cacheEnabled, detach, dryRun, runsDir, taskOutput, telemetryEnabled } from "../settings.ts";
import { flush } from "../store/remote/remote.ts";
import { emit, onEvent } from "../telemetry/event.ts";
import { RunRecorder } from "../telemetry/recorder.ts";
import { formatCounted } from "../units.ts";
import { Client } from "./client.ts";
import { learnDurations } from "./durations.ts";
import { onInterrupt } from "./interrupts.ts";
import { loadProvider, type OpenProvider, type ProviderMaker } from "./open-provider.ts";
import { type Detached, watchSession } from "./open-sessions.ts";
import { Outlook } from "./outlook.ts";
import { type Plan, planOf } from "./plan.ts";
import { watchResources } from "./resources.ts";
import { type Forecast, Scheduler } from "./scheduler.ts";
import { withSharedCache } from "./shared-folder.ts";
import { TaskOutput } from "./task-output.ts";
import { finishUploads, uploadFor } from "./uploads.ts";
import { useCache } from "./use-cache.ts";

/** How long calls that run may go on after the session was asked to end. */
const GRACE_MS = 10_000;

interface Started {
  readonly client: Client;
  readonly scheduler: Scheduler;
  readonly provider: OpenProvider;
  readonly recorder: RunRecorder | undefined;
  /** Undoes what `start` did to the process. */
  readonly undo: () => void;
}

/** How a run ended. */
type RunEnd = "succeeded" | "failed" | "cancelled" | "detached";

/**
 * A run: calls that are made in the workers of a target, recorded in a folder of its own.
 *
 * ```ts
 * await using session = await ScalableSession.fromYaml("scalable.yaml");
 * const client = session.start();
 * const results = await client.gather(client.map(runScenario, scenarios));
 * ```
 */
export class ScalableSession {
  /** @internal The manifest as the target sees it. */
  readonly manifest: ResolvedManifest;
  readonly #makeProvider: ProviderMaker;
  #started: Started | undefined;
  #output: "keep" | "show" = "keep";
  #closing: Promise<void> | undefined;
  #left: Detached | undefined;
  #end: { readonly status: RunEnd; readonly error?: unknown } | undefined;

  private constructor(manifest: ResolvedManifest, makeProvider: ProviderMaker) {
    this.manifest = manifest;
    this.#makeProvider = makeProvider;
  }

  /**
   * Reads a manifest, and chooses the target to run on. Default: `SCALABLE_TARGET`; else the one named `local`; else the
   * only one.
   *
   * @param path - default: `SCALABLE_MANIFEST`, or `scalable.yaml`.
   * @throws ManifestError with all that is wrong in it; ScalableError with `E_SETTING` where no target is meant, or a
   *   setting of the shared cache cannot be; with `E_SESSION` in a worker; RemoteError where the client of the shared cache is
   *   not installed.
   */
  static async fromYaml(
    path?: string,
    { target }: { readonly target?: string | undefined } = {},
  ): Promise<ScalableSession> {
    refuseInWorker();
    const { defaultManifestPath, readManifest, resolveTarget } = await loadManifest();
    const manifest = withSharedCache(resolveTarget(await readManifest(path ?? defaultManifestPath()), target));
    await loadRemote(manifest);
    return new ScalableSession(manifest, await loadProvider(manifest));
  }

  /** Reads the manifest again and checks it: throws a ManifestError where it has problems by now. */
  async validate(): Promise<void> {
    const { readManifest, resolveTarget } = await loadManifest();
    resolveTarget(await readManifest(this.manifest.file), this.manifest.target.name);
  }

  /** What the session would run with; on a cluster, also what the calls ask for that were submitted until now. */
  plan(): Plan {
    return planOf(this.manifest, this.#started?.scheduler.outlook ?? new Outlook());
  }

  /** Folder of the run's record; undefined before `start`, and with `SCALABLE_TELEMETRY=0`. */
  get runFolder(): string | undefined {
    return this.#started?.recorder?.folder;
  }

  /**
   * Begins the run. Workers start when the first call needs one.
   *
   * What calls print is kept in the run's folder; with `output: "show"` it is shown on standard error as well, each line
   * with its call. Default: `SCALABLE_OUTPUT`, or `keep`.
   */
  start({ output = taskOutput() }: { readonly output?: "keep" | "show" } = {}): Client {
    refuseInWorker();
    this.#output = output;
    if (this.#closing !== undefined) throw new ScalableError("E_SESSION", "The session was closed. Make another one.");
    this.#started ??= this.#begin();
    return this.#started.client;
  }

  /**
   * Ends the run: calls that wait are cancelled, those that run are waited for, and workers are stopped. Calls that failed
   * and that nobody looked at are named. Closing again does nothing.
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(): Started {
    const { project, target, components, tasks, lock, file } = this.manifest;
    const restoreCache = useCache(project);
    if (project.defaultStorage !== undefined) {
      warnOnce(
        file,
        "default_storage",
        `${file}: default_storage is not used by this version: results are kept on this machine.`,
      );
    }
    try {
      // Whether it lets us in is found out while calls are made, and told by a warning.
      defaultCache()
        .remote?.load()
        .then(({ access }) => access.ready())
        .catch(() => undefined);
    } catch (error) {
      restoreCache();
      throw error;
    }
    const mode = dryRun() ? "dry" : "run";
    const recorder =
      telemetryEnabled() && mode === "run"
        ? RunRecorder.start({
            runsDir: runsDir(),
            project: project.name,
            target: target.name,
            manifestText: readFileSync(file, "utf8"),
            manifestLock: lock,
            plan: this.plan(),
          })
        : undefined;
    const stopRecording = recorder === undefined ? () => undefined : onEvent((event) => recorder.record(event));
    const output = new TaskOutput(recorder?.folder, this.#output);
    const provider = this.#makeProvider(
      { event: emit, output: (callId, text) => output.add(callId, text), upload: uploadFor },
      { runId: recorder?.runId },
    );
    const scheduler = new Scheduler(provider, { emit, mode });
    const stopWatching = watchResources(() => ({ workers: provider.workers, ...scheduler.counts }));
    const client = new Client(scheduler, { components, tasks });
    const stopListening = onInterrupt({
      first: (signal) => void this.#interrupt(signal),
      second: (signal) => this.#exitNow(signal),
    });
    watchSession(this);
    const stopLearning = learnDurations();
    const undo = (): void => {
      stopLearning();
      stopListening();
      stopWatching();
      stopRecording();
      restoreCache();
    };
    return { client, scheduler, provider, recorder, undo };
  }

  async #finish(): Promise<void> {
    const started = this.#started;
    if (started === undefined) return;
    const { client, scheduler, provider, recorder, undo } = started;
    client.close();
    if (detach() && provider.allSubmitted !== undefined) {
      await this.#leaveJobs(started);
      return;
    }
    const { running, open } = scheduler.counts;
    if (provider.whenClosed === "cancel" && open > 0 && !dryRun()) {
      tell(`the session is closed, and ${open} calls in jobs are cancelled. To leave jobs: scalable run --detach`);
      scheduler.abort("the session was closed");
    }
    // A dry run starts nothing anyway, and looks all of its calls up.
    if (!dryRun()) scheduler.stop("the session was closed before it could start");
    if (running > 0 && provider.whenClosed === "wait")
      info(`Closing the session: waiting for ${running} calls that run.`);
    await scheduler.idle();
    await provider.close();
    await finishUploads();
    // In a dry run, nearly all of them fail, and that is what it counts.
    if (!dryRun()) this.#tellUnseen(client);
    undo();
    recorder?.close(this.#end ?? { status: "succeeded" });
  }

  /** Jobs go on without the session: their results are found by the next one. */
  async #leaveJobs({ scheduler, provider, recorder, undo }: Started): Promise<void> {
    await scheduler.handedOver();
    await provider.allSubmitted?.();
    await finishUploads();
    const { open, blocked } = scheduler.counts;
    provider.leave();
    undo();
    if (open === 0) {
      recorder?.close(this.#end ?? { status: "succeeded" });
      return;
    }
    this.#left = { detached: open - blocked, blocked };
    const inJobs = `${formatCounted(open - blocked, "call is", "calls are")} in jobs`;
    const more = formatCounted(
      blocked,
      "more waits for the results of others, and is",
      "more wait for the results of others, and are",
    );
    const others = blocked === 0 ? "" : `; ${more} in none`;
    tell(`${inJobs}${others}. Run the workflow again to go on with them; scalable jobs lists them.`);
    this.#end ??= { status: "detached" };
    recorder?.close(this.#end);
  }

  /** @internal Calls that go on in jobs. */
  get detached(): Detached | undefined {
    return this.#left;
  }

  /**
   * @internal The workflow ended by an error: mostly after its session was closed, and the record is put right then.
   */
  fail(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { status: "failed", error };
    this.#started?.recorder?.amend(this.#end);
  }

  /** @internal The process is about to end by an error that nobody caught. */
  crash(error: unknown): void {
    if (this.#started === undefined || this.#end !== undefined) return;
    this.#end = { status: "failed", error };
    this.#started.provider.leave();
    this.#started.scheduler.abort("its process ended by an error");
    this.#started.recorder?.close(this.#end);
    this.#started.recorder?.amend(this.#end);
  }

  /** @internal The process ends while the session is open: by `process.exit()`, where nothing else said why. */
  exit(code: number): void {
    if (this.#started === undefined) return;
    const { scheduler, provider, recorder } = this.#started;
    provider.leave();
    const status = code !== 0 ? "failed" : scheduler.counts.open > 0 ? "cancelled" : "succeeded";
    scheduler.abort("its process ended");
    recorder?.close(this.#end ?? { status });
  }

  /** @internal Of a dry run: what it found. */
  get forecast(): Forecast | undefined {
    return this.#started?.scheduler.forecast;
  }

  /** @internal Resolves when no call is open. */
  async idle(): Promise<void> {
    await this.#started?.scheduler.idle();
  }

  async #interrupt(signal: NodeJS.Signals): Promise<void> {
    const started = this.#started;
    if (started === undefined) return;
    this.#end = { status: "cancelled" };
    const { scheduler, provider } = started;
    if (provider.whenClosed === "cancel") {
      // A connection that broke, or a machine that is shut down, is nobody's wish to end jobs.
      if (signal === "SIGINT") await this.#cancelJobs(signal, started);
      else this.#leaveAt(signal, started);
      return;
    }
    const { running, waiting } = scheduler.counts;
    const seconds = GRACE_MS / 1000;
    process.stderr.write(
      `scalable: ${signal}: nothing more is started (${waiting} calls waited); ${running} running calls have ${seconds} s to end. Once more ends them at once.\n`,
    );
    // Not one of the futures is rejected: the workflow would fail by that, and end the process before its calls do.
    const timer = setTimeout(() => this.#exitNow(signal), GRACE_MS);
    await scheduler.drain();
    // What is left of the time is for what was computed; where it does not suffice, the end of the process says what is left.
    await flush();
    clearTimeout(timer);
    this.#exitNow(signal);
  }

  #leaveAt(signal: NodeJS.Signals, { scheduler, provider, recorder, undo }: Started): void {
    const { open } = scheduler.counts;
    provider.leave();
    undo();
    tell(
      `${signal}: ${formatCounted(open, "call is", "calls are")} left to jobs. Run the workflow again to go on with them; scalable jobs cancel ends them.`,
    );
    this.#end = { status: open === 0 ? "cancelled" : "detached" };
    recorder?.close(this.#end);
    process.exit(exitCodeOf(signal));
  }

  async #cancelJobs(signal: NodeJS.Signals, { scheduler, provider }: Started): Promise<void> {
    const { open } = scheduler.counts;
    tell(
      `${signal}: ${open} calls in jobs are being cancelled. Once more leaves what is not cancelled by then; scalable run --detach leaves all.`,
    );
    // Not one of the futures is rejected: the workflow would fail by that, and end the process before its jobs are.
    await provider.close();
    await flush();
    this.#exitNow(signal);
  }

  /** In one go: nothing of the workflow runs any more. */
  #exitNow(signal: NodeJS.Signals): void {
    this.#end = { status: "cancelled" };
    this.#started?.provider.leave();
    this.#started?.scheduler.abort(`the run was interrupted by ${signal}`);
    this.#started?.recorder?.close(this.#end);
    process.exit(exitCodeOf(signal));
  }

  #tellUnseen(client: Client): void {
    const { unseen } = client;
    if (unseen.length === 0) return;
    const names = [...new Set(unseen.map(({ name }) => name))].join(", ");
    void unseen[0]?.then(undefined, (error: unknown) => {
      process.stderr.write(
        `scalable: warning: ${unseen.length} calls failed, and nobody looked at their results (${names}). The first one: ${messageOf(error)}\n`,
      );
    });
  }
}

/** As a shell has it. */
function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + (constants.signals[signal] ?? 0);
}

/** The client of a shared cache takes half a second to load: now, and not while the first calls are looked up. Asks nobody. */
async function loadRemote({ project }: ResolvedManifest): Promise<void> {
  if (!cacheEnabled()) return;
  const restore = useCache(project);
  try {
    await defaultCache().remote?.load();
  } finally {
    restore();
  }
}

/** Reading a manifest takes a parser and a schema, which programs without a session should not have to load. */
function loadManifest(): Promise<typeof import("../manifest/manifest.ts")> {
  return import("../manifest/manifest.ts");
}

function tell(message: string): void {
  process.stderr.write(`scalable: ${message}\n`);
}

function refuseInWorker(): void {
  if (!inWorker()) return;
  throw new ScalableError(
    "E_SESSION",
    "A worker imports this module to find a function in it, and the module starts a session of its own. Start it only in the program itself: if (isMain(import.meta)) { … }",
  );
}
