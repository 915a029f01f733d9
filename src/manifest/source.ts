/** A part of the text: from `start` on, up to and without `end`, in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Long enough for what people write on a line, short enough to be read. */
const EXCERPT_COLUMNS = 100;
const BEFORE = 40;
/** Each is shown as one character, so that the carets below stand where they should. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}\ufeff]/gu;

/** The text of a manifest, and the way from an offset in it to what people see. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lineStarts = lineStartsOf(text);
  }

  position(offset: number): Position {
    const index = this.#lineIndex(offset);
    return { line: index + 1, column: offset - (this.#lineStarts[index] ?? 0) + 1 };
  }

  /** The line in which a span starts, with carets below the part of it that is on this line. */
  excerpt({ start, end }: Span): string {
    const index = this.#lineIndex(start);
    const lineStart = this.#lineStarts[index] ?? 0;
    const line = this.#lineOf(index);
    const column = Math.min(start - lineStart, line.length);
    const from = line.length <= EXCERPT_COLUMNS ? 0 : Math.max(0, Math.min(column, line.length) - BEFORE);
    const cut = line.slice(from, from + EXCERPT_COLUMNS);
    const shown = (from > 0 ? "…" : "") + printable(cut) + (from + cut.length < line.length ? "…" : "");
    if (shown.trim() === "") return "";
    const padding = column - from + (from > 0 ? 1 : 0);
    const carets = Math.max(1, Math.min(end, lineStart + from + cut.length) - start);
    return `${shown}\n${" ".repeat(padding)}${"^".repeat(carets)}`;
  }

  #lineIndex(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  #lineOf(index: number): string {
    const end = (this.#lineStarts[index + 1] ?? this.text.length + 1) - 1;
    return this.text.slice(this.#lineStarts[index], end).replace(/\r$/, "");
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (character === "\t" ? " " : "\ufffd"));
}
