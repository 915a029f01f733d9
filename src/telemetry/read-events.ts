import { closeSync, readSync } from "node:fs";
import path from "node:path";
import { systemCode } from "../errors.ts";
import { hasShapeOf } from "./event-shape.ts";
import { openRegular } from "./regular-file.ts";
import { EVENT_FILES, type EventOf, type EventType } from "./run-files.ts";

const CHUNK = 1024 * 1024;
/** A longer line is no event: it is skipped, and not held in memory. */
const LONGEST_LINE = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** The events in one file of a run, read anew with each iteration. */
export class StoredEvents<T extends EventType> implements Iterable<EventOf<T>> {
  readonly #file: string;
  readonly #type: T;
  #damaged = 0;
  #torn = false;

  constructor(folder: string, type: T) {
    this.#file = path.join(folder, EVENT_FILES[type]);
    this.#type = type;
  }

  /** Lines of the last iteration that hold no event of this type. */
  get damaged(): number {
    return this.#damaged;
  }

  /** Whether the last iteration met an unfinished last line, which a run leaves that is writing or was killed. */
  get torn(): boolean {
    return this.#torn;
  }

  *[Symbol.iterator](): Generator<EventOf<T>> {
    this.#damaged = 0;
    this.#torn = false;
    for (const { text, whole } of linesOf(this.#file)) {
      if (text === "") continue;
      const event = this.#parse(text);
      if (event !== undefined) yield event;
      else if (whole) this.#damaged += 1;
      else this.#torn = true;
    }
  }

  #parse(line: string): EventOf<T> | undefined {
    try {
      const value: unknown = JSON.parse(line);
      if (!hasShapeOf(this.#type, value)) return undefined;
      value["type"] = this.#type;
      return value as unknown as EventOf<T>;
    } catch {
      return undefined;
    }
  }
}

/**
 * The events of one type in the folder of a run, in the order in which they were written. Reading goes in pieces, so that
 * the file may be larger than memory. A file that is not there, or cannot be read, has none.
 */
export function readEvents<T extends EventType>(folder: string, type: T): StoredEvents<T> {
  return new StoredEvents(folder, type);
}

interface Line {
  readonly text: string;
  /** Whether a line feed ends it. */
  readonly whole: boolean;
}

function* linesOf(file: string): Generator<Line> {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return;
  try {
    let buffer = Buffer.allocUnsafe(CHUNK);
    let filled = 0;
    let skipping = false;
    for (;;) {
      if (filled === buffer.length) {
        if (buffer.length >= LONGEST_LINE) {
          skipping = true;
          filled = 0;
        } else buffer = Buffer.concat([buffer], buffer.length * 2);
      }
      const read = readIfPossible(descriptor, buffer, filled);
      if (read === 0) break;
      const end = buffer.subarray(0, filled + read).lastIndexOf(LINE_FEED);
      const before = filled;
      filled += read;
      if (end < before) continue;
      // Whole lines are decoded at once: a character of several bytes never lies across a line feed.
      const lines = buffer.toString("utf8", 0, end).split("\n");
      for (const [index, text] of lines.entries()) {
        yield { text: skipping && index === 0 ? "(too long)" : text, whole: true };
      }
      skipping = false;
      buffer.copyWithin(0, end + 1, filled);
      filled -= end + 1;
    }
    if (filled > 0 || skipping)
      yield { text: skipping ? "(too long)" : buffer.toString("utf8", 0, filled), whole: false };
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openRegular(file);
  } catch {
    return undefined;
  }
}

function readIfPossible(descriptor: number, buffer: Buffer, offset: number): number {
  try {
    return readSync(descriptor, buffer, offset, buffer.length - offset, null);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return 0; // a disk that fails here: what was read until now is what there is
  }
}
