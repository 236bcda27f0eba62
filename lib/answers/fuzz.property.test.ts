/**
 * Every message that the table lets through, with the oddest things in it, to the real wallet behind it: it answers each
 * in the shape of the table, fails at none, and does nothing with money that it was not told to.
 */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createChannelSearch } from "#channels";
import { type Handlers, MESSAGES, type MessageName, messageListener } from "#messages";
import { SELF, SENDERS } from "../messages/testing/senders.ts";
import { fits, fitting, shapeOf } from "../messages/testing/shapes.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, type Scene } from "../payment/testing/scene.ts";
import type { TestWallet } from "../payment/testing/wallet.ts";
import { createAnswers } from "./index.ts";

let scene: Scene;
let wallet: TestWallet;
let handlers: Handlers;
const failures: unknown[][] = [];
/** Ids that something stands behind, by the field that carries them. */
let known: Readonly<Record<string, readonly unknown[]>>;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
  wallet = await scene.wallet();
  const { ledger, vault, payments, ports } = wallet;
  const site = scene.provider.origin;
  const allowed = allow(wallet);
  await load(payments, `${site}/news/harbour`);
  await allowed;
  handlers = createAnswers({
    ledger,
    vault,
    payments,
    channels: ports,
    search: createChannelSearch(ports, () => undefined),
    networks: ports.networks,
    home: () => scene.network,
    chainOf: ports.chainOf,
    now: ports.now,
    version: "0.0.0",
    siteOfTab: async (tabId) => (tabId === 7 ? site : undefined),
    announce: () => undefined,
    faucet: undefined,
  });
  const { payments: paid } = await ledger.history({ limit: 5 });
  known = {
    site: [site],
    tabId: [7],
    account: [wallet.address],
    grantId: (await ledger.grants()).map(({ id }) => id),
    channelId: (await ledger.listChannels()).map(({ id }) => id),
    paymentId: paid.map(({ id }) => id),
    cap: ["1", "$0.10"],
    perRequest: ["0.01"],
  };
});
afterAll(() => scene.close());
beforeEach(() => {
  failures.length = 0;
  vi.spyOn(console, "error").mockImplementation((...words) => void failures.push(words));
});

/** Each of these derives a key from a password on purpose slowly, so a few of them have to do. */
const SLOW = /^vault\.(create|unlock|reveal|changePassword)$/;
/** These end the wallet or turn it into another one: they come last. */
const LAST: readonly string[] = ["vault.lock", "vault.create", "vault.changePassword", "vault.wipe"];
const NAMES = (Object.keys(MESSAGES) as MessageName[]).toSorted((a, b) => LAST.indexOf(a) - LAST.indexOf(b));

async function answerTo(name: MessageName, request: unknown): Promise<unknown> {
  const screen = MESSAGES[name].from === "page" ? "dashboard" : MESSAGES[name].from;
  const sender = SENDERS.find((each) => each.screen === screen)?.sender ?? {};
  return new Promise((resolve) => {
    if (!messageListener(handlers, SELF)({ name, request }, sender, resolve)) resolve("not heard");
  });
}

describe.each(NAMES)("%s", (name) => {
  test("is answered by the real wallet in the shape of the table, whatever is in it", async () => {
    const reply = shapeOf(MESSAGES[name].reply, "output");
    await fc.assert(
      fc.asyncProperty(fitting(shapeOf(MESSAGES[name].request, "input")), fc.nat(7), async (request, real) => {
        const asked = Object.entries(request as object).map(([field, value], at) => {
          const some = known[field];
          return [field, some && (real >> at) % 2 === 0 ? some[real % some.length] : value];
        });
        const answer = await answerTo(name, Object.fromEntries(asked));
        expect(failures).toEqual([]);
        expect(fits(reply, answer), JSON.stringify(answer)).toBe(true);
        expect(answer).not.toMatchObject({ problem: "internal" });
      }),
      { seed: 402, numRuns: SLOW.test(name) ? 3 : 25 },
    );
    // Nothing was signed but the one payment that was allowed before.
    if (name === "vault.wipe") return;
    expect((await wallet.ledger.history({ limit: 5 })).payments).toHaveLength(1);
    expect(await wallet.ledger.audit()).toMatchObject({ ok: true });
  });
});
