import { Composer, type Document, Lexer, type ParsedNode, Parser, type YAMLError } from "yaml";
import type { Finding } from "./problem-list.ts";

/** Of lists and mappings within each other. A manifest needs six; what comes after the parser works by recursion. */
export const DEEPEST = 64;
/** Of the parser's tokens: what these take in memory is a gigabyte. Long texts and comments are one each. */
const MOST_TOKENS = 6_000_000;

export interface Parsed {
  /** Missing where the text could not be read as YAML. */
  readonly document?: Document.Parsed;
  readonly findings: readonly Finding[];
}

type Token = ReturnType<Parser["next"]> extends Generator<infer Yielded> ? Yielded : never;

/** Reads text as one YAML 1.2 document. */
export function parseYaml(text: string): Parsed {
  const tokens: Token[] = [];
  const parser = new Parser();
  let read = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    read += 1;
    // Asked at each token: the parser's own stack is on the heap, but would fill it.
    if (parser.stack.length > DEEPEST) return { findings: [tooDeep(parser.offset)] };
    if (read > MOST_TOKENS) return { findings: [tooMany(parser.offset)] };
  }
  for (const token of parser.end()) tokens.push(token);
  return compose(tokens, text.length);
}

function compose(tokens: readonly Token[], length: number): Parsed {
  // Keys are compared where nodes are made: the composer would compare each with each.
  const composer = new Composer<ParsedNode>({
    uniqueKeys: false,
    prettyErrors: false,
    schema: "core",
    resolveKnownTags: false,
    logLevel: "silent",
  });
  const [document, second] = composer.compose(tokens, true, length);
  if (document === undefined) return { findings: [] };
  const findings = withoutConsequences([...document.errors, ...document.warnings]).map(findingOf);
  if (second !== undefined) {
    const [start] = second.range;
    const message = 'A second document starts here: a manifest is one, so remove it and the line "---".';
    findings.push({ code: "E_SYNTAX", span: { start, end: start + 1 }, message });
  }
  return findings.length === 0 ? { document, findings } : { findings };
}

/** Behind a token in a wrong place, each of those that follow is in a wrong place as well. */
function withoutConsequences(errors: readonly YAMLError[]): YAMLError[] {
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const first = sorted.find(({ code }) => code === "UNEXPECTED_TOKEN");
  return sorted.filter((error) => error === first || error.code !== "UNEXPECTED_TOKEN");
}

function findingOf({ code, message, pos: [start, end] }: YAMLError): Finding {
  const span = { start, end: Math.max(end, start + 1) };
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  if (code === "BAD_ALIAS") return { code: "E_ALIAS", span, message: sentence };
  if (code === "RESOURCE_EXHAUSTION") return tooDeep(start);
  const advice = adviceFor(code);
  return { code: "E_SYNTAX", span, message: advice === undefined ? sentence : `${sentence} ${advice}` };
}

function adviceFor(code: YAMLError["code"]): string | undefined {
  switch (code) {
    case "TAB_AS_INDENT":
      return "Indent with spaces.";
    case "BAD_INDENT":
      return "Give the keys of one mapping the same indentation.";
    case "BAD_SCALAR_START":
    case "MULTILINE_IMPLICIT_KEY":
      return "Put quotes around the text, or a colon and a space behind its key.";
    case "UNEXPECTED_TOKEN":
      return "Put quotes around text with special characters; within { } and [ ], around variables too.";
    case "TAG_RESOLVE_FAILED":
      return "Remove the tag.";
    default:
      return undefined;
  }
}

function tooDeep(start: number): Finding {
  const message = `Lists and mappings are nested more than ${DEEPEST} deep here: a manifest needs six levels.`;
  return { code: "E_TOO_DEEP", span: { start, end: start + 1 }, message };
}

function tooMany(start: number): Finding {
  const message = "The manifest has more than some two million keys and values up to here: split it.";
  return { code: "E_TOO_LARGE", span: { start, end: start + 1 }, message };
}
