/**
 * What the three parts of the Chromium build say to each other: page world ⇄ isolated world over a private MessagePort,
 * isolated world ⇄ background over a runtime port. No message carries a price, a header or a decision about money: the
 * page may only ask to wait for a 402 that the browser itself has seen, and is told how that ended.
 */

/** Name of the runtime port that a frame opens when it has its first question. */
export const REPLAY_PORT = "replay";

/** The two events by which the worlds of a frame meet. Both are over before a page's script can listen. */
export const PAGE_IS_READY = "tollpass:page";
export const TAKE_PORT = "tollpass:port";

type Kind = "request" | "document" | "element";

/**
 * `go`: repeat the request now, the payment will be in it. `leave`: the page gets its 402. `repeat`: the background does
 * not know that 402 (it was restarted); repeat the request unpaid once, so that it is seen again.
 */
export type Ruling = "go" | "leave" | "repeat";

export interface Question {
  readonly kind: Kind;
  readonly url: string;
  /** Upper case; absent after a redirect, which may have changed it. */
  readonly method?: string | undefined;
  /** The asker saw status 402 itself, or was told that the background holds it. */
  readonly certain: boolean;
  /** The number of the question whose `go` was answered with this 402. */
  readonly after?: number | undefined;
}

/** A question that goes on where the ruling `repeat` left it: it keeps its number. */
export interface Resumed {
  readonly again?: number | undefined;
}

export interface Ruled {
  readonly ruling: Ruling;
  /** The number of the question: for `after` and `finished`. */
  readonly number: number;
}

/** From a frame to the background. */
export type FrameMessage =
  | ({ readonly say: "ask"; readonly number: number } & Question)
  /** Nobody waits any more. */
  | { readonly say: "cancel"; readonly number: number }
  /** The repeated request has an answer, has failed, or was never made. */
  | { readonly say: "finished"; readonly number: number };

/** From the background to a frame over the port. */
export type BackgroundMessage =
  | { readonly say: "held"; readonly number: number }
  | { readonly say: "ruled"; readonly number: number; readonly ruling: Ruling };

/** From the background to a frame that may have asked nothing yet: a subresource of it was answered with a 402. */
export interface SeenMessage {
  readonly say: "seen-402";
  readonly url: string;
}

/** From the page world to the isolated world. Written by code that shares its world with the page: not believed. */
export type PageMessage =
  | ({ readonly say: "ask"; readonly call: number } & Omit<Question, "kind"> & Resumed)
  | { readonly say: "cancel"; readonly call: number }
  | { readonly say: "finished"; readonly number: number };

/** From the isolated world to the page world. */
export interface PageReply extends Ruled {
  readonly call: number;
}
