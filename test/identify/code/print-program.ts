import fc from "fast-check";
import { type Declaration, importedFor, isCalled, type Literal, type Program } from "./programs.ts";
import type { Files } from "./project.ts";

/** How a program is written down: nothing in it has a part in what the program does. */
export interface Style {
  /** What decides between several ways. */
  readonly seed: number;
  readonly spacing: "plain" | "odd";
  readonly types: "some" | "none";
  readonly spelling: "plain" | "odd";
  /** `odd`: names of local variables hide declarations of the module, where these are not meant. */
  readonly names: "plain" | "odd";
  readonly order: "as it is" | "shuffled";
  readonly files: "plain" | "odd";
  /** Whether imports lead through a module that passes on the other one's exports. */
  readonly imports: "direct" | "passed on";
  /** Declarations and statements that do not belong to the program, in each module. */
  readonly additions: number;
}

export const PLAIN: Style = {
  seed: 1,
  spacing: "plain",
  types: "some",
  spelling: "plain",
  names: "plain",
  order: "as it is",
  files: "plain",
  imports: "direct",
  additions: 0,
};

/** Everything but what is added. */
export const styleArb: fc.Arbitrary<Style> = fc.record({
  seed: fc.nat(),
  spacing: fc.constantFrom("plain", "odd"),
  types: fc.constantFrom("some", "none"),
  spelling: fc.constantFrom("plain", "odd"),
  names: fc.constantFrom("plain", "odd"),
  order: fc.constantFrom("as it is", "shuffled"),
  files: fc.constantFrom("plain", "odd"),
  imports: fc.constantFrom("direct", "passed on"),
  additions: fc.constant(0),
});

export interface Printed {
  readonly files: Files;
  /** File and name of the cached function. */
  readonly root: string;
}

/** @param changed - the number of a literal that is another one. */
export function print(program: Program, style: Style, changed?: number): Printed {
  return new Printer(program, style, changed).print();
}

const FILLERS = [" ", "\n", "\t ", "/* a */", " /* return 1; */ ", "\n\n  ", " // const a = 2;\n", "\r\n"];
const ON_ONE_LINE = [" ", "\t ", "/* a */", " /* return 1; */ "];
/** After and before these, a line break would be the end of a statement. */
const KEEP_AFTER = new Set(["return", "throw", "async", "type", "interface", "namespace"]);
const KEEP_BEFORE = new Set(["=>", "as", "satisfies", "!"]);

const ADDITIONS: readonly ((name: string) => string)[] = [
  (name) => `export function ${name} ( a ) { return a + 1 ; }`,
  (name) => `const ${name} = [ 1 , "two" , { three : 3 } ] ;`,
  (name) => `export class ${name} { a = 1 ; b ( ) { return this . a ; } }`,
  (name) => `interface ${name} { a : number ; }`,
  (name) => `export type ${name} = string | 7 ;`,
  (name) => `console . log ( "${name}" ) ;`,
  (name) => `if ( process . argv . length > 90 ) { console . log ( "${name}" ) ; }`,
  (name) => `export const ${name} = ( c0 ) => c0 * 2 ;`,
  (name) => `enum ${name} { A = 5 , B }`,
  (name) => `let ${name} = 1 ; ${name} = 2 ;`,
  (name) => `import * as ${name} from "node:os" ;`,
  (name) => `for ( const ${name} of [ 1 , 2 ] ) { console . log ( ${name} ) ; }`,
];

class Printer {
  readonly #program: Program;
  readonly #style: Style;
  readonly #changed: number | undefined;
  #state: number;

  constructor(program: Program, style: Style, changed: number | undefined) {
    this.#program = program;
    this.#style = style;
    this.#changed = changed;
    this.#state = style.seed;
  }

