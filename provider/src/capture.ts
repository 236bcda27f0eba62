/**
 * Holds an answer until its handler is done, so that what it cost can be said in its headers; lets it through without
 * where it is too long or must flow. Whatever wraps the response before or after this keeps working.
 */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** An answer up to this size is held and kept. */
export const MAX_HELD_BODY = 1024 * 1024;
/** A handler that writes and is not done after this long is streaming. */
const HOLD_MILLISECONDS = 1_000;

export type AnswerHeaders = [string, string | string[]][];

export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The whole body, or undefined if it flowed. */
  readonly body: Uint8Array | undefined;
}

/**
 * How the handler's part ended. `complete`: it ended the answer. `broken`: it gave up in the middle. `left`: the client
 * went away first; `begun` says whether any of the body had been handed to the connection.
 */
export type Ending =
  | { readonly kind: "complete"; readonly answer: Answer }
  | { readonly kind: "broken" }
  | { readonly kind: "left"; readonly begun: boolean; readonly status: number };

export interface CaptureHooks {
  /** Streams from the first `write` on (an answer ended in one go is held all the same). */
  readonly eager: boolean;
  /**
   * Called once before an answer flows, with the status that is about to leave. Headers and body wait for it; what it
   * resolves to is added to the headers. If it rejects, nothing leaves.
   */
  onFlow(status: number): Promise<Record<string, string>>;
  /** Called once, at the end. The headers it resolves to are added if they have not left; the last bytes wait for it. */
  onEnd(ending: Ending): Promise<Record<string, string>>;
}

type Callback = (error?: Error | null) => void;
const NOTHING = Buffer.alloc(0);

function bytesOf(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === "string")
    return Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk === undefined || chunk === null) return NOTHING;
  throw new TypeError("a response is written in strings and bytes");
}

function callbackOf(...candidates: unknown[]): Callback | undefined {
  return candidates.find((candidate) => typeof candidate === "function") as Callback | undefined;
}

function headersOf(response: ServerResponse): AnswerHeaders {
  return Object.entries(response.getHeaders()).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : String(value ?? ""),
  ]);
}

/** Headers of one `writeHead` call, in any of the forms that Node takes. */
function applyHeaders(response: ServerResponse, headers: unknown): void {
  if (Array.isArray(headers)) {
    const pairs = Array.isArray(headers[0])
      ? (headers as [string, string][])
      : headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]] as [string, string]] : []));
    for (const [name, value] of pairs) response.setHeader(name, value);
  } else if (typeof headers === "object" && headers !== null) {
    for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
      if (value !== undefined) response.setHeader(name, value);
    }
  }
}

/** Whether these headers announce an answer that must not wait for its end. */
function mustFlow(response: ServerResponse): boolean {
  const type = String(response.getHeader("content-type") ?? "");
  const length = Number(response.getHeader("content-length") ?? 0);
  const media = /^(video|audio)\//i.test(type) && response.statusCode === 206;
  return /^text\/event-stream/i.test(type) || length > MAX_HELD_BODY || media;
}

