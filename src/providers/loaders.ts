const loaders: string[] = [];

/** From now on, workers import this module before anything else, so that they can load what this process can. */
export function addLoader(url: string): void {
  if (!loaders.includes(url)) loaders.push(url);
}

/** Node's arguments for a worker process: those that this process was started with, and the loaders. */
export function processArguments(): string[] {
  return [...process.execArgv, ...imports()];
}

/**
 * Node's arguments for a worker thread; undefined for those of this process. A thread refuses what concerns the whole
 * process, such as the size of the heap, where it is named, and inherits it where nothing is.
 */
export function threadArguments(): string[] | undefined {
  return loaders.length === 0 ? undefined : [...loadingArguments(), ...imports()];
}

function imports(): string[] {
  return loaders.flatMap((url) => ["--import", url]);
}

const LOADING = new Set(["--import", "--require", "-r", "--loader", "--experimental-loader", "--conditions", "-C"]);

/** Of this process's arguments, those that say how modules are loaded. */
function loadingArguments(): string[] {
  return process.execArgv.flatMap((argument, place, all) => {
    if (LOADING.has(argument)) return [argument, all[place + 1] ?? ""];
    const [name = ""] = argument.split("=", 1);
    return argument.includes("=") && LOADING.has(name) ? [argument] : [];
  });
}
