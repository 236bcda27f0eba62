/** Serves a paid request: the handler's answer with its receipt, and the same again when the request is sent again. */
import { encodePaymentResponse, type Last, PAYMENT_RESPONSE, PAYMENT_SIGNATURE } from "@tollpass/protocol";
import type { NextFunction, Request, Response } from "express";
import type { Address, Hex } from "viem";
import { type Answer, capture, type Ending } from "./capture.ts";
import type { Context } from "./context.ts";
import { exposePayment } from "./cors.ts";
import { type Finished, finishPayment, lastOf, recordStatus } from "./payments.ts";
import { sendProblem } from "./problem.ts";
import type { Route } from "./routes.ts";
import { createSale, type Sale } from "./sale.ts";
import type { PaymentRecord } from "./store.ts";

/** How long an answer that is not kept is served again for free. */
const FREE_REPEAT_MILLISECONDS = 10 * 60_000;

/** Headers that belong to one connection or one moment, not to the answer. */
const TRANSIENT = new Set(["connection", "keep-alive", "date", "transfer-encoding", "payment-response"]);

/** What is known about a payment beside its record. */
export interface Paid {
  readonly payment: PaymentRecord;
  readonly payer: Address;
  /** Transaction of the deposit that came with it. */
  readonly transaction: Hex | undefined;
}

/** PAYMENT-RESPONSE with the receipt if the payment is finished, without while it is being served. */
async function responseHeader(
  context: Context,
  { payment, payer, transaction }: Paid,
  errorReason?: string,
  last?: Last,
): Promise<string> {
  const record = await context.store.channel(payment.channelId);
  const done = payment.phase === "done";
  return encodePaymentResponse({
    success: errorReason === undefined,
    ...(errorReason !== undefined && { errorReason }),
    transaction: transaction ?? "",
    network: context.settings.network.id,
    payer,
    ...(done && { amount: payment.charged }),
    extra: {
      channelId: payment.channelId,
      ...(done && (await context.signer.receipt(payment))),
      ...(record && { deposit: record.deposit }),
      ...(last && { last }),
    },
  });
}

/** `own` as it may be said of an answer that is for its payer alone: shared caches must not hand it on. */
function privateCacheControl(own: string): string {
  const directives = own
    .split(",")
    .map((directive) => directive.trim())
    .filter((directive) => directive !== "" && !/^(public|s-maxage=.*|proxy-revalidate)$/i.test(directive));
  if (directives.some((directive) => /^(private|no-store)\b/i.test(directive))) return directives.join(", ");
  return ["private", ...directives].join(", ");
}

/** `own` with PAYMENT-SIGNATURE added: no cache may answer one payment with what another one bought. */
function varyByPayment(own: string): string {
  const named = own
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const there = named.some((name) => name === "*" || name.toUpperCase() === PAYMENT_SIGNATURE);
  return there ? own : [...named, PAYMENT_SIGNATURE].join(", ");
}

/** What is added to a paid answer's headers when they leave; `own` reads those that the application has set. */
const paidHeaders = (own: (name: string) => string, receipt: string): Record<string, string> => ({
  "Cache-Control": privateCacheControl(own("cache-control")),
  Vary: varyByPayment(own("vary")),
  [PAYMENT_RESPONSE]: receipt,
});

const ownHeaders = (response: Response) => (name: string) => String(response.getHeader(name) ?? "");

/** What the handler's part cost and what is kept of it. */
function settle(route: Route, method: string, sale: Sale, ending: Ending): Finished {
  const nothing: Finished = { cost: 0n, status: 0, repeat: "gone", headers: [], body: undefined };
  const rereadable = (method === "GET" || method === "HEAD") && !route.metered;
  switch (ending.kind) {
    case "broken":
      return nothing;
    case "left":
      // Nothing was handed over, or it was and can be fetched again for free.
      if (!ending.begun || ending.status >= 400) return nothing;
      return { ...nothing, cost: sale.charged, status: ending.status, repeat: rereadable ? "serve" : "gone" };
    case "complete":
      return { ...kept(ending.answer, rereadable), cost: failed(ending.answer.status) ? 0n : sale.charged };
  }
}

