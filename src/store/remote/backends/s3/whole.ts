import type { Content } from "../object-store.ts";

/** An object that is about to be written. */
export interface Whole {
  readonly name: string;
  readonly content: Content;
  readonly bytes: number;
  /** What has to hold for it to be written. */
  readonly condition: { readonly IfNoneMatch?: "*" };
}
