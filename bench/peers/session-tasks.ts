/** What the session's workers run. */
import { cacheable } from "scalable";

export function noop(i: number): number {
  return i;
}

export const remembered = cacheable({ name: "remembered", args: { x: Number } }, function remembered(x: number) {
  return { scenario: x, demandMw: x * 1.5 };
});

/** Works for 50 ms of processor time. */
export function spin(): number {
  const end = performance.now() + 50;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 1000; i++) sum += Math.sqrt(i);
  return sum;
}
