import type { TaskState } from "../../telemetry/event.ts";
import type { Timeline, TimelineBar, TimelineLane } from "../../telemetry/timeline.ts";
import { formatCounted, formatDuration } from "../../units.ts";
import { columnsOf, truncate } from "../terminal/width.ts";
import { html, type Markup } from "./html.ts";
import { laneRows, type PlacedBar } from "./lane-rows.ts";
import { formatMark, timeMarks } from "./time-axis.ts";

const WIDTH = 1100;
/** Room for half of the last label of the axis. */
const RIGHT = 36;
const LONGEST_LABEL = 30;
/** Of one column of a label, in the widest of the usual fonts. */
const COLUMN = 7;
const LANE_GAP = 4;
const ROW_GAP = 1;
/** Height of a bar where the worker did one thing at a time, and where it did several. */
const BAR = { alone: 14, stacked: 8 } as const;
const AXIS = 20;
/** Of so many pixels and more, the axis also stands above: the one below is out of sight. */
const TALL = 600;
/** Narrower bars than this are drawn as one with their neighbours, so that a page stays small, however long the run. */
const NARROW = 2;
const MOST_LANES = 200;

/** The states of bars. What matters most is drawn last, above the others. */
const STATES: readonly TaskState[] = ["succeeded", "cancelled", "running", "retrying", "failed"];

interface Lane {
  readonly label: string;
  readonly rows: readonly (readonly PlacedBar[])[];
  readonly bar: number;
  readonly y: number;
  readonly height: number;
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
}

/** When tasks ran on which worker. */
export function timelineChart({ start, end, lanes }: Timeline): Markup {
  if (lanes.length === 0) return html`<p class="note">No task has started.</p>`;
  const shown = lanes.slice(0, MOST_LANES).toSorted(byComponent);
  const length = Math.max(1, end - start);
  const left = COLUMN * (2 + Math.max(...shown.map((lane) => columnsOf(shortLabel(labelOf(lane))))));
  const place = (at: number): number => left + ((at - start) / length) * (WIDTH - RIGHT - left);
  const placed = stacked(shown, place);
  const bottom = bottomOf(placed);
  const area = { left, top: bottom > TALL ? -AXIS : 0, bottom };
  return html`<p class="legend">${statesOf(shown).map((state) => html`<span><i class="${state}"></i>${state}</span>`)}</p>
<div class="scroll">
<svg class="timeline" viewBox="0 ${area.top} ${WIDTH} ${bottom + AXIS - area.top}" role="img" aria-label="Timeline of tasks on workers">
${placed.map((lane) => laneGround(lane, left))}${timeMarks(length).map((mark) => markLine(mark, place(start + mark), area))}
${placed.flatMap(laneBars)}</svg>
</div>
${notes({ start, end, lanes }).map((note) => html`<p class="note">${note}</p>\n`)}`;
}

function notes({ start, lanes }: Timeline): readonly string[] {
  const rest = lanes.length - MOST_LANES;
  return [
    ...(rest > 0 ? [`${formatCounted(rest, "more worker is", "more workers are")} not drawn.`] : []),
    `Times are counted from the first event, at ${new Date(start).toISOString()}.`,
    ...(lanes.some(({ worker_id }) => worker_id === "")
      ? ["Without a worker: what came from the cache, and what was cancelled before it ran."]
      : []),
  ];
}

const { compare } = new Intl.Collator("en", { numeric: true });

/** What needed no worker comes first. */
function byComponent(a: TimelineLane, b: TimelineLane): number {
  return compare(a.component, b.component) || compare(a.worker_id, b.worker_id);
}

function labelOf({ worker_id, component }: TimelineLane): string {
  if (worker_id === "") return "without a worker";
  return worker_id.startsWith(component) ? worker_id : `${component} ${worker_id}`;
}

function shortLabel(label: string): string {
  return truncate(label, LONGEST_LABEL);
}

function statesOf(lanes: readonly TimelineLane[]): readonly TaskState[] {
  const present = new Set(lanes.flatMap(({ bars }) => bars.map(({ state }) => state)));
  return STATES.filter((state) => present.has(state));
}

function stacked(lanes: readonly TimelineLane[], place: (at: number) => number): readonly Lane[] {
  const placed: Lane[] = [];
  for (const lane of lanes) {
    const bars = lane.bars.map((bar) => ({ bar, from: place(bar.start), to: place(bar.end) }));
    const rows = laneRows(bars, NARROW);
    const bar = rows.length > 1 ? BAR.stacked : BAR.alone;
    const height = rows.length * (bar + ROW_GAP) - ROW_GAP;
    placed.push({ label: labelOf(lane), rows, bar, height, y: bottomOf(placed) });
  }
  return placed;
}

function bottomOf(lanes: readonly Lane[]): number {
  const last = lanes.at(-1);
  return last === undefined ? 0 : last.y + last.height + LANE_GAP;
}

/** Drawn before the lines of the axis, which shall be seen through it. A label that is too wide ends at the ground. */
function laneGround({ label, y, height }: Lane, left: number): Markup {
  return html`<text class="label" x="0" y="${y + 11}">${shortLabel(label)}<title>${label}</title></text>
<rect class="lane" x="${left}" y="${y}" width="${WIDTH - RIGHT - left}" height="${height}"/>
`;
}

function markLine(mark: number, x: number, { top, bottom }: Area): Markup {
  const heights = top < 0 ? [top + 14, bottom + 14] : [bottom + 14];
  return html`<line class="grid" x1="${round(x)}" x2="${round(x)}" y1="0" y2="${bottom}"/>
${heights.map((y) => html`<text class="mark" x="${round(x)}" y="${y}" text-anchor="middle">${formatMark(mark)}</text>\n`)}`;
}

function laneBars({ rows, bar, y }: Lane): readonly Markup[] {
  return STATES.flatMap((state) =>
    rows.flatMap((row, index) =>
      merged(row, state).map((drawn) => barChart(drawn, { y: y + index * (bar + ROW_GAP), height: bar })),
    ),
  );
}

interface Drawn {
  readonly from: number;
  readonly to: number;
  readonly first: TimelineBar;
  readonly count: number;
}

function merged(bars: readonly PlacedBar[], state: TaskState): readonly Drawn[] {
  const drawn: Drawn[] = [];
  for (const { bar, from, to } of bars) {
    if (bar.state !== state) continue;
    const last = drawn.at(-1);
    // A narrow column holds any number of short ones.
    if (last !== undefined && to - from < NARROW && to - last.from < NARROW) {
      drawn[drawn.length - 1] = { ...last, to: Math.max(last.to, to), count: last.count + 1 };
    } else drawn.push({ from, to, first: bar, count: 1 });
  }
  return drawn;
}

function barChart({ from, to, first, count }: Drawn, { y, height }: { readonly y: number; readonly height: number }) {
  // One that follows at once shall be told from this one.
  const width = to - from > 2 * NARROW ? to - from - 1 : Math.max(NARROW, to - from);
  const x = Math.min(from, WIDTH - RIGHT - NARROW);
  const title =
    count === 1
      ? `${first.task_name}: ${first.state}, ${formatDuration(first.end - first.start)}`
      : `${formatCounted(count, "task", "tasks")}: ${first.state}`;
  return html`<rect class="${first.state}" x="${round(x)}" y="${y}" width="${round(width)}" height="${height}"><title>${title}</title></rect>
`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