  print(): Printed {
    const files: Record<string, string> = {};
    for (let module = 0; module < this.#program.modules; module += 1) {
      files[this.#fileOf(module)] = this.#spaced(this.#module(module));
      if (this.#style.imports === "passed on")
        files[this.#passing(module)] = `export * from "./${this.#fileOf(module)}";`;
    }
    return { files, root: `${this.#fileOf(0)}#run` };
  }

  /** A number below `below`, which depends on the seed. */
  #random(below: number): number {
    this.#state = (Math.imul(this.#state ^ (this.#state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((this.#state ^ (this.#state >>> 13)) >>> 0) % below;
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.#random(1_000) }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }

  #spaced(text: string): string {
    const tokens = text.split(" ").filter((token) => token !== "");
    const parts = tokens.map((token, place) => {
      const next = tokens[place + 1] ?? "";
      if (this.#style.spacing === "plain") return `${token}${next === "import" || next === "export" ? "\n" : " "}`;
      const fillers = KEEP_AFTER.has(token) || KEEP_BEFORE.has(next) ? ON_ONE_LINE : FILLERS;
      return token + fillers[this.#random(fillers.length)];
    });
    return parts.join("");
  }

  #fileOf(module: number): string {
    return this.#style.files === "plain" ? `m${module}.ts` : `${["energy", "z", "a-b", "index2"][module]}.ts`;
  }

  #passing(module: number): string {
    return `passing-${module}.ts`;
  }

  #module(module: number): string {
    const own = this.#program.declarations.filter((declaration) => declaration.module === module);
    const imported = new Set(own.flatMap((declaration) => importedFor(this.#program, declaration)));
    const head = [...imported].sort().map((other) => this.#import(module, other));
    if (module === 0) {
      head.unshift('import { cacheable } from "scalable" ;');
      for (const other of this.#program.effects) head.push(`import "./${this.#fileOf(other)}" ;`);
    }
    const declared = own.filter(({ kind }) => kind !== "write");
    const shuffled = this.#style.order === "shuffled" ? this.#inOrder(this.#shuffled(declared)) : declared;
    const body = shuffled.map((declaration) => this.#declaration(declaration));
    // Statements come last, in their order: what they write depends on it.
    for (const declaration of own) {
      if (declaration.kind === "write") body.push(this.#writing(declaration));
      else if (isCalled(declaration)) body.push(`${this.#name(declaration)} ( ) ;`);
    }
    for (let count = 0; count < this.#style.additions; count += 1) {
      const addition = ADDITIONS[this.#random(ADDITIONS.length)];
      body.splice(this.#random(body.length + 1), 0, addition?.(`added${module}_${count}`) ?? "");
    }
    return [...head, ...body].join(" ");
  }

  /** Constants after those that they are made of, classes after those that they extend. */
  #inOrder(declarations: readonly Declaration[]): Declaration[] {
    const done = new Set<Declaration>();
    const add = (declaration: Declaration): void => {
      if (done.has(declaration)) return;
      const before = declaration.kind === "constant" ? declaration.uses : [declaration.base];
      for (const other of declarations) if (before.includes(other.place)) add(other);
      done.add(declaration);
    };
    for (const declaration of declarations) add(declaration);
    return [...done];
  }

  /** Whether a module imports all of another one under one name. Part of the program, as `this` differs in calls. */
  #asNamespace(module: number, other: number): boolean {
    return (module + other) % 3 === 0;
  }

  #import(module: number, other: number): string {
    const from = this.#style.imports === "direct" ? this.#fileOf(other) : this.#passing(other);
    if (this.#asNamespace(module, other)) return `import * as ${this.#namespace(other)} from "./${from}" ;`;
    const own = this.#program.declarations.filter((declaration) => declaration.module === module);
    const used = own.flatMap(({ uses, base, target }) => [...uses, base, target]);
    const names = this.#program.declarations
      .filter((declaration) => declaration.module === other && used.includes(declaration.place))
      .map((declaration) => {
        const local = this.#imported(declaration);
        return local === this.#name(declaration) ? local : `${this.#name(declaration)} as ${local}`;
      });
    return `import { ${names.join(" , ")} } from "./${from}" ;`;
  }

  #namespace(module: number): string {
    return this.#style.names === "plain" ? `ns${module}` : `all${module}`;
  }

  #imported(declaration: Declaration): string {
    return this.#style.names === "plain" ? this.#name(declaration) : `got${declaration.place}`;
  }

  /** Names of functions and classes can be seen by a program; those of other variables cannot. */
  #name({ kind, place }: Declaration): string {
    if (place === 0) return "run";
    const isVariable = kind === "constant" || kind === "table" || kind === "enum";
    return `${isVariable && this.#style.names === "odd" ? "value" : kind}${place}`;
  }

  /** A declaration's name as another one has to write it. */
  #nameFrom(module: number, to: Declaration): string {
    if (to.module === module) return this.#name(to);
    return this.#asNamespace(module, to.module)
      ? `${this.#namespace(to.module)} . ${this.#name(to)}`
      : this.#imported(to);
  }

  /** A local variable's name, the same for the same number within one declaration. */
  #local(within: Declaration, number: number): string {
    if (this.#style.names === "plain") return `local${number}`;
    const meant = [within.place, within.base, within.target, ...within.uses];
    const hidden = this.#program.declarations.filter(
      ({ place, module }) => place !== 0 && module === within.module && !meant.includes(place),
    );
    const declaration = hidden[number];
    return declaration === undefined ? `v${number}` : this.#name(declaration);
  }

  #at(place: number): Declaration {
    const declaration = this.#program.declarations[place];
    if (declaration === undefined) throw new RangeError(`There is no declaration ${place}.`);
    return declaration;
  }

  #type(type: string): string {
    return this.#style.types === "some" ? `: ${type}` : "";
  }

  #declaration(declaration: Declaration): string {
    const { kind, place, module, base, literals } = declaration;
    const name = this.#name(declaration);
    const [first] = literals;
    const parameter = `${this.#local(declaration, 0)} ${this.#type("any")}`;
    switch (kind) {
      case "constant":
        return `export const ${name} ${this.#type("unknown")} = [ ${this.#parts(declaration).join(" , ")} ] ;`;
      case "table":
        return `export const ${name} ${this.#type("any")} = { first : ${this.#literal(first)} } ;`;
      case "enum":
        return `export enum ${name} { A = ${this.#literal(first)} , B }`;
      case "arrow":
        return `export const ${name} = ( ${parameter} ) => { ${this.#body(declaration)} } ;`;
      case "class": {
        const parent = base === undefined ? "" : `extends ${this.#nameFrom(module, this.#at(base))}`;
        const field = `field = ${this.#literal(first)} ;`;
        return `export class ${name} ${parent} { ${field} method ( ${parameter} ) { ${this.#body(declaration)} } }`;
      }
      case "filler":
        return `export function ${name} ( ) { ${this.#writing(declaration)} }`;
      default: {
        if (place !== 0) return `export function ${name} ( ${parameter} ) { ${this.#body(declaration)} }`;
        const fn = `async function run ( ${parameter} ) { ${this.#body(declaration)} }`;
        return `export const run = cacheable ( { args : { } } , ${fn} ) ;`;
      }
    }
  }

