import { expect, test } from "vitest";
import { readTimeline } from "../../src/telemetry/timeline.ts";
import { workspace } from "../rig/workspace.ts";
import { at, recordRun, taskEvent } from "./example-run.ts";

const ms = (seconds: number): number => Date.parse(at(seconds));

test("each try is a bar on its worker; what needed no worker has a lane of its own", async () => {
  const ws = await workspace();
  const folder = recordRun(ws.path, [
    taskEvent("a"),
    taskEvent("b", { timestamp: at(1) }),
    taskEvent("a", { state: "running", timestamp: at(2), worker_id: "w1" }),
    taskEvent("b", { state: "succeeded", timestamp: at(3), hit: true }),
    taskEvent("a", { state: "retrying", timestamp: at(4) }),
    taskEvent("a", { state: "running", timestamp: at(5), worker_id: "w2", attempt: 2 }),
    taskEvent("a", { state: "succeeded", timestamp: at(7), worker_id: "w2", attempt: 2 }),
    taskEvent("c", { state: "running", timestamp: at(6), worker_id: "w1" }),
    taskEvent("d", { timestamp: at(9) }),
    taskEvent("e", { timestamp: "at noon" }),
  ]);

  const { start, end, lanes } = readTimeline(folder);

  expect({ start, end }).toEqual({ start: ms(0), end: ms(9) });
  const task_name = "run_demeter_scenario";
  expect(lanes).toEqual([
    { worker_id: "", component: "", bars: [{ task_name, state: "succeeded", start: ms(3), end: ms(3) }] },
    {
      worker_id: "w1",
      component: "demeter",
      bars: [
        { task_name, state: "retrying", start: ms(2), end: ms(4) },
        { task_name, state: "running", start: ms(6), end: ms(9) },
      ],
    },
    { worker_id: "w2", component: "demeter", bars: [{ task_name, state: "succeeded", start: ms(5), end: ms(7) }] },
  ]);
});

test("a run without tasks has no lanes", async () => {
  const ws = await workspace();

  expect(readTimeline(recordRun(ws.path, []))).toEqual({ start: 0, end: 0, lanes: [] });
});
