/**
 * What the three parts of the Chromium build say to each other: page world ⇄ isolated world over a private MessagePort,
 * isolated world ⇄ background over a runtime port. One table, from which types, reading and tests follow. No message
 * carries a price, a header or a decision about money: the page may only ask to wait for a 402 that the browser itself
 * has seen, and is told how that ended. It is read without zod, because it is loaded into every page.
 */

/** Name of the runtime port that a frame opens when it has its first question. */
export const REPLAY_PORT = "replay";

/** The two events by which the worlds of a frame meet. Both are over before a page's script can listen. */
export const PAGE_IS_READY = "tollpass:page";
export const TAKE_PORT = "tollpass:port";

type Field<T> = (value: unknown) => value is T;

const count: Field<number> = (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const flag: Field<boolean> = (value): value is boolean => typeof value === "boolean";
const text =
  (longest: number): Field<string> =>
  (value): value is string =>
    typeof value === "string" && value.length <= longest;
const oneOf =
  <const T extends string>(...words: readonly T[]): Field<T> =>
  (value): value is T =>
    words.includes(value as T);
const maybe =
  <T>(field: Field<T>): Field<T | undefined> =>
  (value): value is T | undefined =>
    value === undefined || field(value);

const url = text(1 << 20);
/** Upper case; absent after a redirect, which may have changed it. */
const method = maybe(text(64));
/**
 * `go`: repeat the request now, the payment will be in it. `leave`: the page gets its 402. `repeat`: the background does
 * not know that 402 (it was restarted); repeat the request unpaid once, so that it is seen again.
 */
const ruling = oneOf("go", "leave", "repeat");
/**
 * `certain`: the asker saw status 402 itself, or was told that the background holds it. `after`: the number of the
 * question whose `go` was answered with this 402.
 */
const question = { url, method, certain: flag, after: maybe(count) };

/** Every message by the way that it goes; `say` is its name. */
export const CONVERSATION = {
  /** From a frame to the background over the port. Read by desk.ts, from content scripts in documents of tabs alone. */
  frame: {
    ask: { number: count, kind: oneOf("request", "document", "element"), ...question },
    /** Nobody waits any more. */
    cancel: { number: count },
    /** The repeated request has an answer, has failed, or was never made. */
    finished: { number: count },
  },
  /** From the background to a frame over the port. */
  background: {
    held: { number: count },
    ruled: { number: count, ruling },
  },
  /** From the background to a frame that may have asked nothing yet: a subresource of it was answered with a 402. */
  announcement: { "seen-402": { url } },
  /** From the page world to the isolated world. Written by code that shares its world with the page: not believed. */
  page: {
    /** `again`: the question goes on where the ruling `repeat` left it, and keeps that number. */
    ask: { call: count, ...question, again: maybe(count) },
    cancel: { call: count },
    finished: { number: count },
  },
  /** From the isolated world to the page world; `number` is for `after` and `finished`. */
  isolated: { ruled: { call: count, number: count, ruling } },
} as const satisfies Record<string, Record<string, Record<string, Field<unknown>>>>;

type Table = typeof CONVERSATION;
export type Way = keyof Table;
type Value<F> = F extends (value: unknown) => value is infer T ? T : never;
type Optional<F> = { [K in keyof F]: undefined extends Value<F[K]> ? K : never }[keyof F];
type Fields<F> = { readonly [K in Exclude<keyof F, Optional<F>>]: Value<F[K]> } & {
  readonly [K in Optional<F>]?: Value<F[K]>;
};
/** A message that goes that way, or the one of that name. */
export type Message<W extends Way, Say extends keyof Table[W] = keyof Table[W]> = {
  [S in Say]: { readonly say: S } & Fields<Table[W][S]>;
}[Say];

export type Ruling = Value<typeof ruling>;
export type Question = Omit<Message<"frame", "ask">, "say" | "number">;
export type Resumed = Pick<Message<"page", "ask">, "again">;
export type Ruled = Omit<Message<"isolated", "ruled">, "say" | "call">;

/** A message of that way with its own fields and no others; undefined for anything that the table does not describe. */
export function read<W extends Way>(way: W, data: unknown): Message<W> | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { say } = data as { say?: unknown };
  const table: Record<string, Record<string, Field<unknown>>> = CONVERSATION[way];
  const fields = typeof say === "string" && Object.hasOwn(table, say) ? table[say] : undefined;
  if (!fields) return undefined;
  const message: Record<string, unknown> = { say };
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(data, name) ? (data as Record<string, unknown>)[name] : undefined;
    if (!field(value)) return undefined;
    if (value !== undefined) message[name] = value;
  }
  return message as Message<W>;
}
