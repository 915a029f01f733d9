import { columnsOf, truncate } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /**
   * What happens to the column where the table does not fit: `cut` shortens its cells, `drop` leaves it out (the last
   * such column first). Without it, the column stays as it is.
   */
  readonly narrow?: "cut" | "drop" | undefined;
}

export interface TableOptions {
  readonly columns: readonly Column[];
  /** Cells, already free of characters that a terminal acts upon. */
  readonly rows: readonly (readonly string[])[];
  /** Columns of the terminal to fit into; without it, nothing is cut. */
  readonly width?: number | undefined;
  readonly styleHeading: (line: string) => string;
}

/** A column with its place in the rows, and its width. */
interface Placed extends Column {
  readonly index: number;
  readonly width: number;
}

const GAP = "  ";
/** Columns are dropped before cells are cut to less than this … */
const COMFORTABLE = 20;
/** … and no cell is cut further than this, where it says nothing any more: then the terminal may rather wrap the line. */
const NARROWEST = 8;

/** The lines of an aligned table, heading first, without trailing blanks. */
export function* formatTable({ columns, rows, width, styleHeading }: TableOptions): Generator<string> {
  const natural = columns.map((column, index) => ({
    ...column,
    index,
    width: naturalWidth(column.title, rows, index),
  }));
  const placed = width === undefined ? natural : fitted(natural, width);
  const line = (cells: readonly string[]) =>
    placed
      .map((column) => pad(cells[column.index] ?? "", column))
      .join(GAP)
      .trimEnd();
  yield styleHeading(line(columns.map((column) => column.title)));
  for (const row of rows) yield line(row);
}

function naturalWidth(title: string, rows: readonly (readonly string[])[], index: number): number {
  let widest = columnsOf(title);
  for (const row of rows) widest = Math.max(widest, columnsOf(row[index] ?? ""));
  return widest;
}

function fitted(natural: readonly Placed[], available: number): readonly Placed[] {
  let columns = natural;
  while (totalWidth(cutTo(columns, COMFORTABLE)) > available) {
    const dropped = columns.findLast((column) => column.narrow === "drop");
    if (dropped === undefined) break;
    columns = columns.filter((column) => column !== dropped);
  }
  // One bound for all that may be cut: short columns stay whole, and the long ones share what is left.
  let bound = available;
  while (bound > NARROWEST && totalWidth(cutTo(columns, bound)) > available) bound -= 1;
  return cutTo(columns, bound);
}

function cutTo(columns: readonly Placed[], bound: number): readonly Placed[] {
  return columns.map((column) =>
    column.narrow === "cut" ? { ...column, width: Math.min(column.width, bound) } : column,
  );
}

function totalWidth(columns: readonly Placed[]): number {
  return columns.reduce((sum, column) => sum + column.width, GAP.length * (columns.length - 1));
}

function pad(cell: string, { width, align }: Placed): string {
  const text = truncate(cell, width);
  const padding = " ".repeat(width - columnsOf(text));
  return align === "right" ? padding + text : text + padding;
}
