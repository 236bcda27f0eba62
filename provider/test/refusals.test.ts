/** What a dishonest, confused or unlucky payer is told. In every case nothing is served and nothing is charged. */
import {
  channelAnswerSchema,
  lastSchema,
  receiptTypedData,
  requirementSchema,
  type State,
  stateChannelResponseExtraSchema,
  ZERO_BYTES32,
} from "@tollpass/protocol";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalChain, localNetwork, startChain } from "../../demo/chain/index.ts";
import { memoryStore } from "../src/memoryStore.ts";
import { type Asked, askedBy, type Bought, type Payer } from "./payer.ts";
import { newPayer, openShop, type Shop } from "./shop.ts";

const PRICE = 10_000n;
let chain: LocalChain;
let shop: Shop;
let served = 0;

const serve = (app: import("express").Express) => {
  app.get("/premium", (_q, r) => {
    served += 1;
    r.send("goods");
  });
  app.post("/premium", (_q, r) => {
    served += 1;
    r.send("goods");
  });
};
beforeAll(async () => {
  chain = await startChain();
  shop = await openShop(chain, { "/premium": "$0.01", "/other": "$0.02" }, serve);
});
afterAll(async () => {
  await shop.close();
  await chain.close();
});
const premium = () => `${shop.origin}/premium`;

async function refused(bought: Bought): Promise<string> {
  expect(bought.answer.status).toBe(402);
  const { required } = askedBy(bought.answer);
  expect(required.error).toBe(((await bought.answer.json()) as { code: string }).code);
  return required.error ?? "";
}
const lastIn = ({ answer }: Bought) => {
  const extra = requirementSchema.parse(askedBy(answer).accepted).extra ?? {};
  return extra.last === undefined ? undefined : lastSchema.parse(extra.last);
};

/** Sends this very state, whatever it says. */
async function sendState(
  payer: Payer,
  asked: Asked,
  state: State,
  more: Record<string, unknown> = {},
): Promise<Bought> {
  const stateSignature = await payer.signState(state);
  const header = payer.envelope(asked, { type: "state", channel: payer.channel, state, stateSignature, ...more });
  return payer.send(premium(), header, state.nonce);
}

