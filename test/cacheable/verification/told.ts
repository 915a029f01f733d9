import { type CacheCallEvent, onEvent } from "scalable";
import { onTestFinished } from "vitest";

/** What is told of calls of cacheables from now on until the end of the test. */
export function told(): readonly CacheCallEvent[] {
  const events: CacheCallEvent[] = [];
  onTestFinished(onEvent((event) => event.type === "cache" && events.push(event)));
  return events;
}
