/**
 * Claims about the file of receipts, from a real journal through the messages: every payment that was there when it
 * began, once, in order and in full, wherever pages end, whatever is paid meanwhile, and however often the background ends.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Ledger } from "#ledger";
import { MESSAGES, type Reply, type Request } from "#messages";
import { historyAnswers } from "../../lib/answers/history.ts";
import type { AnswerPorts } from "../../lib/answers/ports.ts";
import {
  channelPlan,
  direct,
  directPlan,
  hash,
  intent,
  KEY,
  receipt,
  reopen,
  SITE,
  terms,
  testPorts,
} from "../../lib/ledger/testing/fixtures.ts";
import { type ReceiptsFileOptions, receiptsFile, UnfinishedError } from "./receiptsFile.ts";

const NOW = Date.UTC(2026, 10, 23, 9);
const MIB = 1 << 20;

interface File {
  readonly exportedAt: string;
  readonly payments: readonly { readonly id: string }[];
}

interface Journal {
  readonly ledger: Ledger;
  readonly answers: ReturnType<typeof historyAnswers>;
  /** As the messages carry it: both ways through the schemas of the table. */
  ask(request: Request<"history.export">): Promise<Reply<"history.export">>;
}

async function newJournal(): Promise<Journal> {
  const ledger = await reopen(testPorts());
  await ledger.createGrant({ key: KEY, terms: terms({ total: 1_000_000n }) });
  const ports: Partial<AnswerPorts> = { ledger, networks: () => [] };
  const answers = historyAnswers(ports as AnswerPorts);
  const { request: asked, reply } = MESSAGES["history.export"];
  return {
    ledger,
    answers,
    ask: async (request) =>
      reply.parse(structuredClone(await answers["history.export"](asked.parse(structuredClone(request))))),
  };
}

let payments = 0;
async function pay(ledger: Ledger, change: Parameters<typeof direct>[1] = {}): Promise<string> {
  payments += 1;
  const result = await ledger.reserve(direct(`r${payments}`, change), directPlan);
  if (result.kind !== "reserved") throw new Error(`expected a reservation, got ${result.kind}`);
  return result.payment.id;
}

async function idsOf(ledger: Ledger): Promise<string[]> {
  return (await ledger.history({ limit: 10_000 })).payments.map(({ id }) => id);
}

const quiet = { now: NOW, signal: new AbortController().signal, told: () => undefined };

async function fileOf(options: Pick<ReceiptsFileOptions, "ask"> & Partial<ReceiptsFileOptions>): Promise<File> {
  return JSON.parse((await receiptsFile({ ...quiet, ...options })).join(""));
}

