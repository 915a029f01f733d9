import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { Child, type ChildOptions, type Finished } from "./child.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

export interface RunOptions extends ChildOptions {
  readonly args?: readonly string[];
}

/**
 * A temporary folder whose scripts can import "scalable" (the built one), as in a user's project. It ends with the
 * test, together with the processes that were started in it.
 */
export class Workspace {
  readonly path: string;
  readonly #children = new Set<Child>();

  private constructor(folder: string) {
    this.path = folder;
  }

  /** For hooks, which have to call `remove` themselves. In a test, use `workspace`. */
  static async create(): Promise<Workspace> {
    const folder = await mkdtemp(path.join(await realpath(os.tmpdir()), "scalable-test-"));
    const created = new Workspace(folder);
    await created.write("package.json", JSON.stringify({ name: "workspace", private: true, type: "module" }));
    await mkdir(created.resolve("node_modules"));
    await symlink(ROOT, created.resolve("node_modules/scalable"), "dir");
    return created;
  }

  /** The absolute path of what is inside. */
  resolve(...relative: readonly string[]): string {
    return path.join(this.path, ...relative);
  }

  /** Writes a file and the folders above it; answers its absolute path. */
  async write(relative: string, content: string | Uint8Array): Promise<string> {
    const file = this.resolve(relative);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  read(relative: string): Promise<string> {
    return readFile(this.resolve(relative), "utf8");
  }

  /** Runs a script of this folder to its end, whatever its exit code. */
  async run(script: string, options: RunOptions = {}): Promise<Finished> {
    const child = await this.#spawn(script, { input: "", ...options });
    return await child.finished;
  }

  /** Starts a script of this folder, and waits until it has printed the line `ready`. */
  async start(script: string, options: RunOptions = {}): Promise<Child> {
    const child = await this.#spawn(script, options);
    await child.line("ready");
    return child;
  }

  async remove(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.kill()));
    try {
      await rm(this.path, { recursive: true, force: true });
    } catch {
      // A test may have taken permissions away.
      await makeWritable(this.path);
      await rm(this.path, { recursive: true, force: true });
    }
  }

  async #spawn(script: string, { args = [], ...options }: RunOptions): Promise<Child> {
    const child = await Child.start(this.resolve(script), args, { cwd: this.path, ...options });
    this.#children.add(child);
    return child;
  }
}

/** A workspace for the test that is running. */
export async function workspace(): Promise<Workspace> {
  const created = await Workspace.create();
  onTestFinished(() => created.remove());
  return created;
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(path.join(folder, entry.name));
  }
}
