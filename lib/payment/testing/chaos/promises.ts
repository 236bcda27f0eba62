/** What must hold after any death, restart and second visit. Each check returns what is broken, in words. */
import { acknowledgeAll, closeChannel } from "#channels";
import { missingAfter } from "../until.ts";
import type { TestWallet } from "../wallet.ts";
import { witness } from "../wire.ts";
import type { Reader } from "./reader.ts";
import { PRICE } from "./stage.ts";

/** For how long wallet and provider may disagree while answers of a dead life are still on their way. */
const PATIENCE = 5_000;

export type Breach = string;

/** Everything, right after a restart: the pages come, the sums agree, nothing was signed or spent that should not be. */
export async function breaches(reader: Reader, wallet: TestWallet): Promise<Breach[]> {
  return [
    ...(await stuck(reader, wallet)),
    ...(await disagreeing(reader, wallet)),
    ...(await overspent(reader, wallet)),
    ...(await paidTwice(reader)),
    ...(await signedBehind(reader, wallet)),
    ...(await auditOf(wallet)),
  ];
}

/** Nothing is stuck: every page comes at a later visit, or the person was asked for what it needs and said no. */
async function stuck(reader: Reader, wallet: TestWallet): Promise<Breach[]> {
  await wallet.payments.reconcile();
  await reader.endOfUnderWay();
  for (let round = 0; round < 3 && reader.wanted().length > 0; round += 1) {
    await Promise.all(reader.wanted().map((wish) => reader.visit(wish)));
  }
  if (reader.wasRefused()) return [];
  const found = await Promise.all(
    reader.wanted().map(async ({ path, status, scheme }) => {
      const notice = await wallet.payments.noticeOf(reader.serverOf(scheme).origin);
      return `stuck: ${path} has status ${status}, and the wallet says ${notice?.reason}`;
    }),
  );
  return found;
}

async function knownCharges(wallet: TestWallet, scheme: string): Promise<bigint> {
  const { payments } = await wallet.ledger.history({ limit: 1_000 });
  return payments
    .filter((payment) => payment.scheme === scheme)
    .reduce((sum, { receipt, charged }) => sum + (receipt?.charged ?? charged ?? 0n), 0n);
}

async function booksOf(reader: Reader, wallet: TestWallet) {
  const own = new Set((await wallet.ledger.listChannels()).map(({ id }) => id));
  const theirs = (await reader.stage.shop.payment.channels()).filter(({ id }) => own.has(id));
  const total = (field: "charged" | "reserved") => theirs.reduce((sum, { book }) => sum + book[field], 0n);
  return { charged: total("charged"), reserved: total("reserved") };
}

/** Wallet and provider name the same sum, and nothing is reserved on either side. */
async function disagreeing(reader: Reader, wallet: TestWallet): Promise<Breach[]> {
  const missing = await missingAfter(PATIENCE, async () => {
    await wallet.payments.reconcile();
    const [known, books, open] = await Promise.all([
      knownCharges(wallet, "state-channel"),
      booksOf(reader, wallet),
      wallet.ledger.unsettled(),
    ]);
    if (books.charged !== known) return `the provider charged ${books.charged}, the wallet knows ${known}`;
    if (books.reserved > 0n) return `the provider has ${books.reserved} reserved`;
    // What the person would not repeat may stay unclear until its authorization has run out.
    const unclear = open.filter(({ scheme }) => scheme === "state-channel");
    return unclear.length === 0 ? undefined : `${unclear.length} payments stay ${unclear.map(({ state }) => state)}`;
  });
  return missing === undefined ? [] : [`sums: ${missing}`];
}

/** Spending stays within what was debited, and each debit within what the person allowed at that moment. */
async function overspent(reader: Reader, wallet: TestWallet): Promise<Breach[]> {
  const { payments } = await wallet.ledger.history({ limit: 10_000 });
  const charged = { channel: (await booksOf(reader, wallet)).charged, exact: await exactTransfers(reader) };
  const found: Breach[] = [];
  for (const scheme of ["channel", "exact"] as const) {
    const { origin } = reader.serverOf(scheme);
    const debited = payments
      .filter(({ payeeOrigin }) => payeeOrigin === origin)
      .reduce((sum, payment) => sum + payment.debited, 0n);
    if (charged[scheme] > debited) {
      found.push(`budget: ${charged[scheme]} was charged and ${debited} debited (${scheme})`);
    }
    found.push(...(await reader.allowed[scheme].breaches(wallet.ledger)).map((breach) => `${breach} (${scheme})`));
  }
  return found;
}

