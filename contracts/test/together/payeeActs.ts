// What a payee does in a life: its handlers, its credit notes, its claims and closes; a hostile one lies.
import assert from "node:assert/strict";
import { toWireJson } from "@tollpass/protocol";
import { settleFetchedReceipt } from "#schemes";
import { reverts } from "./chainActs.ts";
import { lie } from "./lies.ts";
import type { Life, Obtained } from "./life.ts";
import type { Ending } from "./shop.ts";
import { choose, type Step } from "./steps.ts";

export async function finish(life: Life, { pick, way, amount }: Step): Promise<void> {
  const one = choose(life.underway, pick);
  if (!one) return;
  const ending: Ending = way === 0 ? "failed" : way === 1 ? "dropped" : "served";
  const before = life.reader.mail.length;
  await life.finish(one, ending, amount, pick % 5 === 0);
  const lies = !life.honestPayee && !life.hidesCredit && pick % 3 === 0;
  if (lies && life.reader.mail.length > before) await lie(life, one.letter, Math.floor(pick / 3), amount);
}

export async function credit(life: Life, { pick, amount }: Step): Promise<void> {
  // A credit note is signed to be shown.
  if (life.hidesCredit) return;
  const charged = [...life.costs].filter(([, costs]) => costs.length === 1 && (costs[0] ?? 0n) > 0n);
  const one = choose(charged, pick);
  if (!one) return;
  const [nonce, [cost = 0n]] = one;
  const given = amount < cost ? amount : cost;
  const ending = (await life.record())?.ending !== undefined;
  life.costs.set(nonce, [cost, cost - given]);
  const signed = await life.with(({ payment }) =>
    payment.creditNote(life.id, nonce, given).catch((failure: unknown) => {
      assert.ok(failure instanceof Error);
      return failure;
    }),
  );
  if (!signed) return;
  if (signed instanceof Error) {
    assert.match(signed.message, /being closed/);
    life.costs.set(nonce, [cost]);
    return;
  }
  assert.ok(!ending, "no credit note is signed after a close is decided");
  life.costs.set(nonce, [cost - given]);
  life.figures.creditNotes += 1;
  life.keep(signed);
  const letter = life.reader.letters.find((other) => other.nonce === nonce);
  if (!letter) return;
  life.reader.mail.push({
    letter,
    weigh: (context) => settleFetchedReceipt(letter.plan, JSON.parse(toWireJson(signed)), undefined, context),
  });
}

/** The state that a payee can take most with. */
const richest = ({ obtained }: Life): Obtained | undefined =>
  obtained.reduce<Obtained | undefined>(
    (best, one) => (best && best.state.owed >= one.state.owed ? best : one),
    undefined,
  );

/** An honest payee decides a close in its books, a hostile one takes any state it has to the chain at any amount. */
export async function decide(life: Life, { pick, amount, way }: Step): Promise<void> {
  if (!life.honestPayee) {
    const one = life.hidesCredit ? richest(life) : choose(life.obtained, pick);
    if (!one) return;
    const { settled } = await life.onChain();
    const { state, signature } = one;
    const least = state.earned > settled ? state.earned : settled;
    const asked = way < 5 || life.hidesCredit ? state.owed : least + amount < state.owed ? least + amount : state.owed;
    const { channel } = life.reader.snapshot;
    if ((await reverts(life.asPayee.write.startClose([channel, state, asked, signature]))) === undefined) {
      life.figures.hostileCloses += 1;
    }
    return;
  }
  if (life.decided) return;
  const close = await life.with(({ payment }) =>
    payment.startClose(life.id).catch((failure: unknown) => {
      assert.ok(failure instanceof Error);
      return failure;
    }),
  );
  const record = await life.record();
  if (!close || !record) return;
  if (close instanceof Error) {
    assert.match(close.message, /being closed|claim it/);
    return;
  }
  assert.equal(close.amount, record.book.charged);
  life.decided = { close, record };
}

/** The payee's wallet sends the decided close. */
export async function submit(life: Life): Promise<void> {
  if (!life.decided || life.submitted) return;
  const { to, data } = life.decided.close;
  const { stage } = life.setting;
  const { status, settled, exitAt } = await life.onChain();
  const failed = await stage
    .sender(stage.payee)
    .sendTransaction({ to, data })
    .then(
      () => undefined,
      (failure: unknown) => failure,
    );
  if (!failed) {
    life.submitted = true;
    life.figures.honestCloses += 1;
    return;
  }
  // Too late: the channel has ended, or everything that is due has been claimed.
  const late = exitAt !== 0 && (await life.setting.stage.now()) + 2 >= exitAt;
  assert.ok(status > 2 || settled > life.decided.close.amount || late, `the close was refused: ${String(failed)}`);
}

export async function die(life: Life, { pick, way }: Step): Promise<void> {
  if (way < 3) return life.bury();
  life.shop?.dieAt({ writes: pick % 4, written: way % 2 === 0 });
}
