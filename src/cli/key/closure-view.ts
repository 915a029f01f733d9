import path from "node:path";
import { escapeUnprintable } from "../../escape.ts";
import type { Closure, CodeWarning } from "../../identify/code/closure.ts";
import type { CodeDeclaration, CodeManifest, CodePackage } from "../../identify/code/manifest.ts";
import { formatCounted } from "../../units.ts";
import { formatFacts } from "../terminal/facts.ts";
import { print, printLines, printTable, styled } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import type { Subject } from "./subject.ts";
import { treeLines } from "./tree.ts";

export type Shape = "table" | "tree";

const DECLARATION_COLUMNS: readonly Column[] = [
  { title: "DECLARATION", narrow: "cut" },
  { title: "WHERE" },
  { title: "REACHED THROUGH", narrow: "cut" },
];

const PACKAGE_COLUMNS: readonly Column[] = [
  { title: "PACKAGE", narrow: "cut" },
  { title: "VERSION" },
  { title: "REACHED THROUGH", narrow: "cut" },
];

export function closureJson({ file, name }: Subject, { digest, manifest, warnings, files }: Closure): object {
  const { declarations, packages } = manifest;
  return { file, name, digest, declarations, packages, warnings, files };
}

export async function printClosure({ shown, name = "" }: Subject, closure: Closure, shape: Shape): Promise<void> {
  const { digest, manifest, warnings } = closure;
  const { declarations, packages } = manifest;
  const files = new Set(declarations.map(({ file }) => file)).size;
  const covers = [
    `${formatCounted(declarations.length, "declaration", "declarations")} in ${formatCounted(files, "file", "files")}`,
    formatCounted(packages.length, "package", "packages"),
  ];
  const facts = [
    ["function", escapeUnprintable(`${name} of ${shown}`)],
    ["digest", digest],
    ["covers", covers.join(", ")],
  ] as const;
  await printLines(formatFacts(facts, (label) => styled("dim", label)));
  await print("");
  if (shape === "tree") await printLines(treeLines(manifest));
  else await printTables(manifest);
  if (warnings.length > 0) await print("");
  await printLines(warnings.map(warningLine));
}

async function printTables(manifest: CodeManifest): Promise<void> {
  const { declarations, packages } = manifest;
  await printTable(
    DECLARATION_COLUMNS,
    declarations.map((each) => [...declarationCells(each), throughCell(manifest, each.via)]),
  );
  if (packages.length === 0) return;
  await print("");
  await printTable(
    PACKAGE_COLUMNS,
    packages.map((each) => [escapeUnprintable(each.name), versionCell(each), throughCell(manifest, each.via)]),
  );
}

function declarationCells({ name, file, line }: CodeDeclaration): readonly string[] {
  return [escapeUnprintable(name), escapeUnprintable(`${file}:${line}`)];
}

/** Node's own modules count by their name: another Node is no other code. */
function versionCell({ version }: CodePackage): string {
  return escapeUnprintable(version) || "-";
}

function throughCell({ declarations }: CodeManifest, via: number): string {
  return escapeUnprintable(declarations[via]?.name ?? "-");
}

function warningLine({ file, line, message }: CodeWarning): string {
  const relative = path.relative(process.cwd(), file);
  const shown = relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
  return escapeUnprintable(`warning: ${shown}:${line}: ${message}.`);
}
