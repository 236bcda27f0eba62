// What anybody does on the chain in a life, and what time does.
import assert from "node:assert/strict";
import { BaseError, ContractFunctionRevertedError } from "viem";
import type { Life } from "./life.ts";
import type { Step } from "./steps.ts";

/** What the chain may answer to a transaction that came too late or twice. */
export async function reverts(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (failure) {
    const revert =
      failure instanceof BaseError
        ? failure.walk((cause) => cause instanceof ContractFunctionRevertedError)
        : undefined;
    if (!(revert instanceof ContractFunctionRevertedError)) throw failure;
    return revert.data?.errorName ?? "without a reason";
  }
}

export async function gift(life: Life, { amount }: Step): Promise<void> {
  const { stage } = life.setting;
  const { status } = await life.onChain();
  if (status !== 1 && status !== 2) return;
  await stage.chain.mint(stage.stranger.address, amount);
  await life.asStranger.write.deposit([life.reader.snapshot.channel, amount]);
  life.gifts += amount;
  life.reader.learn({ deposit: life.reader.snapshot.deposit + amount });
}

/** Anybody tries every receipt that was ever signed against a close that is under way. */
export async function challenge(life: Life): Promise<void> {
  if ((await life.onChain()).status !== 3 || !(await canChallenge(life))) return;
  const { channel, credited } = life.reader.snapshot;
  if (life.honestPayee) {
    for (const { receipt, receiptSignature } of life.issued.values()) {
      const answer = await reverts(life.asStranger.simulate.challenge([channel, receipt, receiptSignature]));
      assert.equal(answer, "NoFraud", `receipt ${receipt.nonce} at ${receipt.credited} wins against an honest close`);
      life.figures.receiptsTried += 1;
    }
    return;
  }
  // The wallet's own rule: its highest receipt against the headroom, and it wins.
  const [pending] = await life.asStranger.read.pendingCloses([[life.id]]);
  const best = life.reader.letters.find(({ held }) => held?.credited === credited)?.held;
  if (!pending || !best || credited <= pending.headroom || life.now() >= pending.deadline) return;
  const { signature, ...receipt } = best;
  await life.asStranger.write.challenge([channel, receipt, signature]);
  life.figures.challengesWon += 1;
}

export async function canChallenge(life: Life): Promise<boolean> {
  const { status } = await life.onChain();
  if (status !== 3) return status !== 4;
  const [pending] = await life.asStranger.read.pendingCloses([[life.id]]);
  return pending !== undefined && life.now() < pending.deadline;
}

/** Whoever comes by ends what is due to end. */
export async function conclude(life: Life): Promise<void> {
  const { status, exitAt } = await life.onChain();
  const { channel } = life.reader.snapshot;
  const now = await life.setting.stage.now();
  if (status === 2 && now >= exitAt) await life.asStranger.write.exit([channel]);
  if (status !== 3) return;
  const [pending] = await life.asStranger.read.pendingCloses([[life.id]]);
  if (pending && now >= pending.deadline) await life.asStranger.write.finalizeClose([channel]);
}

const SPANS = [600, 3_600, 43_200, 86_400, 86_400, 172_800, 259_200, 605_000];

export async function wait(life: Life, { way }: Step): Promise<void> {
  // The reader's wallet looks at the chain far more often than a challenge period lasts.
  await challenge(life);
  await life.setting.wait(SPANS[way] ?? 600);
  await life.with(({ payment }) => payment.look());
}
