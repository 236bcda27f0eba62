/** What a refused reader is told: RFC 9457 problem details for programs, a short page for people. */
import type { Refusal } from "@tollpass/protocol";
import type { Request, Response } from "express";

/** The refusals of the protocol, and what can go wrong at the channel endpoints besides. */
export type ProblemCode = Refusal | "receipt_unknown" | "receipt_pending" | "method_not_allowed" | "unavailable";

interface Text {
  readonly title: string;
  readonly detail: string;
}

/** For each code what happened and what can be done. The words may change; `type` and `code` do not. */
const PROBLEMS: Readonly<Record<ProblemCode, Text>> = {
  payment_required: {
    title: "This costs something",
    detail:
      "Pay by an x402 wallet: sign one of the offers in the PAYMENT-REQUIRED header and send the request again with PAYMENT-SIGNATURE.",
  },
  invalid_payload: {
    title: "The payment cannot be read",
    detail: "Make it again as x402 version 2 and the state-channel scheme say. Nothing was charged.",
  },
  accepted_mismatch: {
    title: "The offer has changed",
    detail:
      "The payment accepts something else than is asked now. Nothing was charged. The current offer is in PAYMENT-REQUIRED.",
  },
  bad_signature: {
    title: "The signature does not fit",
    detail: "It is not by the key that the channel names, or not in canonical form. Nothing was charged.",
  },
  channel_unknown: {
    title: "There is no such channel",
    detail: "No channel with these terms is open on the chain. Open it with a deposit. Nothing was charged.",
  },
  channel_not_open: {
    title: "The channel is closed",
    detail: "It is closed or being closed, and takes no more payments. Open a new one. Nothing was charged.",
  },
  channel_exiting: {
    title: "The channel is on its way out",
    detail: "Its payer has asked to leave, so nothing more is sold on it. Open a new one. Nothing was charged.",
  },
  deposit_refused: {
    title: "The deposit was not taken",
    detail: "The chain would not accept it as it was signed, or it is below the minimum. No money moved.",
  },
  deposit_unconfirmed: {
    title: "The deposit is not there yet",
    detail:
      "The channel's confirmed deposit does not cover this payment. Send the same request again in a moment, or top up. Nothing was charged.",
  },
  relay_unavailable: {
    title: "This server sends no transactions",
    detail: "Send the transaction with your own gas. Nothing was charged.",
  },
  nonce_out_of_window: {
    title: "The payment is too old",
    detail: "Its nonce is far below others of this channel. Sign with the next nonce. Nothing was charged.",
  },
  nonce_conflict: {
    title: "This payment was used before",
    detail:
      "Its nonce belongs to another request, or to one whose answer is no longer kept. The receipt says what it cost. Sign a new payment.",
  },
  totals_too_low: {
    title: "The signed total is too low",
    detail: "It does not cover what is due and this price. The latest state is in extra.last. Nothing was charged.",
  },
  totals_invalid: {
    title: "The totals contradict each other",
    detail: "What is acknowledged must not exceed what is owed. Nothing was charged.",
  },
  ack_required: {
    title: "Please acknowledge first",
    detail:
      "Too much was delivered that is not acknowledged. Sign a state that acknowledges the latest receipt. Nothing was charged.",
  },
  receipt_required: {
    title: "This server needs your latest receipt",
    detail:
      "Your totals are ahead of its own. Send the payment again together with your latest receipt. Nothing was charged.",
  },
  rate_limited: { title: "Too many at once", detail: "Wait a minute and try again. Nothing was charged." },
  payer_refused: {
    title: "The owner of this site does not sell to this wallet",
    detail: "The channel was not opened. No money moved.",
  },
  receipt_unknown: {
    title: "There is no such receipt",
    detail: "No payment with this channel and nonce was finished here.",
  },
  receipt_pending: {
    title: "The receipt is not ready",
    detail: "The answer is still being delivered. Ask again when it has ended.",
  },
  method_not_allowed: {
    title: "That cannot be done here",
    detail: "GET a receipt by channel and nonce, or POST to a channel.",
  },
  unavailable: {
    title: "This server cannot do that just now",
    detail: "The chain or the store does not answer. Nothing was charged. Try again in a moment.",
  },
};

export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  /** Replaces the general sentence. */
  readonly detail?: string | undefined;
  /** Members beside the standard ones; bigints are written as digits. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");

/** A person who follows a link, as opposed to a script or an image tag. */
function wantsPage(request: Request): boolean {
  const mode = request.get("sec-fetch-mode");
  return (mode === undefined || mode === "navigate") && request.accepts(["json", "html"]) === "html";
}

function page(title: string, lines: readonly string[]): string {
  const paragraphs = lines.map((line) => `<p>${escapeHtml(line)}</p>`).join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title><style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto 0;padding:0 1.5rem}h1{font-size:1.5rem}</style><h1>${escapeHtml(title)}</h1>${paragraphs}</html>`;
}

/** Ends the answer with a problem, as a page if `lines` are given and a person asks. */
export function sendProblem(request: Request, response: Response, problem: Problem, lines?: readonly string[]): void {
  const text = PROBLEMS[problem.code];
  response.status(problem.status).setHeader("Cache-Control", "no-store");
  if (lines && wantsPage(request)) {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.end(page(text.title, lines));
    return;
  }
  const body = {
    type: `urn:x402:state-channel:${problem.code}`,
    title: text.title,
    status: problem.status,
    detail: problem.detail ?? text.detail,
    code: problem.code,
    ...problem.extra,
  };
  response.setHeader("Content-Type", "application/problem+json; charset=utf-8");
  response.end(JSON.stringify(body, (_key, value) => (typeof value === "bigint" ? value.toString() : value)));
}
