import type { Reporter, TestModule, TestSuite, Vitest } from "vitest/node";

/** Prints `N passed, N failed` (and `, N skipped` if any are) alone on the last line, when the process ends. */
export default class Tally implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  onInit(vitest: Vitest): void {
    if (vitest.config.watch) return;
    // As late as possible: other reporters, the pool and the typechecker may still have something to say.
    process.once("exit", (code) => this.#print(code));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    // An error outside of a test counts as a failed one, or a run could fail with "0 failed".
    this.#failed += unhandledErrors.length;
    for (const module of modules) {
      this.#countErrors(module);
      for (const suite of module.children.allSuites()) this.#countErrors(suite);
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") this.#passed += 1;
        else if (state === "failed") this.#failed += 1;
        else this.#skipped += 1;
      }
    }
  }

  #countErrors(owner: TestModule | TestSuite): void {
    if (owner.errors().length > 0) this.#failed += 1;
  }

  #print(exitCode: number): void {
    const failed = exitCode !== 0 ? Math.max(1, this.#failed) : this.#failed;
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : "";
    process.stdout.write(`${this.#passed} passed, ${failed} failed${skipped}\n`);
  }
}
