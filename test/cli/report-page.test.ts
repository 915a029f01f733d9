import { accessSync, constants } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import type { ScalableEvent, TaskEvent } from "../../src/telemetry/event.ts";
import { cli } from "../rig/cli.ts";
import { type Workspace, workspace } from "../rig/workspace.ts";
import {
  at,
  cacheEvent,
  exampleEvents,
  failureEvent,
  recordRun,
  taskEvent,
  workerEvent,
} from "../telemetry/example-run.ts";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 400, height: 800 },
] as const;
const SCHEMES = ["light", "dark"] as const;

/** The least that WCAG 2 asks for text of ordinary size. */
const READABLE = 4.5;

const MESSAGE = `<b>row 7</b> & "row 8" of <script>document.title = "bad"</script> /data/${"scenarios/2050/".repeat(8)}demand.csv`;
const HELIOS = "helios-node-17.cluster.example.org:4117";

/**
 * 24 hits and 16 computations: 12 on two workers that have two threads each, one of them tried again and one failed; and
 * 4 on a worker that was lost during the last one.
 */
function* energyRun(): Generator<ScalableEvent> {
  for (const id of ["demeter-1", "demeter-2"]) yield workerEvent(id);
  yield workerEvent(HELIOS, { component: "helios" });
  for (let index = 0; index < 24; index += 1) {
    yield taskEvent(`hit-${index}`, { timestamp: at(index / 8) });
    yield taskEvent(`hit-${index}`, { state: "succeeded", hit: true, timestamp: at(index / 8) });
    yield cacheEvent({ hit: true, source: "store", duration_s: 0.02, compute_s: 30 });
  }
  for (let index = 0; index < 12; index += 1) {
    const [worker, thread, turn] = [index % 2, Math.floor(index / 2) % 2, Math.floor(index / 4)];
    const names = { worker_id: `demeter-${worker + 1}` };
    const from = 3 + turn * 20 + thread * 2;
    const failed = index === 5;
    if (failed) yield failureEvent(`d-${index}`, { ...names, message: `${MESSAGE}\nat line 2` });
    if (index === 2) {
      yield* attempt(`d-${index}`, "retrying", { ...names, from, to: from + 6 });
      yield* attempt(`d-${index}`, "succeeded", { ...names, from: from + 8, to: from + 17 });
    } else yield* attempt(`d-${index}`, failed ? "failed" : "succeeded", { ...names, from, to: from + 17 });
    yield cacheEvent({ reason: index < 8 ? "absent" : "expired", stored: !failed, ...(failed && { failed }) });
  }
  for (let index = 0; index < 4; index += 1) {
    const names = { worker_id: HELIOS, component: "helios", task_name: "solve_power_flow" };
    const lost = index === 3;
    if (lost) yield failureEvent(`h-${index}`, { ...names, error_class: "WorkerLostError", message: "signal SIGKILL" });
    yield* attempt(`h-${index}`, lost ? "failed" : "succeeded", {
      ...names,
      from: 3 + index * 18,
      to: 20 + index * 18,
    });
    if (!lost) yield cacheEvent({ reason: "absent", stored: true });
  }
  yield workerEvent(HELIOS, { component: "helios", state: "lost", timestamp: at(74), reason: "signal SIGKILL" });
  // At the last mark of the axis.
  yield taskEvent("never-ran", { state: "cancelled", timestamp: at(80) });
}

type Attempt = Partial<TaskEvent> & { readonly from: number; readonly to: number };

function* attempt(id: string, state: TaskEvent["state"], { from, to, ...names }: Attempt): Generator<TaskEvent> {
  yield taskEvent(id, { ...names, state: "running", timestamp: at(from) });
  yield taskEvent(id, { ...names, state, timestamp: at(to), duration_s: to - from, cpu_s: 2 });
}

/** Of 10,000 tasks, one after the other on each of 40 workers. */
function* longRun(): Generator<ScalableEvent> {
  for (let index = 0; index < 10_000; index += 1) {
    const [worker, turn] = [index % 40, Math.floor(index / 40)];
    const names = { worker_id: `demeter-${worker}` };
    const from = turn * 20 + worker / 10;
    yield* attempt(`t-${index}`, index % 17 === 0 ? "failed" : "succeeded", { ...names, from, to: from + 19 });
  }
}

