/** Where a request comes from, as Chromium knows it: the site that the person sees and the frames in between. */
import { browser } from "wxt/browser";
import { originOf, type Place, placeAmong } from "./origins.ts";

export interface Asker {
  readonly tabId: number;
  readonly frameId: number;
  readonly documentId: string;
  /** Origin of the asking document, "null" if it is opaque. */
  readonly origin: string;
  readonly url: string;
  readonly incognito: boolean;
}

type Sender = NonNullable<ReturnType<typeof browser.runtime.connect>["sender"]>;

/** What the browser calls this extension: its id, and what the addresses of its own pages begin with. */
export interface Self {
  readonly id: string;
  readonly pages: string;
}

/**
 * The document at the other end of a port, in which our content script runs; undefined for anybody else: another
 * extension, a page of our own, somebody who is not in a document of a tab.
 */
export function askerOf(sender: Sender | undefined, { id, pages }: Self): Asker | undefined {
  const { tab, frameId, documentId, origin, url } = sender ?? {};
  if (sender?.id !== id || tab?.id === undefined || tab.id < 0) return undefined;
  if (frameId === undefined || documentId === undefined || url === undefined) return undefined;
  if (url.startsWith(pages) || (origin !== undefined && `${origin}/` === pages)) return undefined;
  return { tabId: tab.id, frameId, documentId, origin: origin ?? originOf(url), url, incognito: tab.incognito };
}

/**
 * The place of a request. `documentUrl` is given for a document that is itself the request: its own origin is then the
 * first. Sandboxed frames count as "null", except a sandboxed top document: the person still sees whose it is.
 */
export async function placeOf(asker: Asker, documentUrl: string | undefined): Promise<Place> {
  const own = documentUrl === undefined ? asker.origin : originOf(documentUrl);
  if (asker.frameId === 0) {
    const site = own === "null" ? originOf(asker.url) : own;
    return { site, frameOrigins: [own] };
  }
  return placeAmong((await browser.webNavigation.getAllFrames({ tabId: asker.tabId })) ?? [], asker, own);
}
