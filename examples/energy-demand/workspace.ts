import { rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder of this demo alone: its inputs, a cache that starts empty, and the records of its runs. */
export interface Workspace extends Disposable {
  /** The hourly normals. */
  readonly weather: string;
  /** Folder with what the simulation is anchored to: observed days, and the record of generation. */
  readonly reference: string;
  readonly cache: string;
  readonly runs: string;
}

/** Copies the data sets out of vega-datasets. The folder goes with `[Symbol.dispose]()`, or when the process ends. */
export async function prepareWorkspace(): Promise<Workspace> {
  const data = new URL("../data/", import.meta.resolve("vega-datasets"));
  const folder = await mkdtemp(join(tmpdir(), "scalable-energy-demand-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const interrupted = (signal: NodeJS.Signals): void => {
    // A session listens too: it brings its run to an end first, and then the process.
    if (process.listenerCount(signal) > 1) return;
    remove();
    // With the listener gone, the signal has its usual effect, and the shell learns what ended the process.
    process.off(signal, interrupted);
    process.kill(process.pid, signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupted);
  process.on("exit", remove);
  const workspace: Workspace = {
    weather: join(folder, "weather", "hourly.csv"),
    reference: join(folder, "reference"),
    cache: join(folder, "cache"),
    runs: join(folder, "runs"),
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, interrupted);
      process.off("exit", remove);
      remove();
    },
  };
  try {
    await mkdir(join(folder, "weather"));
    await mkdir(workspace.reference);
    const copy = (name: string, to: string): Promise<void> => copyFile(fileURLToPath(new URL(name, data)), to);
    await copy("seattle-weather-hourly-normals.csv", workspace.weather);
    await copy("seattle-weather.csv", join(workspace.reference, "seattle-weather.csv"));
    await copy("iowa-electricity.csv", join(workspace.reference, "iowa-electricity.csv"));
    return workspace;
  } catch (error) {
    workspace[Symbol.dispose]();
    throw error;
  }
}
