/** Node.js counts no further; a longer timer would end at once. */
const LONGEST_MS = 2 ** 31 - 1;

export interface Timer {
  stop(): void;
}

/** Calls `end` in so many milliseconds, however many these are. */
export function startTimer(ms: number, end: () => void): Timer {
  let left = ms;
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const step = Math.min(left, LONGEST_MS);
    left -= step;
    timer = setTimeout(left > 0 ? next : end, step);
  };
  next();
  return { stop: () => clearTimeout(timer) };
}
