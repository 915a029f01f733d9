import { COMMON, type Files, type Links } from "../project.ts";

/** What becomes of a file: another text, none, or its text changed. */
export type Edit = string | null | ((text: string) => string);

/** A small project and an edit of it, and whether the function is another one afterwards. */
export interface CodeCase {
  readonly name: string;
  readonly files: Files;
  readonly links?: Links;
  /** File and name of the function. */
  readonly root: string;
  /** The same after the edit, where it is another. */
  readonly rootAfter?: string;
  readonly edit: Readonly<Record<string, Edit>>;
  readonly verdict: "same" | "new";
  /** Declarations and packages that a comparison of the manifests must name, among others. */
  readonly changed?: readonly string[];
  /** None (the default), exactly one that says this as `file:line: message`, or whatever there is. */
  readonly warns?: false | RegExp | "any";
  /** For sources that are not to be parsed. */
  readonly broken?: true;
}

type More = Partial<Pick<CodeCase, "links" | "root" | "rootAfter" | "changed" | "warns" | "broken">>;

/** Where only the module of the function is meant, its text or edit stands alone. */
type Sources = string | Files;
type Edits = Edit | Readonly<Record<string, Edit>>;

/** The edit makes it another function. */
export function covered(name: string, files: Sources, edit: Edits, more: More = {}): CodeCase {
  return { root: "model.ts#run", ...more, name, files: filesOf(files), edit: editOf(edit), verdict: "new" };
}

/** The edit does not. */
export function ignored(name: string, files: Sources, edit: Edits, more: More = {}): CodeCase {
  return { root: "model.ts#run", ...more, name, files: filesOf(files), edit: editOf(edit), verdict: "same" };
}

/** A module with a cached function `run(x)`: what is in it, and what stands before it. */
export function model(body: string, before = ""): string {
  return `import { cacheable } from "scalable";
${before}

export const run = cacheable({ args: { x: Number } }, async function run(x: number) {
  ${body}
});
`;
}

/** An edit at one place, or at several, one after the other. */
export function swap(...edits: readonly (readonly [string, string])[]): (text: string) => string {
  return (text) => {
    let edited = text;
    for (const [from, to] of edits) {
      const parts = edited.split(from);
      if (parts.length !== 2) throw new Error(`"${from}" is there ${parts.length - 1} times:\n${edited}`);
      edited = parts.join(to);
    }
    return edited;
  };
}

/** The same for all places at which a name stands. */
export function rename(from: string, to: string): (text: string) => string {
  return (text) => text.replaceAll(new RegExp(`(?<![\\w$])${from}(?![\\w$])`, "g"), to);
}

/** The files after an edit. Fails where it changes nothing. */
export function editedFiles({ name, files, edit }: CodeCase): Files {
  const edited: Record<string, string> = { ...files };
  for (const [file, change] of Object.entries(edit)) {
    const before = files[file] ?? COMMON[file];
    if (change === null) delete edited[file];
    else edited[file] = typeof change === "string" ? change : change(before ?? "");
    if (edited[file] === before) throw new Error(`${name}: the edit of ${file} changes nothing.`);
  }
  return edited;
}

function filesOf(files: Sources): Files {
  return typeof files === "string" ? { "model.ts": files } : files;
}

function editOf(edit: Edits): Readonly<Record<string, Edit>> {
  return typeof edit === "object" && edit !== null ? edit : { "model.ts": edit };
}
