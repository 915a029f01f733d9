/** Which calls of a run are to be computed: how many of each function, by component. */
export class Outlook {
  readonly #calls = new Map<string, Map<string, number>>();

  add(component: string, functionName: string): void {
    const functions = this.#calls.get(component) ?? new Map<string, number>();
    this.#calls.set(component, functions);
    functions.set(functionName, (functions.get(functionName) ?? 0) + 1);
  }

  /** By component; functions in the order of their first calls. */
  get calls(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return this.#calls;
  }
}
