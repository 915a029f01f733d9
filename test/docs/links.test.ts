import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { linkedPages, pageOf } from "./pages.ts";
import { ROOT } from "./reader.ts";

test.each(linkedPages)("the links of %s lead somewhere", (file) => {
  const broken = pageOf(file).links.flatMap(({ target, line }) => {
    const why = faultOf(target, file);
    return why === undefined ? [] : [`${file}:${line}: ${target} ${why}`];
  });

  expect(broken).toEqual([]);
});

/** What is wrong with a link; only links within the repository are followed. */
function faultOf(target: string, from: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [relative = "", anchor] = target.split("#");
  const file = relative === "" ? from : path.posix.join(path.posix.dirname(from), decodeURIComponent(relative));
  if (file.startsWith("../")) return "leads out of the repository";
  const absolute = path.join(ROOT, file);
  if (!existsSync(absolute)) return "does not exist";
  if (anchor === undefined || !statSync(absolute).isFile()) return undefined;
  return pageOf(file).anchors.has(anchor) ? undefined : "names a heading that is not there";
}
