/** Stands where a value is not to be shown. Text is quoted wherever it is shown, so nothing else looks like this. */
export const REDACTED = "(redacted)";

/**
 * Values of which no text is kept, by their paths: `apiKey` is a parameter, `params.apiKey` a member of one, and
 * `users[*].token` one of each member. What is below a path is covered as well.
 */
export class Redaction {
  readonly #patterns: readonly RegExp[];
  readonly #parameters: ReadonlySet<string>;

  constructor(paths: readonly string[]) {
    const plain = paths.map(plainPath);
    this.#patterns = plain.map(
      (path) => new RegExp(`^${path.split("*").map(escapeRegExp).join("[^.]*")}(?:\\.|$)`, "s"),
    );
    this.#parameters = new Set(paths.map(parameterOf));
  }

  /** @param path - names with dots between them. A name with a dot in it is covered as well: too much is hidden at most. */
  covers(path: string): boolean {
    return this.#patterns.some((pattern) => pattern.test(path));
  }

  /** Whether anything of a parameter is covered. */
  touches(parameter: string): boolean {
    return this.#parameters.has(parameter);
  }
}

/** The parameter that a path begins with. */
export function parameterOf(path: string): string {
  return /^(?:\.\.\.|[^.[\]]+)/.exec(path)?.[0] ?? "";
}

/** `users[0]["token"]` as `users.0.token` */
function plainPath(path: string): string {
  return path.replace(/\[\s*(?:"([^"]*)"|'([^']*)'|([^\]]*?))\s*\]/g, ".$1$2$3");
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
