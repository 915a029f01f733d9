import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

const TABLE = "const TABLE: any = { a: 1, list: [], map: new Map() };";
const CONFIG =
  "export const TABLE: any = { a: 1, list: [] };\nexport let rate = 1;\nexport function setRate(a: number) { rate = a; }\nexport const other: any = {};";

const reads = (more: string): string => model("return TABLE.a * x;", more);
const CROSS = { "model.ts": reads('import { TABLE } from "./config.ts";\nimport "./setup.ts";'), "config.ts": CONFIG };
const setup = (text: string) => ({ ...CROSS, "setup.ts": text });

const REGISTRY = {
  "model.ts": model("return solve(x);", 'import { solve } from "./registry.ts";\nimport "./plugins.ts";'),
  "registry.ts":
    "const SOLVERS = new Map<string, (a: number) => number>();\nexport function register(name: string, solver: (a: number) => number) { SOLVERS.set(name, solver); }\nexport const solve = (a: number) => SOLVERS.get('fast')!(a);",
  "plugins.ts": 'import "./fast.ts";\nimport "./slow.ts";',
  "fast.ts":
    'import { register } from "./registry.ts";\nimport { two } from "./two.ts";\nregister("fast", (a) => a * two);',
  "slow.ts": 'import { register } from "./registry.ts";\nregister("slow", (a) => a - 1);',
  "two.ts": "export const two = 2;",
};