const BROWSERS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

function findChromium(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/bin"].filter(Boolean);
  return folders.flatMap((folder) => BROWSERS.map((name) => path.join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Ends with the test; skips it where there is no browser. */
async function browserFor({ skip }: TestContext): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) return skip(`None of ${BROWSERS.join(", ")} is on the PATH or in /usr/bin.`);
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  onTestFinished(() => browser.close());
  return browser;
}

/** The page that the command line writes of a run; answers the file. */
async function reportOf(ws: Workspace, events: Iterable<ScalableEvent>): Promise<string> {
  recordRun(ws.resolve(".scalable/runs"), exampleEvents());
  recordRun(ws.resolve(".scalable/runs"), events);
  const { code, stderr } = await cli(["report", "--format", "html", "--output", "report.html"], { cwd: ws.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return ws.resolve("report.html");
}

interface Opened {
  readonly page: Page;
  /** What the page complained about, and all that it asked for besides itself. */
  readonly faults: readonly string[];
}

/** Opens a file without a network. */
async function open(browser: Browser, file: string): Promise<Opened> {
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: SIZES[0] });
  const faults: string[] = [];
  await context.route("**/*", (route) => (route.request().url() === url ? route.continue() : route.abort()));
  await context.setOffline(true);
  const page = await context.newPage();
  page.on("request", (request) => {
    if (request.url() !== url) faults.push(`request: ${request.url()}`);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url, { timeout: 20_000 });
  return { page, faults };
}

interface Box {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where the elements are that `selector` finds. What is evaluated in the page is text: its types are not Node's. */
function boxesOf(page: Page, selector: string): Promise<readonly Box[]> {
  return page.evaluate<readonly Box[]>(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { name: element.textContent, left, right, top, bottom };
  })`);
}

/** Up to one pixel is what rounding makes. */
function overlap(a: Box, b: Box): boolean {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 1 && height > 0.5;
}

function overlaps(some: readonly Box[], others: readonly Box[]): readonly string[] {
  return some.flatMap((a) => others.filter((b) => a !== b && overlap(a, b)).map((b) => `${a.name} / ${b.name}`));
}

function outside(boxes: readonly Box[], frame: Box): readonly string[] {
  const within = ({ left, right, top, bottom }: Box): boolean =>
    left >= frame.left - 0.5 && right <= frame.right + 0.5 && top >= frame.top - 0.5 && bottom <= frame.bottom + 0.5;
  return boxes.filter((box) => !within(box)).map(({ name }) => name);
}

/** How many pixels the page is wider than its window. */
function scrollsBy(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

type Colour = readonly [red: number, green: number, blue: number];

interface ColouredText {
  readonly element: string;
  readonly text: string;
  readonly colour: Colour;
  readonly ground: Colour;
}

/** All text that is seen, with its colour and that of what is behind it. */
function textsOf(page: Page): Promise<readonly ColouredText[]> {
  return page.evaluate<readonly ColouredText[]>(`(() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const groundOf = (element) => {
      const colour = parse(getComputedStyle(element).backgroundColor);
      return colour[3] === 0 ? groundOf(element.parentElement) : colour;
    };
    return [...document.body.querySelectorAll("*:not(title)")]
      .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""))
      .filter((element) => element.getClientRects().length > 0)
      .map((element) => ({
        element: element.localName,
        text: element.textContent,
        colour: parse(getComputedStyle(element)[element instanceof SVGElement ? "fill" : "color"]),
        ground: groundOf(element),
      }));
  })()`);
}

/** As WCAG 2 defines it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: Colour, b: Colour): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** How many colours a picture of the page has; of a page that is blank, 1. */
async function coloursIn(page: Page): Promise<number> {
  const picture = (await page.screenshot()).toString("base64");
  // The browser itself decodes it.
  return await page.evaluate<number>(`(async () => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(picture)}), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return new Set(new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer)).size;
  })()`);
}

test("in a browser: numbers, timeline and failures, without a request or a complaint", async (context) => {
  const browser = await browserFor(context);
  const { page, faults } = await open(browser, await reportOf(await workspace(), energyRun()));

  const heading = page.getByRole("heading", { level: 1 });
  expect(await heading.textContent()).toMatch(/^run-\d{8}T\d{6}Z-energy-demand-[0-9a-f]{6}$/);
  expect(await page.title()).toBe(await heading.textContent());
  const numbers = await page.locator("h2:text-is('Cache performance') + dl > *").allTextContents();
  const expected = [
    "total calls",
    "39",
    "hits",
    "24 (62%)",
    "misses",
    "15 (38%)",
    "estimated time saved",
    "12.0 minutes",
    "why",
    "15 misses: 11 unexplained, 4 expired",
  ];
  expect(numbers).toEqual(expected);
  expect(await page.getByText("demeter: 2 started; helios: 1 started, 1 lost").isVisible()).toBe(true);
  expect(await page.locator("td", { hasText: "row 7" }).textContent()).toBe(MESSAGE);
  expect(await page.locator("body script, body b").count()).toBe(0);

  const timeline = page.getByRole("img", { name: "Timeline" });
  expect(await page.locator(".legend span").allTextContents()).toEqual([
    "succeeded",
    "cancelled",
    "retrying",
    "failed",
  ]);
  expect(await timeline.locator(".mark").allTextContents()).toEqual([
    "0",
    "10 s",
    "20 s",
    "30 s",
    "40 s",
    "50 s",
    "1 min",
    "1 min 10 s",
    "1 min 20 s",
  ]);
  expect(await timeline.locator("rect.failed > title").allTextContents()).toEqual([
    "run_demeter_scenario: failed, 17 s",
    "solve_power_flow: failed, 17 s",
  ]);
  const labels = await timeline.locator(".label > title").allTextContents();
  expect(labels).toEqual(["without a worker", "demeter-1", "demeter-2", HELIOS]);
  expect(faults).toEqual([]);
});

test.for([
  { name: "a run of two components", events: energyRun, bars: 17 },
  { name: "a run of 10,000 tasks", events: longRun, bars: 5_000 },
  { name: "a run in which nothing happened", events: () => [], bars: 0 },
])("in a browser, $name: nothing stands in the way of anything", async ({ events, bars: least }, context) => {
  const browser = await browserFor(context);
  const { page, faults } = await open(browser, await reportOf(await workspace(), events()));

  for (const size of SIZES) {
    await page.setViewportSize(size);
    expect(await scrollsBy(page), `scrolls at ${size.width} pixels`).toBe(0);
    const [frame] = await boxesOf(page, ".timeline");
    const bars = await boxesOf(page, ".timeline rect:not(.lane)");
    const texts = await boxesOf(page, ".timeline text");
    expect(bars.length).toBeGreaterThanOrEqual(least);
    if (frame !== undefined) expect(outside([...bars, ...texts], frame)).toEqual([]);
    expect(overlaps(bars, texts)).toEqual([]);
    expect(overlaps(texts, texts)).toEqual([]);
    // Each with each: of many, those of a worker are enough.
    expect(overlaps(bars.slice(0, 500), bars.slice(0, 500))).toEqual([]);
  }
  expect(faults).toEqual([]);
});

test("in a browser, all text is readable, in light and dark, wide and narrow", async (context) => {
  const browser = await browserFor(context);
  const { page, faults } = await open(browser, await reportOf(await workspace(), energyRun()));
  const grounds = new Set<string>();

  for (const size of SIZES) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      const texts = await textsOf(page);
      const elements = new Set(texts.map(({ element }) => element));
      for (const name of ["h1", "h2", "dt", "dd", "p", "span", "text", "td", "th"]) expect(elements).toContain(name);
      const faint = texts.filter(({ colour, ground }) => contrast(colour, ground) < READABLE);
      expect(faint, `${colorScheme}, ${size.width} pixels`).toEqual([]);
      for (const { ground } of texts) grounds.add(`${colorScheme} ${ground.join(" ")}`);
      expect(await coloursIn(page)).toBeGreaterThan(10);
    }
  }
  // Paper and panels of both: dark is not light.
  expect(new Set([...grounds].map((ground) => ground.replace(/^\w+ /, ""))).size).toBe(4);
  expect(faults).toEqual([]);
});
