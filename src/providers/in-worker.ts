let here = false;

/** From now on, this thread is known to be a worker of a session. */
export function enterWorker(): void {
  here = true;
}

/** Whether this thread is a worker of a session. */
export function inWorker(): boolean {
  return here;
}
