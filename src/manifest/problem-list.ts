import type { Problem, ProblemCode } from "./problem.ts";
import type { Source, Span } from "./source.ts";

/** A file that has more is something else than a manifest; what is beyond is not reported. */
const MOST = 1_000;

/** What is known about a problem before it is put into words for people. */
export interface Finding {
  readonly code: ProblemCode;
  readonly span: Span;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Collects what is wrong, so that all of it can be reported at once. */
export class ProblemList {
  readonly #source: Source;
  readonly #findings = new Map<string, Finding>();

  constructor(source: Source) {
    this.#source = source;
  }

  get empty(): boolean {
    return this.#findings.size === 0;
  }

  /** The same one twice, as of an overlay that two targets use, is one. */
  add(finding: Finding): void {
    if (this.#findings.size >= MOST) return;
    this.#findings.set(`${finding.code} ${finding.span.start} ${finding.message}`, finding);
  }

  addAll(findings: Iterable<Finding>): void {
    for (const finding of findings) this.add(finding);
  }

  /** In the order of the file. */
  toArray(): Problem[] {
    const sorted = [...this.#findings.values()].sort((a, b) => a.span.start - b.span.start);
    return sorted.map(({ code, span, message, hint }) => ({
      code,
      message,
      file: this.#source.file,
      ...this.#source.position(span.start),
      excerpt: this.#source.excerpt(span),
      ...(hint !== undefined && { hint }),
    }));
  }
}
