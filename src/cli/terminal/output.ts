import { styleText } from "node:util";
import { systemCode } from "../../errors.ts";
import { toPrintableJson } from "../../escape.ts";
import { type Column, formatTable } from "./table.ts";

type Style = "bold" | "dim";

/** Lines are written in pieces of this many characters: one write per line is slow, one string of all may not fit. */
const PIECE = 65_536;

let readerGone = false;

/**
 * Makes a reader that leaves early (`| head`) no error. What would still be written is dropped, and the command goes on
 * to its end, so that its exit code is the same with and without that reader.
 */
export function tolerateLeavingReader(): void {
  process.stdout.on("error", (error) => {
    if (isReaderGone(error)) readerGone = true;
    // Anything else is what the `write` below fails with.
  });
  process.stderr.on("error", () => {
    // There is no place left to report it.
  });
}

function isReaderGone(error: unknown): boolean {
  const code = systemCode(error);
  return code === "EPIPE" || code === "EOF";
}

/** Whether people read: then keys are short, and tables are cut to the width of the window. */
export function onTerminal(): boolean {
  return process.stdout.isTTY === true;
}

/** `text` in this style where standard output shows styles (`NO_COLOR`, `FORCE_COLOR`, what the terminal can do). */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export async function print(line: string): Promise<void> {
  await write(`${line}\n`);
}

export async function printLines(lines: Iterable<string>): Promise<void> {
  let piece = "";
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE) continue;
    await write(piece);
    if (readerGone) return;
    piece = "";
  }
  if (piece !== "") await write(piece);
}

export async function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> {
  const width = onTerminal() ? process.stdout.columns || undefined : undefined;
  await printLines(formatTable({ columns, rows, width, styleHeading: (line) => styled("bold", line) }));
}

export async function printJson(value: unknown): Promise<void> {
  await print(toPrintableJson(value, 2));
}

/** What others have printed, as it is. */
export async function printBytes(bytes: Uint8Array): Promise<void> {
  await write(bytes);
}

/** A JSON array with one member to a line: nothing is too long for a string, and lines can be searched. */
export async function printJsonArray(values: Iterable<unknown>): Promise<void> {
  await printLines(jsonArrayLines(values));
}

/** A remark for people: it goes to standard error, so that standard output stays what a script expects. */
export function note(text: string): void {
  process.stderr.write(`scalable: ${text}\n`);
}

function* jsonArrayLines(values: Iterable<unknown>): Generator<string> {
  let previous: string | undefined;
  for (const value of values) {
    yield previous === undefined ? "[" : `${previous},`;
    previous = toPrintableJson(value);
  }
  if (previous === undefined) yield "[]";
  else yield* [previous, "]"];
}

async function write(text: string | Uint8Array): Promise<void> {
  if (readerGone) return;
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null || isReaderGone(error)) resolve();
      else reject(error);
    });
  });
}
