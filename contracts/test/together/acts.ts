// What each kind of step does in a life.
import { challenge, conclude, gift, wait } from "./chainActs.ts";
import type { Life } from "./life.ts";
import { fetchReceipt } from "./messages.ts";
import { credit, decide, die, finish, submit } from "./payeeActs.ts";
import { acknowledge, again, arrive, exit, misuse, part, read, refund, sign } from "./payerActs.ts";
import { choose, type Kind, type Step } from "./steps.ts";

const ACTS: Record<Kind, (life: Life, step: Step) => Promise<unknown>> = {
  sign,
  arrive,
  finish,
  read,
  ack: acknowledge,
  again,
  misuse,
  credit,
  gift,
  refund,
  part,
  exit,
  decide,
  submit,
  challenge,
  conclude,
  wait,
  die,
  reopen: (life) => life.reopen(),
  lose: async (life, { pick }) => {
    const letter = choose(
      life.reader.letters.filter(({ at }) => at === "on the way"),
      pick,
    );
    if (letter) letter.at = "over";
  },
  // Also while it is still on its way: then it arrives late, or not at all.
  abandon: async (life, { pick }) => {
    const letter = choose(life.reader.letters, pick);
    if (letter && letter.at !== "being served") life.reader.abandon(letter);
  },
  "hang up": async (life, { pick }) => {
    const one = choose(life.underway, pick);
    if (one) await life.hangUp(one);
  },
  fetch: async (life, { pick }) => {
    const letter = choose(life.reader.letters, pick);
    if (letter) await fetchReceipt(life, letter);
  },
  claim: async (life) => {
    const result = await life.with(({ payment }) => payment.claim());
    if (result && result.paid > 0n) life.figures.claims += 1;
  },
};

export const act = (life: Life, step: Step): Promise<unknown> => ACTS[step.kind](life, step);
