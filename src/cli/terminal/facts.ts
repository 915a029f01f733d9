import { columnsOf } from "./width.ts";

export type Fact = readonly [label: string, value: string];

/** Lines of labels and values, the values below each other. */
export function formatFacts(facts: readonly Fact[], styleLabel: (label: string) => string): string[] {
  const width = Math.max(...facts.map(([label]) => columnsOf(label)));
  return facts.map(([label, value]) => `${styleLabel(label)}${" ".repeat(width - columnsOf(label) + 2)}${value}`);
}
