const DURATION = /\b\d+(?:\.\d+)? (?:ms|s|min|h|d)\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;
const ERASED = "\r\u001b[K";
const AGE = /\b(?:now|DURATION ago)\b/g;

/**
 * What was printed, with each line that is as expected written as expected: then the two texts are the same, or their
 * difference is what is wrong.
 *
 * `…` stands for any characters within a line. Blanks in a row count as one. Durations, ages and points in time to the
 * second (`12 ms`, `3 s ago`) count as such: they change at each run, and the widths of columns with them.
 */
export function inTermsOf(expected: string, actual: string): string {
  const patterns = linesOf(expected);
  return linesOf(withoutErased(actual))
    .map((line, place) => {
      const pattern = patterns[place];
      return pattern !== undefined && fits(pattern, line) ? pattern : line;
    })
    .join("\n");
}

/** As a terminal shows it: what was erased to the beginning of its line is not there. */
function withoutErased(text: string): string {
  return text
    .split("\n")
    .map((line) => line.split(ERASED).at(-1) ?? "")
    .join("\n");
}

export function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}

function fits(pattern: string, line: string): boolean {
  const parts = plain(pattern)
    .split("…")
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(plain(line));
}

function plain(line: string): string {
  return line.trimEnd().replace(/ +/g, " ").replace(TIME, "TIME").replace(DURATION, "DURATION").replace(AGE, "AGE");
}
