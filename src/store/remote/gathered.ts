/** Questions that come at one time, answered together. */
export class Gathered<Q, A> {
  readonly #answer: (questions: readonly Q[]) => Promise<(question: Q) => A>;
  #waiting: {
    readonly question: Q;
    readonly resolve: (answer: A) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];

  /** @param answer - answers many at once: gives what tells the answer to each of them. */
  constructor(answer: (questions: readonly Q[]) => Promise<(question: Q) => A>) {
    this.#answer = answer;
  }

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      // After all that is ready to run now: that is what asks at one time.
      if (this.#waiting.length === 0) setImmediate(() => void this.#run());
      this.#waiting.push({ question, resolve, reject });
    });
  }

  async #run(): Promise<void> {
    const asked = this.#waiting;
    this.#waiting = [];
    try {
      const answerOf = await this.#answer(asked.map(({ question }) => question));
      for (const { question, resolve } of asked) resolve(answerOf(question));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
