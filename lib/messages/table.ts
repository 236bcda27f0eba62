/**
 * Every message that a screen may send to the background: one definition each, from which types, parsing, sender rule
 * and tests follow. A screen sends an id and a choice, never something to sign; who it is comes from the browser.
 * Frames of pages have a table of their own, which knows no money (lib/intercept/conversation.ts).
 */
import { z } from "zod";
import * as view from "./views.ts";

/** The screens, by the path of their page. No other document of the extension is heard (bays, the event page). */
export const SCREENS = { "/popup.html": "popup", "/approve.html": "approval", "/dashboard.html": "dashboard" } as const;
export type Screen = (typeof SCREENS)[keyof typeof SCREENS];

/**
 * Who may send: `page` is any screen. What shows the phrase, moves money out or takes budgets away is the dashboard's
 * alone; a question is answered only from the window that asks it, where a click has to be meant.
 */
export type Sender = "page" | "dashboard" | "approval";

/** Whether a message with that rule is heard from that screen. */
export function maySend(from: Sender, screen: Screen): boolean {
  return from === "page" || from === screen;
}

interface Definition {
  readonly from: Sender;
  readonly request: z.ZodType;
  readonly reply: z.ZodType;
}

const nothing = z.object({});
const id = z.string().min(1).max(128);
const site = z.string().min(1).max(2048);
const account = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const password = z.string().max(1024);
/** A price or cap as a person types it: "1", "0.05", "$2.50". Parsed with the token's decimals by the background. */
const typedAmount = z.string().max(32);

/** What a screen can word for the person: a stable code and, where useful, an amount that is missing. */
export const problemSchema = z.object({
  problem: z.string(),
  /** Plain words from the background where the code alone would not help; never text of a server. */
  detail: z.string().optional(),
  need: view.moneySchema.optional(),
  have: view.moneySchema.optional(),
  address: z.string().optional(),
  /** Seconds to wait before trying again. */
  retryAfter: z.number().optional(),
});
export type Problem = z.output<typeof problemSchema>;

const relayers = z.object({ relayers: z.array(site).max(8) });
const done = z.object({ done: z.literal(true) });
const doneOr = z.union([done, problemSchema]);
const transaction = z.union([z.object({ done: z.literal(true), transaction: z.string().optional() }), problemSchema]);

