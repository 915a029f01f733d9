import fs from "node:fs";
import { messageOf, ScalableError } from "../../errors.ts";
import { escapeUnprintable } from "../../escape.ts";
import { type Closure, closureOf } from "../../identify/code/closure.ts";
import { cacheableNamesIn } from "../../identify/code/find-function.ts";
import { isCode } from "../../identify/code/parse.ts";
import type { Program } from "../../identify/code/program.ts";
import { formatCount } from "../../units.ts";
import { keyCell } from "../cache/entry-cells.ts";
import { note, printJsonArray, printTable } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import type { Subject } from "./subject.ts";

const COLUMNS: readonly Column[] = [
  { title: "FUNCTION", narrow: "cut" },
  { title: "DIGEST" },
  { title: "DECLARATIONS", align: "right" },
  { title: "PACKAGES", align: "right" },
];

/** The names under which a module caches functions; undefined where it cannot be read, which is said. */
export function namesIn({ file, shown }: Subject, program: Program): string[] | undefined {
  const problem = problemOf(file);
  if (problem !== undefined) {
    note(escapeUnprintable(`${shown} ${problem}.`));
    return undefined;
  }
  try {
    return cacheableNamesIn(program.tree(file));
  } catch (error) {
    note(escapeUnprintable(`${shown} cannot be parsed: ${messageOf(error)}`));
    return undefined;
  }
}

function problemOf(file: string): string | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return "does not exist";
  if (!stat.isFile()) return "is not a file";
  return isCode(file) ? undefined : "is neither JavaScript nor TypeScript by its name";
}

interface Listing {
  readonly program: Program;
  readonly json?: true;
}

/** @returns whether all of them could be read. */
export async function printNames(
  { file, shown }: Subject,
  names: readonly string[],
  { program, json }: Listing,
): Promise<boolean> {
  const found: { readonly name: string; readonly closure: Closure }[] = [];
  for (const name of names) {
    try {
      const closure = closureOf({ file, name }, program);
      if (closure === undefined)
        note(escapeUnprintable(`${shown}: which function is cached as "${name}" cannot be told.`));
      else found.push({ name, closure });
    } catch (error) {
      if (!(error instanceof ScalableError)) throw error;
      note(escapeUnprintable(error.message));
    }
  }
  if (json) {
    await printJsonArray(
      found.map(({ name, closure: { digest, manifest } }) => ({
        name,
        digest,
        declarations: manifest.declarations.length,
        packages: manifest.packages.length,
      })),
    );
  } else if (names.length === 0) note(escapeUnprintable(`${shown} caches no function whose name stands in its text.`));
  else await printTable(COLUMNS, found.map(rowOf));
  return names.length > 0 && found.length === names.length;
}

function rowOf({
  name,
  closure: { digest, manifest },
}: {
  readonly name: string;
  readonly closure: Closure;
}): string[] {
  const { declarations, packages } = manifest;
  return [escapeUnprintable(name), keyCell(digest), formatCount(declarations.length), formatCount(packages.length)];
}
