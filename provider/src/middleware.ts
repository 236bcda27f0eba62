/** The one line: an Express middleware that sells routes over state channels, with handles for its owner. */
import { PAYMENT_SIGNATURE, type Refusal } from "@tollpass/protocol";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Address, Hex } from "viem";
import { conflict, repeat, serve } from "./answer.ts";
import { createChannels } from "./channels.ts";
import { type CheckoutDesk, createCheckout } from "./checkout.ts";
import { type ClaimResult, claimable } from "./claims.ts";
import { type Context, createContext } from "./context.ts";
import { answerPreflight, exposePayment, isPreflight } from "./cors.ts";
import { createDeposits } from "./deposits.ts";
import { createEndpoints, type Endpoints } from "./endpoints.ts";
import { createEvents, type Events } from "./events.ts";
import { paymentRequiredHeaders, priceText, requirementOf } from "./offer.ts";
import { type PaymentOptions, type Settings, settingsOf } from "./options.ts";
import { decideClose, type UnsentClose } from "./payeeClose.ts";
import { giveCredit, lastOf } from "./payments.ts";
import { sendProblem } from "./problem.ts";
import { type Route, type RouteTable, routeTable } from "./routes.ts";
import type { SignedReceipt } from "./signer.ts";
import type { ChannelRecord, PaymentRecord } from "./store.ts";
import { startWatch, type Watch } from "./watch.ts";

/** A channel as its owner looks at it: the record, and what a claim would bring now in atomic units. */
export type ChannelView = ChannelRecord & { readonly claimable: bigint };

/** The middleware and what its owner can do with it. */
export interface PaymentMiddleware extends RequestHandler {
  /** Resolves when the store is open and the receipt key is known: the address that signs receipts. */
  ready(): Promise<Address | undefined>;
  /** Claims everything that is acknowledged, now. Without a relay key the transactions are returned unsent. */
  claim(): Promise<ClaimResult>;
  /** Every channel ever seen, on this network and contract. */
  channels(): Promise<ChannelView[]>;
  /** The payments finished last (100 unless told), newest first. */
  receipts(limit?: number): Promise<PaymentRecord[]>;
  /** Gives back `amount` atomic units of a finished payment, at once and without gas. */
  creditNote(channelId: Hex, nonce: bigint, amount: bigint): Promise<SignedReceipt>;
  /**
   * Decides to close this channel at what is due, without its payer, and gives the transaction for the wallet of the
   * payout address to send: nobody else may. Final: from now on nothing is sold, credited or refunded on the channel.
   * Above what was acknowledged the contract pays after the challenge period, once anybody has called `finalizeClose`.
   * Not for a store restored from a backup: what it has forgotten can be held against it, so it only claims.
   */
  startClose(channelId: Hex): Promise<UnsentClose>;
  /** Looks at the chain now, as the watch does by itself every `watchSeconds`. */
  look(): Promise<void>;
  /** What happens, as it happens. */
  readonly events: Events;
  /** Stops the timers and closes the store. Requests that arrive afterwards are refused. */
  close(): Promise<void>;
}

/** What there is once a contract is known. */
interface Open {
  readonly context: Context;
  readonly checkout: CheckoutDesk;
  readonly endpoints: Endpoints;
  readonly watch: Watch;
}

async function open(settings: Settings, events: Events): Promise<Open | undefined> {
  const context = await createContext(settings, events);
  if (!context) return undefined;
  const channels = createChannels(context);
  const checkout = createCheckout(context, channels, createDeposits(context, channels));
  return { context, checkout, endpoints: createEndpoints(context, channels), watch: startWatch(context) };
}

/** Paths under which handlers may know this request: as the client wrote it, and as it is below a mount. */
const pathsOf = (request: Request): string[] => [
  request.originalUrl.split("?", 1)[0] ?? "/",
  `${request.baseUrl}${request.path}`,
  request.path,
];

/**
 * Sells the routes of `table` for payments to `payTo`:
 *
 *     app.use(paymentMiddleware("0xYourWalletAddress", { "/api/premium": "$0.01" }))
 *
 * What is not in the table passes untouched. Throws a TypeError at once if address, table or options cannot be used.
 */
