import { expect, test } from "vitest";
import { Gathered } from "../../../src/store/remote/gathered.ts";

test("questions of one time are answered together, and those that come meanwhile after that", async () => {
  const asked: (readonly number[])[] = [];
  const gathered = new Gathered<number, number>(async (questions) => {
    asked.push(questions);
    return (question) => question * 2;
  });

  const [first, later] = await Promise.all([
    Promise.all([1, 2, 3].map((question) => gathered.ask(question))),
    Promise.resolve().then(() => gathered.ask(4)),
  ]);
  const next = await gathered.ask(5);

  expect([first, later, next]).toEqual([[2, 4, 6], 8, 10]);
  expect(asked).toEqual([[1, 2, 3, 4], [5]]);
});

test("what fails, fails those who asked together, and nobody after them", async () => {
  let failing = true;
  const gathered = new Gathered<number, number>(async () => {
    if (failing) throw new Error("no answer");
    return (question) => question;
  });

  const answers = await Promise.allSettled([gathered.ask(1), gathered.ask(2)]);
  failing = false;

  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await gathered.ask(3)).toBe(3);
});

test("an answer that cannot be told fails the question, and is heard", async () => {
  const gathered = new Gathered<number, number>(async () => (question) => {
    if (question === 1) throw new Error("not this one");
    return question;
  });

  await expect(gathered.ask(1)).rejects.toThrow("not this one");
});
