import path from "node:path";
import type { TaskEvent } from "../../telemetry/event.ts";
import { hasShapeOf } from "../../telemetry/event-shape.ts";
import { EVENT_FILES } from "../../telemetry/run-files.ts";
import type { Run } from "../../telemetry/runs.ts";
import { type CallOfRun, callFrom } from "./calls-of-run.ts";
import { GrowingFile } from "./growing-file.ts";

/** A call of a run that goes on. */
export class WatchedCall {
  readonly #tasks: GrowingFile;
  #call: CallOfRun;
  #rest = "";

  constructor(run: Run, call: CallOfRun) {
    this.#tasks = new GrowingFile(path.join(run.folder, EVENT_FILES.task));
    this.#call = call;
  }

  /** The call as it stands now. */
  look(): CallOfRun {
    for (const piece of this.#tasks.appended()) {
      // All that is looked for is ASCII, whatever the name is that a piece may cut.
      const lines = (this.#rest + Buffer.from(piece).toString("latin1")).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) if (line.includes(this.#call.id)) this.#note(line);
    }
    return this.#call;
  }

  #note(line: string): void {
    try {
      const event: unknown = JSON.parse(Buffer.from(line, "latin1").toString("utf8"));
      if (!hasShapeOf("task", event) || event["task_id"] !== this.#call.id) return;
      this.#call = callFrom(event as unknown as TaskEvent, this.#call);
    } catch {
      // A damaged line tells nothing.
    }
  }
}