export function paymentMiddleware(payTo: string, table: RouteTable, options: PaymentOptions = {}): PaymentMiddleware {
  const settings = settingsOf(payTo, options);
  const { find } = routeTable(settings.network, table);
  const events = createEvents();
  const opening = open(settings, events);
  // Reported where it is awaited; a store that fails must not end the process from here.
  opening.catch(() => undefined);
  announce(settings);

  async function handle(request: Request, response: Response, next: NextFunction): Promise<void> {
    const { cors } = settings;
    const opened = await opening;
    if (opened?.endpoints.matches(request.path)) return opened.endpoints.handle(request, response);
    if (isPreflight(request)) {
      // Answered for the method that is about to come.
      const asked = request.get("access-control-request-method") ?? "GET";
      return cors && find(asked.toUpperCase(), pathsOf(request)) ? answerPreflight(request, response) : next();
    }
    const route = request.method === "OPTIONS" ? undefined : find(request.method, pathsOf(request));
    if (!route) return next();
    if (!opened) return ask(request, response, route);
    return sell(opened, request, response, next, route);
  }

  /** 402 of a server that knows no channel contract: it says its price, and that it cannot be paid yet. */
  function ask(request: Request, response: Response, route: Route): void {
    const requirement = requirementOf(settings, route, request, settings.payTo);
    const headers = paymentRequiredHeaders({ settings, route, request, requirement, refusal: "payment_required" });
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.vary(PAYMENT_SIGNATURE);
    if (settings.cors) exposePayment(response);
    const detail = `This costs ${priceText(route)}, but this server cannot take payments yet: no channel contract is known on ${settings.network.name}.`;
    sendProblem(request, response, { status: 402, code: "payment_required", detail }, [detail]);
  }

  async function sell(opened: Open, request: Request, response: Response, next: NextFunction, route: Route) {
    const { context, checkout } = opened;
    const requirement = requirementOf(settings, route, request, context.signer.address);
    if (request.get(PAYMENT_SIGNATURE) === undefined) {
      return demand(context, request, response, route, requirement, { refusal: "payment_required" });
    }
    const { outcome, ended } = await checkout.pay(request, route, requirement);
    switch (outcome.kind) {
      case "refused":
        return demand(context, request, response, route, requirement, outcome);
      case "repeated":
        return repeat(context, route, outcome.paid, request, response, next);
      case "conflict":
        return conflict(context, outcome.paid, request, response);
      case "paid":
        return serve(context, route, outcome.paid, request, response, next).finally(ended);
    }
  }

  const middleware = (request: Request, response: Response, next: NextFunction) => {
    handle(request, response, next).catch((failure: unknown) => {
      settings.log.warn("[tollpass] a request could not be handled:", failure);
      if (response.headersSent) return void response.destroy();
      response.setHeader("Retry-After", "5");
      sendProblem(request, response, { status: 503, code: "unavailable" });
    });
  };

  const running = async (): Promise<Open> => {
    const opened = await opening;
    if (!opened)
      throw new Error(`No channel contract is known on ${settings.network.name}: give one with { contract: "0x…" }.`);
    return opened;
  };
  return Object.assign(middleware, {
    events,
    ready: async () => (await opening)?.context.signer.address,
    claim: async () => (await running()).watch.claimNow(),
    channels: async () =>
      (await settings.store.channels())
        .filter(({ chainId, contract }) => chainId === settings.network.chainId && contract === settings.contract)
        .map((record) => ({ ...record, claimable: claimable(record) })),
    receipts: (limit = 100) => settings.store.payments(limit),
    creditNote: async (channelId: Hex, nonce: bigint, amount: bigint) =>
      giveCredit((await running()).context, channelId, nonce, amount),
    startClose: async (channelId: Hex) => decideClose((await running()).context, channelId),
    look: async () => (await running()).watch.look(),
    async close() {
      const opened = await opening.catch(() => undefined);
      await opened?.watch.stop();
      await settings.store.close();
    },
  });
}

/** 402 with the offer. A validly signed payment is told what is known of its channel. */
async function demand(
  context: Context,
  request: Request,
  response: Response,
  route: Route,
  requirement: Readonly<Record<string, unknown>>,
  { refusal, detail, channelId }: { refusal: Refusal; detail?: string | undefined; channelId?: Hex },
): Promise<void> {
  const { settings } = context;
  const last = channelId && (await lastOf(context, channelId));
  const headers = paymentRequiredHeaders({ settings, route, request, requirement, refusal, last });
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.vary(PAYMENT_SIGNATURE);
  if (settings.cors) exposePayment(response);
  sendProblem(request, response, { status: 402, code: refusal, detail, extra: { price: priceText(route) } }, [
    `This page costs ${priceText(route)}, paid on ${settings.network.name}.`,
    "A browser wallet for HTTP 402, such as Tollpass, pays it for you within a budget that you set. Without one it cannot be opened.",
  ]);
}

/** Says at start what this server can and cannot do, so that nothing is found out by a customer. */
function announce({ contract, network, relayKey, log }: Settings): void {
  if (!contract) {
    log.warn(
      `[tollpass] No channel contract is known on ${network.name}, so nothing can be sold yet: prices are shown with a 402. Give the contract's address with { contract: "0x…" } or another network with { network }.`,
    );
  } else if (!relayKey) {
    log.info(
      "[tollpass] No relay key: readers open channels with their own gas, and claims have to be sent by you. Give { relayKey } to do both here.",
    );
  }
}
