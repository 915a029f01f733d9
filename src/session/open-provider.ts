import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Component, ResolvedManifest } from "../manifest/manifest.ts";
import { LocalProvider } from "../providers/local/local-provider.ts";
import type { Provider, ProviderListener } from "../providers/provider.ts";
import { detach } from "../settings.ts";
import { secondsOf } from "./durations.ts";

/** A provider, and what can be told of one whose calls go on without the session. */
export interface OpenProvider extends Provider {
  /** Resolves when all that was handed over is where it goes on by itself. */
  allSubmitted?(): Promise<void>;
}

/** Makes the provider of a target. */
export type ProviderMaker = (listener: ProviderListener, run: { readonly runId: string | undefined }) => OpenProvider;

/** What a target's provider takes is loaded now, as sessions start without waiting. */
export async function loadProvider({ file, project, target, components }: ResolvedManifest): Promise<ProviderMaker> {
  const located = withPreloads(components, file);
  switch (target.provider) {
    case "local":
      return (listener) => new LocalProvider({ ...target.options, components: located }, listener);
    case "slurm": {
      const { SlurmProvider } = await import("../providers/slurm/slurm-provider.ts");
      const { options: slurm } = target;
      return (listener, { runId }) =>
        new SlurmProvider(
          {
            slurm,
            project: project.name,
            runId,
            components: located,
            secondsOf,
            mode: detach() ? "detach" : "stay",
          },
          listener,
        );
    }
  }
}

/** Components with the URLs of their preload scripts, which are named from the manifest's folder. */
function withPreloads(components: ResolvedManifest["components"], manifest: string): Map<string, Component> {
  const located = ([name, component]: [string, Component]): [string, Component] => {
    if (component.preloadScript === undefined) return [name, component];
    const script = path.resolve(path.dirname(manifest), component.preloadScript);
    return [name, { ...component, preloadScript: pathToFileURL(script).href }];
  };
  return new Map([...components].map(located));
}
