/** Claims about changing what a site may spend: every term that a screen can set holds from the next payment on. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Intent } from "#ledger";
import { type GrantLimits, grantViewSchema, settingsSchema } from "#messages";
import { LOCAL_CONTRACTS, localNetwork } from "../../demo/chain/network.ts";
import { startWallet, type TestWallet } from "../payment/testing/wallet.ts";
import type { AnswerPorts } from "./ports.ts";
import { siteAnswers } from "./sites.ts";
import { walletAnswers } from "./wallet.ts";

const DAY = 86_400_000;
const SITE = "https://news.example";
const network = localNetwork({ rpcUrl: "http://127.0.0.1:1", codeHash: "0x" });
const payTo = `0x${"2".repeat(40)}` as const;
const key = { site: SITE, payeeOrigin: SITE, payTo, network: network.id, asset: LOCAL_CONTRACTS.dollar };
const NO_LIMITS: GrantLimits = { renews: true, perMinute: null, paths: [], expiresAt: null };

let now: number;
let wallet: TestWallet;
let ports: AnswerPorts;
let grantId: string;

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1, 12);
  wallet = await startWallet([network], { now: () => now });
  const { ledger, vault, payments } = wallet;
  const known: Partial<AnswerPorts> = {
    ledger,
    vault,
    payments,
    networks: () => [network],
    home: () => network,
    now: () => now,
    announce: () => undefined,
  };
  ports = known as AnswerPorts;
  const terms = { ...NO_LIMITS, paths: [], total: 1_000_000n, period: "month" as const, perRequest: null };
  grantId = (await ledger.createGrant({ key, terms })).id;
});
afterEach(() => wallet.kill());

let asked = 0;
/** What the ledger says to a request for a page, in a word. */
async function ask(path: string, amount = 20_000n): Promise<string> {
  const requestId = `r${++asked}`;
  const intent: Intent = {
    ...key,
    requestId,
    offerId: requestId,
    frameOrigins: [SITE],
    url: `${SITE}${path}`,
    method: "GET",
    resourceType: "xmlhttprequest",
    incognito: false,
    scheme: "exact",
    dollarDecimals: 6,
    amount,
    offer: {},
  };
  const result = await wallet.ledger.reserve(intent, () => ({ kind: "ready", plan: "{}" }));
  return result.kind === "ask" || result.kind === "refuse" ? result.reason.code : result.kind;
}

const edit = (limits: Partial<GrantLimits>, cap = "1", period: "once" | "day" | "month" = "month") =>
  siteAnswers(ports)["grant.edit"]({ grantId, cap, period, limits: { ...NO_LIMITS, ...limits } });

test("a budget for some pages pays for no others", async () => {
  expect(await edit({ paths: ["/news", "/films/*.html"] })).toEqual({ done: true });
  expect(await ask("/news/harbour")).toBe("reserved");
  expect(await ask("/films/boat.html")).toBe("reserved");
  expect(await ask("/films/boat")).toBe("path_not_covered");
  expect(await ask("/newsletter")).toBe("path_not_covered");
});

test("a budget with an end pays until then", async () => {
  await edit({ expiresAt: now + 7 * DAY });
  now += 7 * DAY - 1;
  expect(await ask("/a")).toBe("reserved");
  now += 1;
  expect(await ask("/b")).toBe("grant_expired");
});

test("payments a minute are held", async () => {
  await edit({ perMinute: 2 });
  const tries = [await ask("/a"), await ask("/b"), await ask("/c")];
  expect(tries).toEqual(["reserved", "reserved", "too_fast"]);
  now += 60_000;
  expect(await ask("/d")).toBe("reserved");
});

test("a budget that does not come back is over with its first period, and one that does is not", async () => {
  await edit({ renews: false }, "1", "day");
  now += DAY;
  expect(await ask("/a")).toBe("period_over");
  await edit({ renews: true }, "1", "day");
  expect(await ask("/b")).toBe("reserved");
});

test("an edit keeps what was spent, and is shown as it was made", async () => {
  expect(await ask("/a", 600_000n)).toBe("reserved");
  const limits = { renews: false, perMinute: 5, paths: ["/a", "/b/**"], expiresAt: now + DAY };
  await edit(limits, "0.7", "once");
  const [row] = await siteAnswers(ports)["sites.list"]({});
  const view = grantViewSchema.parse(row?.grants[0]);
  expect(view).toMatchObject({ spent: { atomic: "600000" }, left: { atomic: "100000" }, period: "once", limits });
  expect(await ask("/b/c", 100_001n)).toBe("budget_spent");
  expect(await ask("/b/c", 100_000n)).toBe("reserved");
});

test("a price may rise as far as the person lets it", async () => {
  const { "settings.get": get, "settings.set": set } = walletAnswers(ports);
  const settings = settingsSchema.parse(await get({}));
  expect(settings.tolerancePercent).toBe(10);
  // Pages of one kind have one price.
  expect([await ask("/1", 100n), await ask("/2", 110n), await ask("/3", 111n)]).toEqual([
    "reserved",
    "reserved",
    "price_rise",
  ]);
  await set({ ...settings, tolerancePercent: 25 });
  expect([await ask("/4", 125n), await ask("/5", 126n)]).toEqual(["reserved", "price_rise"]);
  await set({ ...settings, tolerancePercent: 0 });
  expect([await ask("/6", 100n), await ask("/7", 101n)]).toEqual(["reserved", "price_rise"]);
});
