/** Buying from a real server over the real contract: what is paid, what is answered, what is refused. */

import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { receiptBodySchema, receiptRef, stateChannelExtraSchema, ZERO_BYTES32 } from "@tollpass/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalChain, startChain } from "../../demo/chain/index.ts";
import { askedBy } from "./payer.ts";
import { newPayer, openShop, type Shop } from "./shop.ts";

const PRICE = 10_000n;
let chain: LocalChain;
let shop: Shop;
let served = 0;

beforeAll(async () => {
  chain = await startChain();
  shop = await openShop(
    chain,
    {
      "/premium": { price: "$0.01", description: "The news" },
      "POST /echo": "$0.01",
      "/broken": "$0.01",
      "/thrown": "$0.01",
      "/big": "$0.01",
      "/metered": { price: "$0.05", metered: true },
      "/stream": { price: "$0.05", metered: true },
      "/cut": "$0.01",
      "/many/*": "$0.01",
      "/varied": "$0.01",
      "/headers": "$0.01",
    },
    (app) => {
      app.get("/varied", (_q, r) => void r.set({ Vary: "Accept-Language", "Cache-Control": "public" }).send("hello"));
      app.get("/free", (_q, r) => void r.send("free"));
      app.get("/premium", (_q, r) => {
        served += 1;
        r.set("Cache-Control", "public, max-age=60").json({ served });
      });
      app.post("/echo", (request, r) => void request.pipe(r));
      app.get("/broken", (_q, r) => void r.status(500).send("no"));
      app.get("/thrown", () => {
        throw Object.assign(new Error("teapot"), { status: 418, expose: true });
      });
      app.get("/big", (_q, r) => void r.send(Buffer.alloc(3_000_000, "x")));
      app.get("/metered", (request, r) => {
        request.payment?.charge("$0.02");
        r.json("two cents' worth");
      });
      app.get("/stream", (request, r) => {
        r.type("text/event-stream");
        while (request.payment?.charge(20_000n)) r.write("data: two cents\n\n");
        r.end();
      });
      app.get("/cut", (_q, r) => void r.type("text/event-stream").write("data: 1\n\n", () => r.destroy()));
      app.get("/headers", (_q, r) => void r.status(202).flushHeaders());
      app.get("/many/:n", (request, r) => void r.send(request.params.n));
    },
    { maxUnacked: 100 },
  );
});
afterAll(async () => {
  await shop.close();
  await chain.close();
});
const at = (path: string) => `${shop.origin}${path}`;
const books = async (id: string) => (await shop.payment.channels()).find((channel) => channel.id === id)?.book;
const code = async (answer: Response) => ((await answer.json()) as { code: string }).code;

