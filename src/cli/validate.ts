import type { Command } from "commander";
import { escapeUnprintable } from "../escape.ts";
import type { ManifestCheck, ResolvedManifest } from "../manifest/manifest.ts";
import { formatProblem } from "../manifest/problem.ts";
import { formatCounted } from "../units.ts";
import { ExitCode } from "./exit-code.ts";
import { print, printJson, printLines } from "./terminal/output.ts";

interface ValidateOptions {
  readonly target?: string;
  readonly json?: true;
}

/** `scalable validate` */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .description("check a manifest; exit code 1 if it has problems")
    .argument("[manifest]", "its path (default: SCALABLE_MANIFEST, or scalable.yaml)")
    .option("--target <name>", "check that it has this target")
    .option("--json", "print JSON")
    .action(async (argument: string | undefined, options: ValidateOptions) => {
      // Only here, as the parser and the schema would slow down every other command.
      const { checkManifest, defaultManifestPath, resolveTarget } = await import("../manifest/manifest.ts");
      const file = argument ?? defaultManifestPath();
      const check = await checkManifest(file);
      const asked = options.target !== undefined && check.manifest !== undefined;
      const resolved = asked ? resolveTarget(check.manifest, options.target) : undefined;
      if (options.json) await printJson(asJson(file, check, resolved));
      else await printCheck(file, check, resolved);
      if (check.manifest === undefined) process.exitCode = ExitCode.problem;
    });
}

function asJson(file: string, { manifest, problems }: ManifestCheck, resolved: ResolvedManifest | undefined): object {
  return {
    file,
    valid: manifest !== undefined,
    ...(manifest !== undefined && {
      targets: manifest.targets,
      components: manifest.components,
      tasks: manifest.tasks,
    }),
    ...(resolved !== undefined && { target: resolved.target, lock: resolved.lock }),
    problems,
  };
}

async function printCheck(
  file: string,
  { manifest, problems }: ManifestCheck,
  resolved: ResolvedManifest | undefined,
): Promise<void> {
  if (manifest === undefined) {
    await printLines(problems.flatMap((problem) => formatProblem(problem).split("\n")).map(escapeUnprintable));
    await print(escapeUnprintable(`${file} has ${formatCounted(problems.length, "problem", "problems")}`));
    return;
  }
  const counts = [
    formatCounted(manifest.targets.length, "target", "targets"),
    formatCounted(manifest.components.length, "component", "components"),
    formatCounted(manifest.tasks.length, "task", "tasks"),
  ];
  await print(escapeUnprintable(`${file} is valid: ${counts.join(", ")}`));
  if (resolved === undefined) return;
  const { name, provider } = resolved.target;
  await print(escapeUnprintable(`target ${name} (${provider}): ${resolved.lock}`));
}
