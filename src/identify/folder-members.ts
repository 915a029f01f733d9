import type { Listing, RelativePath } from "./folder-listing.ts";
import { type Leaf, shortDigest } from "./leaves.ts";

/** What is in a folder, in short: the path of each member, and what stands for its content. */
export interface FolderMembers {
  readonly members: readonly Leaf[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** Longest text of all members together. */
const LONGEST = 12_000;
/** Of more members, making the texts would take longer than they are worth. */
const MOST_MEMBERS = 100_000;
const DEEPEST = 8;

/**
 * The members of a folder; where they are too many, those of its upper levels, with one digest for all that is below.
 *
 * @param contents - digests of the files by their places.
 * @param digest - the content digest of bytes.
 */
export function membersOf(
  { members, stamps }: Listing,
  contents: ReadonlyMap<number, Uint8Array>,
  digest: (bytes: Uint8Array) => Uint8Array,
): FolderMembers {
  if (members.length > MOST_MEMBERS) return { members: [], complete: false };
  const all = members.map((member): Leaf => {
    const path = textOf(member.path);
    if (member.kind === "folder") return [`${path}/`, ""];
    if (member.kind === "link") return [path, `→ ${JSON.stringify(textOf(member.target))}`];
    const content = contents.get(member.place);
    const executable = stamps.isExecutableAt(member.place) ? " executable" : "";
    return [path, `${content === undefined ? "?" : shortDigest(content)}${executable}`];
  });
  if (fits(all)) return { members: all, complete: true };
  for (let depth = DEEPEST; depth > 0; depth -= 1) {
    const summed = sumUp(all, depth, digest);
    if (fits(summed)) return { members: summed, complete: true };
  }
  let room = LONGEST;
  const first = all.findIndex(([path, text]) => {
    room -= path.length + text.length + 6;
    return room < 0;
  });
  return { members: all.slice(0, first), complete: false };
}

/** Members down to a depth: what is below a folder of that depth is one digest. */
function sumUp(all: readonly Leaf[], depth: number, digest: (bytes: Uint8Array) => Uint8Array): Leaf[] {
  const folders = Map.groupBy(all, ([path]) => {
    const names = path.split("/");
    return names.length > depth ? `${names.slice(0, depth).join("/")}/` : path;
  });
  return [...folders].map(([path, members]): Leaf => {
    const [only] = members;
    if (members.length === 1 && only?.[0] === path) return only;
    return [path, `${members.length - 1} members ${shortDigest(digest(Buffer.from(JSON.stringify(members))))}`];
  });
}

function fits(members: readonly Leaf[]): boolean {
  let room = LONGEST;
  for (const [path, text] of members) room -= path.length + text.length + 6;
  return room >= 0;
}

function textOf(path: RelativePath): string {
  return typeof path === "string" ? path : path.toString("latin1");
}
