import { afterEach, beforeEach, onTestFinished, vi } from "vitest";
import { Workspace } from "../rig/workspace.ts";

/** Gives each test of a file a folder of its own, with its cache in `cache/`. Ends with the test. */
export function ownCache(): { readonly ws: Workspace } {
  let current: Workspace | undefined;
  beforeEach(async () => {
    current = await Workspace.create();
    vi.stubEnv("SCALABLE_CACHE_DIR", current.resolve("cache"));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await current?.remove();
    current = undefined;
  });
  return {
    get ws() {
      if (current === undefined) throw new Error("There is a folder only while a test runs.");
      return current;
    },
  };
}

/**
 * What is said on standard error from now on until the end of the test, line by line; but not that functions of tests
 * have variables of the tests around them.
 */
export function said(): readonly string[] {
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    lines.push(
      ...String(text)
        .split("\n")
        .filter((line) => line !== "" && !CAPTURES.test(line)),
    );
    return true;
  });
  onTestFinished(() => write.mockRestore());
  return lines;
}

const CAPTURES = / is a variable of the function around it,/;

/** Counts runs of a body: `const runs = counter()`, then `runs.count += 1` in the body. */
export function counter(): { count: number } {
  return { count: 0 };
}

/** Lets all that is ready to go on do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
