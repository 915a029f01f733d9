import { type CodeCase, covered, ignored, model, swap } from "./case.ts";

const CYCLE = {
  "model.ts": model("return isEven(x);", 'import { isEven } from "./even.ts";'),
  "even.ts":
    'import { isOdd } from "./odd.ts";\nexport function isEven(n: number): boolean { return n === 0 || isOdd(n - 1); }\nexport const other = 7;',
  "odd.ts":
    'import { isEven } from "./even.ts";\nexport function isOdd(n: number): boolean { return n !== 0 && isEven(n - 1); }',
};

const NAMESPACES = {
  "model.ts": model("return a.first(x);", 'import * as a from "./a.ts";'),
  "a.ts":
    'import * as b from "./b.ts";\nexport const first = (x: number): number => b.second(x);\nexport const rate = 2;',
  "b.ts":
    'import * as a from "./a.ts";\nexport const second = (x: number): number => (x > 1 ? a.first(x - 1) : a.rate);\nexport const more = 7;',
};

const TWINS = {
  "model.ts": model(
    "return heat(x) - power(x);",
    'import { demand as heat } from "./heat.ts";\nimport { demand as power } from "./power.ts";',
  ),
  "heat.ts":
    "const rate = 2;\nfunction scale(a: number) { return a * rate; }\nexport const demand = (a: number) => scale(a);",
  "power.ts":
    "const rate = 5;\nfunction scale(a: number) { return a * rate; }\nexport const demand = (a: number) => scale(a);",
};

const COUNTER = "let count = 0;\nexport const next = () => ++count;\nexport const now = () => count;";

const STATE = "const a = new Map();\nconst b = new Map();";

/** A chain of functions, each of which calls the next. */
const chain = (length: number, last: number): string =>
  [
    ...Array.from({ length }, (_, i) => `const f${i} = (a: number): number => f${i + 1}(a);`),
    `const f${length} = (a: number) => a * ${last};`,
  ].join("\n");

