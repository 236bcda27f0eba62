/** Guessing a password gets slower with each guess, whatever the guesser does to the background or the clock. */
import { expect, test } from "vitest";
import { attempt, waitAfter } from "./attempts.ts";
import { memoryArea } from "./memoryArea.ts";

const wrong = async () => undefined;
const right = async () => "opened";

function guesser() {
  const local = memoryArea();
  const clock = { time: 1_000_000_000_000 };
  let tries = 0;
  const guess = (outcome: () => Promise<string | undefined>) =>
    attempt(
      local,
      () => clock.time,
      () => {
        tries += 1;
        return outcome();
      },
    );
  return { local, clock, guess, tries: () => tries };
}

test("the wait doubles from the third wrong password on and ends at five minutes", () => {
  expect([0, 1, 2, 3, 4, 5, 20, 10_000].map(waitAfter)).toEqual([0, 0, 0, 2_000, 4_000, 8_000, 300_000, 300_000]);
});

test("while a wait is due no password is tried, not even the right one", async () => {
  const { guess, clock, tries } = guesser();
  for (let count = 0; count < 3; count++) await expect(guess(wrong)).rejects.toMatchObject({ code: "wrong_password" });
  await expect(guess(right)).rejects.toMatchObject({ code: "too_many_attempts", retryAt: clock.time + 2_000 });
  expect(tries()).toBe(3);
  clock.time += 2_000;
  await expect(guess(right)).resolves.toBe("opened");
});

test("the right password clears the count", async () => {
  const { guess } = guesser();
  for (let round = 0; round < 4; round++) {
    await expect(guess(wrong)).rejects.toMatchObject({ code: "wrong_password" });
    await expect(guess(right)).resolves.toBe("opened");
  }
});

test("a background killed in the middle of a guess has used that guess up", async () => {
  const { guess } = guesser();
  const killed = async () => {
    throw new Error("killed");
  };
  for (let count = 0; count < 3; count++) await expect(guess(killed)).rejects.toThrow("killed");
  await expect(guess(right)).rejects.toMatchObject({ code: "too_many_attempts" });
});

test("a clock set back neither shortens the wait nor makes it longer than five minutes", async () => {
  const { guess, clock } = guesser();
  for (let count = 0; count < 3; count++) await expect(guess(wrong)).rejects.toMatchObject({ code: "wrong_password" });
  clock.time -= 365 * 86_400_000;
  const { time } = clock;
  await expect(guess(right)).rejects.toMatchObject({ code: "too_many_attempts", retryAt: time + 2_000 });
  clock.time += 2_000;
  await expect(guess(right)).resolves.toBe("opened");
});
