/** Real deaths in the middle of a payment: afterwards there is one charge, no nonce signed twice, and equal sums. */
import { decodePaymentSignature } from "@tollpass/protocol";
import { localNetwork } from "#demo/chain/index.ts";
import { allPayments } from "#demo/check/walletFigures.ts";
import { openWallet } from "#demo/wallet.ts";
import { allow, approvalWindow } from "../approval.ts";
import { poll } from "../driver/launch.ts";
import { expect, fetchAll, fetchAllowed, goods, PASSWORD, PRICE, test } from "./fixtures.ts";
import type { Shop } from "./shop.ts";
import { sumsAgree } from "./sums.ts";

test.beforeEach(() => test.setTimeout(360_000));

/** Every payment that arrived at the shop: for each nonce the different signed states that carried it. */
function statesByNonce(shop: Shop): Map<string, Set<string>> {
  const states = new Map<string, Set<string>>();
  for (const { payment } of shop.arrived) {
    const { payload } = decodePaymentSignature(payment);
    const { state } = payload as { state: { nonce: string } };
    states.set(state.nonce, (states.get(state.nonce) ?? new Set()).add(JSON.stringify(state)));
  }
  return states;
}

function expectOneStatePerNonce(shop: Shop): void {
  const states = statesByNonce(shop);
  expect(states.size).toBeGreaterThan(0);
  expect([...states].filter(([, different]) => different.size !== 1)).toEqual([]);
}

test("a background that dies while the shop holds the paid answer: the page gets it, for one charge", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  await fetchAllowed(funded.driver, tab, ["/paid/first"], "0.2");
  await shop.hold(true);
  const answer = fetchAll(tab, ["/paid/held"]);
  await shop.servedOf("/paid/held");
  await funded.driver.killBackground();
  await shop.hold(false);
  expect(await answer).toEqual([goods("/paid/held")]);
  expect(shop.paymentsFor("/paid/held")).toHaveLength(1);
  if (funded.driver.family === "firefox") {
    // There the new background did not see the answer. It learns of the charge by the receipt, and for a while the page
    // may ask again without paying.
    await poll(
      "the wallet to learn of the charge",
      async () => (await allPayments(funded.wallet)).every(({ state }) => state === "delivered"),
      120_000,
    );
    expect(await fetchAll(tab, ["/paid/held"])).toEqual([goods("/paid/held")]);
  }
  await sumsAgree({ chain, shop, ...funded }, { count: 2, total: 2n * PRICE });
  expect(await fetchAll(tab, ["/paid/after"])).toEqual([goods("/paid/after")]);
  await sumsAgree({ chain, shop, ...funded }, { count: 3, total: 3n * PRICE });
  expectOneStatePerNonce(shop);
});

test("a background that dies while a question is open: it is asked again, and the answer pays once", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  const { driver, wallet } = funded;
  const first = fetchAll(tab, ["/paid/asked"]);
  const approvalId = new URL(await (await approvalWindow(driver)).url()).searchParams.get("id") ?? "";
  await driver.killBackground();
  // Firefox lets go of what a dead background held: the page has its 402, and the person loads it again.
  if (driver.family === "firefox") expect(await first).toMatchObject([{ status: 402 }]);
  const answer = driver.family === "firefox" ? fetchAll(tab, ["/paid/asked"]) : first;
  await poll("the same question to be open again", () => wallet.ask("approval.get", { approvalId }), 30_000);
  expect(shop.arrived).toEqual([]);
  await allow(await approvalWindow(driver), "0.2");
  expect(await answer).toEqual([goods("/paid/asked")]);
  expect(shop.paymentsFor("/paid/asked")).toHaveLength(1);
  await sumsAgree({ chain, shop, ...funded }, { count: 1, total: PRICE });
  expectOneStatePerNonce(shop);
});

test("a browser that dies between payment and answer: loading again gets the page, for one charge", async ({
  chain,
  shop,
  funded,
  tab,
  reopen,
}) => {
  await fetchAllowed(funded.driver, tab, ["/paid/first"], "0.2");
  await shop.hold(true);
  const lost = fetchAll(tab, ["/paid/lost"]).catch(() => undefined);
  await shop.servedOf("/paid/lost");
  await funded.driver.kill();
  await lost;
  await shop.hold(false);

  const driver = await reopen();
  await driver.extensionPage("/dashboard.html");
  const wallet = await openWallet(driver, localNetwork(chain));
  await wallet.ask("vault.unlock", { password: PASSWORD });
  const reader = await driver.newPage();
  await reader.goto(`${shop.origin}/`);
  // The same bytes again, or others if the shop, which saw the reader leave, says by its receipt that it took nothing.
  expect(await fetchAll(reader, ["/paid/lost"])).toEqual([goods("/paid/lost")]);
  await sumsAgree({ chain, shop, wallet, address: funded.address }, { count: 2, total: 2n * PRICE });
  expectOneStatePerNonce(shop);
});

test("a shop that dies before it answers: its reservation ends at nothing, and the wallet finds that out", async ({
  chain,
  shop,
  funded,
  tab,
}) => {
  await fetchAllowed(funded.driver, tab, ["/paid/first"], "0.2");
  await shop.hold(true);
  const broken = fetchAll(tab, ["/paid/broken"]);
  await shop.servedOf("/paid/broken");
  await shop.kill();
  expect(await broken).toMatchObject([{ status: 0 }]);
  await shop.start();

  const { payments, channels } = await shop.books();
  expect(payments.filter(({ url }) => url.endsWith("/paid/broken")).map(({ charged }) => charged)).toEqual([0n]);
  expect(channels.map(({ reserved, charged }) => ({ reserved, charged }))).toEqual([{ reserved: 0n, charged: PRICE }]);
  await poll(
    "the wallet to learn that nothing was charged",
    async () => (await funded.wallet.ask("channels.list", {})).every(({ inFlight }) => inFlight.atomic === "0"),
    120_000,
  );
  expect(await fetchAll(tab, ["/paid/broken"])).toEqual([goods("/paid/broken")]);
  await sumsAgree({ chain, shop, ...funded }, { count: 2, total: 2n * PRICE });
  expectOneStatePerNonce(shop);
});