export const MESSAGES = {
  "status.get": { from: "page", request: nothing, reply: view.statusSchema },

  "vault.create": {
    from: "dashboard",
    /** `erase` is what the person typed to give up the journal of another wallet; without it that one stays. */
    request: z.object({ password, phrase: z.string().max(1024).optional(), erase: z.literal("delete").optional() }),
    reply: doneOr,
  },
  /** What a wallet that was here before left in this browser; null if nothing, or while a wallet is here. */
  "leftBehind.get": { from: "dashboard", request: nothing, reply: view.leftBehindSchema.nullable() },
  /** `erases`: the journal in this browser is of another phrase, and a wallet from this one takes its place. */
  "vault.checkPhrase": {
    from: "dashboard",
    request: z.object({ phrase: z.string().max(1024) }),
    reply: z.union([done.extend({ erases: z.literal(true).optional() }), problemSchema]),
  },
  "vault.unlock": { from: "page", request: z.object({ password }), reply: doneOr },
  "vault.lock": { from: "page", request: nothing, reply: done },
  "vault.reveal": {
    from: "dashboard",
    request: z.object({ password }),
    reply: z.union([z.object({ phrase: z.string() }), problemSchema]),
  },
  "vault.changePassword": { from: "dashboard", request: z.object({ from: password, to: password }), reply: doneOr },

  /**
   * Deletes the keys, the journal and every budget from this browser. `word` is what the person typed to say so.
   * `journalKept`: the browser does not let the journal be deleted now.
   */
  "vault.wipe": {
    from: "dashboard",
    request: z.object({ word: z.literal("delete") }),
    reply: z.union([done.extend({ journalKept: z.literal(true).optional() }), problemSchema]),
  },

  "wallet.get": { from: "page", request: nothing, reply: z.union([view.walletViewSchema, problemSchema]) },
  /** Local chain only: mints test dollars to the wallet. */
  "wallet.faucet": { from: "dashboard", request: nothing, reply: doneOr },

  "account.add": { from: "dashboard", request: nothing, reply: doneOr },
  /** The account that pays sites which have none of their own yet. */
  "account.use": { from: "dashboard", request: z.object({ account }), reply: doneOr },

  "site.get": { from: "page", request: z.object({ tabId: z.int() }), reply: view.siteViewSchema.nullable() },
  "site.pause": { from: "page", request: z.object({ site, paused: z.boolean() }), reply: done },
  "site.never": { from: "page", request: z.object({ site, never: z.boolean() }), reply: done },
  /** Ends the quiet after three dismissed questions. */
  "site.askAgain": { from: "page", request: z.object({ site }), reply: done },
  /** Which account pays a site from now on. Money set aside from another stays where it is. */
  "site.account": { from: "page", request: z.object({ site, account }), reply: doneOr },
  "sites.list": { from: "dashboard", request: nothing, reply: z.array(view.siteRowSchema) },

  "grant.edit": {
    from: "page",
    request: z.object({
      grantId: id,
      cap: typedAmount,
      perRequest: typedAmount.optional(),
      period: view.periodSchema,
      /** Left out: they stay as they are. */
      limits: view.grantLimitsSchema.optional(),
    }),
    reply: doneOr,
  },
  "grant.revoke": { from: "dashboard", request: z.object({ grantId: id }), reply: done },
  "grants.revokeAll": { from: "dashboard", request: nothing, reply: done },
  "pause.set": { from: "page", request: z.object({ paused: z.boolean() }), reply: done },

  "approval.get": { from: "page", request: z.object({ approvalId: id }), reply: view.approvalViewSchema.nullable() },
  "approval.preview": {
    from: "approval",
    request: z.object({
      approvalId: id,
      offer: z.int().min(0),
      cap: typedAmount,
      period: view.periodSchema,
      /** Asks for what a yes to the waiting requests alone would set aside; `cap` is their sum. */
      once: z.boolean().default(false),
    }),
    reply: view.previewSchema,
  },
  "approval.choose": {
    from: "approval",
    request: z.object({
      approvalId: id,
      /** The revision that was on the screen: another one on file means that the click was for something else. */
      revision: z.int(),
      offer: z.int().min(0),
      choice: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("once") }),
        z.object({
          kind: z.literal("budget"),
          cap: typedAmount,
          period: view.periodSchema,
          perRequest: typedAmount,
          /** The same again with each new period: only where the person chose it. */
          renews: z.boolean(),
        }),
        z.object({ kind: z.literal("never") }),
        z.object({ kind: z.literal("dismiss") }),
      ]),
    }),
    reply: doneOr,
  },
  /** Opens (or brings to the front) the window of a waiting question. */
  "approval.open": { from: "page", request: z.object({ approvalId: id }), reply: done },

  "channels.list": { from: "dashboard", request: nothing, reply: z.array(view.channelViewSchema) },
  /**
   * Asks the provider to close now: both get their part in one transaction. `site` is the address of a channel's site as
   * the person knows it, where the channel was found on chain.
   */
  "channel.close": {
    from: "dashboard",
    request: z.object({ channelId: id, site: site.optional() }),
    reply: transaction,
  },
  /** Asks the provider for what is unused, while the channel stays open. */
  "channel.refund": { from: "dashboard", request: z.object({ channelId: id }), reply: transaction },
  /**
   * Starts the way out that needs no provider: relayed if someone relays, else with the reader's own gas. The wish is
   * written down and stands even where the reply is a problem: both steps are tried again by themselves.
   */
  "channel.exit": { from: "dashboard", request: z.object({ channelId: id, ownGas: z.boolean() }), reply: transaction },
  /** Takes the wish to leave back while the exit has not begun on chain. */
  "channel.cancelExit": { from: "dashboard", request: z.object({ channelId: id }), reply: doneOr },
  /** After the exit delay: the rest back into the wallet. */
  "channel.finishExit": {
    from: "dashboard",
    request: z.object({ channelId: id, ownGas: z.boolean() }),
    reply: transaction,
  },

  /** The search for every channel of the phrase; null if there never was one. */
  "channelSearch.get": { from: "dashboard", request: nothing, reply: view.searchViewSchema.nullable() },
  "channelSearch.start": { from: "dashboard", request: nothing, reply: doneOr },
  /** A watch bundle as the text of a file: nothing in it can spend. */
  "channels.export": { from: "dashboard", request: nothing, reply: z.object({ json: z.string() }) },

  /** Servers that are asked to send an exit where its site does not. */
  "relayers.get": { from: "dashboard", request: nothing, reply: relayers },
  "relayers.set": { from: "dashboard", request: relayers, reply: doneOr },

  "history.list": {
    from: "dashboard",
    request: z.object({
      cursor: z.string().max(128).optional(),
      limit: z.int().min(1).max(200),
      site: site.optional(),
    }),
    reply: z.object({ payments: z.array(view.paymentViewSchema), next: z.string().optional() }),
  },
  "history.get": {
    from: "dashboard",
    request: z.object({ paymentId: id }),
    reply: view.paymentDetailSchema.nullable(),
  },
  /**
   * Payments in full, newest first, for a file: a page of at most `limit`, and of fewer where they are long, because
   * browsers bound a message. `before` is the `next` of the page before this one; without it come the newest. Payments are
   * numbered from 1 without a gap, so that at most `next` - 1 are left, and what is paid meanwhile is in no later page.
   */
  "history.export": {
    from: "dashboard",
    request: z.object({ before: z.int().min(1).optional(), limit: z.int().min(1).max(500) }),
    reply: z.object({ payments: z.array(view.paymentDetailSchema), next: z.int().min(1).optional() }),
  },
  /** Removes addresses, titles and sites; sums and nonces stay until the channels are closed. */
  "history.redact": { from: "dashboard", request: nothing, reply: done },

  "settings.get": { from: "dashboard", request: nothing, reply: view.settingsSchema },
  "settings.set": { from: "dashboard", request: view.settingsSchema, reply: doneOr },
} as const satisfies Record<string, Definition>;

export type MessageName = keyof typeof MESSAGES;
export type Request<N extends MessageName> = z.input<(typeof MESSAGES)[N]["request"]>;
export type ParsedRequest<N extends MessageName> = z.output<(typeof MESSAGES)[N]["request"]>;
export type Reply<N extends MessageName> = z.output<(typeof MESSAGES)[N]["reply"]>;

/** Whether a reply says that something was not done, and why. */
export function isProblem(reply: unknown): reply is Problem {
  return typeof reply === "object" && reply !== null && "problem" in reply && typeof reply.problem === "string";
}

/** What the background tells open screens: something of that kind has changed, ask again. */
export const TOPICS = ["status", "payments", "grants", "channels", "approvals", "wallet"] as const;
export type Topic = (typeof TOPICS)[number];

/**
 * The one line that stays open: who may open it, and what the background says over it. `hello` comes first, once for
 * each life of the background. Nothing is heard from the screen's end.
 */
export const CHANGES = { port: "changes", from: "page", says: z.enum(["hello", ...TOPICS]) } as const;
