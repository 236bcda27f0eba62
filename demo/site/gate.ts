/** The paper's own 402 page: a person who follows a link to something unpaid sees the story's beginning and its price. */
import type { RequestHandler } from "express";
import { turnstilePage } from "./pages.ts";

/** Goes before the payment middleware: puts the page in place of the short one that it would send. */
export const gate: RequestHandler = (request, response, next) => {
  if (request.get("sec-fetch-mode") !== "navigate") {
    next();
    return;
  }
  const policy = response.getHeader("Content-Security-Policy");
  const { end } = response;
  response.end = ((...given: Parameters<typeof end>) => {
    response.end = end;
    if (response.statusCode !== 402) return end.apply(response, given);
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    if (policy !== undefined) response.setHeader("Content-Security-Policy", policy);
    return response.end(turnstilePage(request.path));
  }) as typeof end;
  next();
};
