import { type CodeCase, covered, ignored, swap } from "./case.ts";

const IMPORT = `import { cacheable } from "scalable";\n`;

/** Ways in which a function is cached under the name `run`. Each has one `* 2` that counts, and one `+ 7` that does not. */
const FORMS: readonly (readonly [name: string, source: string])[] = [
  [
    "a function expression",
    "export const run = cacheable(async function run(x: number) { return x * 2; });\nexport const other = (x: number) => x + 7;",
  ],
  [
    "options and a function expression",
    "export const run = cacheable({ args: { x: Number } }, async function run(x: number) { return x * 2; });\nuse(1 + 7);",
  ],
  [
    "a declared function",
    "async function run(x: number) { return x * 2; }\nfunction other(x: number) { return x + 7; }\nexport const cached = cacheable(run);",
  ],
  [
    "a declared function, before its declaration",
    "export const cached = cacheable({}, run);\nfunction other(x: number) { return x + 7; }\nasync function run(x: number) { return x * 2; }",
  ],
  [
    "an exported function that is cached elsewhere in the module",
    "export async function run(x: number) { return x * 2; }\nexport default { cached: cacheable({ version: '1' }, run), other: 1 + 7 };",
  ],
  [
    "an arrow function of a variable",
    "const run = async (x: number) => x * 2;\nconst other = async (x: number) => x + 7;\nexport const cached = cacheable(run);\nexport const otherCached = cacheable(other);",
  ],
  [
    "a function expression without a name, of a variable",
    "const run = async function (x: number) { return x * 2; };\nconst other = async function (x: number) { return x + 7; };\nexport default [cacheable(run), cacheable(other)];",
  ],
  [
    "a name of the options",
    "export const other = cacheable({ name: 'other' }, (x: number) => x + 7);\nexport const cached = cacheable({ name: 'run', args: { x: Number } }, (x: number) => x * 2);",
  ],
  [
    "a name of the options that another function has itself",
    "function run(x: number) { return x + 7; }\nexport const other = cacheable({ name: 'other' }, run);\nexport const cached = cacheable({ name: 'run' }, (x: number) => x * 2);",
  ],
  [
    "a name of options that are a variable",
    "const options = { name: 'run' };\nexport const cached = cacheable(options, (x: number) => x * 2);\nexport const other = (x: number) => x + 7;",
  ],
  [
    "a wrapper",
    "export const run = cacheable({ args: { x: Number } })(async function run(x: number) { return x * 2; });\nuse(1 + 7);",
  ],
  [
    "a wrapper of a variable",
    "const wrap = cacheable({ args: { x: Number } });\nexport const run = wrap(async function run(x: number) { return x * 2; });\nexport const other = wrap(async function other(x: number) { return x + 7; });",
  ],
  [
    "a wrapper of a variable and a declared function",
    "const wrap = cacheable({});\nasync function run(x: number) { return x * 2; }\nexport const cached = [wrap(run), 1 + 7];",
  ],
  [
    "with other options",
    "async function run(x: number) { return x * 2; }\nexport const cached = cacheable(run).with({ version: '2' });\nuse(1 + 7);",
  ],
  [
    "a helper of one's own",
    "function remember<F extends (...args: never[]) => unknown>(fn: F) { return cacheable({ version: '1' }, fn); }\nexport const run = remember(async function run(x: number) { return x * 2; });\nexport const other = remember(async function other(x: number) { return x + 7; });",
  ],
  [
    "an import by another name",
    "import { cacheable as remember } from 'scalable';\nexport const run = remember(async function run(x: number) { return x * 2; });\nuse(1 + 7);",
  ],
  [
    "a namespace import",
    "import * as scalable from 'scalable';\nexport const run = scalable.cacheable({}, async function run(x: number) { return x * 2; });\nuse(1 + 7);",
  ],
  [
    "a default export",
    "export default cacheable(async function run(x: number) { return x * 2; });\nexport const other = 1 + 7;",
  ],
  [
    "a member of an object",
    "export const models = { run: cacheable(async function run(x: number) { return x * 2; }) };\nuse(1 + 7);",
  ],
  [
    "a static field",
    "export class Models { static run = cacheable(async function run(x: number) { return x * 2; }); }\nuse(1 + 7);",
  ],
  [
    "a function within a function",
    "export function make() { return cacheable(async function run(x: number) { return x * 2; }); }\nuse(1 + 7);",
  ],
  [
    "a declared function within a function",
    "export function make() { async function run(x: number) { return x * 2; }\n return cacheable(run); }\nuse(1 + 7);",
  ],
  [
    "types around it",
    "export const run = cacheable({}, (async function run(x: number) { return x * 2; }) as any) satisfies object;\nuse(1 + 7);",
  ],
  ["a decorated method", "export class Model { @cacheable() async run(x: number) { return x * 2; } }\nuse(1 + 7);"],
  [
    "a decorated method with options",
    "export class Model { @cacheable({ args: { x: Number } }) async run(x: number) { return x * 2; } }\nuse(1 + 7);",
  ],
  [
    "a decorator without a call",
    "export class Model { @cacheable async run(x: number) { return x * 2; } }\nuse(1 + 7);",
  ],
  [
    "a decorated method with a name of the options",
    "export class Model { @cacheable({ name: 'run' }) async other(x: number) { return x * 2; } }\nuse(1 + 7);",
  ],
  [
    "a decorated static method",
    "export class Model { @cacheable({}) static async run(x: number) { return x * 2; } }\nuse(1 + 7);",
  ],
  [
    "a decorator of a variable",
    "const cached = cacheable({ returnType: Number });\nexport class Model { @cached async run(x: number) { return x * 2; } }\nuse(1 + 7);",
  ],
  [
    "a decorated method with a quoted name",
    "export class Model { @cacheable({}) async 'run'(x: number) { return x * 2; } }\nuse(1 + 7);",
  ],
  [
    "a decorated method of a class expression",
    "export const Model = class { @cacheable({}) async run(x: number) { return x * 2; } };\nuse(1 + 7);",
  ],
  [
    "a decorated method of an exported default class",
    "export default class { @cacheable({}) async run(x: number) { return x * 2; } }\nuse(1 + 7);",
  ],
];