describe("an unpaid request", () => {
  test("to a free route passes untouched", async () => {
    const answer = await fetch(at("/free"));
    expect([answer.status, await answer.text()]).toEqual([200, "free"]);
    expect([...answer.headers.keys()].some((name) => name.startsWith("x-price") || name.startsWith("access-"))).toBe(
      false,
    );
  });
  test("to a paid one is asked for its price in headers that any page may read", async () => {
    const answer = await fetch(at("/premium?a=1"));
    expect(answer.status).toBe(402);
    const { required, price } = askedBy(answer);
    expect(price).toBe(PRICE);
    expect(required.resource).toMatchObject({ url: at("/premium?a=1"), description: "The news" });
    const extra = stateChannelExtraSchema.parse((required.accepts[0] as { extra: unknown }).extra);
    expect(extra).toMatchObject({ contract: chain.stateChannels, relay: true, name: "USD Coin", version: "2" });
    expect(extra.payeeSigner).toBe(await shop.payment.ready());
    expect(answer.headers.get("x-price")).toBe("0.01 USDC");
    expect(answer.headers.get("x-contract")).toBe(chain.stateChannels);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-expose-headers")).toContain("PAYMENT-REQUIRED");
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 402, code: "payment_required", price: "1\u00a0¢" });
  });
  test("of a browser following a link gets a page for people", async () => {
    // As a browser navigates; fetch would say that it is a script.
    const headers = { accept: "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate" };
    const answer = await new Promise<IncomingMessage>((resolve) => get(at("/premium"), { headers }, resolve));
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([402, "text/html; charset=utf-8"]);
    expect(await text(answer)).toContain("This page costs 1\u00a0¢");
    expect(answer.headers["payment-required"]).toBeDefined();
  });
  test("with HEAD is asked too, without a body", async () => {
    const answer = await fetch(at("/premium"), { method: "HEAD" });
    expect([answer.status, askedBy(answer).price, await answer.text()]).toEqual([402, PRICE, ""]);
  });
  test("with OPTIONS is answered before the paywall", async () => {
    const answer = await fetch(at("/premium"), {
      method: "OPTIONS",
      headers: {
        origin: "https://a.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "x-own",
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-headers")).toBe("x-own, PAYMENT-SIGNATURE");
    expect(answer.headers.get("payment-required")).toBeNull();
  });
});

describe("a paid request", () => {
  test("opens its channel without any gas of the reader, and is answered with a receipt", async () => {
    const payer = await newPayer(chain);
    const { answer, response, receipt } = await payer.open(at("/premium"), 1_000_000n);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ served });
    expect(response).toMatchObject({ success: true, network: "eip155:31337", amount: PRICE });
    expect(response?.transaction).toMatch(/^0x[0-9a-f]{64}$/);
    expect(receipt).toMatchObject({ nonce: 1n, charged: PRICE, credited: 0n });
    expect(answer.headers.get("cache-control")).toBe("private, max-age=60");
    const again = await payer.buy(at("/premium"));
    expect([again.answer.status, again.response?.transaction]).toEqual([200, ""]);
    expect(payer.earned).toBe(2n * PRICE);
    expect(await books(payer.id)).toMatchObject({ charged: payer.earned, reserved: 0n });
  });

  test("sent twice is served once and answered the same", async () => {
    const payer = await newPayer(chain);
    const first = await payer.open(at("/premium"), 1_000_000n);
    const before = served;
    const [body, again] = [await first.answer.text(), await payer.send(at("/premium"), first.header, first.nonce)];
    expect([again.answer.status, await again.answer.text(), served]).toEqual([200, body, before]);
    expect(again.receipt).toEqual(first.receipt);
    expect(await books(payer.id)).toMatchObject({ charged: PRICE });
  });

  test.each(["/varied", "/big", "/broken"])("to %s is kept apart by caches from every other payment", async (path) => {
    const vary = (answer: Response) => (answer.headers.get("vary") ?? "").split(", ");
    const asked = await fetch(at(path));
    expect([asked.status, vary(asked)]).toEqual([402, ["PAYMENT-SIGNATURE"]]);
    const payer = await newPayer(chain);
    const first = await payer.open(at(path), 1_000_000n);
    await first.answer.arrayBuffer();
    const again = await payer.send(at(path), first.header, first.nonce);
    await again.answer.arrayBuffer();
    expect(again.answer.status).toBe(first.answer.status);
    const expected = path === "/varied" ? ["Accept-Language", "PAYMENT-SIGNATURE"] : ["PAYMENT-SIGNATURE"];
    expect([vary(first.answer), vary(again.answer)]).toEqual([expected, expected]);
    expect([first, again].map(({ answer }) => answer.headers.get("cache-control"))).toEqual(["private", "private"]);
    // Its nonce used for another request.
    const other = await payer.send(at("/premium"), first.header, first.nonce);
    expect([other.answer.status, vary(other.answer)]).toEqual([409, ["PAYMENT-SIGNATURE"]]);
  });

  test("sent twice at the same time is served once", async () => {
    const payer = await newPayer(chain);
    await payer.open(at("/premium"), 1_000_000n);
    const before = served;
    const { header, nonce } = await payer.pay(await payer.ask(at("/premium")));
    const answers = await Promise.all([1, 2, 3].map(() => payer.send(at("/premium"), header, nonce)));
    expect(answers.map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
    expect(served).toBe(before + 1);
    expect(await books(payer.id)).toMatchObject({ charged: 2n * PRICE });
  });

  test("is good for one request only", async () => {
    const payer = await newPayer(chain);
    const first = await payer.open(at("/many/1"), 1_000_000n);
    const other = await payer.send(at("/many/2"), first.header, first.nonce);
    expect([other.answer.status, await code(other.answer)]).toEqual([409, "nonce_conflict"]);
    expect(other.receipt).toEqual(first.receipt);
    expect(await books(payer.id)).toMatchObject({ charged: PRICE, reserved: 0n });
  });

  test("fifty at once on one channel all succeed, and both sides count the same", async () => {
    const payer = await newPayer(chain);
    await payer.open(at("/many/0"), 1_000_000n);
    const asked = await Promise.all(Array.from({ length: 50 }, (_, i) => payer.ask(at(`/many/${i}`))));
    const signed = await Promise.all(asked.map((one) => payer.pay(one)));
    const bought = await Promise.all(
      signed.map(({ header, nonce }, i) => payer.send(at(`/many/${i}`), header, nonce)).reverse(),
    );
    expect(bought.every(({ answer }) => answer.status === 200)).toBe(true);
    expect(payer.earned).toBe(51n * PRICE);
    expect(await books(payer.id)).toMatchObject({ charged: 51n * PRICE, reserved: 0n, credited: 0n });
  });

  test("with a body leaves the body to the handler, and is another request with another body", async () => {
    const payer = await newPayer(chain);
    const first = await payer.open(at("/echo"), 1_000_000n, { method: "POST", body: "hello" });
    expect([first.answer.status, await first.answer.text()]).toEqual([200, "hello"]);
    const same = await payer.send(at("/echo"), first.header, first.nonce, { method: "POST", body: "hello" });
    expect([same.answer.status, await same.answer.text()]).toEqual([200, "hello"]);
    const other = await payer.send(at("/echo"), first.header, first.nonce, { method: "POST", body: "world" });
    expect(other.answer.status).toBe(409);
  });

  test.each([
    ["/broken", 500],
    ["/thrown", 418],
    ["/many/a/b", 404],
  ])("to %s, whose handler fails, costs nothing", async (path, status) => {
    const payer = await newPayer(chain);
    await payer.open(at("/premium"), 1_000_000n);
    const { answer, receipt } = await payer.buy(at(path));
    expect([answer.status, receipt?.charged, receipt?.credited]).toEqual([status, 0n, PRICE]);
    expect((await payer.buy(at("/premium"))).answer.status).toBe(200);
    expect(await books(payer.id)).toMatchObject({ charged: 2n * PRICE, credited: PRICE });
  });
});

