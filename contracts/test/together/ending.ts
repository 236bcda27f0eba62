// How every life ends, and what must be true of it then: who has what, to the unit.
import assert from "node:assert/strict";
import { stateChannelsAbi } from "@tollpass/protocol";
import { act } from "./acts.ts";
import { checkBooks } from "./books.ts";
import { canChallenge, challenge, conclude } from "./chainActs.ts";
import type { Life } from "./life.ts";
import { fetchReceipt } from "./messages.ts";
import { decide, submit } from "./payeeActs.ts";
import type { Step } from "./steps.ts";

/** The status of a channel that has ended, and the ways to end, as the contract numbers them. */
const CLOSED = 4;
const ENDINGS = ["cooperative", "exit", "acknowledged", "finalized", "challenged"] as const;
/** In seconds: an exit that is due within this time may be over before the payee's close is mined. */
const LEEWAY = 60;

/** When this channel can be ended, by the chain's clock in seconds; now if it has ended. */
async function untilEnd(life: Life): Promise<number> {
  const { status, exitAt } = await life.onChain();
  const [pending] = await life.asStranger.read.pendingCloses([[life.id]]);
  const due = status === 2 ? exitAt : status === 3 ? (pending?.deadline ?? 0) : 0;
  return Math.max(due, (await life.setting.stage.now()) + 1);
}

/** Brings the channel to its end, whatever state it is in. */
async function end(life: Life): Promise<void> {
  const { setting, reader } = life;
  const nothing: Step = { kind: "read", pick: 0, amount: 1n, way: 4 };
  const look = () => life.with(({ payment }) => payment.look());
  life.shop?.dieAt(undefined);
  await life.reopen();
  await look();
  await decide(life, { ...nothing, pick: life.obtained.length + reader.letters.length });
  const before = await life.record();
  // What the payer tries after the decision changes nothing, and what is being served finishes.
  for (const kind of ["sign", "arrive", "ack", "credit", "again"] as const) await act(life, { ...nothing, kind });
  await submit(life);
  while (life.underway.length > 0) await act(life, { ...nothing, kind: "finish", way: life.underway.length % 4 });
  // What finished just now may be due beyond what was acknowledged, where nothing was before.
  if (life.honestPayee && !life.decided) await decide(life, nothing);
  await submit(life);
  await look();
  for (const letter of reader.letters) await fetchReceipt(life, letter);
  await checkBooks(life);
  if (before?.ending) assert.deepEqual((await life.record())?.book.authorised, before.book.authorised);
  while (reader.mail.length > 0 && (await canChallenge(life))) await act(life, nothing);
  await challenge(life);
  if ((await life.onChain()).status === 1) await life.exit();
  await look();
  await setting.wait((await untilEnd(life)) - (await setting.stage.now()));
  await conclude(life);
  await look();
}

/** How it ended, and how the channel stood before the transaction that ended it. */
async function endingOf({ id, setting }: Life) {
  const { client, chain } = setting.stage;
  const contract = { abi: stateChannelsAbi, address: chain.stateChannels } as const;
  const [event] = await client.getContractEvents({
    ...contract,
    eventName: "Closed",
    args: { channelId: id },
    fromBlock: 0n,
    strict: true,
  });
  assert.ok(event, "every channel comes to an end");
  // Each transaction has a block of its own.
  const blockNumber = event.blockNumber - 1n;
  const before = await client.readContract({ ...contract, functionName: "channelState", args: [id], blockNumber });
  const [pending] = await client.readContract({
    ...contract,
    functionName: "pendingCloses",
    args: [[id]],
    blockNumber,
  });
  assert.ok(pending);
  return { how: ENDINGS[event.args.ending], before, pending };
}

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A payee that keeps its books is never slashed, and never short of what it is due but by its own lateness. */
async function judgeHonestPayee(life: Life, taken: bigint, late: boolean): Promise<void> {
  const record = await life.record();
  assert.ok(record, "the shop knows the channel");
  const { book, ending } = record;
  const { how, before, pending } = await endingOf(life);
  switch (how) {
    case "cooperative":
      assert.ok(taken >= book.charged, "a close together pays all that is due");
      return;
    case "acknowledged":
    case "finalized": {
      assert.ok(ending, "a close was decided before it was sent");
      if (how === "finalized") assert.equal(pending.amount, ending.amount, "what was decided was asked for");
      // Claims go on until the end; what they took before it is not paid twice, and not taken back.
      const brought = most(before.settled, least(ending.amount, before.deposit));
      assert.equal(taken, brought, "a close brings what was due");
      // What finished after the decision is given up, and nothing else.
      assert.ok(taken + life.finishedLate >= book.charged, "nothing was served unpaid");
      return;
    }
    case "exit":
      assert.equal(taken, before.settled, "an exit leaves the payee what it has claimed");
      assert.ok(late || taken >= book.charged, "nothing was served unpaid");
      return;
    default:
      assert.fail(`a payee that keeps its books was slashed (${how})`);
  }
}

async function judge(life: Life, late: boolean): Promise<void> {
  const { setting, reader } = life;
  const { chain, payee } = setting.stage;
  const [kept, taken, escrow] = await Promise.all(
    [reader.identity.account.address, payee.address, chain.stateChannels].map(chain.balanceOf),
  );
  assert.ok(kept !== undefined && taken !== undefined);
  assert.equal(escrow, 0n, "nothing is left in the contract");
  assert.equal(kept + taken, setting.purse + life.gifts, "what the two have is what they put in");
  if (life.honestPayee) await judgeHonestPayee(life, taken, late);
  if (!life.honestPayer) return;
  // What was acknowledged and credited afterwards comes back by a refund, which the payee has to sign.
  const { acknowledged, due, exposed } = reader;
  const credited = acknowledged > due ? acknowledged - due : 0n;
  assert.ok(
    taken - due <= exposed + credited,
    `the payer lost ${taken - due}; ${exposed} has no receipt, ${credited} was acknowledged before it was credited`,
  );
}

export async function endAndJudge(life: Life): Promise<void> {
  const { status, exitAt } = await life.onChain();
  const late = status === CLOSED || (exitAt !== 0 && exitAt <= (await life.setting.stage.now()) + LEEWAY);
  await end(life);
  await judge(life, late);
}
