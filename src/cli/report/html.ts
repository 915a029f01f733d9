import { escapeUnprintable } from "../../escape.ts";

/** Text that is HTML already. Everything else that gets into a page is escaped on the way. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | number | Markup | readonly Markup[];

/** A piece of HTML: what the template says as it is, and values escaped unless they are pieces themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] ?? "";
  for (const [index, value] of values.entries()) text += textOf(value) + (strings[index + 1] ?? "");
  return new Markup(text);
}

function textOf(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return value.map(({ text }) => text).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Fit for the content of an element and for an attribute in quotes. */
function escapeHtml(text: string): string {
  return escapeUnprintable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
