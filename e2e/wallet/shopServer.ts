/**
 * A real shop in a process of its own, so that it can be killed: Express with the payment middleware on SQLite. Obeys
 * the process that forked it, and tells it of every payment that arrives and every handler that runs.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PAYMENT_SIGNATURE } from "@tollpass/protocol";
import { paymentMiddleware, sqliteStore } from "@tollpass/provider";
import express from "express";
import type { Orders, ShopConfig, ShopNews, ShopReply, ShopRequest } from "./shopTalk.ts";

const PAGE = "<!doctype html><title>Shop</title><link rel=icon href=data:,><h1>Shop</h1>";

function tell(news: ShopNews | ShopReply): void {
  process.send?.(news);
}

function open({ network, payTo, relayKey, folder, routes, minDeposit, port }: ShopConfig): Orders {
  const payment = paymentMiddleware(payTo, routes, {
    network,
    relayKey,
    store: sqliteStore(join(folder, "shop.sqlite")),
    relayLimits: { perPayer: 1_000, total: 1_000 },
    ...(minDeposit === undefined ? {} : { minDeposit }),
    claim: false,
    log: { info: () => undefined, warn: () => undefined },
  });
  let holding = false;
  const held: (() => void)[] = [];
  const app = express();
  // Each answer whole: a 304 would cost nothing, and these tests count what is charged.
  app.disable("etag");
  app.use((request, _response, next) => {
    const header = request.get(PAYMENT_SIGNATURE);
    if (header !== undefined) tell({ news: "arrived", path: request.originalUrl, payment: header });
    next();
  });
  app.get("/", (_request, response) => void response.type("html").send(PAGE));
  app.use(payment);
  app.get("/{*path}", (request, response) => {
    const answer = () =>
      void response.type("text").set("Cache-Control", "no-store").send(`this is ${request.originalUrl}`);
    if (holding) held.push(answer);
    else answer();
    tell({ news: "served", path: request.originalUrl });
  });
  const server = createServer(app);
  return {
    async start() {
      await payment.ready();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async hold(on) {
      holding = on;
      if (!on) for (const answer of held.splice(0)) answer();
    },
    async books() {
      const [channels, payments] = await Promise.all([payment.channels(), payment.receipts(100_000)]);
      return {
        channels: channels.map(({ id, book, deposit, settled, claimable, status }) => ({
          id,
          status,
          deposit,
          settled,
          claimable,
          charged: book.charged,
          reserved: book.reserved,
          credited: book.credited,
          acknowledged: book.acknowledged,
        })),
        payments: payments.map(({ nonce, phase, charged, url }) => ({ nonce, phase, charged, url })),
      };
    },
    async claim() {
      return (await payment.claim()).paid;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await payment.close();
    },
  };
}

let orders: Orders | undefined;
process.on("message", (request: ShopRequest) => {
  const { id, order } = request;
  if (request.order === "start") orders = open(request.config);
  const run = orders?.[order] as (argument: unknown) => Promise<unknown>;
  run("on" in request ? request.on : undefined).then(
    (result) => tell({ id, result }),
    (error: unknown) => tell({ id, failed: String(error) }),
  );
});
// An orphan ends itself.
process.on("disconnect", () => process.exit());