export const graph: readonly CodeCase[] = [
  covered(
    "recursion",
    model("return fall(x);", "function fall(a: number): number { return a < 2 ? 1 : fall(a - 1); }"),
    swap(["2", "3"]),
    { changed: ["fall"] },
  ),
  covered("the function's own recursion", model("return x < 2 ? 1 : run(x - 1);"), swap(["x < 2", "x < 3"]), {
    changed: ["run"],
  }),
  covered("mutual recursion: the first", CYCLE, { "even.ts": swap(["n === 0", "n <= 0"]) }, { changed: ["isEven"] }),
  covered("mutual recursion: the second", CYCLE, { "odd.ts": swap(["n !== 0", "n > 0"]) }, { changed: ["isOdd"] }),
  ignored("mutual recursion: what stands beside it", CYCLE, { "even.ts": swap(["7", "8"]) }),
  ignored("mutual recursion: names of files", CYCLE, {
    "model.ts": swap(["./even.ts", "./z.ts"]),
    "even.ts": null,
    "z.ts": CYCLE["even.ts"].replace("./odd.ts", "./a.ts"),
    "odd.ts": null,
    "a.ts": CYCLE["odd.ts"].replace("./even.ts", "./z.ts"),
  }),
  ignored("mutual recursion: into one file", CYCLE, {
    "model.ts": swap(["./even.ts", "./both.ts"]),
    "even.ts": null,
    "odd.ts": null,
    "both.ts": `${CYCLE["odd.ts"]}\n${CYCLE["even.ts"]}`.replaceAll(/import .*\n/g, ""),
  }),
  covered("mutual recursion: where it is entered", CYCLE, {
    "model.ts": (text) => text.replaceAll("isEven", "isOdd").replace("./even.ts", "./odd.ts"),
  }),
  covered("namespaces in a circle: a constant", NAMESPACES, { "a.ts": swap(["2", "3"]) }, { changed: ["rate"] }),
  covered(
    "namespaces in a circle: a function",
    NAMESPACES,
    { "b.ts": swap(["x - 1", "x - 2"]) },
    { changed: ["second"] },
  ),
  ignored("namespaces in a circle: what stands beside it", NAMESPACES, { "b.ts": swap(["7", "8"]) }),
  covered(
    "three modules in a circle",
    {
      "model.ts": model("return a(x);", 'import { a } from "./a.ts";'),
      "a.ts": 'import { b } from "./b.ts";\nexport const a = (x: number): number => b(x);',
      "b.ts": 'import { c } from "./c.ts";\nexport const b = (x: number): number => c(x);',
      "c.ts": 'import { a } from "./a.ts";\nexport const c = (x: number): number => (x < 2 ? x : a(x - 1));',
    },
    { "c.ts": swap(["2", "3"]) },
    { changed: ["c"] },
  ),
  covered(
    "a circle that leads back to the function",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";'),
      "lib.ts":
        'import { run } from "./model.ts";\nexport const help = async (a: number): Promise<number> => (a < 2 ? a : run(a - 1));',
    },
    { "lib.ts": swap(["2", "3"]) },
    { changed: ["help"] },
  ),
  ignored(
    "a circle of modules, none of functions",
    {
      "model.ts": model("return help(x);", 'import { help } from "./lib.ts";\nexport const rate = 7;'),
      "lib.ts":
        'import { rate } from "./model.ts";\nexport const help = (a: number) => a;\nexport const other = () => rate;',
    },
    swap(["7", "8"]),
  ),
  covered(
    "classes in a circle",
    model(
      "return new Tree().grow(x);",
      "class Tree { grow(a: number): object { return new Leaf().on(this, a); } }\nclass Leaf { on(a: Tree, b: number) { return b < 2 ? a : new Tree(); } }",
    ),
    swap(["2", "3"]),
    { changed: ["Leaf"] },
  ),

  covered(
    "two modules with the same names inside: one constant",
    TWINS,
    { "power.ts": swap(["5", "6"]) },
    { changed: ["rate"] },
  ),
  covered(
    "two modules with the same names inside: both constants swapped",
    TWINS,
    { "heat.ts": swap(["2", "5"]), "power.ts": swap(["5", "2"]) },
    { changed: ["rate"] },
  ),
  covered(
    "two modules with the same names inside: which is which",
    TWINS,
    swap(["heat(x) - power(x)", "power(x) - heat(x)"]),
  ),
  ignored("two modules with the same names inside: their files swapped", TWINS, {
    "model.ts": swap(['"./heat.ts"', '"./power.ts" '], ['"./power.ts";\n', '"./heat.ts";\n']),
    "heat.ts": TWINS["power.ts"],
    "power.ts": TWINS["heat.ts"],
  }),
  covered("two modules with the same names inside: one of them twice", TWINS, swap(["./power.ts", "./heat.ts"])),
  covered("names of two constants swapped", model("return a - b;", "const a = 1, b = 2;"), swap(["a - b", "b - a"])),
  covered(
    "values of two constants swapped",
    model("return a - b;", "const a = 1, b = 2;"),
    swap(["a = 1, b = 2", "a = 2, b = 1"]),
  ),
  ignored(
    "names of two constants swapped, here and there",
    model("return a - b;", "const a = 1, b = 2;"),
    swap(["a - b", "b - a"], ["a = 1, b = 2", "b = 1, a = 2"]),
  ),
  covered(
    "which of two functions with one text it is",
    model(
      "return first()() - second()();",
      "const one = () => 1, two = () => 2;\nconst first = () => one;\nconst second = () => two;",
    ),
    swap(["first = () => one", "first = () => two"]),
  ),

  covered("one state and two", model("a.set(1, x); return b.get(1);", STATE), swap(["b.get", "a.get"])),
  covered(
    "one state and two, behind functions",
    model("put(x); return get();", `${STATE}\nconst put = (c: number) => a.set(1, c);\nconst get = () => b.get(1);`),
    swap(["=> b.get", "=> a.get"]),
  ),
  covered(
    "one state and two, in another module",
    {
      "model.ts": model("next(); return now();", 'import { next } from "./a.ts";\nimport { now } from "./b.ts";'),
      "a.ts": COUNTER,
      "b.ts": COUNTER,
    },
    swap(["./b.ts", "./a.ts"]),
  ),
  covered(
    "an object that leads to itself, and two that lead to each other",
    model("return A.next() === A;", "const A: any = { next: () => B };\nconst B: any = { next: () => A };"),
    swap(["=> B", "=> A"]),
  ),
  covered(
    "the same object twice, and two alike",
    model("return PAIR[0] === PAIR[1];", "const A = {}, B = {};\nconst PAIR = [A, B];"),
    swap(["[A, B]", "[A, A]"]),
  ),

  covered(
    "a deep chain of functions",
    model("return f0(x);", chain(1_500, 2)),
    model("return f0(x);", chain(1_500, 3)),
    { changed: ["f1500"] },
  ),
  covered(
    "a diamond",
    {
      "model.ts": model(
        "return left(x) + right(x);",
        'import { left } from "./left.ts";\nimport { right } from "./right.ts";',
      ),
      "left.ts": 'import { base } from "./base.ts";\nexport const left = (a: number) => a + base;',
      "right.ts": 'import { base } from "./base.ts";\nexport const right = (a: number) => a - base;',
      "base.ts": "export const base = 2;",
    },
    { "base.ts": swap(["2", "3"]) },
    { changed: ["base"] },
  ),
  covered(
    "a constant that is made of another",
    model("return c * x;", "const a = 2;\nconst b = a * 5;\nconst c = [b];"),
    swap(["2", "3"]),
    { changed: ["a"] },
  ),
  covered(
    "a function in a table",
    model("return TABLE.a(x);", "const help = (a: number) => a * 2;\nconst TABLE = { a: help };"),
    swap(["2", "3"]),
    { changed: ["help"] },
  ),
  covered(
    "a function that is given as a value",
    model("return [x].map(help);", "function help(a: number) { return a * 2; }"),
    swap(["2", "3"]),
    { changed: ["help"] },
  ),
  covered(
    "a function that is bound",
    model("return help(x);", "const help = base.bind(null, 2);\nfunction base(a: number, b: number) { return a * b; }"),
    swap(["a * b", "a + b"]),
    { changed: ["base"] },
  ),
  covered(
    "another cached function that is called",
    model("return help(x);", "export const help = cacheable(async function help(a: number) { return a * 2; });"),
    swap(["2", "3"]),
    { changed: ["help"] },
  ),
  ignored(
    "another cached function, with something that both write to",
    model(
      "CALLS.count += 1; return x;",
      "const CALLS = { count: 0 };\nexport const other = cacheable({ name: 'other' }, async (y: number) => { CALLS.count += 1; return y * 2; });",
    ),
    swap(["2", "3"]),
  ),
  ignored(
    "another cached function that a function makes, with something that both write to",
    model(
      "CALLS.count += 1; return x;",
      "const CALLS = { count: 0 };\nconst make = () => cacheable({ name: 'other' }, async (y: number) => { CALLS.count += 1; return y * 2; });\nexport const other = make();",
    ),
    swap(["2", "3"]),
  ),
  covered(
    "a helper that is replaced by one with its name and another text",
    model("return help(x);", "const help = Number;"),
    swap(["const help = Number;", "const help = String;"]),
    { changed: ["help"] },
  ),
  covered(
    "a variable that may not be reached at run time",
    model("return x > 1 ? a : b;", "const a = 1, b = 2;"),
    swap(["2", "3"]),
    { changed: ["b"] },
  ),

  ...[
    [
      "functions",
      "function help(a: number) { return a + two(); }\nfunction two() { return 2; }",
      "function two() { return 2; }\nfunction help(a: number) { return a + two(); }",
    ],
    [
      "constants that do not depend on each other",
      "const one = 1;\nconst two = 2;\nconst help = (a: number) => a + one - two;",
      "const two = 2;\nconst one = 1;\nconst help = (a: number) => a + one - two;",
    ],
    [
      "a function and a constant",
      "const two = [2];\nfunction help(a: number) { return two[a]; }",
      "function help(a: number) { return two[a]; }\nconst two = [2];",
    ],
    [
      "arrow functions",
      "const two = () => 2;\nconst help = (a: number) => a * two();",
      "const help = (a: number) => a * two();\nconst two = () => 2;",
    ],
    [
      "one statement and two",
      "const one = 1, two = 2;\nconst help = (a: number) => a + one - two;",
      "const one = 1;\nconst two = 2;\nconst help = (a: number) => a + one - two;",
    ],
    [
      "something between them",
      "const two = 2;\nconst help = (a: number) => a * two;",
      "const two = 2;\nclass Other {}\nif (two) console.log(two);\nconst help = (a: number) => a * two;",
    ],
    [
      "an export's word",
      "const two = 2;\nconst help = (a: number) => a * two;",
      "export const two = 2;\nconst help = (a: number) => a * two;\nexport { help, two as three };",
    ],
    [
      "a constant's name",
      "const two = 2;\nconst help = (a: number) => a * two;",
      "const factor = 2;\nconst help = (a: number) => a * factor;",
    ],
    [
      "names of a pattern",
      "const { a: two, ...rest }: any = { a: 2 };\nconst help = (a: number) => a * two + rest;",
      "const { a: factor, ...more }: any = { a: 2 };\nconst help = (a: number) => a * factor + more;",
    ],
    [
      "names that hide another",
      "const two = 2;\nconst help = (a: number) => { { const two = a; use(two); } return two; };",
      "const factor = 2;\nconst help = (a: number) => { { const factor = a; use(factor); } return factor; };",
    ],
    [
      "a parameter that hides another constant",
      "const two = 2, other = 5;\nconst help = (a: number) => ((b: number) => [b, two])(a);",
      "const two = 2, other = 5;\nconst help = (a: number) => ((other: number) => [other, two])(a);",
    ],
    [
      "a variable of a called function that hides another constant",
      "const two = 2, other = 5;\nconst help = (a: number) => (() => { const b = a; return [b, two]; })();",
      "const two = 2, other = 5;\nconst help = (a: number) => (() => { const other = a; return [other, two]; })();",
    ],
    [
      "a name that is a parameter's elsewhere",
      "const two = 2;\nconst help = (b: number) => two * b;",
      "const a = 2;\nconst help = (b: number) => a * b;",
    ],
  ].map(([name = "", before, other]) =>
    ignored(`order and names: ${name}`, model("return help(x);", before), model("return help(x);", other)),
  ),
  covered(
    "a name that a variable of the function then catches",
    model("const factor = x; return two * factor;", "const two = 2, factor = 3;"),
    swap(["two * factor", "factor * factor"]),
  ),
  covered(
    "a name that no longer hides",
    model("const two = x; return two;", "const two = 2;"),
    swap(["const two = x", "const three = x"]),
  ),
];
