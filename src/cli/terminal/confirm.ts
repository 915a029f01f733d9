import { createInterface } from "node:readline/promises";

/** Asks on standard error. Anything but `y` or `yes` is a no, and so are Ctrl-C and the end of the input. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    terminal.setPrompt(`${question} [y/N] `);
    terminal.prompt();
    // `terminal.question()` would stay pending for ever once Ctrl-C has closed the interface.
    for await (const line of terminal) return /^\s*y(es)?\s*$/i.test(line);
    process.stderr.write("\n");
    return false;
  } finally {
    terminal.close();
  }
}
