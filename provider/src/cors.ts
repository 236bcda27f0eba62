/** What pages of other origins may do: see prices, pay, and read what they paid for. Never with cookies. */
import { PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE } from "@tollpass/protocol";
import type { Request, Response } from "express";

const EXPOSED = [PAYMENT_REQUIRED, PAYMENT_RESPONSE, "X-Price", "X-Contract", "X-Network", "X-Nonce"];

/** Lets any page read this answer and its payment headers. What the application has set itself stays. */
export function exposePayment(response: Response): void {
  if (!response.hasHeader("Access-Control-Allow-Origin")) response.setHeader("Access-Control-Allow-Origin", "*");
  const own = String(response.getHeader("Access-Control-Expose-Headers") ?? "");
  if (own === "*") return;
  const named = own
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const missing = EXPOSED.filter((name) => !named.some((known) => known.toLowerCase() === name.toLowerCase()));
  response.setHeader("Access-Control-Expose-Headers", [...named, ...missing].join(", "));
}

/** Whether the browser asks if it may send the real request. */
export const isPreflight = (request: Request): boolean =>
  request.method === "OPTIONS" && request.get("access-control-request-method") !== undefined;

/** Answers a preflight: any method, the headers that were asked for, and PAYMENT-SIGNATURE. */
export function answerPreflight(request: Request, response: Response): void {
  const asked = (request.get("access-control-request-headers") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => /^[A-Za-z0-9-]{1,64}$/.test(name));
  const allowed = asked.some((name) => name.toLowerCase() === PAYMENT_SIGNATURE.toLowerCase())
    ? asked
    : [...asked, PAYMENT_SIGNATURE];
  exposePayment(response);
  response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
  response.setHeader("Access-Control-Allow-Headers", allowed.join(", "));
  response.setHeader("Access-Control-Max-Age", "7200");
  response.setHeader("Vary", "Access-Control-Request-Headers");
  response.status(204).end();
}