describe("whatever happens while the file is made", () => {
  let journal: Journal;
  beforeAll(async () => {
    journal = await newJournal();
    for (let index = 0; index < 9; index += 1) await pay(journal.ledger, { incognito: index % 4 === 3 });
  });

  test("it has every payment of its beginning once, newest first, each as the history shows it", async () => {
    const { ledger, answers } = journal;
    const page = fc.record({
      paidBefore: fc.nat(2),
      dies: fc.constantFrom("no", "no", "before", "after"),
      times: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.array(page, { maxLength: 8 }), async (limit, pages) => {
        const there = await idsOf(ledger);
        const happenings = pages.values();
        let begun = false;
        let deaths: (typeof pages)[number] | undefined;
        let left = 0;
        let lastAsked: number | undefined;
        const told: (readonly [number, number])[] = [];
        const { payments: got, exportedAt } = await fileOf({
          limit,
          told: (...progress) => void told.push(progress),
          ask: async (request) => {
            if (!begun || request.before !== lastAsked) {
              // The first page is the beginning: what is paid after it is not in the file.
              deaths = happenings.next().value;
              left = deaths?.dies === "no" ? 0 : (deaths?.times ?? 0);
              if (begun) for (let index = 0; index < (deaths?.paidBefore ?? 0); index += 1) await pay(ledger);
              begun = true;
              lastAsked = request.before;
            }
            left -= 1;
            if (left >= 0 && deaths?.dies === "before") throw new Error("the background is restarting");
            const reply = await journal.ask(request);
            if (left >= 0) throw new Error("the background is restarting");
            return reply;
          },
        });
        expect(exportedAt).toBe("2026-11-23T09:00:00.000Z");
        expect(got.map(({ id }) => id)).toEqual(there);
        for (const payment of got) expect(payment).toEqual(await answers["history.get"]({ paymentId: payment.id }));
        expect(told).toEqual(told.map(([done]) => [done, there.length]));
        expect(told.length).toBeGreaterThanOrEqual(Math.ceil(there.length / limit) - 1);
      }),
      { seed: 402, numRuns: 25 },
    );
  });

  test("it says how far it is, and of how many", async () => {
    const all = (await idsOf(journal.ledger)).length;
    const told: number[][] = [];
    await fileOf({ ask: journal.ask, limit: 4, told: (...progress) => void told.push(progress) });
    expect(told).toEqual(Array.from({ length: Math.floor(all / 4) }, (_, index) => [4 * (index + 1), all]));
  });

  test("there is no file if one page does not come, however often it is asked for", async () => {
    let pages = 0;
    const ask: Journal["ask"] = async (request) => {
      pages += 1;
      if (pages > 1) throw new Error("the background is restarting");
      return journal.ask(request);
    };
    await expect(fileOf({ ask, limit: 2 })).rejects.toThrow(UnfinishedError);
    expect(pages).toBe(5);
  });

  test("who leaves the screen ends it", async () => {
    const leaving = new AbortController();
    let pages = 0;
    const ask: Journal["ask"] = async (request) => {
      pages += 1;
      if (pages === 2) leaving.abort();
      return journal.ask(request);
    };
    await expect(fileOf({ ask, limit: 1, signal: leaving.signal })).rejects.toThrow(leaving.signal.reason);
    expect(pages).toBe(2);
  });
});

test("an empty journal makes a file without payments", async () => {
  const { ask } = await newJournal();
  expect(await fileOf({ ask })).toEqual({ exportedAt: "2026-11-23T09:00:00.000Z", payments: [] });
});

test("a payment has its page, its price, what was charged, and the receipt with its signature", async () => {
  const { ledger, ask } = await newJournal();
  const reserved = await ledger.reserve(intent("first"), channelPlan(50n));
  if (reserved.kind !== "reserved") throw new Error(`expected a reservation, got ${reserved.kind}`);
  const { id } = reserved.payment;
  await ledger.markSent(id, 1);
  const proof = receipt(1n, 30n, 20n);
  await ledger.settle(id, { kind: "delivered", charged: 30n, receipt: proof }, 200);
  const units = { decimals: 0, symbol: "units", dollar: false };
  expect((await fileOf({ ask })).payments).toEqual([
    {
      id,
      at: reserved.payment.createdAt,
      site: SITE,
      host: "news.example",
      label: "First",
      url: `${SITE}/articles/first?first`,
      amount: { atomic: "50", ...units },
      charged: { atomic: "30", ...units },
      state: "delivered",
      scheme: "state-channel",
      network: KEY.network,
      payTo: KEY.payTo,
      channelId: hash(1),
      nonce: "1",
      receipt: JSON.stringify({ channelId: hash(1), nonce: "1", charged: "30", credited: "20", ref: hash(2) }),
      receiptSignature: proof.signature,
      offer: '{\n  "amount": "50"\n}',
    },
  ]);
});

test("no message is longer than browsers carry, however long the offers are, and none is left out", async () => {
  const { ledger, ask } = await newJournal();
  const lengths = [1, 3, 5, 1, 2, 1];
  for (const length of lengths) await pay(ledger, { offer: { extra: "€".repeat(length * MIB) } });
  const pages: number[] = [];
  const file = await fileOf({
    ask: async (request) => {
      const page = await ask(request);
      pages.push(page.payments.length);
      if (page.payments.length > 1) expect(JSON.stringify(page).length).toBeLessThan(4.01 * MIB);
      return page;
    },
  });
  expect(file.payments.map(({ id }) => id)).toEqual(await idsOf(ledger));
  // Newest first: 1 + 2 (and 1 would be too much), 1, 5 alone, 3 + 1: the fourth part of a mebibyte is the rest.
  expect(pages).toEqual([2, 1, 1, 1, 1]);
});
