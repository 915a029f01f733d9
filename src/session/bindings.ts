import { ScalableError } from "../errors.ts";
import type { Outputs } from "../providers/provider.ts";
import type { Effort } from "./task.ts";

/** What a manifest says of tasks and components, as far as submitting needs it. */
export interface Bindings {
  readonly components: ReadonlyMap<
    string,
    { readonly name: string; readonly tags: readonly string[]; readonly env: Readonly<Record<string, string>> }
  >;
  readonly tasks: ReadonlyMap<
    string,
    {
      readonly component: string;
      readonly cache: boolean;
      readonly retries: {
        readonly max: number;
        readonly backoffMs?: number | undefined;
        readonly memoryFactor?: number | undefined;
        readonly walltimeFactor?: number | undefined;
      };
      readonly outputs: ReadonlyMap<string, "file" | "folder">;
      readonly timeoutMs?: number | undefined;
    }
  >;
}

/** What a call is bound to. */
export interface Binding {
  readonly task: string | undefined;
  readonly component: string;
  /** What the task says of the cache; undefined where there is no task. */
  readonly cache: boolean | undefined;
  readonly retries: number;
  readonly backoffMs: number | undefined;
  readonly factors: Effort["factors"];
  readonly timeoutMs: number | undefined;
  readonly outputs: Outputs;
}

/** The component of calls that name none, where the manifest has several, or none at all. */
export const DEFAULT_COMPONENT = "default";

/** Binds a call to a task and a component. */
export function bind(
  bindings: Bindings,
  functionName: string,
  { task: named, tag }: { readonly task?: string | undefined; readonly tag?: string | undefined },
): Binding {
  const task = named ?? (bindings.tasks.has(functionName) ? functionName : undefined);
  const found = task === undefined ? undefined : bindings.tasks.get(task);
  if (task !== undefined && found === undefined) throw unknown("task", task, bindings.tasks.keys());
  return {
    task,
    component: tag === undefined ? (found?.component ?? onlyOf(bindings)) : componentOf(bindings, tag),
    cache: found?.cache,
    retries: found?.retries.max ?? 0,
    backoffMs: found?.retries.backoffMs,
    factors: { memory: found?.retries.memoryFactor, walltime: found?.retries.walltimeFactor },
    timeoutMs: found?.timeoutMs,
    outputs: [...(found?.outputs ?? [])],
  };
}

function componentOf({ components }: Bindings, tag: string): string {
  if (components.has(tag)) return tag;
  for (const { name, tags } of components.values()) if (tags.includes(tag)) return name;
  throw unknown("tag", tag, components.keys());
}

function onlyOf({ components }: Bindings): string {
  const [only, ...others] = components.keys();
  return only !== undefined && others.length === 0 ? only : DEFAULT_COMPONENT;
}

function unknown(setting: "task" | "tag", name: string, known: Iterable<string>): ScalableError {
  const what = setting === "task" ? "task" : "component";
  const names = [...known].map((each) => `"${each}"`).join(", ");
  const there = names === "" ? `the manifest has no ${what}s` : `there are ${names}`;
  return new ScalableError("E_SETTING", `There is no ${what} "${name}" in the manifest (${there}).`, { setting });
}
