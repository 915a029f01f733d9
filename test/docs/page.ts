/** A fenced block of a Markdown page. */
export interface Block {
  /** The first word behind the fence: `ts`, `sh`, `text`, …; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** Of the opening fence, counted from 1. */
  readonly line: number;
  /** The comment right above the block. */
  readonly marker: Marker | undefined;
}

/** `<!-- name: value -->` */
export interface Marker {
  readonly name: string;
  readonly value: string;
}

/** All from one heading of the second level to the next. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
  /** The server without which its blocks cannot be run, such as `slurm`. */
  readonly needs: string | undefined;
}

/** A link to another file, or to a place in one. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** What the tests read off a Markdown page. */
export interface Page {
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
  /** What headings and places with an `id` are called in links, without `#`. */
  readonly anchors: ReadonlySet<string>;
}

const FENCE = /^\s*(`{3,})\s*(\S*)/;
const MARKER = /^\s*<!--\s*([a-z ]+):\s*(.+?)\s*-->\s*$/;
const HEADING = /^(#{1,6})\s+(.+?)\s*$/;
const ID = /<a id="([^"]+)">/g;
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\s*\[[^\]]+\]:\s*(\S+)/g;

export function readPage(markdown: string): Page {
  const sections: { title: string; blocks: Block[]; needs: string | undefined }[] = [
    { title: "(top)", blocks: [], needs: undefined },
  ];
  const links: Link[] = [];
  const headings: string[] = [];
  const ids: string[] = [];
  const lines = markdown.split("\n");
  let marker: Marker | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const [, fence, language = ""] = FENCE.exec(line) ?? [];
    if (fence !== undefined) {
      const indent = line.search(/\S/);
      const end = lines.findIndex((other, place) => place > at && other.trim() === fence);
      if (end < 0) throw new Error(`The block of line ${at + 1} has no end.`);
      const text = lines.slice(at + 1, end).map((each) => `${each.slice(indent)}\n`);
      sections.at(-1)?.blocks.push({ language, text: text.join(""), line: at + 1, marker });
      marker = undefined;
      at = end;
      continue;
    }
    const [, name, value] = MARKER.exec(line) ?? [];
    const section = sections.at(-1);
    if (name === "needs" && section !== undefined) {
      section.needs = value;
      continue;
    }
    if (name !== undefined && value !== undefined) marker = { name, value };
    else if (line.trim() !== "") marker = undefined;
    const [, level, title] = HEADING.exec(line) ?? [];
    if (title !== undefined) headings.push(title);
    if (title !== undefined && level === "##") sections.push({ title, blocks: [], needs: undefined });
    for (const [, id = ""] of line.matchAll(ID)) ids.push(id);
    const prose = line.replace(/`[^`]*`/g, (code) => "·".repeat(code.length));
    for (const [, inline, reference] of prose.matchAll(LINK)) {
      links.push({ target: inline ?? reference ?? "", line: at + 1 });
    }
  }
  return { sections, links, anchors: new Set([...anchorsOf(headings), ...ids]) };
}

/** As GitHub makes them: lower case, without punctuation, blanks as hyphens, numbered where they come again. */
function anchorsOf(headings: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{M}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    let unique = anchor;
    for (let number = 1; anchors.has(unique); number += 1) unique = `${anchor}-${number}`;
    anchors.add(unique);
  }
  return anchors;
}
