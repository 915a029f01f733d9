import { describe, expect, test } from "vitest";
import { inTermsOf } from "./output.ts";
import { readPage } from "./page.ts";
import { commandsOf, planOf } from "./plan.ts";

const page = (...lines: readonly string[]): ReturnType<typeof readPage> => readPage(lines.join("\n"));

/** The steps of a page with one section, in short. */
const steps = (...lines: readonly string[]): unknown[] =>
  page(...lines).sections.flatMap((section) =>
    planOf(section).map(({ block: { line }, ...step }) => ({ line, ...step })),
  );

describe("reading a page", () => {
  test("blocks belong to the last heading of the second level", () => {
    const { sections } = page("# Page", "```ts", "a", "```", "## One", "### More", "```sh", "b", "```", "## Two");

    expect(sections.map(({ title, blocks }) => [title, blocks.map((block) => block.text)])).toEqual([
      ["(top)", ["a\n"]],
      ["One", ["b\n"]],
      ["Two", []],
    ]);
  });

  test("a marker counts where only blank lines follow it", () => {
    const { sections } = page("<!-- file: a.ts -->", "", "```ts", "```", "<!-- file: b.ts -->", "Text", "```ts", "```");

    expect(sections[0]?.blocks.map((block) => block.marker)).toEqual([{ name: "file", value: "a.ts" }, undefined]);
  });

  test("a section says what server it needs, and its blocks have their own markers", () => {
    const { sections } = page(
      "## One",
      "<!-- needs: slurm -->",
      "Text",
      "<!-- file: a.ts -->",
      "```ts",
      "```",
      "## Two",
    );

    expect(sections.map(({ needs }) => needs)).toEqual([undefined, "slurm", undefined]);
    expect(sections[1]?.blocks.map((block) => block.marker)).toEqual([{ name: "file", value: "a.ts" }]);
  });

  test("a block in a list loses its indentation, and a longer fence holds shorter ones", () => {
    const { sections } = page("- item", "  ```ts", "  if (x) {", "    y();", "  ```", "````md", "```ts", "```", "````");

    expect(sections[0]?.blocks.map((block) => block.text)).toEqual(["if (x) {\n  y();\n", "```ts\n```\n"]);
  });

  test("links and headings are found, but not in code", () => {
    const { links, anchors } = page(
      "# Files & folders, `FileType`",
      "# Same",
      "# Same",
      "See [here](a.md#b) and `[x](y)`.",
      "```md",
      "# No",
      "[no](no.md)",
      "```",
      "[ref]: docs/c.md",
    );

    expect(links.map((link) => [link.target, link.line])).toEqual([
      ["a.md#b", 4],
      ["docs/c.md", 9],
    ]);
    expect([...anchors]).toEqual(["files--folders-filetype", "same", "same-1"]);
  });

  test("a block without an end is an error", () => {
    expect(() => page("```ts", "a")).toThrow("The block of line 1 has no end.");
  });
});

describe("what is done with a block", () => {
  test("a text block is the output of the block that is run before it", () => {
    expect(steps("```ts", "a", "```", "prints", "```text", "b", "```")).toEqual([
      { line: 1, kind: "module", file: undefined, output: "b\n" },
    ]);
    expect(steps("<!-- file: a.ts -->", "```ts", "a", "```", "```sh", "node a.ts", "```")).toEqual([
      { line: 2, kind: "module", file: "a.ts", output: "" },
      { line: 5, kind: "shell", output: "" },
    ]);
  });

  test("other blocks are written, compared with a command, or left out with a reason", () => {
    expect(
      steps(
        "<!-- file: a.csv -->",
        "```csv",
        "```",
        "<!-- output of: npm -v -->",
        "```text",
        "```",
        "<!-- not run: it would never end -->",
        "```ts",
        "```",
        "```sh",
        "npm ci && npm test",
        "```",
      ),
    ).toEqual([
      { line: 2, kind: "write", file: "a.csv" },
      { line: 5, kind: "output", command: "npm -v" },
      { line: 8, kind: "not run", reason: "it would never end" },
      { line: 10, kind: "npm" },
    ]);
  });

  test.each([
    ["text after nothing that is run", ["```text", "```"], "it is the output of nothing that is run"],
    [
      "text after a block that is left out",
      ["<!-- not run: no -->", "```ts", "```", "```text", "```"],
      "nothing that is run",
    ],
    ["data without a name", ["```json", "```"], "nothing says what to do with a block of json"],
    ["a misspelt marker", ["<!-- fiel: a.ts -->", "```ts", "```"], 'there is no marker "fiel"'],
  ])("%s is an error", (_case, lines, message) => {
    expect(() => steps(...lines)).toThrow(message);
  });

  test("commands are found in lines and behind &&", () => {
    expect(commandsOf("npm ci && npm test # all\n# only a comment\n\nnpm run demo\n")).toEqual([
      "npm ci",
      "npm test",
      "npm run demo",
    ]);
  });
});

describe("comparing output", () => {
  test.each([
    ["the same", "a b", "a b"],
    ["a wildcard within a line", "key …, done", "key 0a43, done"],
    ["durations and the widths that they change", "took  12 ms  x", "took 1.5 s x"],
    ["points in time", "at 2026-03-01T09:30:00Z", "at 2027-01-31T19:00:59Z"],
    ["ages", "stored  now", "stored  3 min ago"],
    ["blanks at the end", "a\n", "a  \n\n"],
  ])("%s is what was expected", (_case, expected, actual) => {
    expect(inTermsOf(expected, actual)).toBe(expected.trimEnd());
  });

  test.each([
    ["another word", "a b", "a c"],
    ["a line more", "a", "a\nb"],
    ["a line less", "a\nb", "a"],
    ["another number", "hits 1", "hits 2"],
    ["a wildcard does not span lines", "a…b", "a\nb"],
    ["characters that mean something in patterns", "a.b", "axb"],
  ])("%s is not", (_case, expected, actual) => {
    expect(inTermsOf(expected, actual)).toBe(actual);
  });
});
