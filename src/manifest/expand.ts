/** A text with its variables expanded, or what is wrong with them. */
export interface Expanded {
  readonly text: string;
  /** Whether there was a variable in it. */
  readonly changed: boolean;
  readonly faults: readonly ExpansionFault[];
}

export type ExpansionFault =
  | { readonly kind: "unset"; readonly name: string }
  /** `reference` is the beginning of what cannot be read. */
  | { readonly kind: "malformed"; readonly reference: string }
  | { readonly kind: "too deep"; readonly reference: string }
  | { readonly kind: "too large"; readonly reference: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const NAME = /[A-Za-z_]\w*/y;
/** Of defaults within defaults. */
const DEEPEST = 16;
/** Of what the variables of one text add to it, in characters. */
const LONGEST = 1_000_000;

/**
 * Replaces `${VAR}` by the variable's value and `${VAR:-default}` by the default where it is not set, or empty.
 * Defaults may have variables in them. `$${` becomes `${`; any other dollar sign stays as it is.
 */
export function expandVariables(text: string, environment: Environment): Expanded {
  if (!text.includes("${")) return { text, changed: false, faults: [] };
  const faults: ExpansionFault[] = [];
  const read = expandUntil({ text, environment, faults, added: { characters: 0 } }, { at: 0, depth: 0 });
  return { text: read.value, changed: true, faults };
}

interface Task {
  readonly text: string;
  readonly environment: Environment;
  readonly faults: ExpansionFault[];
  readonly added: { characters: number };
}

interface Place {
  readonly at: number;
  /** Above 0 it is a default, which ends at its `}`. */
  readonly depth: number;
}

interface Read {
  readonly value: string;
  /** Behind what was read; -1 where a closing brace is missing. */
  readonly end: number;
}

function expandUntil(task: Task, { at, depth }: Place): Read {
  const { text } = task;
  const pieces: string[] = [];
  let position = at;
  while (position < text.length) {
    const next = nextOf(text, { at: position, depth });
    pieces.push(text.slice(position, next));
    if (next === text.length) break;
    if (text[next] === "}") return { value: pieces.join(""), end: next + 1 };
    if (text.startsWith("$${", next)) {
      pieces.push("${");
      position = next + 3;
      continue;
    }
    const read = reference(task, { at: next, depth });
    if (read.end === -1) return read;
    pieces.push(read.value);
    position = read.end;
  }
  return { value: pieces.join(""), end: depth === 0 ? text.length : -1 };
}

/** Where the next `${`, `$${` or, within a default, `}` stands; the end where there is none. */
function nextOf(text: string, { at, depth }: Place): number {
  const open = text.indexOf("${", at);
  const start = open > at && text[open - 1] === "$" ? open - 1 : open;
  const close = depth === 0 ? -1 : text.indexOf("}", at);
  const found = [start, close].filter((index) => index !== -1);
  return found.length === 0 ? text.length : Math.min(...found);
}

function reference(task: Task, { at, depth }: Place): Read {
  const { text, environment, faults, added } = task;
  const bad = (kind: "malformed" | "too deep" | "too large"): Read => {
    faults.push({ kind, reference: text.slice(at, at + 20) });
    return { value: "", end: -1 };
  };
  if (depth >= DEEPEST) return bad("too deep");
  NAME.lastIndex = at + 2;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return bad("malformed");
  const behind = at + 2 + name.length;
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  added.characters += value?.length ?? 0;
  if (added.characters > LONGEST) return bad("too large");
  if (text[behind] === "}") {
    if (value === undefined) faults.push({ kind: "unset", name });
    return { value: value ?? "", end: behind + 1 };
  }
  if (!text.startsWith(":-", behind)) return bad("malformed");
  // What a default lacks is no fault where the default is not used.
  const used = value === undefined || value === "";
  const inner = expandUntil(used ? task : { ...task, faults: [] }, { at: behind + 2, depth: depth + 1 });
  if (inner.end === -1) return faults.some(({ kind }) => kind !== "unset") ? inner : bad("malformed");
  return { value: used ? inner.value : value, end: inner.end };
}
