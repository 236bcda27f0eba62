/** Claims about several accounts: a site is paid from the one it was given, and two of them share nothing on chain. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createChannelSearch, relayersOf, setRelayers } from "#channels";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { accountAnswers } from "./accounts.ts";
import { approvalViewOf } from "./approvals.ts";
import { isJournalOf } from "./journalOwner.ts";
import type { AnswerPorts } from "./ports.ts";

let scene: Scene;
let wallet: TestWallet;
let ports: AnswerPorts;
let second: string;
const announced: string[] = [];
const story = (name: string) => `${scene.provider.origin}/news/${name}`;
const OTHER = "https://other.example";

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
  const { ledger, vault, payments } = wallet;
  ports = {
    ledger,
    vault,
    payments,
    channels: wallet.ports,
    search: createChannelSearch(wallet.ports, () => undefined),
    networks: () => [scene.network],
    chainOf: wallet.ports.chainOf,
    now: () => Date.now(),
    announce: (topic: string) => void announced.push(topic),
  } as Partial<AnswerPorts> as AnswerPorts;
  expect(await accountAnswers(ports)["account.add"]({})).toEqual({ done: true });
  second = (await vault.accounts())[1] ?? "";
});
afterEach(() => wallet.kill());

async function buy(name: string, site?: string): Promise<void> {
  const allowed = allow(wallet, "$1", "$0.02");
  expect(await load(wallet.payments, story(name), site ? { site } : {})).toMatchObject({ status: 200, paid: true });
  await allowed;
}

const payers = async () => (await wallet.ledger.listChannels()).map(({ terms }) => terms.payer).sort();

test("a new account pays nothing until it is chosen", async () => {
  expect(second).toMatch(/^0x[0-9a-fA-F]{40}$/);
  expect(second).not.toBe(wallet.address);
  await buy("harbour");
  expect(await payers()).toEqual([wallet.address]);
});

test("a site stays with its account when the wallet's changes, and the next site is paid from the new one", async () => {
  await scene.chain.mint(second as `0x${string}`, 1_000_000n);
  await buy("harbour");
  expect(await accountAnswers(ports)["account.use"]({ account: second.toLowerCase() })).toEqual({ done: true });
  expect(await load(wallet.payments, story("bridge"))).toMatchObject({ status: 200, paid: true });
  expect(await payers()).toEqual([wallet.address]);
  await buy("toll", OTHER);
  expect(await payers()).toEqual([wallet.address, second].sort());
  const sites = await wallet.ledger.sites();
  expect(Object.fromEntries(sites.map(({ site, policy }) => [site, policy.account]))).toMatchObject({
    [scene.provider.origin]: wallet.address,
    [OTHER]: second,
  });
});

test("a card names the account that pays, and one drawn before another was chosen is out of date", async () => {
  const asked = wallet.asked();
  const loading = load(wallet.payments, story("harbour"));
  const questionId = await asked;
  const question = wallet.payments.question(questionId);
  if (!question) throw new RangeError("a question waits");
  const drawn = question.revision;
  expect((await approvalViewOf(ports, question))?.from?.account).toBe(wallet.address);

  const { site } = question;
  expect(await accountAnswers(ports)["site.account"]({ site, account: second })).toEqual({ done: true });
  const choice = { kind: "budget", cap: "1", period: "month", perRequest: "0.02", renews: false } as const;
  expect(await wallet.payments.choose({ questionId, revision: drawn, offer: 0, choice })).toBe("stale");

  const view = await approvalViewOf(ports, question);
  expect(view?.from).toMatchObject({ account: second, accounts: [{ address: wallet.address }, { address: second }] });
  // The new account is empty, whatever the first one has.
  expect(view?.short).toMatchObject({ address: second, have: { atomic: "0" } });
  await wallet.payments.windowClosed(questionId);
  expect(await loading).toMatchObject({ status: 402, paid: false });
  expect(await wallet.ledger.listChannels()).toEqual([]);
});

test("an account that is not in the vault is never chosen", async () => {
  const account = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  const answers = accountAnswers(ports);
  expect(await answers["account.use"]({ account })).toMatchObject({ problem: "unknown_account" });
  expect(await answers["site.account"]({ site: OTHER, account })).toMatchObject({ problem: "unknown_account" });
  await wallet.ledger.setGlobal({ account });
  expect(await wallet.payments.payerOf(OTHER)).toBe(wallet.address);
});

test("a site whose account is missing is paid by no other", async () => {
  const { origin } = scene.provider;
  await wallet.ledger.setSitePolicy(origin, { account: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" });
  expect(await wallet.payments.payerOf(origin)).toBeUndefined();
  expect(await load(wallet.payments, story("harbour"))).toMatchObject({ status: 402, paid: false });
  expect(await wallet.payments.noticeOf(origin)).toMatchObject({ reason: "account_missing" });
});

test("an account that is added and chosen while a card waits pays for what the card asks", async () => {
  const asked = wallet.asked();
  const loading = load(wallet.payments, story("harbour"));
  const questionId = await asked;
  await accountAnswers(ports)["account.add"]({});
  const third = (await wallet.vault.accounts())[2] as `0x${string}`;
  await scene.chain.mint(third, 1_000_000n);
  await accountAnswers(ports)["site.account"]({ site: scene.provider.origin, account: third });
  const revision = wallet.payments.question(questionId)?.revision ?? -1;
  const choice = { kind: "budget", cap: "1", period: "month", perRequest: "0.02", renews: false } as const;
  expect(await wallet.payments.choose({ questionId, revision, offer: 0, choice })).toBeUndefined();
  expect(await loading).toMatchObject({ status: 200, paid: true });
  expect(await payers()).toEqual([third]);
});

test("a yes in a private window leaves no site with an account behind", async () => {
  const asked = wallet.asked();
  const loading = load(wallet.payments, story("harbour"), { incognito: true });
  const questionId = await asked;
  const revision = wallet.payments.question(questionId)?.revision ?? -1;
  await wallet.payments.choose({ questionId, revision, offer: 0, choice: { kind: "once" } });
  expect(await loading).toMatchObject({ status: 200, paid: true });
  expect((await wallet.ledger.sites()).filter(({ site }) => site !== "")).toEqual([]);
});

test("whose journal it is, is told by the phrase: another wallet finds none of its budgets", async () => {
  await buy("harbour");
  const { ledger, vault } = wallet;
  const own = await vault.revealPhrase(PASSWORD);
  expect(await isJournalOf(await ledger.leftBehind(), own)).toBe(true);
  expect(await isJournalOf(await ledger.leftBehind(), undefined)).toBe(false);
  expect(
    await isJournalOf(await ledger.leftBehind(), "test test test test test test test test test test test junk"),
  ).toBe(false);
  await ledger.erase();
  expect(await isJournalOf(await ledger.leftBehind(), undefined)).toBe(true);
  // Who has only ever paid from another account than the first keeps what the journal proves.
  await ledger.setGlobal({ account: second as `0x${string}` });
  expect(await isJournalOf(await ledger.leftBehind(), own)).toBe(true);
  expect(await isJournalOf(await ledger.leftBehind(), undefined)).toBe(false);
});

test("a locked wallet adds no account", async () => {
  await wallet.vault.lock();
  expect(await accountAnswers(ports)["account.add"]({})).toMatchObject({ problem: "locked" });
  expect(await wallet.vault.accounts()).toHaveLength(2);
});

test("deleting the wallet leaves no key, no budget and no journal, and a page its 402", async () => {
  await buy("harbour");
  expect(await setRelayers(ports.channels.local, ["relay.example"])).toBeUndefined();
  await ports.search.want();
  const searching = ports.search.go();
  expect(await accountAnswers(ports)["vault.wipe"]({ word: "delete" })).toEqual({ done: true });
  await searching;
  expect(await wallet.vault.status()).toBe("absent");
  expect(await ports.search.state()).toBeUndefined();
  expect(await relayersOf(ports.channels.local)).toEqual([]);
  expect(await wallet.ledger.grants()).toEqual([]);
  expect(await wallet.ledger.listChannels()).toEqual([]);
  expect(await wallet.ledger.history({ limit: 1 })).toMatchObject({ payments: [] });
  expect(await load(wallet.payments, story("bridge"))).toMatchObject({ status: 402, paid: false });
  // Whoever comes next begins with nothing allowed.
  await wallet.vault.create("another password");
  const asked = wallet.asked();
  const loading = load(wallet.payments, story("bridge"));
  await wallet.payments.windowClosed(await asked);
  expect(await loading).toMatchObject({ status: 402, paid: false });
});
