import { EffectList, type Effects } from "./effect-list.ts";
import type { Node } from "./parse.ts";
import type { CodeNote, Ref, When } from "./skeleton.ts";

/** What is found in pieces of code while they are read. */
export class Findings {
  /** When that which is read now is executed. */
  when: When;
  /** Whether a direct `eval` is called, which sees the names of variables. */
  usesEval = false;
  /** Names that nothing in the module declares. */
  readonly globals = new Set<string>();
  readonly #refs = new Map<string, { readonly place: number; readonly ref: Ref }>();
  /** Places of references that stand in the text, in the order in which they come. */
  readonly #followed = new Map<number, number>();
  readonly #notes = new Map<string, CodeNote>();
  #effects = { loading: new EffectList(), called: new EffectList() };

  constructor(when: When) {
    this.when = when;
  }

  /** The effects of what is read now. */
  get effects(): EffectList {
    return this.#effects[this.when];
  }

  /** The place of a reference in the list. Until it is mentioned, it only tells what is written to. */
  placeOf(ref: Ref): number {
    const id = JSON.stringify(ref);
    const known = this.#refs.get(id);
    if (known !== undefined) return known.place;
    const place = this.#refs.size;
    this.#refs.set(id, { place, ref });
    return place;
  }

  /** Says that a reference stands in the text, and returns its number among those that do. */
  mention(ref: Ref): number {
    const place = this.placeOf(ref);
    this.effects.mentions.add(place);
    const number = this.#followed.get(place) ?? this.#followed.size;
    this.#followed.set(place, number);
    return number;
  }

  note(node: Node, message: string): void {
    const { line } = node.loc.start;
    this.#notes.set(`${line} ${message}`, { line, message });
  }

  get refs(): Ref[] {
    return [...this.#refs.values()].map(({ ref }) => ref);
  }

  get followed(): number[] {
    return [...this.#followed.keys()];
  }

  get notes(): CodeNote[] {
    return [...this.#notes.values()];
  }

  /** The effects that were found since this was last asked. */
  drain(): Readonly<Record<When, Effects>> {
    const { loading, called } = this.#effects;
    this.#effects = { loading: new EffectList(), called: new EffectList() };
    return { loading: loading.list(), called: called.list() };
  }

  effectsWhen(when: When): Effects {
    return this.#effects[when].list();
  }
}