describe("a payment is refused", () => {
  let payer: Payer;
  let asked: Asked;
  let before: number;
  beforeAll(async () => {
    payer = await newPayer(chain);
    await payer.open(premium(), 1_000_000n);
    asked = await payer.ask(premium());
    before = served;
  });
  const honest = (): State => ({ channelId: payer.id, nonce: 100n, owed: 2n * PRICE, earned: PRICE, credited: 0n });

  test("when the header cannot be read", async () => {
    for (const header of ["%%%", "bm90IGpzb24=", payer.envelope(asked, { type: "bribe" })]) {
      expect(await refused(await payer.send(premium(), header, 0n))).toBe("invalid_payload");
    }
  });
  test("when somebody else signed it, and then nothing is told about the channel", async () => {
    const state = honest();
    const stateSignature = await payer.signState(state, privateKeyToAccount(generatePrivateKey()));
    const header = payer.envelope(asked, { type: "state", channel: payer.channel, state, stateSignature });
    const bought = await payer.send(premium(), header, state.nonce);
    expect([await refused(bought), lastIn(bought)]).toEqual(["bad_signature", undefined]);
  });
  test("when the signature was made for another channel", async () => {
    const other = await newPayer(chain);
    other.terms(asked);
    const state = { ...honest(), channelId: other.id };
    expect(await refused(await sendState(payer, asked, state))).toBe("invalid_payload");
  });
  test("when it accepts another price than is asked", async () => {
    const cheap = { ...asked, accepted: { ...asked.accepted, amount: "1" } };
    expect(await refused(await sendState(payer, cheap, honest()))).toBe("accepted_mismatch");
  });
  test("when it was made for another address", async () => {
    const elsewhere = { ...asked, required: { ...asked.required, resource: { url: `${shop.origin}/other` } } };
    expect(await refused(await sendState(payer, elsewhere, honest()))).toBe("accepted_mismatch");
  });
  test("when its total is a unit too low; the latest state and receipt come with it", async () => {
    const bought = await sendState(payer, asked, { ...honest(), owed: 2n * PRICE - 1n });
    expect(await refused(bought)).toBe("totals_too_low");
    expect(lastIn(bought)).toMatchObject({ state: { nonce: 1n, owed: PRICE }, receipt: { charged: PRICE } });
  });
  test("when it acknowledges more than it owes", async () => {
    expect(await refused(await sendState(payer, asked, { ...honest(), owed: 5n, earned: 6n }))).toBe("totals_invalid");
  });
  test("when it owes more than was deposited", async () => {
    expect(await refused(await sendState(payer, asked, { ...honest(), owed: 1_000_001n }))).toBe("deposit_unconfirmed");
  });
  test("when it credits itself", async () => {
    const bought = await sendState(payer, asked, { ...honest(), credited: 1n });
    expect(await refused(bought)).toBe("receipt_required");
  });
  test("when it credits itself with a receipt that it signed itself", async () => {
    const forger = privateKeyToAccount(generatePrivateKey());
    const receipt = { channelId: payer.id, nonce: 1n, charged: 0n, credited: PRICE, ref: ZERO_BYTES32 };
    const receiptSignature = await forger.signTypedData(receiptTypedData(payer.contract, receipt));
    const bought = await sendState(payer, asked, { ...honest(), credited: PRICE }, { receipt, receiptSignature });
    expect(await refused(bought)).toBe("receipt_required");
  });
  test("when its channel does not exist", async () => {
    const stranger = await newPayer(chain);
    stranger.terms(asked);
    const { header, nonce } = await stranger.pay(asked);
    expect(await refused(await stranger.send(premium(), header, nonce))).toBe("channel_unknown");
  });
  test("when the body is not the one it was made for", async () => {
    const state = honest();
    const stateSignature = await payer.signState(state);
    const post = await payer.ask(premium(), { method: "POST" });
    const header = payer.envelope(post, {
      type: "state",
      channel: payer.channel,
      state,
      stateSignature,
      bodyDigest: ZERO_BYTES32,
    });
    const bought = await payer.send(premium(), header, state.nonce, { method: "POST", body: "other" });
    expect(await refused(bought)).toBe("invalid_payload");
  });
  test("and after all of that the honest next payment goes through", async () => {
    expect(served).toBe(before);
    expect((await payer.buy(premium())).answer.status).toBe(200);
    expect((await shop.payment.channels()).find(({ id }) => id === payer.id)?.book.charged).toBe(2n * PRICE);
  });
});

describe("a top-up", () => {
  test("with a payment makes room for it", async () => {
    const payer = await newPayer(chain);
    await payer.open(premium(), 100_000n);
    const asked = await payer.ask(premium());
    for (let i = 0; i < 9; i++) await payer.buy(premium());
    const short = await payer.pay(asked);
    expect(await refused(await payer.send(premium(), short.header, short.nonce))).toBe("deposit_unconfirmed");
    payer.abandoned.add(short.nonce);
    const { header, nonce } = await payer.pay(asked, {
      deposit: await payer.deposit(asked, 200_000n, `0x${"02".repeat(32)}`),
    });
    const bought = await payer.send(premium(), header, nonce);
    expect(bought.answer.status).toBe(200);
    expect(bought.response?.extra).toMatchObject({ deposit: "300000" });
  });
});

describe("acknowledging", () => {
  test("is asked for after sixteen unacknowledged requests, and lifts the limit", async () => {
    const payer = await newPayer(chain);
    await payer.open(premium(), 10_000_000n);
    const asked = await payer.ask(premium());
    // Signed at once, so none of them acknowledges another.
    const headers = await Promise.all(Array.from({ length: 17 }, () => payer.pay(asked)));
    const answers: Bought[] = [];
    for (const { header, nonce } of headers) answers.push(await payer.send(premium(), header, nonce));
    expect(answers.slice(0, 16).every(({ answer }) => answer.status === 200)).toBe(true);
    const [last] = answers.slice(16);
    if (!last) throw new Error("no answer");
    expect(await refused(last)).toBe("ack_required");
    payer.abandoned.add(last.nonce);
    const acked = await payer.ack(asked);
    expect(acked.status).toBe(200);
    expect(channelAnswerSchema.parse(await acked.json()).receipt?.charged).toBe(PRICE);
    expect((await payer.buy(premium())).answer.status).toBe(200);
  });
});

