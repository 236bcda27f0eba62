/** Claims about what the approval window is shown: round budgets that cover what waits, and why the person is asked. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { approvalViewSchema } from "#messages";
import { load } from "../payment/testing/browser.ts";
import { editOffer } from "../payment/testing/hostile.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import type { TestWallet } from "../payment/testing/wallet.ts";
import { approvalViewOf, roundUp } from "./approvals.ts";
import type { AnswerPorts } from "./ports.ts";

describe("a round amount", () => {
  test("is 1, 2 or 5 times a power of ten, the next at or above what is asked", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 30n), (amount) => {
        const round = roundUp(amount);
        expect(round).toBeGreaterThanOrEqual(amount);
        expect(round.toString()).toMatch(/^[125]0*$/);
        // The next smaller one of its kind would not have been enough.
        const below = round.toString().startsWith("5") ? (round / 5n) * 2n : round / 2n;
        expect(round === 1n || below < amount).toBe(true);
      }),
    );
  });

  test.each([
    [0n, 1n],
    [1n, 1n],
    [3n, 5n],
    [6n, 10n],
    [1_000_000n, 1_000_000n],
    [1_000_001n, 2_000_000n],
  ])("of %s is %s", (amount, round) => {
    expect(roundUp(amount)).toBe(round);
  });
});

describe("the approval window", () => {
  let scene: Scene;
  let wallet: TestWallet;
  const usd = (atomic: bigint) => ({ atomic: atomic.toString(), decimals: 6, symbol: "USDC", dollar: true });
  const url = (path: string) => `${scene.provider.origin}${path}`;

  beforeAll(async () => {
    scene = await openScene({ minDeposit: "$0.01" });
  });
  afterAll(() => scene.close());
  beforeEach(async () => {
    wallet = await scene.wallet();
  });
  afterEach(() => {
    wallet.kill();
    scene.provider.tricks = {};
  });

  /** What is shown for the question that loading a page raises; the question is then dismissed. */
  async function shownFor(path: string, of = wallet) {
    const asked = of.asked();
    const loading = load(of.payments, url(path));
    const question = of.payments.question(await asked);
    if (!question) throw new RangeError("a question waits");
    const { ledger, vault, payments } = of;
    const ports = { ledger, vault, payments, networks: () => [scene.network], chainOf: of.ports.chainOf };
    const view = await approvalViewOf(ports as Partial<AnswerPorts> as AnswerPorts, question);
    await payments.windowClosed(question.id);
    expect(await loading).toMatchObject({ status: 402, paid: false });
    return approvalViewSchema.parse(view);
  }

  async function spend(path: string, cap: string, perRequest = cap): Promise<void> {
    const allowed = allow(wallet, cap, perRequest);
    expect(await load(wallet.payments, url(path))).toMatchObject({ status: 200, paid: true });
    await allowed;
    await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  }

  test("says at first what it costs and suggests round limits", async () => {
    const view = await shownFor("/news/harbour");
    expect(view).toMatchObject({
      reason: "first_time",
      count: 1,
      total: usd(20_000n),
      connection: "this_computer",
      suggested: { cap: usd(1_000_000n), period: "month", perRequest: usd(100_000n) },
      locked: false,
    });
    expect([view.short, view.was, view.left]).toEqual([undefined, undefined, undefined]);
  });

  test("says what the price was when it rose", async () => {
    await spend("/news/harbour", "$1");
    scene.provider.tricks.after = (_asked, answer) => {
      if (answer.status === 402) editOffer(answer, { amount: "100000" });
      return undefined;
    };
    expect(await shownFor("/news/harbour")).toMatchObject({
      reason: "price_rise",
      was: usd(20_000n),
      total: usd(100_000n),
    });
  });

  test("says what is left of a budget that does not cover the price, and suggests a larger one", async () => {
    await spend("/news/harbour", "$0.03");
    expect(await shownFor("/news/bridge")).toMatchObject({
      reason: "over_budget",
      left: usd(10_000n),
      suggested: { cap: usd(1_000_000n) },
    });
  });

  test("says the ceiling that one request goes over", async () => {
    await spend("/news/harbour", "$1", "$0.02");
    expect(await shownFor("/dear")).toMatchObject({ reason: "over_request_ceiling", was: usd(20_000n) });
  });

  test("says where to send money when the wallet has too little", async () => {
    const poor = await scene.wallet({ purse: 5_000n });
    const { short } = await shownFor("/news/harbour", poor);
    expect(short).toEqual({ need: usd(20_000n), have: usd(5_000n), address: poor.address });
    expect(PURSE).toBeGreaterThan(20_000n);
  });
});
