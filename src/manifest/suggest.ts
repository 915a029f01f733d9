/** `: did you mean "x"?` for the known name that is nearest to an unknown one; a full stop where none is near. */
export function didYouMean(unknown: string, known: Iterable<string>): string {
  const nearest = nearestOf(unknown, known);
  return nearest === undefined ? "." : `: did you mean ${JSON.stringify(nearest)}?`;
}

/** As many as the options of any provider. */
const MOST_LISTED = 16;

/** Names in quotes, separated by commas; a few of them where there are many. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  const shown = all
    .slice(0, MOST_LISTED)
    .map((name) => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name));
  if (all.length > shown.length) shown.push(`and ${all.length - shown.length} more`);
  return shown.join(", ");
}

/** Longer names are not typed by hand, and among more than so many the search would take longer than it is worth. */
const LONGEST = 60;
const MOST = 2_000;

function nearestOf(unknown: string, known: Iterable<string>): string | undefined {
  if (unknown.length > LONGEST) return undefined;
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(unknown.length / 3)) + 1;
  let asked = 0;
  for (const name of known) {
    asked += 1;
    if (asked > MOST) break;
    if (Math.abs(name.length - unknown.length) >= least) continue;
    const distance = editDistance(unknown.toLowerCase(), name.toLowerCase());
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** How many characters are to be inserted, removed, replaced, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = cell(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swaps ? cell(i - 2, j - 2) + 1 : replaced;
      row.push(Math.min(replaced, swapped, cell(i - 1, j) + 1, cell(i, j - 1) + 1));
    }
  }
  return cell(a.length, b.length);
}
