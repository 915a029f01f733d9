import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { pageOf, runPages } from "./pages.ts";
import { planOf } from "./plan.ts";
import { inRepository, Reader, ROOT, type Ended } from "./reader.ts";
test.skipIf(!process.env["FILL"])("fill", { timeout: 600_000 }, async () => {
  for (const page of runPages) {
    let text = readFileSync(path.join(ROOT, page), "utf8");
    for (const section of pageOf(page).sections) {
      if (!section.blocks.some((b) => b.text === "?\n")) continue;
      const folder = await Reader.create();
      const fill = ({ screen, code }: Ended, wanted: string, line: number) => {
        if (code !== 0) console.log(`${page}:${line} exit ${code}\n${screen}`);
        if (wanted !== "?\n") { if (screen.trim() !== wanted.trim()) console.log(`${page}:${line} prints\n${screen}`); return; }
        text = text.replace("```text\n?\n```", () => "```text\n" + (screen.trimEnd().replaceAll(folder.workspace.path, "/home/you/project") || "(nothing)") + "\n```");
      };
      for (const step of planOf(section)) {
        const { text: body, line } = step.block;
        if (step.kind === "write") await folder.workspace.write(step.file, body);
        else if (step.kind === "module") {
          const own = step.file === undefined ? await Reader.create() : folder;
          fill(await own.module(step.file ?? "example.ts", body), step.output, line);
          if (own !== folder) await own.remove();
        } else if (step.kind === "shell") fill(await folder.shell(body), step.output, line);
        else if (step.kind === "output") fill(await inRepository(step.command), body, line);
      }
      await folder.remove();
    }
    writeFileSync(path.join(ROOT, page), text);
  }
});
