/**
 * Holds XMLHttpRequests while a 402 is decided, in the page's own world: the same object is opened and sent again, and
 * the events of the 402 are kept from the page. Synchronous requests pass untouched.
 *
 * What a page can still observe: while it waits, `readyState` is 4 and `status` 402 for code that polls; upload events
 * are fired again for the paid repetition; the events of a 402 that is left to the page are untrusted.
 */
import { nativeGetter as getter } from "./nativeGetter.ts";
import type { PageBridge } from "./pageBridge.ts";

/** Requests that one send() may make: the page's own, unpaid repetitions after a restart, and the paid one. */
const ATTEMPTS = 4;

type State = "idle" | "running" | "asking" | "repeating";

interface Held {
  state: State;
  /** Arguments of the page's open(); undefined for a synchronous request. */
  open: [method: string, url: string, async: true, user: unknown, password: unknown] | undefined;
  headers: [string, string][];
  body: XMLHttpRequestBodyInit | Document | null | undefined;
  attempt: number;
  certain: boolean;
  after: number | undefined;
  again: number | undefined;
  startedAt: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  cancel: (() => void) | undefined;
}

/** Replaces XMLHttpRequest of this window. */
export function holdXhr(bridge: PageBridge): void {
  const Native = window.XMLHttpRequest;
  const prototype = Native.prototype;
  const { open, send, abort, setRequestHeader } = prototype;
  const { apply, construct } = Reflect;
  const { addEventListener, dispatchEvent } = EventTarget.prototype;
  const { stopImmediatePropagation } = Event.prototype;
  const { get, set } = WeakMap.prototype;
  const { setTimeout, clearTimeout, performance, ProgressEvent: Progress, Event: Plain } = window;
  const now = performance.now.bind(performance);
  const statusOf = getter(prototype, "status");
  const stateOf = getter(prototype, "readyState");
  const urlOf = getter(prototype, "responseURL");
  const timeoutOf = getter(prototype, "timeout");
  const known = new WeakMap<XMLHttpRequest, Held>();
  const heldOf = (xhr: XMLHttpRequest): Held | undefined => apply(get, known, [xhr]);

  const fire = (xhr: XMLHttpRequest, type: string, loaded = 0) =>
    apply(dispatchEvent, xhr, [
      type === "readystatechange"
        ? new Plain(type)
        : new Progress(type, { lengthComputable: loaded > 0, loaded, total: loaded }),
    ]);

  /** Our own listeners are the first of every object: they were added before the page had it. */
  const arm = (xhr: XMLHttpRequest): void => {
    const held: Held = {
      state: "idle",
      open: undefined,
      headers: [],
      body: undefined,
      attempt: 0,
      certain: true,
      after: undefined,
      again: undefined,
      startedAt: 0,
      timer: undefined,
      cancel: undefined,
    };
    apply(set, known, [xhr, held]);
    let loaded = 0;
    const listen = (event: Event) => {
      if (held.state === "idle" || held.state === "asking" || !event.isTrusted) return;
      const { type } = event;
      // The page has seen its request start; the repetition starts in silence.
      const starting = held.state === "repeating" && (type === "loadstart" || apply(stateOf, xhr, []) === 1);
      const is402 = apply(statusOf, xhr, []) === 402 && held.attempt < ATTEMPTS;
      if (starting || is402) apply(stopImmediatePropagation, event, []);
      if (is402 && type === "load") loaded = (event as ProgressEvent).loaded;
      // A page that opens the object again in its load handler still gets the loadend of the request before.
      if (type !== "loadend" || apply(stateOf, xhr, []) !== 4) return;
      if (is402) ask(xhr, held, loaded);
      else settle(held);
    };
    for (const type of ["readystatechange", "loadstart", "progress", "load", "loadend"])
      apply(addEventListener, xhr, [type, listen]);
  };

  const settle = (held: Held): void => {
    if (held.state === "repeating" && held.after !== undefined) bridge.finished(held.after);
    clearTimeout.call(window, held.timer);
    held.state = "idle";
  };

  const ask = (xhr: XMLHttpRequest, held: Held, loaded: number): void => {
    const [method] = held.open ?? ["GET"];
    if (held.after !== undefined) bridge.finished(held.after);
    held.state = "asking";
    const url: string = apply(urlOf, xhr, []);
    const { ruled, cancel } = bridge.ask({
      url,
      method: method.toUpperCase(),
      certain: held.certain,
      after: held.after,
      again: held.again,
    });
    held.cancel = cancel;
    const timeout: number = apply(timeoutOf, xhr, []);
    // The time that the page allows runs on while a person decides, as it does for a slow server.
    if (timeout > 0)
      held.timer = setTimeout.call(
        window,
        () => stop(xhr, held, "timeout"),
        Math.max(0, timeout - (now() - held.startedAt)),
      );
    void ruled.then(({ ruling, number }) => {
      if (held.state !== "asking" || held.cancel !== cancel) return;
      clearTimeout.call(window, held.timer);
      if (ruling === "leave" || !held.open) {
        held.state = "idle";
        for (const type of ["readystatechange", "progress", "load", "loadend"])
          if (held.state === "idle") fire(xhr, type, loaded);
        return;
      }
      held.certain = ruling !== "repeat";
      held.again = ruling === "repeat" ? number : undefined;
      if (ruling === "go") held.after = number;
      held.attempt += 1;
      held.state = "repeating";
      apply(open, xhr, held.open);
      for (const header of held.headers) apply(setRequestHeader, xhr, header);
      apply(send, xhr, [held.body]);
    });
  };

  /** Ends a wait as the native object ends a running request. */
  const stop = (xhr: XMLHttpRequest, held: Held, type: "abort" | "timeout"): void => {
    held.cancel?.();
    clearTimeout.call(window, held.timer);
    held.state = "idle";
    apply(abort, xhr, []);
    for (const each of ["readystatechange", type, "loadend"]) fire(xhr, each);
  };

  const methods = {
    open(this: XMLHttpRequest, ...args: unknown[]): void {
      const held = heldOf(this);
      if (held?.state === "asking") held.cancel?.();
      if (held) settle(held);
      apply(open, this, args);
      if (!held) return;
      const [method, url, async, user, password] = args;
      held.open = args.length < 3 || async ? [`${method}`, `${url}`, true, user, password] : undefined;
      held.headers = [];
    },
    setRequestHeader(this: XMLHttpRequest, ...args: [string, string]): void {
      apply(setRequestHeader, this, args);
      const held = heldOf(this);
      if (held?.open) held.headers.push([`${args[0]}`, `${args[1]}`]);
    },
    send(this: XMLHttpRequest, ...args: [XMLHttpRequestBodyInit | null | undefined]): void {
      const held = heldOf(this);
      if (held?.open && held.state === "idle") {
        held.state = "running";
        held.body = args[0];
        held.attempt = 1;
        held.certain = true;
        held.after = undefined;
        held.again = undefined;
        held.startedAt = now();
      }
      apply(send, this, args);
    },
    abort(this: XMLHttpRequest): void {
      const held = heldOf(this);
      if (held?.state === "asking") stop(this, held, "abort");
      else apply(abort, this, []);
    },
  };
  // A Proxy keeps name, length and toString() close to the native function's.
  const around = <F extends (...args: never[]) => unknown>(native: F, handler: (...args: never[]) => unknown): F =>
    new Proxy(native, { apply: (_target, self, args) => apply(handler, self, args) });
  prototype.open = around(open, methods.open as never);
  prototype.setRequestHeader = around(setRequestHeader, methods.setRequestHeader as never);
  prototype.send = around(send, methods.send as never);
  prototype.abort = around(abort, methods.abort as never);

  const Held = new Proxy(Native, {
    construct(target, args, newTarget) {
      const xhr: XMLHttpRequest = construct(target, args, newTarget);
      arm(xhr);
      return xhr;
    },
  });
  prototype.constructor = Held;
  window.XMLHttpRequest = Held;
}
