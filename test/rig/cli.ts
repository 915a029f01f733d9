import path from "node:path";
import { Child, type ChildOptions, type Finished } from "./child.ts";

const COMMAND = path.resolve(import.meta.dirname, "../../bin/scalable.js");

/** Runs the real command line in a process of its own. Standard input is empty unless `input` is given. */
export async function cli(args: readonly string[], options: ChildOptions = {}): Promise<Finished> {
  const child = await Child.start(COMMAND, args, { input: "", ...options });
  return await child.finished;
}