/** A function that is declared in another module, `lib.ts`, and cached in `model.ts`. */
const IMPORTED: readonly (readonly [name: string, model: string, library: string])[] = [
  [
    "by its name",
    'import { run } from "./lib.ts";\nexport const cached = cacheable({ args: { x: Number } }, run);',
    "export async function run(x: number) { return x * 2; }",
  ],
  [
    "by another name",
    'import { run as solve } from "./lib.ts";\nexport const run = cacheable(solve);',
    "export async function run(x: number) { return x * 2; }",
  ],
  [
    "under a name of the options",
    'import { solve } from "./lib.ts";\nexport const cached = cacheable({ name: "run" }, solve);',
    "export const solve = async (x: number) => x * 2;",
  ],
  [
    "as the default",
    'import solve from "./lib.ts";\nexport const cached = cacheable({}, solve);',
    "export default async function run(x: number) { return x * 2; }",
  ],
  [
    "as a default without a name",
    'import solve from "./lib.ts";\nexport const cached = cacheable({ name: "run" }, solve);',
    "export default async (x: number) => x * 2;",
  ],
  [
    "as a member of a namespace",
    'import * as lib from "./lib.ts";\nexport const cached = cacheable({}, lib.run);',
    "export async function run(x: number) { return x * 2; }",
  ],
];

const METHOD = `${IMPORT}
class Base { factor() { return 3; } }
export class Model extends Base {
  offset = 4;
  @cacheable({}) async run(x: number) { return x * this.scale() + this.offset + this.factor(); }
  scale() { return 2; }
}`;

/** Methods `run` of a class `Model`, and what of the class they lead to: each has one `2`. */
const METHODS: readonly (readonly [name: string, members: string])[] = [
  ["a private method", "@cacheable({}) async run(x: number) { return this.#scale() * x; }\n#scale() { return 2; }"],
  ["a private field", "@cacheable({}) async run(x: number) { return this.#a * x; }\n#a = 2;"],
  ["a getter", "@cacheable({}) async run(x: number) { return this.a * x; }\nget a() { return 2; }"],
  [
    "this in an arrow function",
    "@cacheable({}) async run(x: number) { return [x].map((y) => y * this.scale()); }\nscale() { return 2; }",
  ],
  [
    "this by a variable",
    "@cacheable({}) async run(x: number) { const self = this; return self.scale() * x; }\nscale() { return 2; }",
  ],
  ["this by a pattern", "@cacheable({}) async run(x: number) { const { a } = this; return a * x; }\na = 2;"],
  [
    "a static method's this",
    "@cacheable({}) static async run(x: number) { return this.scale() * x; }\nstatic scale() { return 2; }",
  ],
  ["the class's name", "@cacheable({}) async run(x: number) { return Model.a * x; }\nstatic a = 2;"],
  [
    "the constructor",
    "@cacheable({}) async run(x: number) { return this.b * x; }\nb: number; constructor() { super(); this.b = 2; }",
  ],
  [
    "another cached method",
    "@cacheable({}) async run(x: number) { return this.other(x); }\n@cacheable({}) async other(x: number) { return x * 2; }",
  ],
];

