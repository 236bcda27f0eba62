/** The `webRequest` events of Firefox as far as the interceptor uses them: its blocking form is in no shared typing. */
import type { RawHeader } from "./headers.ts";

/** What Firefox tells about a request, where it differs from Chromium. */
export interface Details {
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly type: string;
  readonly tabId: number;
  readonly frameId: number;
  readonly incognito?: boolean;
  /** The document that made the request, and the one it was made for. */
  readonly documentUrl?: string;
  readonly originUrl?: string;
  /** From the parent frame up to the top one. */
  readonly frameAncestors?: readonly { readonly url: string; readonly frameId: number }[];
}
export interface SendDetails extends Details {
  readonly requestHeaders?: RawHeader[];
}
export interface AnswerDetails extends Details {
  readonly statusCode: number;
  readonly responseHeaders?: RawHeader[];
}
export interface BlockingResponse {
  readonly redirectUrl?: string;
  readonly requestHeaders?: RawHeader[];
}
interface Event<D, R> {
  addListener(
    listener: (details: D) => R,
    filter: { urls: string[]; types?: string[] },
    extra?: ("blocking" | "requestHeaders" | "responseHeaders")[],
  ): void;
}
export interface WebRequest {
  readonly onBeforeRequest: Event<Details, Promise<BlockingResponse> | BlockingResponse>;
  readonly onBeforeSendHeaders: Event<SendDetails, Promise<BlockingResponse> | BlockingResponse | undefined>;
  readonly onSendHeaders: Event<SendDetails, void>;
  readonly onHeadersReceived: Event<AnswerDetails, Promise<BlockingResponse> | BlockingResponse | undefined>;
  readonly onCompleted: Event<Details, void>;
  readonly onErrorOccurred: Event<Details & { readonly error: string }, void>;
}
