const VARIABLE = "SCALABLE_CACHE_DIR";

/** The caches of the sessions that are open, in the order of their beginning. */
const used: { readonly dir: string }[] = [];
let outside: string | undefined;

/**
 * The manifest's cache is that of all calls of the run, in workers too: what it says comes before the environment. Of
 * several sessions, the one that began last says it.
 *
 * @returns a function that ends it, whichever session ends first.
 */
export function useCache(dir: string | undefined): () => void {
  if (dir === undefined) return () => undefined;
  if (used.length === 0) outside = process.env[VARIABLE];
  const own = { dir };
  used.push(own);
  set();
  return () => {
    used.splice(used.indexOf(own), 1);
    set();
  };
}

function set(): void {
  const dir = used.at(-1)?.dir ?? outside;
  if (dir === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = dir;
}
