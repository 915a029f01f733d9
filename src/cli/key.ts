import type { Command } from "commander";
import { escapeUnprintable } from "../escape.ts";
import { type Closure, closureOf } from "../identify/code/closure.ts";
import { Program } from "../identify/code/program.ts";
import { didYouMean, listed } from "../manifest/suggest.ts";
import { ExitCode } from "./exit-code.ts";
import { closureJson, printClosure, type Shape } from "./key/closure-view.ts";
import { namesIn, printNames } from "./key/names.ts";
import { type Subject, subjectOf } from "./key/subject.ts";
import { note, printJson } from "./terminal/output.ts";

interface KeyOptions {
  readonly tree?: true;
  readonly json?: true;
}

const ABOUT = `
No code is run: it is read, as it is on disk now. The digest is part of the keys of all calls of the function, together
with its name, its version, its arguments and the seed.`;

/** `scalable key` */
export function addKey(program: Command): void {
  program
    .command("key")
    .description("what the code digest of a cached function covers")
    .argument("<file#name>", "a module and the name of a function; with the module alone, the functions that it caches")
    .option("--tree", "as a tree: what reaches what")
    .option("--json", "print JSON")
    .addHelpText("after", ABOUT)
    .action(async (given: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<KeyOptions>();
      const subject = subjectOf(given);
      const done = await tell(subject, options);
      if (!done) process.exitCode = ExitCode.problem;
    });
}

async function tell(subject: Subject, options: KeyOptions): Promise<boolean> {
  const program = new Program(undefined);
  const names = namesIn(subject, program);
  if (names === undefined) return false;
  if (subject.name === undefined) return printNames(subject, names, { program, ...options });
  const closure = closureOf({ file: subject.file, name: subject.name }, program);
  if (closure === undefined) return noteUnknown(subject, names);
  if (!names.includes(subject.name)) noteGuess(subject, closure);
  const shape: Shape = options.tree ? "tree" : "table";
  if (options.json) await printJson(closureJson(subject, closure));
  else await printClosure(subject, closure, shape);
  return true;
}

function noteUnknown({ shown, name = "" }: Subject, names: readonly string[]): false {
  const known = names.length === 0 ? "It caches none" : `It has ${listed(names)}`;
  note(
    escapeUnprintable(
      `${shown} has no function that is cached as ${JSON.stringify(name)}${didYouMean(name, names)} ${known}.`,
    ),
  );
  return false;
}

/** The text does not tell that this function is cached under this name: another module says so, or it is computed. */
function noteGuess({ shown, name }: Subject, { manifest: { declarations } }: Closure): void {
  const [first] = declarations;
  const place = first === undefined ? "" : `:${first.line}`;
  note(
    escapeUnprintable(
      `the text of ${shown} does not say what is cached as ${JSON.stringify(name)}; this is the function at ${shown}${place}.`,
    ),
  );
}
