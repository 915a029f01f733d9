import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Page, readPage } from "./page.ts";
import { ROOT } from "./reader.ts";

/** Pages whose blocks are run. */
const RUN = ["README.md", "docs/**/*.md"];
/** Pages of which only the links are checked. */
const LINKED = ["*.md", "docs/**/*.md", "examples/**/*.md", "bench/**/*.md"];
/** Made from the doc comments. */
const GENERATED = /^docs\/reference\//;

export const runPages: readonly string[] = list(RUN).filter((file) => !GENERATED.test(file));
export const linkedPages: readonly string[] = list(LINKED);

/** A page by its path from the root of the repository. */
export function pageOf(file: string): Page {
  return readPage(readFileSync(path.join(ROOT, file), "utf8"));
}

function list(globs: readonly string[]): string[] {
  const found = globSync(globs, { cwd: ROOT, exclude: (name) => name.split(path.sep).includes("node_modules") });
  return [...new Set(found.map((file) => file.split(path.sep).join("/")))].sort();
}
