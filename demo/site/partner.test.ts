/** The partner desk, bought from with the reference client of x402 on a real chain. */
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalChain, startChain } from "#demo/chain/index.ts";
import { PARTNER_PRICES } from "#demo/prices.ts";
import { requireGood } from "./goods.ts";
import { type PartnerDesk, startPartnerDesk, TIDES } from "./partner.ts";
import { ASSETS } from "./routes.ts";

let chain: LocalChain;
let desk: PartnerDesk;
beforeAll(async () => {
  chain = await startChain();
  desk = await startPartnerDesk(chain, ASSETS);
});
afterAll(async () => {
  await desk.close();
  await chain.close();
});

test("the counter is free and the tide tables are not", async () => {
  expect((await fetch(`${desk.url}/`)).status).toBe(200);
  const refused = await fetch(`${desk.url}${TIDES}`);
  expect(refused.status).toBe(402);
  expect(refused.headers.get("payment-required")).toBeTruthy();
});

test("the reference client pays the listed price, and the seller has it", async () => {
  const reader = chain.accounts.deployer;
  const { price } = requireGood(TIDES, PARTNER_PRICES);
  await chain.mint(reader.address, price * 2n);
  const before = await chain.balanceOf(desk.payTo);
  const pay = wrapFetchWithPaymentFromConfig(fetch, {
    schemes: [{ network: "eip155:*", client: new ExactEvmScheme(reader) }],
    // The test dollar is on no list of known assets, and the price list may ask more than a default cap.
    spendControls: false,
  });
  const response = await pay(`${desk.url}${TIDES}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("High water");
  expect((await chain.balanceOf(desk.payTo)) - before).toBe(price);
  expect(await chain.balanceOf(reader.address)).toBe(price);
});
