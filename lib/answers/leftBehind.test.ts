/** Claims about a wallet that is made where another one was: its journal goes only where the person said so. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createChannelSearch } from "#channels";
import { tamper } from "../ledger/testing/tamper.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import type { AnswerPorts } from "./ports.ts";
import { vaultAnswers } from "./status.ts";

const OTHER = "test test test test test test test test test test test junk";
const password = "another password";

let scene: Scene;
let wallet: TestWallet;
let phrase: string;
let answers: ReturnType<typeof vaultAnswers>;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
  const { ledger, vault, payments, ports } = wallet;
  answers = vaultAnswers({
    ledger,
    vault,
    payments,
    channels: ports,
    search: createChannelSearch(ports, () => undefined),
    networks: () => [scene.network],
    home: () => scene.network,
    version: "0.0.0",
    chainOf: ports.chainOf,
    now: () => Date.now(),
    announce: () => undefined,
  } as Partial<AnswerPorts> as AnswerPorts);
  phrase = await vault.revealPhrase(PASSWORD);
  const allowed = allow(wallet, "$1", "$0.02");
  expect(await load(payments, `${scene.provider.origin}/news/harbour`)).toMatchObject({ status: 200, paid: true });
  await allowed;
});
afterEach(() => wallet.kill());

/** The keys can no longer be read. */
const damage = () => wallet.disk.local.set({ "vault.first": { version: 1 }, "vault.second": "nonsense" });

test("a wallet that is here leaves nothing behind", async () => {
  expect(await answers["leftBehind.get"]({})).toBeNull();
});

test("where the keys cannot be read it is said what the journal knows of: set aside, and unused", async () => {
  await damage();
  const [channel] = await wallet.ledger.listChannels();
  const deposit = channel?.deposit || channel?.pendingDeposit?.amount || 0n;
  expect(deposit).toBeGreaterThan(20_000n);
  expect(await answers["leftBehind.get"]({})).toMatchObject({
    damaged: true,
    journal: {
      channels: 1,
      sums: [{ setAside: { atomic: `${deposit}` }, unused: { atomic: `${deposit - 20_000n}` } }],
      budgets: 1,
      unreadable: false,
    },
  });
});

test("a new wallet over it is refused, and takes its place once the person has typed the word", async () => {
  await damage();
  expect(await answers["vault.create"]({ password })).toMatchObject({ problem: "journal_of_another" });
  expect(await wallet.vault.status()).toBe("damaged");
  expect(await wallet.ledger.listChannels()).toHaveLength(1);
  expect(await answers["vault.create"]({ password, erase: "delete" })).toEqual({ done: true });
  expect(await wallet.vault.status()).toBe("unlocked");
  expect([await wallet.ledger.listChannels(), await wallet.ledger.grants()]).toEqual([[], []]);
});

test("another phrase is told apart when it is typed, and needs the word as well", async () => {
  await damage();
  expect(await answers["vault.checkPhrase"]({ phrase: OTHER })).toEqual({ done: true, erases: true });
  expect(await answers["vault.create"]({ password, phrase: OTHER })).toMatchObject({ problem: "journal_of_another" });
  expect(await wallet.ledger.listChannels()).toHaveLength(1);
});

test("its own phrase goes on with the journal, without a word", async () => {
  await damage();
  expect(await answers["vault.checkPhrase"]({ phrase })).toEqual({ done: true });
  expect(await answers["vault.create"]({ password, phrase })).toEqual({ done: true });
  expect(await wallet.ledger.listChannels()).toHaveLength(1);
});

test("a journal with a channel that cannot be read is nobody's to erase, and its other rows still speak", async () => {
  await damage();
  await tamper(wallet.disk.indexedDB, "channels", (row) => {
    row.deposit = "many";
  });
  expect(await answers["leftBehind.get"]({})).toMatchObject({
    journal: { channels: 0, sums: [], budgets: 1, unreadable: true },
  });
  await wallet.ledger.revokeGrants("all");
  expect(await answers["vault.create"]({ password })).toMatchObject({ problem: "journal_of_another" });
});

test("what cannot become a wallet destroys nothing: not the damaged keys, not the journal", async () => {
  await damage();
  expect(await answers["vault.create"]({ password: "short", erase: "delete" })).toMatchObject({ problem: "too_weak" });
  expect(await wallet.vault.status()).toBe("damaged");
  expect(await wallet.ledger.listChannels()).toHaveLength(1);
});

test("a row that cannot be read is said to halt the wallet, and does not hide its status", async () => {
  await tamper(wallet.disk.indexedDB, "channels", (row) => {
    row.deposit = "many";
  });
  expect(await answers["status.get"]({})).toMatchObject({ vault: "unlocked", halted: "ledger_inconsistent" });
  expect(await answers["vault.reveal"]({ password: PASSWORD })).toEqual({ phrase });
});
