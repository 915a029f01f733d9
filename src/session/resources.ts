import { emit } from "../telemetry/event.ts";

const INTERVAL_MS = 5_000;

export interface Load {
  readonly workers: number;
  readonly running: number;
  readonly waiting: number;
}

/** Tells now and then what this process uses, until the returned function is called; then once more. */
export function watchResources(loadOf: () => Load): () => void {
  let cpu = process.cpuUsage();
  let at = performance.now();
  const tell = (): void => {
    const elapsedMs = performance.now() - at;
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    at = performance.now();
    const { workers, running, waiting } = loadOf();
    emit({
      type: "resource",
      timestamp: new Date().toISOString(),
      cpu: elapsedMs === 0 ? 0 : (user + system) / 1000 / elapsedMs,
      memory_bytes: process.memoryUsage.rss(),
      workers,
      tasks_running: running,
      tasks_waiting: waiting,
    });
  };
  const timer = setInterval(tell, INTERVAL_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    tell();
  };
}
