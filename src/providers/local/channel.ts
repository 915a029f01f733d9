import { fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import { processArguments, threadArguments } from "../loaders.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "../worker/messages.ts";

/** A worker, whether it is a thread or a process. */
export interface Channel {
  readonly pid: number;
  send(message: ToWorker): void;
  /** Whether the worker keeps this process alive. */
  hold(held: "held" | "free"): void;
  /** Ends the worker at once, whatever it does. */
  kill(): void;
}

export interface ChannelListener {
  message(message: FromWorker): void;
  /** The worker is gone: how, as text. Told once, and last. */
  gone(reason: string): void;
}

export interface ChannelOptions extends WorkerSettings {
  readonly processes: boolean;
  readonly env: NodeJS.ProcessEnv;
}

const WORKER_FILE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./local-worker.js", import.meta.url);

/** Starts a worker. */
export function openChannel(options: ChannelOptions, listener: ChannelListener): Channel {
  return options.processes ? openProcess(options, listener) : openThread(options, listener);
}

function openThread({ env, preload }: ChannelOptions, listener: ChannelListener): Channel {
  const execArgv = threadArguments();
  const worker = new Worker(WORKER_FILE, {
    env,
    ...(execArgv === undefined ? {} : { execArgv }),
    workerData: { preload } satisfies WorkerSettings,
  });
  let failure: string | undefined;
  worker.on("message", (message: FromWorker) => listener.message(message));
  worker.on("error", (error: unknown) => {
    failure = describe(error);
  });
  worker.once("exit", (code) => listener.gone(failure ?? `exit code ${code}`));
  return {
    pid: process.pid,
    send: (message) => worker.postMessage(message),
    hold: (held) => (held === "held" ? worker.ref() : worker.unref()),
    kill: () => void worker.terminate(),
  };
}

function openProcess({ env, preload }: ChannelOptions, listener: ChannelListener): Channel {
  const child = fork(WORKER_FILE, [JSON.stringify({ preload } satisfies WorkerSettings)], {
    env,
    execArgv: processArguments(),
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let over = false;
  const gone = (reason: string): void => {
    if (!over) listener.gone(reason);
    over = true;
  };
  child.on("message", (message) => listener.message(message as FromWorker));
  child.once("error", (error) => gone(describe(error)));
  // Not "exit": messages that were sent before it may still be on their way then.
  child.once("close", (code, signal) => gone(signal === null ? `exit code ${code}` : `signal ${signal}`));
  return {
    pid: child.pid ?? 0,
    // A worker that is going away is told of as gone; what it was sent is lost with it.
    send: (message) => void child.send(message, () => undefined),
    hold(held) {
      if (held === "held") {
        child.ref();
        child.channel?.ref();
      } else {
        child.unref();
        child.channel?.unref();
      }
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
    ? "out of memory"
    : `${error.name}: ${error.message}`;
}