export const writesAcross: readonly CodeCase[] = [
  covered(
    "the order of two writes",
    reads(`${TABLE}\nTABLE.a = 2;\nTABLE.a = 3;`),
    swap(["TABLE.a = 2;\nTABLE.a = 3;", "TABLE.a = 3;\nTABLE.a = 2;"]),
  ),
  covered(
    "a write before and after a read",
    model("return b * x;", `${TABLE}\nTABLE.a = 2;\nconst b = TABLE.a;`),
    swap(["TABLE.a = 2;\nconst b = TABLE.a;", "const b = TABLE.a;\nTABLE.a = 2;"]),
  ),
  covered(
    "the order of two reads that count",
    model(
      "return first - x;",
      "let count = 0;\nconst next = () => ++count;\nconst first = next();\nconst second = next();",
    ),
    swap(["const first = next();\nconst second = next();", "const second = next();\nconst first = next();"]),
  ),
  covered(
    "the order of two modules that write",
    {
      ...CROSS,
      "model.ts": reads('import { TABLE } from "./config.ts";\nimport "./one.ts";\nimport "./two.ts";'),
      "one.ts": 'import { TABLE } from "./config.ts";\nTABLE.a = 2;',
      "two.ts": 'import { TABLE } from "./config.ts";\nTABLE.a = 3;',
    },
    swap(['import "./one.ts";\nimport "./two.ts";', 'import "./two.ts";\nimport "./one.ts";']),
  ),
  ignored(
    "the order of a write and what does not concern it",
    reads(`${TABLE}\nTABLE.a = 2;\nconsole.log(1);`),
    swap(["TABLE.a = 2;\nconsole.log(1);", "console.log(1);\nTABLE.a = 2;"]),
  ),
  ignored(
    "formatting and comments of a write",
    reads(`${TABLE}\nTABLE.a = 2;`),
    swap(["TABLE.a = 2;", "// set\nTABLE\n  .a /* b */ = (0x2)"]),
  ),
  ignored(
    "a variable's name in a loop that writes",
    reads(`${TABLE}\nfor (const b of [1, 2]) TABLE.list.push(b);`),
    swap(["const b of [1, 2]) TABLE.list.push(b)", "const c of [1, 2]) TABLE.list.push(c)"]),
  ),
  ignored(
    "the name of what is written to",
    reads(`${TABLE}\nTABLE.a = 2;\nfunction init() { TABLE.b = 2; }\ninit();`),
    (text) => text.replaceAll("TABLE", "RATES"),
  ),
  ignored(
    "an alias's name",
    reads(`${TABLE}\nconst b = TABLE;\nb.a = 2;`),
    swap(["const b = TABLE;\nb.a = 2;", "const c = TABLE;\nc.a = 2;"]),
  ),

  covered(
    "another module writes",
    setup('import { TABLE } from "./config.ts";\nTABLE.a = 2;'),
    { "setup.ts": swap(["2", "3"]) },
    { changed: ["(statement)"] },
  ),
  covered(
    "another module writes through a namespace",
    setup('import * as config from "./config.ts";\nconfig.TABLE.a = 2;'),
    { "setup.ts": swap(["2", "3"]) },
  ),
  covered(
    "another module writes by another name",
    { ...setup('import { TABLE as t } from "./index.ts";\nt.a = 2;'), "index.ts": 'export * from "./config.ts";' },
    { "setup.ts": swap(["2", "3"]) },
  ),
  covered(
    "another module's function writes",
    setup('import { TABLE } from "./config.ts";\nfunction init() { TABLE.a = 2; }\ninit();'),
    { "setup.ts": swap(["2", "3"]) },
    { changed: ["init"] },
  ),
  covered(
    "another module writes, and imports further",
    { ...setup('import "./deep.ts";'), "deep.ts": 'import { TABLE } from "./config.ts";\nTABLE.a = 2;' },
    { "deep.ts": swap(["2", "3"]) },
    { changed: ["(statement)"] },
  ),
  covered(
    "another module writes, and is imported for another thing",
    {
      ...setup('import { TABLE } from "./config.ts";\nTABLE.a = 2;\nexport const b = 1;'),
      "model.ts": reads('import { TABLE } from "./config.ts";\nimport { b } from "./setup.ts";\nuse(b);'),
    },
    { "setup.ts": swap(["2", "3"]) },
    { changed: ["(statement)"] },
  ),
  covered(
    "another module calls what the module exports",
    {
      ...CROSS,
      "model.ts": model("return rate * x;", 'import { rate } from "./config.ts";\nimport "./setup.ts";'),
      "setup.ts": 'import { setRate } from "./config.ts";\nsetRate(2);',
    },
    { "setup.ts": swap(["2", "3"]) },
    { changed: ["(statement)"] },
  ),
  covered(
    "the function's module calls what the module exports",
    { ...CROSS, "model.ts": model("return rate * x;", 'import { rate, setRate } from "./config.ts";\nsetRate(2);') },
    swap(["2", "3"]),
    { changed: ["(statement)"] },
  ),
  covered(
    "an import for its effect is added",
    {
      ...setup('import { TABLE } from "./config.ts";\nTABLE.a = 2;'),
      "model.ts": reads('import { TABLE } from "./config.ts";'),
    },
    swap(['"./config.ts";', '"./config.ts";\nimport "./setup.ts";']),
    { changed: ["(statement)"] },
  ),
  covered(
    "a helper of another module writes to what it is given",
    {
      ...setup('import { TABLE } from "./config.ts";\nimport { fill } from "./fill.ts";\nfill(TABLE);'),
      "fill.ts": "export function fill(b: any) { b.a = 2; }",
    },
    { "fill.ts": swap(["2", "3"]) },
    { changed: ["fill"] },
  ),
  ignored("another module that writes to another thing", setup('import { other } from "./config.ts";\nother.a = 2;'), {
    "setup.ts": swap(["2", "3"]),
  }),
  ignored("another module that only reads", setup('import { TABLE } from "./config.ts";\nconsole.log(TABLE.a, 2);'), {
    "setup.ts": swap(["2", "3"]),
  }),
  ignored("another module that does not concern it", setup("console.log(2);\nexport const a = [1].map((b) => b);"), {
    "setup.ts": swap(["2", "3"]),
  }),
  ignored(
    "an import for its effect that does not concern it is added",
    { ...setup("console.log(2);"), "model.ts": reads('import { TABLE } from "./config.ts";') },
    swap(['"./config.ts";', '"./config.ts";\nimport "./setup.ts";']),
  ),
  ignored(
    "a module that writes, and that nothing imports",
    { ...setup(""), "main.ts": 'import { TABLE } from "./config.ts";\nTABLE.a = 2;' },
    { "main.ts": swap(["2", "3"]) },
  ),
  ignored(
    "a module that writes, and that is imported for types",
    {
      ...setup('import { TABLE } from "./config.ts";\nTABLE.a = 2;\nexport type A = 1;'),
      "model.ts": reads('import { TABLE } from "./config.ts";\nimport type { A } from "./setup.ts";'),
    },
    { "setup.ts": swap(["= 2", "= 3"]) },
  ),
  ignored("the name of a module that writes", setup('import { TABLE } from "./config.ts";\nTABLE.a = 2;'), {
    "model.ts": swap(["./setup.ts", "./prepare.ts"]),
    "setup.ts": null,
    "prepare.ts": 'import { TABLE } from "./config.ts";\n\nTABLE.a = 2;\n',
  }),

  covered("a registry: what is registered", REGISTRY, { "fast.ts": swap(["a * two", "a + two"]) }),
  covered("a registry: what the registered refers to", REGISTRY, { "two.ts": swap(["2", "3"]) }, { changed: ["two"] }),
  covered("a registry: one more", REGISTRY, {
    "plugins.ts": (text) => `${text}\nimport "./more.ts";`,
    "more.ts": 'import { register } from "./registry.ts";\nregister("fast", Number);',
  }),
  covered(
    "a registry: how it registers",
    REGISTRY,
    { "registry.ts": swap(["SOLVERS.set(name, solver)", "SOLVERS.set(name, (a) => -solver(a))"]) },
    { changed: ["register"] },
  ),
];