/** What the chain says that this reader's `exact` payments moved. */
async function exactTransfers(reader: Reader): Promise<bigint> {
  if (reader.stage.partner.provider.payments.length === 0) return 0n;
  return (await reader.stage.chain.balanceOf(reader.stage.partner.payTo)) - reader.partnerBefore;
}

/**
 * One price for each page, however often it was asked for until it came. A server that takes the payment and answers
 * 402 has given a worthless answer: that is final for the request, and the next one is paid again.
 */
async function paidTwice(reader: Reader): Promise<Breach[]> {
  const found: Breach[] = [];
  const payments = await reader.stage.shop.payment.receipts(10_000);
  const { origin } = reader.stage.provider;
  const charged = new Map<string, bigint>();
  for (const payment of payments) charged.set(payment.url, (charged.get(payment.url) ?? 0n) + payment.charged);
  for (const { path, scheme, got, lies } of reader.wishes.values()) {
    if (scheme !== "channel") continue;
    const sum = charged.get(origin + path) ?? 0n;
    if (sum > PRICE * BigInt(1 + lies)) found.push(`twice: ${path} cost ${sum}`);
    if (got && sum < PRICE) found.push(`unpaid: ${path} cost ${sum}`);
  }
  const { authorizations, contradictions } = witness(reader.stage.partner.provider.payments);
  for (const [path, nonces] of authorizations) {
    if (nonces.size > 1) found.push(`twice: ${nonces.size} authorizations for ${path}`);
  }
  return [...found, ...contradictions];
}

/** Whatever any server saw is on the disk, and no nonce went out in two forms. */
async function signedBehind(reader: Reader, wallet: TestWallet): Promise<Breach[]> {
  const { states, contradictions } = witness(reader.stage.provider.payments);
  const channels = new Map<string, { authorized: bigint; nonce: bigint }>(
    (await wallet.ledger.listChannels()).map((channel) => [channel.id, channel]),
  );
  const { retired } = reader.stage;
  const behind = states.flatMap(({ channelId, nonce, owed, credited }) => {
    if (retired.has(channelId)) return [];
    const own = channels.get(channelId);
    if (own && own.authorized >= owed + credited && own.nonce >= nonce) return [];
    return [
      `disk: a server saw ${owed + credited} under nonce ${nonce} of ${channelId}, on disk is ${own?.authorized}`,
    ];
  });
  return [...behind, ...contradictions.map((what) => `two forms of ${what}`)];
}

async function auditOf(wallet: TestWallet): Promise<Breach[]> {
  return (await wallet.ledger.audit()).findings.map((finding) => `audit: ${finding}`);
}

/** Closes every channel and compares what the chain moved with what wallet and provider say. */
export async function breachesAtTheEnd(reader: Reader, wallet: TestWallet): Promise<Breach[]> {
  const { chain, address } = reader.stage;
  const payee = chain.accounts.payee.address;
  const before = { payee: await chain.balanceOf(payee), escrow: await chain.balanceOf(chain.stateChannels) };
  const open = await wallet.ledger.listChannels({ status: ["open", "closing"] });
  const deposited = open.reduce((sum, { deposit, settled }) => sum + deposit - settled, 0n);
  await acknowledgeAll(wallet.ports);
  const found: Breach[] = [];
  for (const { id } of open) {
    await closeChannel(wallet.ports, id).catch((error: unknown) => found.push(`stuck: no close of ${id}: ${error}`));
  }
  const own = await wallet.ledger.listChannels();
  for (const { id } of own) reader.stage.retired.add(id);
  const left = own.filter(({ status }) => status !== "closed");
  for (const { id, status } of left) found.push(`stuck: channel ${id} stays ${status}`);
  const charged = own.reduce((sum, { gross, released }) => sum + gross - released, 0n);
  const { charged: theirs } = await booksOf(reader, wallet);
  const received = (await chain.balanceOf(payee)) - before.payee;
  const released = before.escrow - (await chain.balanceOf(chain.stateChannels));
  if (received !== charged || theirs !== charged) {
    found.push(`sums: wallet ${charged}, provider ${theirs}, chain ${received} (account ${address})`);
  }
  if (released !== deposited) found.push(`sums: ${deposited} was in escrow and ${released} came out`);
  return [...found, ...(await auditOf(wallet))];
}
