const TIMES = /^(\d{1,9}(?:\.\d{1,9})?)x$/i;
const MOST = 10;

export const FACTOR = "a factor above 1 and up to 10, such as 2x or 1.5x";

/** The factor that `2x`, or the number 2, stands for; undefined where it is none above 1 and up to 10. */
export function parseFactor(value: string | number): number | undefined {
  const factor = typeof value === "number" ? value : Number(TIMES.exec(value)?.[1]);
  return factor > 1 && factor <= MOST ? factor : undefined;
}
