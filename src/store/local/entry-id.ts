import { digestContent } from "../../identify/content.ts";

const DIGITS = 13;
const CALL_KEY = /^[0-9a-f]{32}$/;

/** No entry has a greater one: 52 bits, which a JavaScript number holds exactly. */
export const GREATEST_ID = 2 ** (4 * DIGITS) - 1;

/**
 * The number of a key's row in the index. It is made of the key, so that one descent leads to the row, and not one
 * through an index of keys and another to the row. Of two keys with one number, the index holds the one stored last.
 */
export function entryId(key: string): number {
  const digits = CALL_KEY.test(key) ? key : Buffer.from(digestContent(Buffer.from(key, "utf8"))).toString("hex");
  return Number.parseInt(digits.slice(0, DIGITS), 16);
}