describe("requests in flight", () => {
  test("beyond sixteen at once without an acknowledgement are refused, and never served", async () => {
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    const slow = await openShop(chain, { "/slow": "$0.01", "/fast": "$0.01" }, (app) => {
      app.get("/fast", (_q, r) => void r.send("goods"));
      app.get("/slow", async (_q, r) => {
        begun += 1;
        await gate.promise;
        r.send("goods");
      });
    });
    const url = `${slow.origin}/slow`;
    const payer = await newPayer(chain);
    await payer.open(`${slow.origin}/fast`, 10_000_000n);
    const asked = await payer.ask(url);
    // Signed at once: all of them acknowledge the first purchase and none another.
    const headers = await Promise.all(Array.from({ length: 40 }, () => payer.pay(asked)));
    let turnedAway = 0;
    const sent = headers.map(async ({ header, nonce }) => {
      const bought = await payer.send(url, header, nonce);
      if (bought.answer.status === 402) {
        expect(await refused(bought)).toBe("ack_required");
        turnedAway += 1;
      }
      // The last that can be refused opens the gate for those that wait.
      if (turnedAway === 40 - 16) gate.resolve();
      return bought.answer.status;
    });
    const statuses = await Promise.all(sent);
    expect([statuses.filter((status) => status === 200).length, begun]).toEqual([16, 16]);
    await slow.close();
  });
});

describe("a provider that lost its store", () => {
  test("asks for its own receipt, adopts it, and goes on where the payer is", async () => {
    const receiptKey = generatePrivateKey();
    const first = await openShop(chain, { "/premium": "$0.01" }, serve, { receiptKey, store: memoryStore() });
    const payer = await newPayer(chain);
    await payer.open(`${first.origin}/premium`, 1_000_000n);
    const bought = await payer.buy(`${first.origin}/premium`);
    await first.close();

    const second = await openShop(chain, { "/premium": "$0.01" }, serve, { receiptKey, store: memoryStore() });
    const url = `${second.origin}/premium`;
    const asked = await payer.ask(url);
    const lost = await payer.pay(asked);
    expect(await refused(await payer.send(url, lost.header, lost.nonce))).toBe("receipt_required");
    payer.abandoned.add(lost.nonce);
    const { receiptSignature } = stateChannelResponseExtraSchema.parse(bought.response?.extra);
    const { header, nonce } = await payer.pay(asked, { receipt: bought.receipt, receiptSignature });
    expect((await payer.send(url, header, nonce)).answer.status).toBe(200);
    expect((await second.payment.channels())[0]?.book.charged).toBe(payer.earned);
    await second.close();
  });
});

test("a chain that does not answer stops nobody who has paid in, and opens nothing", async () => {
  const network = { ...localNetwork(chain), rpcUrls: ["http://127.0.0.1:9"] };
  const store = memoryStore();
  const receiptKey = generatePrivateKey();
  const alive = await openShop(chain, { "/premium": "$0.01" }, serve, { store, receiptKey });
  const payer = await newPayer(chain);
  await payer.open(`${alive.origin}/premium`, 1_000_000n);
  await alive.close();
  const dark = await openShop(chain, { "/premium": "$0.01" }, serve, { store, receiptKey, network });
  expect((await payer.buy(`${dark.origin}/premium`)).answer.status).toBe(200);
  const stranger = await newPayer(chain);
  expect(await refused(await stranger.open(`${dark.origin}/premium`, 1_000_000n))).toBe("deposit_unconfirmed");
  await dark.close();
});
