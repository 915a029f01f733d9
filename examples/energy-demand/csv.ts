import { readFile } from "node:fs/promises";

/**
 * Reads the named columns of a comma-separated file, as text. Quoting is not understood: the data sets used here have
 * none, and a line with another number of cells than the header is an error rather than a guess.
 */
export async function readCsv<const Name extends string>(
  path: string,
  columns: readonly Name[],
): Promise<Record<Name, string>[]> {
  const [header = "", ...lines] = (await readFile(path, "utf8")).trimEnd().split(/\r?\n/);
  const names = header.split(",");
  const places = columns.map((column) => {
    const place = names.indexOf(column);
    if (place === -1) throw new Error(`${path} has no column "${column}", only ${names.join(", ")}`);
    return [column, place] as const;
  });
  return lines.map((line, index) => {
    const cells = line.split(",");
    if (cells.length !== names.length) {
      throw new Error(`${path}:${index + 2}: ${cells.length} cells where the header has ${names.length}`);
    }
    return Object.fromEntries(places.map(([column, place]) => [column, cells[place]])) as Record<Name, string>;
  });
}

/** A cell as a finite number. An empty or malformed cell is an error: a gap in the weather must not become 0 °C. */
export function toNumber(cell: string, what: string): number {
  const value = Number(cell);
  if (cell.trim() === "" || !Number.isFinite(value)) throw new Error(`${what}: "${cell}" is not a number`);
  return value;
}
