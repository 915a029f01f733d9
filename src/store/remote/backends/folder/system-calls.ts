/**
 * How many system calls on shared folders are under way at once: one less than the threads that Node.js has for them. A
 * call on a file system whose server is gone cannot be interrupted and keeps its thread, perhaps for ever; the thread that
 * is left keeps all other files of this process alive, those of the local cache before all.
 */
const AT_ONCE = Math.max(1, (Number(process.env["UV_THREADPOOL_SIZE"]) || 4) - 1);

type Start = () => Promise<void> | undefined;

let free = AT_ONCE;
const waiting: Start[] = [];

/**
 * Calls `start` when it is its turn.
 *
 * @param start - the promise of what it began, which never rejects; undefined where there is nothing to do any more.
 */
export function whenFree(start: Start): void {
  waiting.push(start);
  next();
}

function next(): void {
  while (free > 0) {
    const start = waiting.shift();
    if (start === undefined) return;
    const begun = start();
    if (begun === undefined) continue;
    free -= 1;
    void begun.then(() => {
      free += 1;
      next();
    });
  }
}

/** Clears up, also after an operation was aborted. What fails here fails nobody; it never rejects. */
export function inBackground(task: () => Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    whenFree(() =>
      task().then(
        () => resolve(),
        () => resolve(),
      ),
    );
  });
}
