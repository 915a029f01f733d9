import { type CodeCase, covered, ignored, swap } from "./case.ts";

/* Variables of functions around the function that are written to before it is called. */

const factory = (before: string, body: string): string => `import { cacheable } from "scalable";
export function make(factor: number) {
  ${before}
  return cacheable({ args: { x: Number } }, async function run(x: number) {
    ${body}
  });
}`;

/** The edit of `2` counts. */
const WRITES: readonly (readonly [name: string, before: string, body: string])[] = [
  ["an assignment", "const table: any = {}; table.a = 2;", "return table.a * x;"],
  ["a method", "const table = new Map(); table.set('a', 2);", "return table.get('a') * x;"],
  ["a loop", "const list: any[] = []; for (const a of [2]) list.push(a);", "return list[x];"],
  ["a condition", "const table: any = {}; if (process.env.A) { table.a = 2; }", "return table.a * x;"],
  ["another name", "const table: any = {}; const other = table; other.a = 2;", "return table.a * x;"],
  ["Object.assign", "const table: any = {}; Object.assign(table, { a: 2 });", "return table.a * x;"],
  ["a function that gets it", "const table: any = {}; use(table, 2);", "return table.a * x;"],
  ["a function's text", "const table: any = {}; fill(); function fill() { table.a = 2; }", "return table.a * x;"],
  [
    "a function's call",
    "const table: any = {}; const fill = (a: number) => { table.a = a; }; fill(2);",
    "return table.a * x;",
  ],
  [
    "a function's call by another",
    "const table: any = {}; const fill = (a: number) => { table.a = a; }; const go = (a: number) => fill(a); go(2);",
    "return table.a * x;",
  ],
  ["a class's prototype", "class A {} (A.prototype as any).a = () => 2;", "return new A().a() * x;"],
  ["a function's member", "function help() {} help.rate = 2;", "return help.rate * x;"],
  [
    "what a captured function reads",
    "const table: any = {}; table.a = 2; const read = () => table.a;",
    "return read() * x;",
  ],
  [
    "a function that is declared twice",
    "function help() { return 1; } function help() { return 2; }",
    "return help() * x;",
  ],
  ["an enum of two parts", "enum A { B = 1 } enum A { C = 2 }", "return A.C * x;"],
];

/** The edit of `7` does not. */
const READS: readonly (readonly [name: string, before: string, body: string])[] = [
  ["what reads it", "const table: any = { a: 1 }; console.log(table.a + 7);", "return table.a * x;"],
  [
    "a module that is loaded beside it",
    "const table: any = {}; void import('node:fs'); use(7);",
    "return table.a * x;",
  ],
  ["what gets a number", "const rate = 1; use(rate, 7);", "return rate * x;"],
  ["what gets a function", "const help = () => 1; use(help, 7);", "return help() * x;"],
  ["a write to something else", "const table: any = { a: 1 }, other: any = {}; other.a = 7;", "return table.a * x;"],
  [
    "another cached function that writes to it",
    "const kept = new Map(); const other = cacheable({ name: 'other' }, async function other() { kept.set(1, 7); }); use(other);",
    "kept.set(x, x); return x;",
  ],
];

export const captured: readonly CodeCase[] = [
  ...WRITES.map(([name, before, body]) => covered(`written to by ${name}`, factory(before, body), swap(["2", "3"]))),
  ...READS.map(([name, before, body]) => ignored(`not ${name}`, factory(before, body), swap(["7", "8"]))),
  covered(
    "written to by what a parameter gives",
    factory("const table: any = {}; table.a = factor;", "return table.a * x;"),
    swap(["table.a = factor", "table.b = factor"]),
    { warns: /model\.ts:3: .*\bfactor\b/ },
  ),
];