/** A handler that failed delivered nothing, and neither did one that said "you have it already". */
const failed = (status: number): boolean => status >= 400 || status === 304;

function kept({ status, headers, body }: Answer, rereadable: boolean): Omit<Finished, "cost"> {
  const named = (name: string) => String(headers.find(([own]) => own.toLowerCase() === name)?.[1] ?? "");
  const partial = status === 206 || status === 416 || status === 304;
  if (body && !partial) {
    const own = headers.filter(([name]) => !TRANSIENT.has(name.toLowerCase()));
    return { status, headers: own, body, repeat: "stored" };
  }
  const again = rereadable && !/^text\/event-stream/i.test(named("content-type"));
  return { status, headers: [], body: undefined, repeat: again ? "serve" : "gone" };
}

/** Lets the handler serve a reserved payment. Resolves when its end is written. */
export function serve(
  context: Context,
  route: Route,
  paid: Paid,
  request: Request,
  response: Response,
  next: NextFunction,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sale = createSale(route, paid.payment, paid.payer, false);
  request.payment = sale;
  response.locals.payment = sale;
  // What the application sets itself later counts.
  if (context.settings.cors) exposePayment(response);
  // Made beforehand: a flowing answer's headers leave in one go with its first bytes.
  responseHeader(context, paid).then(
    (open) => {
      capture(response, {
        eager: route.metered,
        async onFlow(status) {
          await recordStatus(context, paid.payment, status);
          return paidHeaders(ownHeaders(response), open);
        },
        async onEnd(ending) {
          try {
            const finished = settle(route, request.method, sale, ending);
            const payment = await finishPayment(context, paid.payment, finished);
            // Only an answer that was held has its headers still before it.
            if (ending.kind !== "complete" || !ending.answer.body) return {};
            return paidHeaders(ownHeaders(response), await responseHeader(context, { ...paid, payment }));
          } finally {
            resolve();
          }
        },
      });
      next();
    },
    (failure: unknown) => {
      resolve();
      next(failure);
    },
  );
  return promise;
}

/** Answers a request that was paid before with what it was answered then, or with the reason why that is not possible. */
export async function repeat(
  context: Context,
  route: Route,
  paid: Paid,
  request: Request,
  response: Response,
  next: NextFunction,
): Promise<void> {
  const { payment } = paid;
  if (context.settings.cors) exposePayment(response);
  if (payment.phase === "done" && payment.repeat === "stored" && payment.body) {
    response.status(payment.status);
    for (const [name, value] of payment.headers) response.setHeader(name, value);
    const headers = paidHeaders(ownHeaders(response), await responseHeader(context, paid));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.end(payment.body);
    return;
  }
  const fresh = Date.now() - payment.finishedAt < FREE_REPEAT_MILLISECONDS;
  if (payment.phase === "done" && payment.repeat === "serve" && fresh) {
    const sale = createSale(route, payment, paid.payer, true);
    request.payment = sale;
    response.locals.payment = sale;
    const receipt = await responseHeader(context, paid);
    // Added when they leave, after whatever the handler sets itself.
    const headers = async () => paidHeaders(ownHeaders(response), receipt);
    capture(response, { eager: true, onFlow: headers, onEnd: headers });
    next();
    return;
  }
  await conflict(context, paid, request, response);
}

/** 409 with the receipt of what the nonce was used for, and the payer's own last state: it may have lost its journal. */
export async function conflict(context: Context, paid: Paid, request: Request, response: Response): Promise<void> {
  if (context.settings.cors) exposePayment(response);
  response.vary(PAYMENT_SIGNATURE);
  const last = await lastOf(context, paid.payment.channelId);
  response.setHeader(PAYMENT_RESPONSE, await responseHeader(context, paid, "nonce_conflict", last));
  sendProblem(request, response, { status: 409, code: "nonce_conflict" });
}
