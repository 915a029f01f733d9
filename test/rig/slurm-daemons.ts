import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { SYSTEM_PATH } from "./debian-packages.ts";
import { KeptProcess } from "./kept-process.ts";
import { controllerLog, nodeLog } from "./slurm-conf.ts";
import { endProcesses, type Isolation, onMachine } from "./slurm-machine.ts";
import { until } from "./until.ts";

const run = promisify(execFile);

export const CONTROLLER = "slurmctld";

/** The controller and the nodes of one cluster: they come and go, each under its name. */
export class SlurmDaemons {
  readonly #folder: string;
  readonly #isolation: Isolation;
  readonly #env: NodeJS.ProcessEnv;
  readonly #running = new Map<string, KeptProcess>();

  constructor(folder: string, isolation: Isolation) {
    this.#folder = folder;
    this.#isolation = isolation;
    this.#env = { PATH: SYSTEM_PATH, SLURM_CONF: path.join(folder, "slurm.conf") };
  }

  /** Starts what does not run, and waits until it does. */
  async start(name: string): Promise<void> {
    if (this.#running.has(name)) return;
    const since = Math.floor(Date.now() / 1_000) * 1_000;
    this.#running.set(name, this.#launch(name));
    if (name === CONTROLLER) await until(controllerLog(this.#folder), () => this.#controllerAnswers());
    else await until(nodeLog(this.#folder, name), () => this.#nodeIsBack(name, since));
  }

  /** The controller saves what it knows; a node is gone like one without power, with all that runs on it. */
  async stop(name: string): Promise<void> {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
    if (name !== CONTROLLER) await endProcesses(this.#folder, name);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.stop(name)));
  }

  #launch(name: string): KeptProcess {
    const output = path.join(this.#folder, `${name}.out`);
    if (name === CONTROLLER) return new KeptProcess("slurmctld", ["-D"], output, { env: this.#env, signal: "TERM" });
    const [command = "", ...args] = onMachine(name, this.#isolation, ["slurmd", "-D", "-N", name]);
    return new KeptProcess(command, args, output, { env: this.#env });
  }

  async #controllerAnswers(): Promise<void> {
    const { stdout } = await run("scontrol", ["ping"], { env: this.#env });
    if (!stdout.includes("is UP")) throw new Error(stdout);
  }

  /** Since then: until the controller notices, a node that was killed looks as it did before. */
  async #nodeIsBack(name: string, since: number): Promise<void> {
    const { stdout } = await run("scontrol", ["show", "node", name, "-o"], { env: this.#env });
    const started = /\bSlurmdStartTime=(\S+)/.exec(stdout)?.[1] ?? "";
    const usable = /\bState=(IDLE|MIXED|ALLOCATED) /.test(stdout);
    if (!usable || !(Date.parse(started) >= since)) throw new Error(`not up yet: ${stdout}`);
  }
}
