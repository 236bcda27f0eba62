// What each operation costs in gas, and the most that it may: the one place for the ceilings and for measuring them,
// used by the gas tests and by `npm run gas`. Figures are whole transactions on a fresh chain, on which contract and
// recipients already hold the token; the same code gives the same figure every time.
import { type Hex, zeroHash } from "viem";
import { type Channel, DAY, FOREVER, NATIVE, PERMIT2, start } from "./harness.ts";
import { actor, sign } from "./typedData.ts";

/**
 * `ceiling` is what was reached, to the unit: a change that costs more fails, and one that costs less lowers it.
 * `designed` is the ceiling that the first design set; `batchSettlement` is what x402's `batch-settlement` contract took
 * for the same on the same kind of chain (hardfork cancun, a token like this one). `channels` is how many one transaction
 * serves.
 */
export const OPERATIONS = {
  "open, EIP-3009": { ceiling: 102_484n, designed: 104_000n, batchSettlement: 116_000n },
  "open, approval": { ceiling: 76_004n, designed: 77_000n },
  "open, EIP-2612 permit": { ceiling: 104_879n },
  "open, Permit2, first nonce of 256": { ceiling: 110_468n },
  "open, Permit2, later nonce": { ceiling: 88_592n },
  "open, chain's coin": { ceiling: 52_671n, designed: 55_000n },
  "top-up": { ceiling: 55_379n, designed: 54_000n },
  "claim 1 channel, with payout": { ceiling: 54_211n, designed: 58_000n, batchSettlement: 95_000n },
  "claim 10": { ceiling: 176_480n, designed: 195_000n, batchSettlement: 289_000n, channels: 10n },
  "claim 100": { ceiling: 1_399_094n, designed: 1_570_000n, batchSettlement: 2_500_000n, channels: 100n },
  refund: { ceiling: 54_737n, designed: 50_000n },
  "cooperative close": { ceiling: 68_317n, designed: 71_000n },
  "start close": { ceiling: 61_300n, designed: 61_000n },
  challenge: { ceiling: 55_708n, designed: 56_000n },
  "finalize close": { ceiling: 57_925n, designed: 59_000n },
  "request exit": { ceiling: 31_713n, designed: 32_000n },
  exit: { ceiling: 48_251n, designed: 49_000n },
} as const satisfies {
  [name: string]: { ceiling: bigint; designed?: bigint; batchSettlement?: bigint; channels?: bigint };
};
export type Operation = keyof typeof OPERATIONS;

type Note = (operation: Operation, gas: bigint) => void;

async function chain(note: Note) {
  const s = await start();
  // Everyone has held the token before, and has signed before.
  await s.dollar.write.mint([s.payee.account.address, 1n]);
  await s.dollar.write.mint([s.payer.account.address, 1_000_000n]);
  await s.dollar.write.approve([s.channels.address, 10n ** 18n], { account: s.payer.account });
  await s.dollar.write.mint([s.channels.address, 1n]);
  /** Notes what a transaction used. */
  const used = async (operation: Operation, hash: Hex): Promise<void> => note(operation, await s.gasOf(hash));
  return { ...s, used };
}

/** An account with dollars whose key signs and whose transactions the chain takes. */
async function owner(s: Awaited<ReturnType<typeof chain>>) {
  const account = actor("owner");
  await s.networkHelpers.setBalance(account.address, 10n ** 18n);
  await s.networkHelpers.impersonateAccount(account.address);
  await s.dollar.write.mint([account.address, 10_000_000n]);
  return account;
}

async function claim(count: number, operation: Operation, note: Note): Promise<void> {
  const s = await chain(note);
  const opened: Channel[] = [];
  for (let i = 0; i < count; i++) opened.push(await s.open(5_000_000n));
  const rows = await Promise.all(opened.map((channel, i) => s.rowOf(channel, 1_000_000n + BigInt(i), 1_200_000n)));
  const terms = s.termsOf(s.channelOf());
  await s.used(operation, await s.channels.write.claim([terms, rows]));
}

