/** Something that can be written to: a place in the list of references, or a parameter of the function. */
export type Written = { readonly ref: number } | { readonly parameter: number };

/** Stands for any of a function's arguments. */
export const ANY_PLACE = -1;

/** A value that is handed to a function. */
export interface Handed {
  readonly value: Written;
  /** The function, where it is one that the piece refers to. */
  readonly callee: number | undefined;
  /** Which argument it is, or any of them. */
  readonly place: number;
}

/** What a piece of code does to what is outside of it. */
export interface Effects {
  /** It assigns to it, or to a part of it. */
  readonly writes: readonly Written[];
  /** It calls a method of it. */
  readonly calls: readonly Written[];
  readonly hands: readonly Handed[];
  /** It mentions it: what is a function may be called. */
  readonly mentions: readonly number[];
  /** Names of globals that it assigns to. */
  readonly globals: readonly string[];
  /** It calls them for what they do, and not for what they give. */
  readonly commands: readonly number[];
}

export const NO_EFFECTS: Effects = { writes: [], calls: [], hands: [], mentions: [], globals: [], commands: [] };

/** Effects while they are found. */
export class EffectList {
  readonly writes: Written[] = [];
  readonly calls: Written[] = [];
  readonly hands: Handed[] = [];
  readonly mentions = new Set<number>();
  readonly globals = new Set<string>();
  readonly commands = new Set<number>();

  list(): Effects {
    const { writes, calls, hands, mentions, globals, commands } = this;
    return { writes, calls, hands, mentions: [...mentions], globals: [...globals], commands: [...commands] };
  }
}
