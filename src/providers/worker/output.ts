import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<string>();

/** Runs a call, so that what it prints is known to be its own. */
export function asCall<T>(id: string, run: () => T): T {
  return current.run(id, run);
}

/** The call to which the code that asks belongs. */
export function currentCall(): string | undefined {
  return current.getStore();
}

type Write = typeof process.stdout.write;

/** Hands what calls print to `tell`, in place of this thread's standard output and error. */
export function takeOutput(tell: (id: string, text: string) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const id = current.getStore();
      if (id === undefined) return write(chunk, ...rest);
      tell(id, typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      const done = rest.find((argument) => typeof argument === "function") as (() => void) | undefined;
      if (done !== undefined) queueMicrotask(done);
      return true;
    }) as Write;
  }
}
