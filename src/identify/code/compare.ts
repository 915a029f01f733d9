import { type CodeManifest, pathTo } from "./manifest.ts";

/** A declaration or a package that is not the same in two manifests of a function. */
export type CodeDifference =
  | {
      readonly kind: "declaration";
      readonly change: "added" | "removed" | "changed";
      readonly name: string;
      readonly file: string;
      readonly line: number;
      /** The names through which it is reached, its own last. */
      readonly path: readonly string[];
    }
  | {
      readonly kind: "package";
      readonly name: string;
      /** Undefined where the manifest does not have it. */
      readonly before: string | undefined;
      readonly after: string | undefined;
    };

/**
 * What is different in `after`. Declarations of one name are told apart by their files, and where those changed too, by
 * their order.
 */
export function compareCode(before: CodeManifest, after: CodeManifest): CodeDifference[] {
  const differences = [...declarationsThatDiffer(before, after), ...packagesThatDiffer(before, after)];
  const digestsOf = ({ origins }: CodeManifest): string => origins.map(({ digest }) => digest).join(" ");
  if (differences.length > 0 || digestsOf(before) === digestsOf(after)) return differences;
  // What leads to what is another: two constants of one name have changed places, say, or two writes.
  return [declarationAt(after, 0, "changed")];
}

function declarationsThatDiffer(before: CodeManifest, after: CodeManifest): CodeDifference[] {
  const left = new Set(before.declarations.keys());
  const unmatched = new Set(after.declarations.keys());
  const differences: { readonly place: number; readonly difference: CodeDifference }[] = [];
  const match = (same: (from: number, to: number) => boolean, onMatch: (from: number, to: number) => void): void => {
    for (const to of [...unmatched]) {
      for (const from of left) {
        if (!same(from, to)) continue;
        left.delete(from);
        unmatched.delete(to);
        onMatch(from, to);
        break;
      }
    }
  };
  const old = (place: number) => before.declarations[place];
  const now = (place: number) => after.declarations[place];
  // The function itself is the same one, whatever it is called.
  const isRoot = (from: number, to: number): boolean => (from === 0) === (to === 0);
  const sameName = (from: number, to: number): boolean => isRoot(from, to) && old(from)?.name === now(to)?.name;
  const sameText = (from: number, to: number): boolean => old(from)?.digest === now(to)?.digest;
  const sameFile = (from: number, to: number): boolean => old(from)?.file === now(to)?.file;
  const unchanged = (): void => undefined;
  const changed = (_: number, to: number): void => {
    differences.push({ place: to, difference: declarationAt(after, to, "changed") });
  };
  match((from, to) => sameName(from, to) && sameFile(from, to) && sameText(from, to), unchanged);
  match((from, to) => sameName(from, to) && sameFile(from, to), changed);
  match((from, to) => sameName(from, to) && sameText(from, to), unchanged);
  match(sameName, changed);
  match((from, to) => from === 0 && to === 0, changed);
  for (const to of unmatched) differences.push({ place: to, difference: declarationAt(after, to, "added") });
  differences.sort((a, b) => a.place - b.place);
  return [
    ...differences.map(({ difference }) => difference),
    ...[...left].map((from) => declarationAt(before, from, "removed")),
  ];
}

function declarationAt(manifest: CodeManifest, place: number, change: "added" | "removed" | "changed"): CodeDifference {
  const { name = "", file = "", line = 0 } = manifest.declarations[place] ?? {};
  return { kind: "declaration", change, name, file, line, path: pathTo(manifest, place) };
}

function packagesThatDiffer(before: CodeManifest, after: CodeManifest): CodeDifference[] {
  const versions = (manifest: CodeManifest): Map<string, string> => {
    const found = new Map<string, string>();
    for (const { name, version } of manifest.packages) {
      const known = found.get(name);
      found.set(name, known === undefined || known === version ? version : `${known}, ${version}`);
    }
    return found;
  };
  const [from, to] = [versions(before), versions(after)];
  return [...new Set([...to.keys(), ...from.keys()])]
    .filter((name) => from.get(name) !== to.get(name))
    .map((name) => ({ kind: "package", name, before: from.get(name), after: to.get(name) }));
}
