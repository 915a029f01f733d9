const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

const ASCII = /^[ -~]*$/;
const NO_COLUMN = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]/u;
/** Unicode's East Asian Width is not among the properties that a RegExp knows: these scripts and blocks have it wide. */
const TWO_COLUMNS =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;

/** How many columns of a terminal `text` takes. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += graphemeColumns(segment);
  return columns;
}

/** `text`, cut to at most `columns`, with `…` in place of what was cut off. */
export function truncate(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeColumns(segment);
    if (used > columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

function graphemeColumns(grapheme: string): number {
  if (NO_COLUMN.test(grapheme)) return 0;
  return TWO_COLUMNS.test(grapheme) ? 2 : 1;
}
