/**
 * Seeing a 402 and replaying the request, the same for every browser. An implementation tells the wallet what the
 * network answered, waits for its verdict, and repeats the request with the payment in it. It knows no money.
 */

/** Kinds of request, in the words of `webRequest.ResourceType`. */
export type ResourceType =
  | "main_frame"
  | "sub_frame"
  | "stylesheet"
  | "script"
  | "image"
  | "imageset"
  | "font"
  | "object"
  | "xmlhttprequest"
  | "ping"
  | "media"
  | "websocket"
  | "other";

/** A 402 that the browser saw on the network. Every field comes from the browser, none from the page. */
export interface Intercepted {
  /** Names this one request; asking again for it (a reload of the worker) uses the same id, another request never does. */
  readonly id: string;
  readonly url: string;
  readonly method: string;
  readonly type: ResourceType;
  /** −1 for a request that belongs to no tab (shared and service workers). Firefox only: Chromium cannot repeat these. */
  readonly tabId: number;
  readonly frameId: number;
  /** Origin of the top-level document that the person sees; of the requested URL itself for a top-level navigation. */
  readonly site: string;
  /**
   * Origins from the requesting frame up to the top, the requesting one first; a document's own request begins with the
   * origin that is requested. "null" is an opaque origin (a sandboxed frame).
   */
  readonly frameOrigins: readonly string[];
  readonly incognito: boolean;
  /** A header of the 402 by lower-case name. */
  header(name: string): string | undefined;
  /**
   * Aborted when nobody waits for the answer any more: tab closed, document left, request aborted. Firefox tells an abort
   * by the page's script only when the request is let go; the payment is then `lost` and was not sent.
   */
  readonly signal: AbortSignal;
}

export type Verdict =
  /** Repeat the request with these headers. */
  | { readonly kind: "pay"; readonly paymentId: string; readonly headers: Readonly<Record<string, string>> }
  /** The page gets its 402 untouched. */
  | { readonly kind: "leave" };

/** What became of a repeated request. */
export type Replayed =
  /** The header left the browser. */
  | { readonly kind: "sent" }
  | { readonly kind: "answered"; readonly status: number; header(name: string): string | undefined }
  /** The body of the answer has been received to its end. */
  | { readonly kind: "ended" }
  /**
   * The request failed before an answer or in its body (a page drops the rest of a picture that is none), or was never
   * repeated. `sent` is false only where it is certain that the header never left; after a restart of the background
   * that cannot be known, and it is true.
   */
  | { readonly kind: "lost"; readonly reason: string; readonly sent: boolean };

export interface InterceptHandlers {
  /** Called once per paused request (again with the same id only after the background was restarted). Never rejects. */
  decide(request: Intercepted): Promise<Verdict>;
  /** Called in order for each payment of a `pay` verdict. */
  replayed(paymentId: string, event: Replayed): void;
  /** The tab shows another document from now on, or the same one loaded anew; before what that document asks for. */
  navigated(tabId: number): void;
}

export interface Interceptor {
  /** Registers every browser listener synchronously: called during the first turn of the background. */
  start(handlers: InterceptHandlers): void;
}
