/**
 * Answers the frames that wait for a 402 in Chromium: finds what the browser saw, asks for the verdict, and lets the
 * frame repeat its request when the payment is armed. Frames are hostile: what they say only chooses among the 402s
 * that the browser saw in that very document.
 */
import { type Browser, browser } from "wxt/browser";
import { z } from "zod";
import { type Message, type Ruling, read } from "./conversation.ts";
import { type Asker, askerOf, placeOf } from "./frames.ts";
import type { InterceptHandlers, Verdict } from "./interceptor.ts";
import { keptAlive } from "./keepAlive.ts";
import { Lanes } from "./lanes.ts";
import { withoutFragment } from "./origins.ts";
import type { Replays } from "./replays.ts";
import { ruleMethod } from "./sessionRule.ts";
import type { Sighting, Sightings, Sought } from "./sightings.ts";

/** More questions at once than any page needs; the rest is told to leave. */
const OPEN_QUESTIONS = 2000;
/** Longer addresses are not paid for: what is kept of a payment under way must find room in session storage. */
const LONGEST_URL = 16 * 1024;
/** How long a 402 that a frame has met may take to be announced by the browser. */
const SEEN_WITHIN_MS = 1000;
const NOBODY_WAITS = "nobody waits for the answer any more";
const REPEAT_KEY = "repeat:";
const repeatSchema = z.object({ id: z.string(), url: z.string() });

type Port = Browser.runtime.Port;
type Ask = Message<"frame", "ask">;

interface Line {
  readonly port: Port;
  readonly asker: Asker;
  /** Questions without an answer. */
  readonly open: Map<number, AbortController>;
  /** Payments that were let go, by question. */
  readonly armed: Map<number, { readonly paymentId: string; readonly kind: Ask["kind"] }>;
}

export class Desk {
  readonly #sightings: Sightings;
  readonly #replays: Replays;
  readonly #handlers: InterceptHandlers;
  readonly #lanes = new Lanes();

  constructor(sightings: Sightings, replays: Replays, handlers: InterceptHandlers) {
    this.#sightings = sightings;
    this.#replays = replays;
    this.#handlers = handlers;
  }

  /** Serves one document for as long as its port is open. `ready` holds all work back. */
  serve(port: Port, ready: Promise<void>): void {
    const { id } = browser.runtime;
    const asker = askerOf(port.sender, { id, pages: browser.runtime.getURL("/" as never) });
    if (!asker) {
      port.disconnect();
      return;
    }
    const line: Line = { port, asker, open: new Map(), armed: new Map() };
    port.onMessage.addListener((message: unknown) => void ready.then(() => this.#hear(line, message)));
    port.onDisconnect.addListener(() => void ready.then(() => this.#hangUp(line)));
  }

  #hear(line: Line, message: unknown): void {
    const said = read("frame", message);
    if (!said) return;
    switch (said.say) {
      case "ask":
        void this.#ask(line, said);
        return;
      case "cancel":
        line.open.get(said.number)?.abort();
        return;
      case "finished": {
        const armed = line.armed.get(said.number);
        line.armed.delete(said.number);
        if (armed) void this.#replays.giveUp(armed.paymentId, "the repeated request did not carry it");
      }
    }
  }

  #hangUp(line: Line): void {
    for (const waiting of line.open.values()) waiting.abort();
    for (const { paymentId, kind } of line.armed.values()) {
      // A document hangs up by reloading itself, as it was told to.
      if (kind !== "document") void this.#replays.giveUp(paymentId, NOBODY_WAITS);
    }
  }

  async #ask(line: Line, ask: Ask): Promise<void> {
    if (line.open.has(ask.number) || line.open.size >= OPEN_QUESTIONS) return rule(line, ask.number, "leave");
    const aborted = new AbortController();
    line.open.set(ask.number, aborted);
    try {
      const ruling = await this.#decide(line, ask, aborted.signal);
      rule(line, ask.number, ruling);
    } finally {
      line.open.delete(ask.number);
    }
  }

  async #decide(line: Line, ask: Ask, signal: AbortSignal): Promise<Ruling> {
    const { asker } = line;
    const sought: Sought = {
      kind: ask.kind,
      url: ask.url,
      tabId: asker.tabId,
      frameId: asker.frameId,
      documentId: asker.documentId,
      blankOrigin: asker.url === "about:blank" && asker.origin !== "null" ? asker.origin : undefined,
      method: ask.method,
      afterPayment: ask.after !== undefined,
    };
    // A broken image of another origin is most likely no 402: its page must not wait long for the error event.
    const sighting = await this.#sightings.takeSoon(sought, ask.certain ? SEEN_WITHIN_MS : SEEN_WITHIN_MS / 20);
    if (signal.aborted) return "leave";
    const fresh = `${asker.documentId}:${ask.number}`;
    if (!sighting) {
      if (!ask.certain) return "leave";
      if (ask.kind !== "document") return "repeat";
      return this.#repeatDocument(asker, ask.url, fresh);
    }
    if (sighting.final || sighting.url.length > LONGEST_URL) return "leave";
    say(line, { say: "held", number: ask.number });
    const id = ask.kind === "document" ? await this.#documentId(asker, ask.url, fresh) : fresh;
    const place = await placeOf(asker, ask.kind === "document" ? sighting.url : undefined);
    const verdict = await this.#verdict(id, sighting, asker, place, signal);
    if (verdict.kind === "leave") return "leave";
    return this.#lanes.run(laneOf(sighting), () => this.#letGo(line, ask, sighting, verdict, signal));
  }

