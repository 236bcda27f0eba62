/** What must hold after a real death: by the shop's store, by the chain, and by what is on the wallet's own disk. */
import { transferred } from "#demo/check/transfers.ts";
import { allPayments, sum } from "#demo/check/walletFigures.ts";
import { witness } from "../../lib/payment/testing/wire.ts";
import { onDisk } from "./disk.ts";
import { PRICE, type RealReader, type Seen } from "./reader.ts";

/** A page that the restart broke may have to be asked for again: by a person who waits a little in between. */
const VISITS = 6;
/** An answer that nobody saw the end of is acknowledged a minute later, at the next tick of the wallet's alarm. */
const SETTLED_WITHIN = 180_000;

export type Breach = string;

/** Nothing stuck: asks again for what did not come until everything is there. `unanswered` hears of requests that hung. */
export async function stuck(
  reader: RealReader,
  paths: readonly string[],
  unanswered: (paths: readonly string[]) => void,
): Promise<Breach[]> {
  let missing = [...paths];
  let last = new Map<string, Seen>();
  for (let visit = 0; visit < VISITS && missing.length > 0; visit += 1) {
    if (visit > 0) await reader.fetch(missing);
    last = await reader.answers(missing);
    const silent = missing.filter((path) => !last.has(path));
    if (silent.length > 0) {
      unanswered(silent);
      await reader.reload();
    }
    missing = missing.filter((path) => last.get(path)?.text !== `this is ${path}`);
  }
  return missing.map((path) => `stuck: ${path} has ${JSON.stringify(last.get(path))} at visit ${VISITS}`);
}

/** What can be said at any moment, also while something is still on its way. `pages`: how many are there. */
export async function breaches(reader: RealReader, pages: number): Promise<Breach[]> {
  const { states, contradictions } = witness(reader.shop.arrived);
  const disk = await onDisk(reader.wallet.page);
  const { channels, payments } = await reader.shop.books();
  const status = await reader.wallet.ask("status.get", {});
  const found: Breach[] = contradictions.map((what) => `two forms of ${what}`);
  for (const { channelId, nonce, owed, credited } of states) {
    const own = disk.channels.find(({ id }) => id === channelId);
    if (!own || own.authorized < owed + credited || own.nonce < nonce) {
      found.push(`disk: the shop saw ${owed + credited} under nonce ${nonce}, on disk is ${own?.authorized}`);
    }
  }
  const charged = channels.reduce((all, channel) => all + channel.charged, 0n);
  if (charged > disk.spent) found.push(`budget: ${charged} was charged and ${disk.spent} debited`);
  if (disk.spent > reader.cap) found.push(`budget: ${disk.spent} of ${reader.cap} was spent`);
  const byUrl = new Map<string, bigint>();
  for (const payment of payments) byUrl.set(payment.url, (byUrl.get(payment.url) ?? 0n) + payment.charged);
  for (const [url, cost] of byUrl) if (cost > PRICE) found.push(`twice: ${url} cost ${cost}`);
  const sold = [...byUrl.values()].filter((cost) => cost === PRICE).length;
  if (sold < pages) found.push(`unpaid: ${pages} pages came and ${sold} were charged`);
  if (status.halted) found.push(`audit: ${status.halted}`);
  return found;
}

/** With the budget used up by the pages that came, one more is asked about, and is not paid where the person says no. */
export async function breachesBeyondTheBudget(reader: RealReader, pages: number): Promise<Breach[]> {
  const due = PRICE * BigInt(pages);
  if (reader.cap !== due) await reader.setCap(due);
  const path = "/paid/beyond";
  await reader.fetch([path]);
  const asked = reader.sayNo().then(
    () => true,
    () => false,
  );
  const answer = (await reader.answers([path])).get(path);
  // Who was paid asks nothing: nobody waits for that.
  const wasAsked = answer?.status !== 200 && (await asked);
  const arrived = reader.shop.paymentsFor(path).length;
  if (wasAsked && answer?.status === 402 && arrived === 0) return [];
  return [
    `budget: beyond ${due} a page has ${JSON.stringify(answer)}, ${arrived} payments arrived and the person was ${wasAsked ? "" : "not "}asked`,
  ];
}

/** Everything settled, claimed and closed: wallet, shop and chain name the same sums to the unit. */
export async function breachesAtTheEnd(reader: RealReader, pages: number): Promise<Breach[]> {
  const { shop, wallet, chain, address } = reader;
  const due = PRICE * BigInt(pages);
  const settled = async () => {
    const { channels } = await shop.books();
    const own = await wallet.ask("channels.list", {});
    return (
      channels.every(({ charged, acknowledged, reserved }) => reserved === 0n && charged === acknowledged) &&
      own.every(({ inFlight }) => inFlight.atomic === "0")
    );
  };
  const found: Breach[] = await reader.waitFor("everything to be settled", settled, SETTLED_WITHIN).then(
    () => [],
    () => [`stuck: after ${SETTLED_WITHIN / 1000} s not everything is settled`],
  );
  found.push(...(await breaches(reader, pages)));
  for (const { id } of await wallet.ask("channels.list", {})) await wallet.ask("channel.close", { channelId: id });
  const [history, list, sites, books] = await Promise.all([
    allPayments(wallet),
    wallet.ask("channels.list", {}),
    wallet.ask("sites.list", {}),
    shop.books(),
  ]);
  const sums = {
    history: sum(history.filter(({ state }) => state === "delivered")),
    channels: list.reduce((all, { paid }) => all + BigInt(paid.atomic), 0n),
    budgets: sites.flatMap(({ grants }) => grants).reduce((all, { spent }) => all + BigInt(spent.atomic), 0n),
    shop: books.channels.reduce((all, { charged }) => all + charged, 0n),
    payee: await transferred(chain, chain.stateChannels, chain.accounts.payee.address),
    reader:
      (await transferred(chain, address, chain.stateChannels)) -
      (await transferred(chain, chain.stateChannels, address)),
  };
  for (const [name, value] of Object.entries(sums)) {
    if (value !== due) found.push(`sums: ${name} says ${value}, and ${pages} pages cost ${due}`);
  }
  if ((await chain.balanceOf(chain.stateChannels)) !== 0n) found.push("sums: something is left in the escrow");
  return found;
}
