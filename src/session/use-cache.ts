/** What a manifest says of the cache, and which variable says it elsewhere. */
export interface ManifestCache {
  readonly localCache?: string | undefined;
  readonly remoteCache?: string | undefined;
  readonly trustedKeys?: readonly string[] | undefined;
}

type Variable = "SCALABLE_CACHE_DIR" | "SCALABLE_CACHE_REMOTE" | "SCALABLE_CACHE_TRUSTED_KEYS";

/** For each variable, what the sessions that are open say of it, in the order of their beginning, and what was before. */
const said = new Map<
  Variable,
  { readonly values: { readonly value: string }[]; readonly outside: string | undefined }
>();

/**
 * The manifest's cache is that of all calls of the run, in workers too: what it says comes before the environment. Of
 * several sessions, the one that began last says it.
 *
 * @returns a function that ends it, whichever session ends first.
 */
export function useCache({ localCache, remoteCache, trustedKeys }: ManifestCache): () => void {
  const undo = [
    say("SCALABLE_CACHE_DIR", localCache),
    say("SCALABLE_CACHE_REMOTE", remoteCache),
    say("SCALABLE_CACHE_TRUSTED_KEYS", trustedKeys?.join(",")),
  ];
  return () => {
    for (const each of undo) each();
  };
}

function say(variable: Variable, value: string | undefined): () => void {
  if (value === undefined) return () => undefined;
  const own = { value };
  const entry = said.get(variable) ?? { values: [], outside: process.env[variable] };
  said.set(variable, entry);
  entry.values.push(own);
  set(variable);
  return () => {
    entry.values.splice(entry.values.indexOf(own), 1);
    set(variable);
    if (entry.values.length === 0) said.delete(variable);
  };
}

function set(variable: Variable): void {
  const entry = said.get(variable);
  const value = entry?.values.at(-1)?.value ?? entry?.outside;
  if (value === undefined) delete process.env[variable];
  else process.env[variable] = value;
}
