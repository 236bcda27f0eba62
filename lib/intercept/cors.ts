/** Whether a page could read the answer to its cross-origin request. Pure. */
import { originOf } from "./origins.ts";

export interface CorsRequest {
  /** The `Origin` header of the request; absent where the browser sent none. */
  readonly origin: string | undefined;
  /** The `Sec-Fetch-Mode` header, sent to trustworthy URLs only. */
  readonly mode: string | undefined;
  readonly hasCookies: boolean;
}

/**
 * False for a cross-origin request in CORS mode whose answer does not allow its origin (Fetch standard, CORS check):
 * the browser would fail it whatever the server answers, so a payment would buy nothing. True where that is not known.
 */
export function pageMayRead(url: string, request: CorsRequest, header: (name: string) => string | undefined): boolean {
  const { origin, mode, hasCookies } = request;
  if (origin === undefined || origin === originOf(url)) return true;
  if (mode !== undefined && mode !== "cors") return true;
  const allowed = header("access-control-allow-origin")?.trim();
  if (allowed === "*") return !hasCookies;
  return allowed === origin && (!hasCookies || header("access-control-allow-credentials") === "true");
}
