import { type CodeCase, ignored, model } from "./case.ts";

/** What may stand in the function's own module, and is not part of it. */
const BESIDE: readonly (readonly [name: string, text: string])[] = [
  ["a function", "function other() { return 1; }"],
  ["an exported function", "export async function other(a: number) { return a; }"],
  ["a function that calls it", "export const other = async () => (await run(1)) + 1;"],
  ["a constant", "export const OTHER = [1, 2, 3];"],
  ["a constant of a call", "const other = Symbol('a');"],
  ["a constant of an instance", "const other = new Date();"],
  ["a class", "export class Other { a = 1; }"],
  ["an enum", "enum Other { A }"],
  ["another cached function", "export const other = cacheable({}, async function other(a: string) { return a; });"],
  ["a statement", "console.log('other');"],
  ["a statement with await", "console.log(await Promise.resolve(1));"],
  ["a statement with a condition", "if (process.argv.length > 5) process.exitCode = 1;"],
  ["a block", "{ const other = 1; console.log(other); }"],
  ["a statement that prints it", "console.log(run.name, typeof run);"],
  ["a test whether it is the main module", "if (import.meta.main) console.log('main');"],
  ["an import of a module of Node", "import { cpus } from 'node:os';\nconsole.log(cpus().length);"],
  ["an import of a module", "import { other } from './other.ts';\nconsole.log(other);"],
  ["an import for its effect", "import './other.ts';"],
  ["an import of a package", "import other from 'other';\nother();"],
  ["an import of a namespace", "import * as other from './other.ts';\nconsole.log(other.other);"],
  ["an export from", "export { other } from './other.ts';"],
  ["export *", "export * from './other.ts';"],
  ["a default export", "export default { run };"],
  ["a type", "export type Other = Parameters<typeof run>;"],
  ["a string", "'other';"],
  ["a comment", "// other\n/** other */"],
  ["a variable that is assigned", "let other = 1;\nother = 2;"],
  ["a table that is filled", "const OTHER: number[] = [];\nfor (let i = 0; i < 3; i++) OTHER.push(i);"],
  ["a function that is called", "function other() { console.log('other'); }\nother();"],
  ["a labelled loop", "outer: for (const a of [1]) { if (a) continue outer; }"],
  ["try", "try { JSON.parse('{'); } catch (error) { console.log(error); }"],
  ["a pattern", "const { a: other, ...others } = { a: 1, b: 2 };"],
  ["a listener", "process.once('exit', () => console.log('other'));"],
  ["debugger", "debugger;"],
];

const FILES = {
  "other.ts": "export const other = 1;\nconsole.log(other);\n",
  "node_modules/other/package.json": '{ "name": "other", "version": "1.0.0", "main": "index.js" }',
  "node_modules/other/index.js": "module.exports = () => 1;",
};

const before = model("return help(x) * rate;", "const rate = 2;\nfunction help(a: number) { return a * rate; }");

export const unrelated: readonly CodeCase[] = [
  ...BESIDE.map(([name, text]) =>
    ignored(`below: ${name}`, { ...FILES, "model.ts": before }, { "model.ts": `${before}${text}\n` }),
  ),
  ...BESIDE.map(([name, text]) =>
    ignored(
      `between: ${name}`,
      { ...FILES, "model.ts": before },
      { "model.ts": before.replace("const rate = 2;\n", `const rate = 2;\n${text}\n`) },
    ),
  ),
];
