import { escapeUnprintable } from "../../escape.ts";
import type { Captured } from "../../store/capture.ts";
import { formatBytes, formatCount } from "../../units.ts";
import type { Column } from "../terminal/table.ts";

export const CAPTURED_COLUMNS: readonly Column[] = [
  { title: "CAPTURED" },
  { title: "FILES", align: "right" },
  { title: "SIZE", align: "right" },
  { title: "PATH", narrow: "cut" },
];

export function capturedCells({ kind, path, members }: Captured): readonly string[] {
  const sizes = members.flatMap((member) => (member.kind === "file" ? [member.bytes] : []));
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  return [kind, formatCount(sizes.length), formatBytes(total), escapeUnprintable(path)];
}
