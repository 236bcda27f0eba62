/** The paper, asked by clients without a wallet: what is free, what costs what, and who may see the till. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { decodePaymentRequired } from "@tollpass/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalChain, startChain } from "#demo/chain/index.ts";
import { PRICES } from "#demo/prices.ts";
import { inDollars, requireGood } from "./goods.ts";
import { type Site, startSite } from "./index.ts";
import { STORIES } from "./stories/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tollpass-site-"));
let chain: LocalChain;
let site: Site;
beforeAll(async () => {
  chain = await startChain();
  site = await startSite({ chain, folder });
});
afterAll(async () => {
  await site.close();
  await chain.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A request with headers that fetch does not let through. */
async function ask(path: string, method: string, headers: Record<string, string>) {
  const sent = request(site.url + path, { method, headers });
  const [[response]] = await Promise.all([once(sent, "response") as Promise<[IncomingMessage]>, sent.end()]);
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const PAID = Object.keys(PRICES).map((path) => path.replace("*", "harbour-at-night.jpg"));

test.each([
  "/",
  "/wire",
  "/film",
  "/archive",
  "/puzzle",
  "/assets/paper.css",
  "/assets/front.css",
  "/assets/pages.css",
])("%s is free", async (path) => {
  const response = await fetch(site.url + path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
});

test.each(PAID)("%s asks its listed price and gives nothing away", async (path) => {
  const response = await fetch(site.url + path);
  expect(response.status).toBe(402);
  const [offer] = decodePaymentRequired(response.headers.get("payment-required") ?? "").accepts;
  const good = requireGood(path);
  expect(offer).toMatchObject({ scheme: "state-channel", amount: good.price.toString(), payTo: site.payTo });
  expect((await response.text()).length).toBeLessThan(1_000);
});

test("a person without a wallet sees the story's beginning and its price, and none of the rest", async () => {
  const [story] = STORIES;
  const path = `/stories/${story?.slug}`;
  const answer = await ask(path, "GET", { "sec-fetch-mode": "navigate", accept: "text/html" });
  expect(answer.status).toBe(402);
  expect(answer.headers["payment-required"]).toBeTruthy();
  expect(answer.headers["content-security-policy"]).toContain("style-src 'self'");
  const page = answer.body;
  expect(page).toContain(story?.standfirst);
  expect(page).toContain(inDollars(requireGood(path).price));
  for (const paragraph of story?.paragraphs ?? []) expect(page).not.toContain(paragraph.slice(0, 30));
});

test("what does not exist costs nothing", async () => {
  expect((await fetch(`${site.url}/stories/never-written`)).status).toBe(404);
});

describe("the owner's office", () => {
  test("opens on this machine, with empty books at first", async () => {
    expect((await fetch(`${site.url}/owner`)).status).toBe(200);
    const books = await (await fetch(`${site.url}/owner/books.json`)).json();
    expect(books).toMatchObject({ claimable: false, channels: [], receipts: [] });
  });

  test("is not there for a page that points its own name at this machine", async () => {
    expect((await ask("/owner/books.json", "GET", { host: "evil.example" })).status).toBe(404);
    expect((await ask("/owner/cash-in", "POST", { host: "evil.example", origin: "http://evil.example" })).status).toBe(
      404,
    );
  });

  test("cashes in for its own page only", async () => {
    expect((await ask("/owner/cash-in", "POST", {})).status).toBe(403);
    expect((await ask("/owner/cash-in", "POST", { origin: "http://127.0.0.1:1" })).status).toBe(403);
    expect((await ask("/owner/cash-in", "POST", { origin: site.url })).status).toBe(200);
  });
});