describe("an answer that flows", () => {
  const receiptOf = async (payer: Awaited<ReturnType<typeof newPayer>>, path: string, nonce: bigint) => {
    const answer = await payer.fetchReceipt(await payer.ask(at(path)), nonce);
    const { receipt, receiptSignature } = receiptBodySchema.parse(await answer.json());
    await payer.take(nonce, receipt, receiptSignature);
    return receipt;
  };

  test("shows its receipt to nobody who has not paid for it", async () => {
    const payer = await newPayer(chain);
    const { nonce } = await payer.open(at("/premium"), 1_000_000n);
    const asked = await payer.ask(at("/premium"));
    const answers = await Promise.all([
      payer.fetchReceipt(asked, nonce),
      fetch(`${payer.receipts(asked)}/${payer.id}/${nonce}`),
      payer.fetchReceipt(asked, nonce, `0x${"1".repeat(64)}`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404]);
  });
  test("of three megabytes has its receipt to fetch, and comes again for free", async () => {
    const payer = await newPayer(chain);
    const bought = await payer.open(at("/big"), 1_000_000n);
    expect([bought.answer.status, bought.receipt]).toEqual([200, undefined]);
    expect((await bought.answer.arrayBuffer()).byteLength).toBe(3_000_000);
    expect(await receiptOf(payer, "/big", bought.nonce)).toMatchObject({ charged: PRICE });
    const again = await payer.send(at("/big"), bought.header, bought.nonce);
    expect((await again.answer.arrayBuffer()).byteLength).toBe(3_000_000);
    expect(again.receipt?.charged).toBe(PRICE);
    expect(await books(payer.id)).toMatchObject({ charged: PRICE });
  });
  test("of a meter costs what was used, up to the ceiling", async () => {
    const payer = await newPayer(chain);
    const bought = await payer.open(at("/stream"), 1_000_000n);
    expect((await bought.answer.text()).match(/two cents/g)).toHaveLength(2);
    expect(await receiptOf(payer, "/stream", bought.nonce)).toMatchObject({ charged: 40_000n, credited: 10_000n });
  });
  test("a metered answer in one piece carries its receipt", async () => {
    const payer = await newPayer(chain);
    const { receipt } = await payer.open(at("/metered"), 1_000_000n);
    expect(receipt).toMatchObject({ charged: 20_000n, credited: 30_000n });
  });
  test("that its handler cuts off costs nothing", async () => {
    const payer = await newPayer(chain);
    const bought = await payer.open(at("/cut"), 1_000_000n);
    await expect(bought.answer.text()).rejects.toThrow();
    const receipt = await receiptOf(payer, "/cut", bought.nonce);
    expect(receipt).toMatchObject({ charged: 0n, credited: PRICE });
    // About the answer that the payer saw: its status had left.
    const about = { method: "GET", url: at("/cut"), bodyDigest: ZERO_BYTES32 };
    expect([bought.answer.status, receipt.ref]).toEqual([200, receiptRef({ ...about, status: 200 })]);
  });
  test("that its reader leaves before the first byte has a receipt about the status that left", async () => {
    const payer = await newPayer(chain);
    await payer.open(at("/premium"), 1_000_000n);
    const { header, nonce } = await payer.pay(await payer.ask(at("/headers")));
    const done = Promise.withResolvers<number>();
    shop.payment.events.on("payment", (event) => event.nonce === nonce && done.resolve(event.status));
    const leaving = new AbortController();
    const { answer } = await payer.send(at("/headers"), header, nonce, { signal: leaving.signal });
    leaving.abort();
    expect([answer.status, await done.promise]).toEqual([202, 202]);
    expect(await receiptOf(payer, "/headers", nonce)).toMatchObject({ charged: 0n });
  });
  test("a receipt that does not exist is a 404 that says so", async () => {
    const payer = await newPayer(chain);
    const asked = await payer.ask(at("/premium"));
    payer.terms(asked);
    const answer = await fetch(`${payer.receipts(asked)}/${payer.id}/7`);
    expect([answer.status, await code(answer)]).toEqual([404, "receipt_unknown"]);
  });
});
