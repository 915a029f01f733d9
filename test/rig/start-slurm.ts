import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { SYSTEM_PATH } from "./debian-packages.ts";
import { freePorts } from "./free-ports.ts";
import { installSlurm } from "./install-slurm.ts";
import { KeptProcess } from "./kept-process.ts";
import { hasMemoryGroups, makeMemoryGroup } from "./memory-group.ts";
import type { Started } from "./on-demand.ts";
import type { SlurmAccess } from "./slurm.ts";
import { cgroupConf, groupMount, type MemoryLimit, mungeSocket, slurmConf } from "./slurm-conf.ts";
import { CONTROLLER, SlurmDaemons } from "./slurm-daemons.ts";
import { type Isolation, possibleIsolation } from "./slurm-machine.ts";
import { until } from "./until.ts";

const ATTEMPTS = 3;
const NODES = ["n1", "n2", "n3"];

export interface SlurmOptions {
  /** What the machine can do, by default. */
  readonly isolation?: Isolation;
  /** What the machine can do, by default. */
  readonly memory?: MemoryLimit;
  /** Seconds that clients wait for the controller: 5 by default, and less makes them err on a busy machine. */
  readonly messageTimeout?: number;
}

/** Installs Slurm where it has to, and starts a controller and three nodes. */
export async function startSlurm(options: SlurmOptions = {}): Promise<Started<SlurmAccess>> {
  const missing = await installSlurm();
  if (missing !== undefined) return { shared: { unavailable: missing }, stop: async () => undefined };
  const settings: Required<SlurmOptions> = {
    isolation: options.isolation ?? (await possibleIsolation()),
    memory: options.memory ?? (hasMemoryGroups() ? "kernel" : "slurm"),
    messageTimeout: options.messageTimeout ?? 5,
  };
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const folder = await mkdtemp(path.join(await realpath(os.tmpdir()), "scalable-slurm-"));
    const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
    const stop = async (): Promise<void> => {
      for (const step of stops.splice(0).reverse()) await step();
    };
    try {
      return { shared: { server: await startIn(folder, settings, stops) }, stop };
    } catch (error) {
      failure = error; // such as that another process took a port meanwhile
      await stop();
    }
  }
  throw new Error(`Slurm could not be started: ${failure instanceof Error ? failure.message : failure}`);
}

async function startIn(
  folder: string,
  settings: Required<SlurmOptions>,
  stops: (() => Promise<unknown>)[],
): Promise<SlurmAccess> {
  const { isolation, memory } = settings;
  await configure(folder, settings);
  if (memory === "kernel") stops.push(await makeMemoryGroup(path.basename(folder), groupMount(folder)));
  stops.push(await startMunge(folder));
  const daemons = new SlurmDaemons(folder, isolation);
  stops.push(() => daemons.stopAll());
  await daemons.start(CONTROLLER);
  await Promise.all(NODES.map((name) => daemons.start(name)));
  const door = await openDoor(daemons);
  stops.push(async () => door.close());
  const { port } = door.address() as AddressInfo;
  return { folder, nodes: NODES, isolation, memory, door: `http://127.0.0.1:${port}` };
}

async function configure(folder: string, { memory, messageTimeout }: Required<SlurmOptions>): Promise<void> {
  const [controllerPort = 0, ...ports] = await freePorts(1 + NODES.length);
  for (const name of ["state", "spool", "munge"]) await mkdir(path.join(folder, name));
  for (const name of NODES) await mkdir(path.join(folder, "spool", name));
  const conf = slurmConf({
    folder,
    host: os.hostname(),
    user: os.userInfo().username,
    controllerPort,
    nodePorts: Object.fromEntries(NODES.map((name, index) => [name, ports[index] ?? 0])),
    memory,
    messageTimeout,
  });
  await writeFile(path.join(folder, "slurm.conf"), conf);
  await writeFile(path.join(folder, "cgroup.conf"), cgroupConf(folder));
}

/** What Slurm's messages are signed with: apart from that of the machine, should it have one. */
async function startMunge(folder: string): Promise<() => Promise<void>> {
  const within = (name: string): string => path.join(folder, "munge", name);
  await writeFile(within("key"), randomBytes(128), { mode: 0o600 });
  const files = ["key", "pid", "log", "seed"].map((name) => `--${name}-file=${within(name)}`);
  // By force: it does not like that its socket is out of reach of other users.
  const args = ["--foreground", "--force", `--socket=${mungeSocket(folder)}`, ...files, "--num-threads=4"];
  const munge = new KeptProcess("munged", args, within("out"), { env: { PATH: SYSTEM_PATH } });
  await until(within("out"), () => stat(mungeSocket(folder)));
  return () => munge.stop();
}

/** Where tests, whatever process they are in, have the controller and nodes started and stopped: `POST /n1/stop`. */
async function openDoor(daemons: SlurmDaemons): Promise<http.Server> {
  const door = http.createServer((request, response) => {
    const [, name = "", action] = request.url?.split("/") ?? [];
    const done = action === "start" ? daemons.start(name) : daemons.stop(name);
    done.then(
      () => response.end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  door.unref();
  return door;
}
