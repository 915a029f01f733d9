/*
 * What comes from a cache folder was written by others: a name or a preview could move the cursor, recolour the
 * terminal, retitle its window, or (with marks of writing direction) show itself as something that it is not.
 */

// Controls; line and paragraph separators; marks that change the writing direction; lone halves of a pair.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}\ufeff]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** `text` with each character that a terminal would act upon spelled out (`\n`, `\x1b`, `\u202e`). */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return SHORT[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });
}

/** JSON of `value`, in which these characters are escaped as JSON has it: the parsed value is the same. */
export function toPrintableJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent);
  // Outside of strings, only the line feeds of the indentation are among these characters.
  return json.replace(UNPRINTABLE, (character) =>
    character === "\n" ? character : `\\u${hex(character.charCodeAt(0), 4)}`,
  );
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
