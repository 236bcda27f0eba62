/**
 * Holds the page's `fetch` promises while a 402 is decided, in the page's own world. A request that is not answered
 * with a 402 passes straight through: its arguments are not copied, its answer is not touched.
 *
 * What a page can still observe: `fetch` is a Proxy, so name, length and own properties are native, but
 * `Function.prototype.toString` says "function () { [native code] }" without the name; a paid request has two entries in
 * the performance timeline; a 402 takes a moment longer than the network needed.
 */
import { nativeGetter as getter } from "./nativeGetter.ts";
import type { PageBridge } from "./pageBridge.ts";

/** Requests that one call may make: the page's own, unpaid repetitions after a restart, and the paid one. */
const ATTEMPTS = 4;

type Fetch = typeof fetch;
type Arguments = Parameters<Fetch>;

/** Replaces `fetch` of this window. */
export function holdFetch(bridge: PageBridge): void {
  const native: Fetch = window.fetch;
  const { apply } = Reflect;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const statusOf = getter(Response.prototype, "status");
  const urlOf = getter(Response.prototype, "url");
  const wasRedirected = getter(Response.prototype, "redirected");
  const isAborted = getter(AbortSignal.prototype, "aborted");
  const abortReason = getter(AbortSignal.prototype, "reason");
  const requestMethod = getter(Request.prototype, "method");
  const requestSignal = getter(Request.prototype, "signal");
  const requestBody = getter(Request.prototype, "body");
  const isLocked = getter(ReadableStream.prototype, "locked");
  const { clone } = Request.prototype;
  const { getPrototypeOf } = Object;
  const plain = Object.prototype;
  const NativePromise = Promise;

  const isRequest = (input: unknown): input is Request => typeof input === "object" && reads(requestMethod, input);

  /** What is needed to make the same call again; undefined if the body can be read only once. */
  const spareOf = (args: Arguments): (() => Arguments) | undefined => {
    const [input, init] = args;
    const options = copyOf(init);
    const body = options?.body;
    if (typeof body === "object" && body !== null && reads(isLocked, body)) return undefined;
    if (!isRequest(input)) {
      const url = typeof input === "string" ? input : `${input}`;
      return () => [url, options];
    }
    // A request without a body can be used again and again; one with a body is teed before it is used.
    if (apply(requestBody, input, []) === null) return () => [input, options];
    let spare: Request = apply(clone, input, []);
    return () => {
      const next = spare;
      spare = apply(clone, next, []);
      return [next, options];
    };
  };

  /** The options as they are now: the page may change its object while a decision is awaited. */
  const copyOf = (init: RequestInit | undefined): RequestInit | undefined => {
    if (typeof init !== "object" || init === null) return init;
    const prototype = getPrototypeOf(init);
    return prototype === plain || prototype === null ? { ...init } : init;
  };

  const held = async (self: unknown, args: Arguments): Promise<Response> => {
    let spare: (() => Arguments) | undefined;
    try {
      spare = spareOf(args);
    } catch {
      // Not a request that can be made: the native function says what is wrong with it.
    }
    let response: Response = await apply(native, self, args);
    let certain = true;
    let after: number | undefined;
    let again: number | undefined;
    for (let attempt = 1; spare && attempt < ATTEMPTS && apply(statusOf, response, []) === 402; attempt += 1) {
      const [input, init] = args;
      const request = isRequest(input) ? input : undefined;
      const signal: AbortSignal | undefined = init?.signal ?? (request && apply(requestSignal, request, []));
      const method: string = init?.method ?? (request ? apply(requestMethod, request, []) : "GET");
      const { ruled, cancel } = bridge.ask({
        url: apply(urlOf, response, []),
        method: apply(wasRedirected, response, []) ? undefined : method.toUpperCase(),
        certain,
        after,
        again,
      });
      const { ruling, number } = await abortable(ruled, signal, cancel);
      if (ruling === "leave") break;
      certain = ruling !== "repeat";
      again = ruling === "repeat" ? number : undefined;
      if (ruling === "go") after = number;
      try {
        response = await apply(native, self, spare());
      } finally {
        if (ruling === "go") bridge.finished(number);
      }
    }
    return response;
  };

  /** As `promise`, but rejects as `fetch` does when the page aborts its request meanwhile. */
  const abortable = async <T>(promise: Promise<T>, signal: AbortSignal | undefined, cancel: () => void): Promise<T> => {
    if (!signal) return promise;
    let stop: (() => void) | undefined;
    const aborted = new NativePromise<never>((_, reject) => {
      stop = () => {
        cancel();
        reject(apply(abortReason, signal, []));
      };
      if (apply(isAborted, signal, [])) stop();
      else apply(addEventListener, signal, ["abort", stop, { once: true }]);
    });
    try {
      return await NativePromise.race([promise, aborted]);
    } finally {
      apply(removeEventListener, signal, ["abort", stop]);
    }
  };

  window.fetch = new Proxy(native, { apply: (_target, self, args) => held(self, args as Arguments) });
}

/** Whether a native getter accepts that object: true for objects of any window, which `instanceof` is not. */
function reads(get: () => unknown, object: unknown): boolean {
  try {
    Reflect.apply(get, object, []);
    return true;
  } catch {
    return false;
  }
}