  #writing(declaration: Declaration): string {
    const table = this.#nameFrom(declaration.module, this.#at(declaration.target ?? 0));
    const value = `[ ${this.#parts(declaration).join(" , ")} ]`;
    const key = `key${declaration.place}`;
    const forms = [
      `${table} . ${key} = ${value} ;`,
      `Object . assign ( ${table} , { ${key} : ${value} } ) ;`,
      `for ( const ${this.#local(declaration, 0)} of ${value} ) { ${table} . ${key} = ${this.#local(declaration, 0)} ; }`,
    ];
    return forms[declaration.shape % forms.length] ?? "";
  }

  /** A function's body: all its parts, in one of several forms. */
  #body(declaration: Declaration): string {
    const [a = "", b = "1", ...rest] = this.#parts(declaration);
    const all = ["2", ...rest].join(" , ");
    const local = (number: number): string => this.#local(declaration, number);
    const forms = [
      `return [ ${a} , ${b} , ${all} ] ;`,
      `const ${local(1)} ${this.#type("any")} = ${a} ; let ${local(2)} = ${b} ; return [ ${local(1)} , ${local(2)} , ${all} ] ;`,
      `const { key : ${local(1)} = ${a} } = ${local(0)} ; return ( ( ${local(2)} ) => [ ${local(1)} , ${local(2)} , ${all} ] ) ( ${b} ) ;`,
      `for ( const ${local(1)} of [ ${a} , ${b} ] ) { if ( ${local(1)} ) return ${local(1)} ; } return [ ${all} ] ;`,
      `try { return [ ${a} , ${local(0)} ] ; } catch ( ${local(1)} ) { return { error : ${local(1)} , ${local(0)} : ${b} , rest : [ ${all} ] } ; }`.replace(
        `${local(0)} : `,
        "other : ",
      ),
      `if ( ${local(0)} ) { const ${local(1)} = ${a} ; return ${local(1)} ; } switch ( ${b} ) { case 1 : return [ ${all} ] ; } return ${local(0)} ;`,
    ];
    return forms[declaration.shape % forms.length] ?? "";
  }

  #parts(declaration: Declaration): string[] {
    const literals = declaration.literals.map((literal) => this.#literal(literal));
    const references = declaration.uses.map((use) => this.#reference(declaration, this.#at(use)));
    return [...literals, ...references];
  }

  #reference(from: Declaration, to: Declaration): string {
    const name = this.#nameFrom(from.module, to);
    switch (to.kind) {
      case "table":
        return `${name} . first`;
      case "enum":
        return `${name} . A`;
      case "class":
        return `new ${name} ( ) . method ( 1 )`;
      case "function":
      case "arrow":
        return `${name} ( 1 )`;
      default:
        return name;
    }
  }

  #literal(literal: Literal | undefined): string {
    if (literal === undefined) return "0";
    const value = literal.id + (literal.id === this.#changed ? 70_000 : 1_000);
    const odd = this.#style.spelling === "odd";
    switch (literal.kind) {
      case "number":
        return odd
          ? ([
              `0x${value.toString(16)}`,
              `${value}.0`,
              `${Math.floor(value / 1_000)}_${String(value % 1_000).padStart(3, "0")}`,
            ][this.#random(3)] ?? "")
          : String(value);
      case "bigint":
        return odd ? `0x${value.toString(16)}n` : `${value}n`;
      case "text":
        return odd ? `'t\\x65xt${value}'` : `"text${value}"`;
      case "template":
        return `\`text${value}\${ 1 }\``;
      case "pattern":
        return `/pattern${value}/g`;
    }
  }
}
