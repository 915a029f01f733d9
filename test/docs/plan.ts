import type { Block, Section } from "./page.ts";

/** What a test does with a block of a page. The convention is described in CONTRIBUTING.md. */
export type Step =
  /** A file that other blocks of the section use. */
  | { readonly kind: "write"; readonly block: Block; readonly file: string }
  /** A module: alone in a folder of its own, or as a file in that of the section. */
  | { readonly kind: "module"; readonly block: Block; readonly file: string | undefined; readonly output: Output }
  /** Commands, in the folder of the section. */
  | { readonly kind: "shell"; readonly block: Block; readonly output: Output }
  /** Commands of npm, which must exist. */
  | { readonly kind: "npm"; readonly block: Block }
  /** Output of a command in the root of the repository. */
  | { readonly kind: "output"; readonly block: Block; readonly command: string }
  | { readonly kind: "not run"; readonly block: Block; readonly reason: string };

/** What a block has to print. */
export type Output = string;

const MODULES = new Set(["ts", "js"]);

/** Throws where it is not said what is to be done with a block. */
export function planOf(section: Section): Step[] {
  const steps: Step[] = [];
  const outputs = new Map<Block, Block>();
  let running: Block | undefined;
  for (const block of section.blocks) {
    if (block.language !== "text" || block.marker !== undefined) {
      running = runs(block) ? block : undefined;
      continue;
    }
    if (running === undefined) throw unclear(block, "it is the output of nothing that is run");
    outputs.set(running, block);
    running = undefined;
  }
  const shown = new Set(outputs.values());
  for (const block of section.blocks) if (!shown.has(block)) steps.push(stepOf(block, outputs.get(block)?.text ?? ""));
  return steps;
}

function runs({ language, marker }: Block): boolean {
  return (MODULES.has(language) || language === "sh") && marker?.name !== "not run";
}

function stepOf(block: Block, output: Output): Step {
  const { language, marker, text } = block;
  switch (marker?.name) {
    case "not run":
      return { kind: "not run", block, reason: marker.value };
    case "output of":
      return { kind: "output", block, command: marker.value };
    case "file":
      if (MODULES.has(language)) return { kind: "module", block, file: marker.value, output };
      return { kind: "write", block, file: marker.value };
    case undefined:
      if (MODULES.has(language)) return { kind: "module", block, file: undefined, output };
      if (language === "sh") return isNpm(text) ? { kind: "npm", block } : { kind: "shell", block, output };
      if (language === "") return { kind: "not run", block, reason: "it is in no language: a notation or a drawing" };
      throw unclear(block, `nothing says what to do with a block of ${language}`);
    default:
      throw unclear(block, `there is no marker "${marker?.name}"`);
  }
}

function isNpm(text: string): boolean {
  return commandsOf(text).every((command) => command.startsWith("npm "));
}

/** The commands of a block that runs one after the other. */
export function commandsOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  return lines.flatMap((line) => line.split("&&").map((part) => part.trim())).filter((command) => command !== "");
}

function unclear({ line, marker }: Block, why: string): Error {
  const shown = marker === undefined ? "" : ` (marked "${marker.name}: ${marker.value}")`;
  return new Error(`The block of line ${line}${shown} cannot be tested: ${why}.`);
}