/** Puts the response under capture. From here on the handler writes into this. */
export function capture(response: ServerResponse, hooks: CaptureHooks): void {
  const original = {
    writeHead: response.writeHead,
    write: response.write,
    end: response.end,
    flushHeaders: response.flushHeaders,
    setHeader: response.setHeader,
    removeHeader: response.removeHeader,
    destroy: response.destroy,
  };
  let mode: "holding" | "opening" | "flowing" | "ended" | "released" = "holding";
  let held: { readonly bytes: Buffer; readonly written?: Callback | undefined }[] = [];
  /** Resolves when what was held has left; never rejects. */
  let opened = Promise.resolve();
  let headersAsked = false;
  let drainOwed = false;
  let size = 0;
  let begun = false;
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  const finish = (ending: Ending): Promise<Record<string, string>> => {
    over = true;
    clearTimeout(timer);
    return hooks.onEnd(ending);
  };
  const add = (headers: Record<string, string>) => {
    for (const [name, value] of Object.entries(headers)) original.setHeader.call(response, name, value);
  };
  const flow = () => {
    if (mode !== "holding") return;
    mode = "opening";
    clearTimeout(timer);
    const status = response.statusCode;
    opened = hooks.onFlow(status).then(
      (headers) => leave(status, headers),
      () => abandon(),
    );
  };
  /** Lets headers and what was held go, unless the end has come in between. */
  const leave = (status: number, headers: Record<string, string>) => {
    if (over || response.destroyed) return;
    // The handler may have ended already; Node's own calls of writeHead must pass all the same.
    const after = mode === "opening" ? "flowing" : mode;
    mode = "flowing";
    response.statusCode = status;
    add(headers);
    if (headersAsked) original.flushHeaders.call(response);
    const waiting = held;
    held = [];
    let room = true;
    for (const { bytes, written } of waiting) {
      begun = true;
      room = original.write.call(response, bytes, "utf8", written ?? (() => undefined));
    }
    mode = after;
    // Otherwise Node says so itself, once there is room.
    if (drainOwed && room) response.emit("drain");
  };
  /** What is about to leave could not be written down, so it must not leave. */
  const abandon = () => {
    if (!over) void finish({ kind: "broken" }).catch(() => undefined);
    mode = "released";
    original.destroy.call(response);
  };
  /** Nothing may be changed any more, though the headers have not left yet. */
  const shut = () => mode === "opening" || mode === "ended";
  const sent = () =>
    Object.assign(new Error("Cannot change headers after the answer has ended"), { code: "ERR_HTTP_HEADERS_SENT" });

  Object.defineProperty(response, "headersSent", {
    configurable: true,
    get: () => shut() || Reflect.get(Object.getPrototypeOf(response), "headersSent", response),
  });
  Object.defineProperty(response, "writableEnded", {
    configurable: true,
    get: () => mode === "ended" || Reflect.get(Object.getPrototypeOf(response), "writableEnded", response),
  });

  response.setHeader = ((name: string, value: string) => {
    if (shut()) throw sent();
    return original.setHeader.call(response, name, value);
  }) as typeof response.setHeader;
  response.removeHeader = (name: string) => {
    if (shut()) throw sent();
    original.removeHeader.call(response, name);
  };

  response.writeHead = ((status: number, ...rest: unknown[]) => {
    if (shut()) throw sent();
    if (mode === "released") return original.writeHead.apply(response, [status, ...rest] as never);
    response.statusCode = status;
    const [first, second] = rest;
    if (typeof first === "string") response.statusMessage = first;
    applyHeaders(response, typeof first === "string" ? second : first);
    // A flowing answer's headers leave with Node's own call; a held one's wait for the price.
    if (mode === "flowing") return original.writeHead.call(response, status);
    return response;
  }) as typeof response.writeHead;

  response.flushHeaders = () => {
    if (mode === "ended") return;
    flow();
    if (mode === "opening") headersAsked = true;
    else original.flushHeaders.call(response);
  };

  response.write = ((chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    const callback = callbackOf(encoding, done);
    if (mode === "ended" || mode === "released" || over) {
      const late = Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
      if (callback) process.nextTick(callback, late);
      return false;
    }
    const bytes = bytesOf(chunk, encoding);
    if (mode === "holding") {
      if (hooks.eager || size + bytes.length > MAX_HELD_BODY || mustFlow(response)) flow();
      else timer ??= setTimeout(flow, HOLD_MILLISECONDS).unref();
    }
    // Copied: the caller may use its buffer again.
    if (mode === "holding") {
      held.push({ bytes: Buffer.from(bytes) });
      size += bytes.length;
      if (callback) process.nextTick(callback);
      return true;
    }
    if (mode === "opening") {
      held.push({ bytes: Buffer.from(bytes), written: callback });
      drainOwed = true;
      return false;
    }
    begun = true;
    return original.write.call(response, bytes, "utf8", callback ?? (() => undefined));
  }) as typeof response.write;

  response.end = ((chunk?: unknown, encoding?: unknown, done?: unknown) => {
    const callback = callbackOf(chunk, encoding, done);
    if (mode === "ended" || mode === "released" || over) {
      if (callback) process.nextTick(callback);
      return response;
    }
    const last = typeof chunk === "function" ? NOTHING : bytesOf(chunk, encoding);
    if (mode === "holding" && (size + last.length > MAX_HELD_BODY || mustFlow(response))) flow();
    const flowing = mode !== "holding";
    const body = flowing ? undefined : Buffer.concat([...held.map(({ bytes }) => bytes), last]);
    const answer = { status: response.statusCode, headers: headersOf(response), body };
    mode = "ended";
    const release = (headers: Record<string, string>) => {
      mode = "released";
      if (response.destroyed) return;
      if (!flowing) add(headers);
      original.end.call(response, flowing ? last : body, "utf8", callback ?? (() => undefined));
    };
    const complete = () => {
      // Gone while it was opening: its end is written.
      if (over) return;
      // What it cost could not be written down: the answer must not leave unaccounted.
      return finish({ kind: "complete", answer }).then(release, abandon);
    };
    if (flowing) void opened.then(complete);
    else void complete();
    return response;
  }) as typeof response.end;

  response.destroy = ((error?: Error) => {
    // Before the connection is gone it is the handler that gives up.
    if (!over && !response.closed && !response.socket?.destroyed)
      void finish({ kind: "broken" }).catch(() => undefined);
    return original.destroy.call(response, error);
  }) as typeof response.destroy;

  response.once("close", () => {
    if (!over) void finish({ kind: "left", begun, status: response.statusCode }).catch(() => undefined);
  });
}
