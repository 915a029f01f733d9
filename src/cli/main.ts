import { reportFailure } from "./failure.ts";
import { createProgram } from "./program.ts";
import { tolerateLeavingReader } from "./terminal/output.ts";

/*
 * The entry point: importing this module runs the command line in `process.argv`. The exit code is set and the process
 * is left to end by itself, because `process.exit` would cut off what a pipe has not taken yet.
 */

tolerateLeavingReader();
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
