import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { workspace } from "./workspace.ts";

const KEPT = path.join(import.meta.dirname, "kept-process.ts");

test.each(["stop", "kill"] as const)("a kept process is gone after its owner's %s", async (end) => {
  const ws = await workspace();
  await ws.write("program.ts", "console.log(process.pid); setInterval(() => undefined, 1_000);");
  await ws.write(
    "owner.ts",
    `import { KeptProcess } from ${JSON.stringify(KEPT)};
     const kept = new KeptProcess(process.execPath, ["program.ts"], "log");
     setInterval(() => undefined, 1_000);
     process.stdin.once("data", async () => { await kept.stop(); console.log("stopped"); });
     console.log("ready");`,
  );
  const owner = await ws.start("owner.ts");
  const pid = Number(await until(() => readFile(ws.resolve("log"), "utf8")));
  expect(isAlive(pid)).toBe(true);

  if (end === "kill") {
    await owner.kill("SIGKILL");
  } else {
    owner.send("stop");
    await owner.line("stopped");
  }

  await until(async () => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Looks until there is something: neither a file of another process nor its end can be waited for. */
async function until<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