const SEVERAL = `${IMPORT}
const one = 1, two = 2;
export const first = cacheable({ name: "first" }, (x: number) => x * one);
export const second = cacheable({ name: "energy/second #2" }, (x: number) => x * two);
`;

export const roots: readonly CodeCase[] = [
  ...FORMS.map(([name, source]) => covered(`${name}: an edit of it`, IMPORT + source, swap(["* 2", "* 3"]))),
  ...FORMS.map(([name, source]) => ignored(`${name}: an edit beside it`, IMPORT + source, swap(["+ 7", "+ 8"]))),
  ...IMPORTED.map(([name, source, library]) =>
    covered(`imported ${name}`, { "model.ts": IMPORT + source, "lib.ts": library }, { "lib.ts": swap(["* 2", "* 3"]) }),
  ),
  ...IMPORTED.map(([name, source, library]) =>
    ignored(
      `imported ${name}: what stands beside it`,
      { "model.ts": IMPORT + source, "lib.ts": `const other = 1;\n${library}` },
      { "lib.ts": swap(["const other = 1", "// other\nconst other = 2"]) },
    ),
  ),
  ...METHODS.map(([name, members]) =>
    covered(
      `a method leads to more by ${name}`,
      `${IMPORT}class Base {}\nexport class Model extends Base { ${members} }`,
      swap(["2", "3"]),
    ),
  ),
  covered(
    "a method leads to more by super",
    `${IMPORT}class Base { scale() { return 2; } }\nexport class Model extends Base { @cacheable({}) async run(x: number) { return super.scale() * x; } }`,
    swap(["2", "3"]),
    { changed: ["Base"] },
  ),
  ignored(
    "a method without this: another method",
    `${IMPORT}export class Model { @cacheable({}) async run(x: number) { return x; }\nother() { return 2; } }`,
    swap(["2", "3"]),
  ),
  covered(
    "a member of the function itself",
    `${IMPORT}async function run(x: number): Promise<number> { return (run as any).rate * x; }\n(run as any).rate = 2;\nexport const cached = cacheable(run);`,
    swap(["2", "3"]),
  ),
  covered(
    "a name of the options that is a constant",
    `${IMPORT}const NAME = "run";\nexport const cached = cacheable({ name: NAME }, (x: number) => x * 2);`,
    swap(["2", "3"]),
  ),
  covered("a method's this leads to another method", METHOD, swap(["return 2", "return 5"]), { changed: [] }),
  covered("a method's this leads to a field", METHOD, swap(["offset = 4", "offset = 5"])),
  covered("a method's this leads to an inherited method", METHOD, swap(["return 3", "return 5"]), {
    changed: ["Base"],
  }),
  covered("one of two functions", SEVERAL, swap(["two = 2", "two = 3"]), {
    root: "model.ts#energy/second #2",
    changed: ["two"],
  }),
  ignored("the other of two functions", SEVERAL, swap(["one = 1", "one = 3"]), { root: "model.ts#energy/second #2" }),
  ignored("a name of the options among others", SEVERAL, swap(["* one", "* 5"]), { root: "model.ts#energy/second #2" }),
  ignored(
    "the options: they have parts of the key of their own",
    `${IMPORT}export const run = cacheable({ args: { x: Number }, version: "1" }, async function run(x: number) { return x; });`,
    swap(['version: "1"', 'version: "2", maxAge: 5'], ["x: Number", "x: String"]),
  ),
  ignored(
    "the variable that holds the cached function",
    `${IMPORT}export const run = cacheable(async function run(x: number) { return x; });\nexport default run;`,
    (text) => text.replace("const run", "const cached").replace("default run", "default cached"),
  ),
  ignored(
    "the form in which it is cached",
    `${IMPORT}export const run = cacheable({ args: {} }, async function run(x: number) { return x; });`,
    swap([
      "cacheable({ args: {} }, async function run(x: number) { return x; })",
      "cacheable({})(async function run(x: number) { return x; })",
    ]),
  ),
];
