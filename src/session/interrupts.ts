/** What is to be done when the user, or the system, asks a session to end. */
export interface Interrupted {
  /** The first time: nothing is started any more, what runs may end for a moment. */
  first(signal: NodeJS.Signals): void;
  /** The second time: at once. */
  second(signal: NodeJS.Signals): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Listens to signals until the returned function is called. */
export function onInterrupt(interrupted: Interrupted): () => void {
  let count = 0;
  const listener = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count === 1) interrupted.first(signal);
    else interrupted.second(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
