/*
 * npm run docs [-- --check]
 *
 * Writes docs/reference from the doc comments of what src/index.ts exports. The pages hold neither dates nor source
 * lines, so they change only when the public API or its comments do. With --check nothing is written, and the exit code
 * is 1 where the committed pages are not what the sources give.
 */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";

const root = path.resolve(import.meta.dirname, "..");
const committed = path.join(root, "docs/reference");
const fresh = mkdtempSync(path.join(os.tmpdir(), "scalable-reference-"));

try {
  await generate(fresh);
  if (process.argv.includes("--check")) {
    const different = differences(fresh, committed);
    for (const page of different) console.error(`docs/reference/${page} is out of date.`);
    if (different.length > 0) throw new Error('Run "npm run docs" and commit docs/reference.');
  } else {
    rmSync(committed, { recursive: true, force: true });
    cpSync(fresh, committed, { recursive: true });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

async function generate(folder: string): Promise<void> {
  const options: TypeDocOptions & Partial<PluginOptions> = {
    name: "scalable",
    entryPoints: [path.join(root, "src/index.ts")],
    tsconfig: path.join(root, "tsconfig.build.json"),
    plugin: ["typedoc-plugin-markdown"],
    outputs: [{ name: "markdown", path: folder }],
    logLevel: "Warn",
    readme: "none",
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: "table",
    enumMembersFormat: "table",
    typeDeclarationFormat: "table",
    propertiesFormat: "table",
    interfacePropertiesFormat: "table",
    // A comment that links to what is not there, or a public signature with a name that is not exported, is an error.
    treatWarningsAsErrors: true,
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined) throw new Error("The sources cannot be read.");
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("The reference is not complete.");
}

/** Names of the pages that only one of two folders has, or that differ. */
function differences(one: string, other: string): string[] {
  const pages = new Set([one, other].flatMap((folder) => globSync("**/*.*", { cwd: folder })));
  return [...pages].filter((page) => contentOf(one, page) !== contentOf(other, page)).sort();
}

function contentOf(folder: string, page: string): string | undefined {
  try {
    return readFileSync(path.join(folder, page), "utf8");
  } catch {
    return undefined;
  }
}
