import { fileURLToPath } from "node:url";
import type { Case } from "../case.ts";
import { run } from "../fixtures.ts";
import { alternate, type Side, timed } from "../measure.ts";
import { rowsOf } from "../row.ts";

export const startup: Case = {
  name: "import",
  async run(bench) {
    const outcomes = await alternate([script("scalable", "import-scalable.mjs"), script("empty script", "empty.mjs")], {
      rounds: bench.rounds(41),
      warmups: 3,
    });
    return rowsOf(outcomes, [
      {
        name: "import",
        measured: 'Whole processes: a script that is `import "scalable"`, against an empty one.',
        peer: "empty script",
        target: { kind: "difference", atMost: 0.06 },
      },
    ]);
  },
};

function script(name: string, file: string): Side {
  const path = fileURLToPath(new URL(`../peers/${file}`, import.meta.url));
  return {
    name,
    async prepare() {
      return async () => timed(() => run(process.execPath, [path]));
    },
  };
}