  async #verdict(
    id: string,
    sighting: Sighting,
    asker: Asker,
    place: Awaited<ReturnType<typeof placeOf>>,
    signal: AbortSignal,
  ): Promise<Verdict> {
    return keptAlive(
      this.#handlers.decide({
        id,
        url: sighting.url,
        method: sighting.method,
        type: sighting.type,
        tabId: asker.tabId,
        frameId: asker.frameId,
        incognito: asker.incognito,
        ...place,
        header: (name) => sighting.headers.get(name.toLowerCase()),
        signal,
      }),
    );
  }

  /** Arms the payment, tells the frame to go, and keeps the lane until the request has left. */
  async #letGo(
    line: Line,
    ask: Ask,
    sighting: Sighting,
    verdict: Extract<Verdict, { kind: "pay" }>,
    signal: AbortSignal,
  ): Promise<Ruling> {
    if (signal.aborted) {
      this.#handlers.replayed(verdict.paymentId, { kind: "lost", reason: NOBODY_WAITS, sent: false });
      return "leave";
    }
    const armed = await this.#replays.arm(verdict.paymentId, sighting, verdict.headers);
    if (!armed) return "leave";
    const { left } = armed;
    if (signal.aborted) {
      void this.#replays.giveUp(verdict.paymentId, NOBODY_WAITS);
    } else {
      line.armed.set(ask.number, { paymentId: verdict.paymentId, kind: ask.kind });
      rule(line, ask.number, "go");
    }
    await left;
    return "go";
  }

  /** The reloaded document asks with a new number: the id of the first question is kept for it, once. */
  async #repeatDocument(asker: Asker, url: string, id: string): Promise<Ruling> {
    const key = `${REPEAT_KEY}${asker.tabId}:${asker.frameId}`;
    const stored = repeatSchema.safeParse((await browser.storage.session.get(key))[key]);
    if (stored.success && stored.data.url === url) {
      await browser.storage.session.remove(key);
      return "leave";
    }
    await browser.storage.session.set({ [key]: { id, url } });
    return "repeat";
  }

  async #documentId(asker: Asker, url: string, fresh: string): Promise<string> {
    const key = `${REPEAT_KEY}${asker.tabId}:${asker.frameId}`;
    const stored = repeatSchema.safeParse((await browser.storage.session.get(key))[key]);
    if (!stored.success) return fresh;
    await browser.storage.session.remove(key);
    return stored.data.url === url ? stored.data.id : fresh;
  }
}

/** Requests that a rule cannot tell apart share a lane. */
function laneOf({ tabId, method, url }: Sighting): string {
  return `${tabId} ${ruleMethod(method)} ${withoutFragment(url)}`;
}

function rule(line: Line, number: number, ruling: Ruling): void {
  if (!line.open.delete(number)) return;
  say(line, { say: "ruled", number, ruling });
}

function say(line: Line, message: Message<"background">): void {
  try {
    line.port.postMessage(message);
  } catch {
    // The document is gone; its disconnect is on its way.
  }
}
