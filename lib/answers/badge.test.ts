/** Claims about the toolbar icon: what it says fits, is never more than was spent, and what waits comes first. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../payment/testing/browser.ts";
import { openScene, type Scene } from "../payment/testing/scene.ts";
import { badgeAmount, badgeOf } from "./badge.ts";

/** Cents in one of what a letter stands for. */
const CENTS: Readonly<Record<string, bigint>> = { "": 100n, k: 10n ** 5n, M: 10n ** 8n, B: 10n ** 11n, T: 10n ** 14n };

/** Least and highest amount, in tenths of a cent times 10^15, that a text can stand for. */
function meant(text: string): { least: bigint; below: bigint } {
  const fine = 10n ** 15n;
  if (text === "<.1¢") return { least: 1n, below: fine };
  const [, dollar, whole = "", tenth, unit = ""] = /^(\$?)(\d*)(?:\.(\d))?([kMBT¢]?)$/.exec(text) ?? [];
  if (dollar === undefined || (dollar === "$") === (unit === "¢")) throw new RangeError(`"${text}" is no amount`);
  const one = (dollar === "$" ? (CENTS[unit] ?? 0n) : 1n) * 10n * fine;
  const step = tenth === undefined ? one : one / 10n;
  const least = BigInt(whole || "0") * one + BigInt(tenth ?? "0") * (one / 10n);
  return { least, below: least + step };
}

describe("an amount on the badge", () => {
  test.each([
    [0n, 6, ""],
    [1n, 6, "<.1¢"],
    [999n, 6, "<.1¢"],
    [1_000n, 6, ".1¢"],
    [9_700n, 6, ".9¢"],
    [9_999n, 6, ".9¢"],
    [10_000n, 6, "1¢"],
    [999_999n, 6, "99¢"],
    [1_000_000n, 6, "$1.0"],
    [1_299_999n, 6, "$1.2"],
    [12_000_000n, 6, "$12"],
    [999_999_999n, 6, "$999"],
    [1_000_000_000n, 6, "$1k"],
    [123_456_000_000n, 6, "$.1M"],
    [12n, 0, "$12"],
    [10n ** 60n, 6, ">$9T"],
  ])("%s units with %s decimals are %j", (atomic, decimals, text) => {
    expect(badgeAmount(atomic, decimals)).toBe(text);
  });

  test("has at most four characters, is never zero for something, and is what was spent, rounded down", () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 12n), fc.integer({ min: 2, max: 18 }), (atomic, decimals) => {
        const text = badgeAmount(atomic, decimals);
        expect([...text].length).toBeLessThanOrEqual(4);
        const exact = atomic * 10n ** BigInt(18 - decimals);
        const { least, below } = meant(text);
        expect(least).toBeGreaterThan(0n);
        expect(exact < below && (text === "<.1¢" || exact >= least)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the badge", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ minDeposit: "$0.01" });
  });
  afterAll(() => scene.close());

  test("is quiet for a page that is no website and for a site that never asked", async () => {
    const { ledger, payments } = await scene.wallet();
    const ports = { ledger, payments, networks: () => [scene.network], now: () => Date.now() };
    expect(await badgeOf(ports, undefined)).toMatchObject({ text: "", tone: "quiet" });
    expect(await badgeOf(ports, "https://quiet.example")).toMatchObject({ text: "", tone: "quiet" });
  });

  test("asks while a question waits, then says what was spent, and a refusal before all spending", async () => {
    const wallet = await scene.wallet();
    const { ledger, payments } = wallet;
    const { origin } = scene.provider;
    const badge = (networks = [scene.network]) =>
      badgeOf({ ledger, payments, networks: () => networks, now: () => Date.now() }, origin);
    const asked = wallet.asked();
    const loading = load(payments, `${origin}/news/harbour`);
    const questionId = await asked;
    expect(await badge()).toMatchObject({ text: "?", tone: "asks" });
    const revision = payments.question(questionId)?.revision ?? 0;
    const choice = { kind: "budget", cap: "$1", period: "month", perRequest: "$1", renews: false } as const;
    await payments.choose({ questionId, revision, offer: 0, choice });
    expect(await loading).toMatchObject({ status: 200, paid: true });
    await expect.poll(() => ledger.unsettled()).toEqual([]);
    expect(await badge()).toMatchObject({ text: "2¢", tone: "spent" });
    // Money of a network that left the registry has no decimals to show it with.
    expect(await badge([])).toMatchObject({ text: "", tone: "quiet" });
    await ledger.setSitePolicy(origin, { paused: true });
    expect(await load(payments, `${origin}/news/bridge`)).toMatchObject({ status: 402, paid: false });
    expect(await badge()).toMatchObject({ text: "!", tone: "refused" });
  });
});
