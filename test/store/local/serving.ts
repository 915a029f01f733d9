import type { Child, Finished } from "../../rig/child.ts";
import type { RunOptions, Workspace } from "../../rig/workspace.ts";

/*
 * A process that has a cache open and does what it is told, line by line. It says what a call led to, and whether the
 * body ran.
 */

const SERVE = `
import { createInterface } from "node:readline";
import { appendFileSync } from "node:fs";
import { Cache, cacheable } from "scalable";

const valueOf = (n) => n % 2 === 0 ? { n, long: new Float64Array(9_000).fill(n) } : { n, text: "value " + n };
const isRight = (value, n) => JSON.stringify(value) === JSON.stringify(valueOf(n));
// After everything was imported: what it may read then is another matter.
if (process.env["AS_NOBODY"]) {
  process.setgroups([]);
  process.setgid(65_534);
  process.setuid(65_534);
}
let runs = 0;
const call = cacheable({ name: "call", code: "name" }, async (n) => {
  runs += 1;
  try { appendFileSync("ran", n + "\\n"); } catch {}
  return valueOf(n);
});
const cache = new Cache();
const commands = {
  async call(n) {
    runs = 0;
    const value = await call(Number(n));
    return (isRight(value, Number(n)) ? "right" : "WRONG") + (runs === 0 ? " stored" : " computed");
  },
  async problems() {
    return JSON.stringify((await cache.verify()).problems.map((problem) => problem.kind));
  },
  async count() {
    return String((await cache.stats()).entries);
  },
};
console.log("ready");
let number = 0;
const input = createInterface({ input: process.stdin });
for await (const line of input) {
  const [command, ...args] = line.split(" ");
  if (command === "exit") { input.close(); process.stdin.destroy(); break; }
  number += 1;
  let answer;
  try { answer = await commands[command](...args); } catch (error) { answer = "failed " + error.name + ": " + error.message; }
  console.log("#" + number + " " + answer);
}`;

/** A process that serves; it ends with the test. */
export class Server {
  readonly child: Child;
  #asked = 0;

  private constructor(child: Child) {
    this.child = child;
  }

  static async start(ws: Workspace, options: RunOptions = {}): Promise<Server> {
    await ws.write("serve.ts", SERVE);
    return new Server(await ws.start("serve.ts", options));
  }

  /** Tells it to do something, and waits for what it answers. */
  async ask(command: string): Promise<string> {
    this.#asked += 1;
    const number = `#${this.#asked} `;
    this.child.send(command);
    return (await this.child.line(new RegExp(`^${number}`))).slice(number.length);
  }

  /** Several calls, one after the other. */
  async calls(...numbers: readonly number[]): Promise<string[]> {
    const answers: string[] = [];
    for (const n of numbers) answers.push(await this.ask(`call ${n}`));
    return answers;
  }

  /** Lets it end by itself. */
  end(): Promise<Finished> {
    this.child.send("exit");
    return this.child.finished;
  }
}

/** What a process of its own answers to calls of these numbers, and what it says on standard error. */
export async function askOnce(
  ws: Workspace,
  commands: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly answers: readonly string[]; readonly stderr: string }> {
  await ws.write("serve.ts", SERVE);
  const { stdout, stderr, code } = await ws.run("serve.ts", { ...options, input: commands.join("\n") });
  if (code !== 0) throw new Error(`It ended with ${code}.\n${stderr}`);
  const answers = stdout.split("\n").filter((line) => line.startsWith("#"));
  return { answers: answers.map((line) => line.replace(/^#\d+ /, "")), stderr };
}
