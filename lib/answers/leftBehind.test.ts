/** Claims about a wallet that is made where another one was: its journal goes only where the person said so. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createChannelSearch } from "#channels";
import { channelRecord } from "../ledger/testing/fixtures.ts";
import { tamper } from "../ledger/testing/tamper.ts";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { badgeOf } from "./badge.ts";
import { channelAnswers } from "./channels.ts";
import type { AnswerPorts } from "./ports.ts";
import { vaultAnswers } from "./status.ts";

const OTHER = "test test test test test test test test test test test junk";
const password = "another password";

let scene: Scene;
let wallet: TestWallet;
let phrase: string;
let known: AnswerPorts;
let answers: ReturnType<typeof vaultAnswers>;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
});
afterAll(() => scene.close());
beforeEach(async () => {
  wallet = await scene.wallet();
  const { ledger, vault, payments, ports } = wallet;
  known = {
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
  } as Partial<AnswerPorts> as AnswerPorts;
  answers = vaultAnswers(known);
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

test.each([
  ["absent", async () => wallet.vault.wipe()],
  ["damaged", damage],
])("a wallet made over %s keys keeps what another dashboard made meanwhile", async (_standing, begin) => {
  await begin();
  const { ledger, vault } = wallet;
  let first = true;
  const leftBehind = async () => {
    const left = await ledger.leftBehind();
    if (!first) return left;
    first = false;
    // The other dashboard is done before this one knows whose the journal is.
    expect(await answers["vault.create"]({ password, erase: "delete" })).toEqual({ done: true });
    await ledger.setSitePolicy("https://other.example", { never: true });
    return left;
  };
  const late = vaultAnswers({ ...known, ledger: { ...ledger, leftBehind } });
  const reply = await late["vault.create"]({ password, phrase: OTHER, erase: "delete" });
  expect(reply).toMatchObject({ problem: expect.any(String) });
  expect((await ledger.siteSummary("https://other.example", 0)).policy).toMatchObject({ never: true });
  expect(await vault.status()).toBe("unlocked");
  expect(await vault.revealPhrase(password)).not.toBe(OTHER);
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

test("a channel that cannot be read hides no other channel, none of the ways out and no close in time", async () => {
  const [standing] = await wallet.ledger.listChannels();
  const payeeClose = { amount: 90_000n, headroom: 0n, deadline: 99_999_999_999 };
  const closing = { status: "closing", payeeClose, challenge: { problem: "locked", against: payeeClose } } as const;
  await wallet.ledger.putChannel(channelRecord(closing));
  await tamper(
    wallet.disk.indexedDB,
    "channels",
    (row) => {
      row.deposit = "many";
    },
    false,
    ({ id }) => id === standing?.id,
  );
  const channels = await channelAnswers(known)["channels.list"]({});
  expect(channels).toMatchObject([{ status: "closing" }]);
  expect(await answers["status.get"]({})).toMatchObject({
    halted: "ledger_inconsistent",
    disputes: [{ challenge: "locked" }],
  });
  expect(await badgeOf(known, undefined)).toMatchObject({ text: "!", tone: "refused" });
});

test("a row that cannot be read is said to halt the wallet, and does not hide its status", async () => {
  await tamper(wallet.disk.indexedDB, "channels", (row) => {
    row.deposit = "many";
  });
  expect(await answers["status.get"]({})).toMatchObject({ vault: "unlocked", halted: "ledger_inconsistent" });
  expect(await answers["vault.reveal"]({ password: PASSWORD })).toEqual({ phrase });
});
