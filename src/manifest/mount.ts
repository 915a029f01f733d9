/** A folder or file of this machine, and where a container sees it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** A mount from `source:target`, `source:target:ro` or `source:target:rw`; undefined where it is none. */
export function parseMount(text: string): Mount | undefined {
  const [source = "", target = "", mode = "rw", ...more] = text.split(":");
  if (source === "" || target === "" || more.length > 0 || !["ro", "rw"].includes(mode)) return undefined;
  return { source, target, readOnly: mode === "ro" };
}