/** What is done to measure, each on a chain of its own. Together they note every operation, some more than once. */
export const SCENARIOS: Readonly<{ [name: string]: (note: Note) => Promise<void> }> = {
  "opening by EIP-3009": async (note) => {
    const s = await chain(note);
    const payer = actor("gasless payer");
    await s.dollar.write.mint([payer.address, 10_000_000n]);
    const channel = s.channelOf({ payer: payer.address });
    const deposit = await s.authorize(payer, channel, 5_000_000n, channel.salt);
    await s.used("open, EIP-3009", await s.channels.write.depositWithAuthorization(deposit));
  },

  "opening and topping up from an approval": async (note) => {
    const s = await chain(note);
    const channel = s.channelOf();
    const account = s.payer.account;
    await s.used("open, approval", await s.channels.write.deposit([channel, 5_000n], { account }));
    await s.used("top-up", await s.channels.write.deposit([channel, 5_000n], { account }));
  },

  "opening by EIP-2612": async (note) => {
    const s = await chain(note);
    const payer = await owner(s);
    const channel = s.channelOf({ payer: payer.address });
    const permit = await sign(payer, ...s.permit(payer, s.channels.address, 5_000_000n));
    const call = [channel, 5_000_000n, BigInt(FOREVER), permit] as const;
    await s.used("open, EIP-2612 permit", await s.channels.write.depositWithPermit(call, { account: payer.address }));
  },

  "opening by Permit2": async (note) => {
    const s = await chain(note);
    await s.deployPermit2();
    const payer = await owner(s);
    await s.dollar.write.approve([PERMIT2, 2n ** 256n - 1n], { account: payer.address });
    // The first of 256 nonces fills a slot of Permit2, the others share it.
    const operations = ["open, Permit2, first nonce of 256", "open, Permit2, later nonce"] as const;
    for (const [nonce, operation] of operations.entries()) {
      const channel = s.channelOf({ payer: payer.address });
      const signature = await sign(payer, ...s.permit2Deposit(channel, 5_000_000n, BigInt(nonce)));
      const call = [channel, 5_000_000n, BigInt(nonce), BigInt(FOREVER), signature] as const;
      await s.used(operation, await s.channels.write.depositWithPermit2(call));
    }
  },

  "opening in the chain's coin": async (note) => {
    const s = await chain(note);
    const channel = s.channelOf({ token: NATIVE });
    const paying = { account: s.payer.account, value: 5_000n };
    await s.used("open, chain's coin", await s.channels.write.deposit([channel, 5_000n], paying));
  },

  "claiming 1 with payout": (note) => claim(1, "claim 1 channel, with payout", note),
  "claiming 10 with payout": (note) => claim(10, "claim 10", note),
  "claiming 100 with payout": (note) => claim(100, "claim 100", note),

  "a refund": async (note) => {
    const s = await chain(note);
    const channel = await s.open(5_000_000n);
    const signature = await s.signRefund(channel, 0, 1_000_000n);
    await s.used("refund", await s.channels.write.refund([channel, 0, 1_000_000n, FOREVER, signature]));
  },

  "a cooperative close that pays both": async (note) => {
    const s = await chain(note);
    const channel = await s.open(5_000_000n);
    const signatures = [
      await s.signClose(s.payerSigner, channel, 2_000_000n),
      await s.signClose(s.payeeSigner, channel, 2_000_000n),
    ] as const;
    const hash = await s.channels.write.closeCooperative([channel, 2_000_000n, FOREVER, ...signatures]);
    await s.used("cooperative close", hash);
  },

  "starting a close, challenging it, and finalizing one": async (note) => {
    const s = await chain(note);
    const state = { nonce: 9n, owed: 2_000_000n, earned: 1_000_000n, credited: 100_000n };
    const receipt = { nonce: 9n, charged: 10_000n, credited: 110_000n, ref: zeroHash };
    const account = s.payee.account;
    for (const end of ["challenge", "finalize close"] as const) {
      const channel = await s.open(5_000_000n);
      const started = [channel, state, 2_000_000n, await s.signState(channel, state)] as const;
      await s.used("start close", await s.channels.write.startClose(started, { account }));
      if (end === "challenge") {
        const proof = [channel, receipt, await s.signReceipt(channel, receipt)] as const;
        await s.used(end, await s.channels.write.challenge(proof));
      } else {
        await s.networkHelpers.time.increase(DAY);
        await s.used(end, await s.channels.write.finalizeClose([channel]));
      }
    }
  },

  "requesting the exit, and the exit": async (note) => {
    const s = await chain(note);
    const channel = await s.open(5_000_000n);
    await s.used("request exit", await s.channels.write.requestExit([channel], { account: s.payer.account }));
    await s.networkHelpers.time.increase(7 * DAY);
    await s.used("exit", await s.channels.write.exit([channel]));
  },
};

/** What the operations of a scenario used, each the dearest of its times. */
export async function measure(scenario: (note: Note) => Promise<void>): Promise<Map<Operation, bigint>> {
  const used = new Map<Operation, bigint>();
  await scenario((operation, gas) => {
    const before = used.get(operation) ?? 0n;
    used.set(operation, gas > before ? gas : before);
  });
  return used;
}
