/** Origins of URLs, and the chain of frames that a request came from. Pure. */

/** The origin of a URL, or "null" for one that has none of its own (data:, about:, a text that is no URL). */
export function originOf(url: string | undefined): string {
  try {
    return new URL(url ?? "").origin;
  } catch {
    return "null";
  }
}

/** A URL without its fragment: the part that goes over the wire. */
export function withoutFragment(url: string): string {
  const hash = url.indexOf("#");
  return hash < 0 ? url : url.slice(0, hash);
}

export interface FrameFact {
  readonly frameId: number;
  readonly parentFrameId: number;
  readonly url: string;
  /** Names the document in the frame; undefined where the browser has no such names. */
  readonly documentId?: string | undefined;
}

/** The site that the person sees, and the origins from the asking document up to it. */
export interface Place {
  readonly site: string;
  readonly frameOrigins: readonly string[];
}

/**
 * The origins from a frame up to the top one, the frame's own first. A frame without an origin of its own
 * (about:blank, srcdoc) has its parent's. `own` replaces the frame's own origin where the browser knows it better.
 */
export function originChain(frames: readonly FrameFact[], frameId: number, own: string | undefined): string[] {
  const byId = new Map(frames.map((frame) => [frame.frameId, frame]));
  const chain: string[] = [];
  let inherits = 0;
  for (let frame = byId.get(frameId); frame && chain.length <= frames.length; frame = byId.get(frame.parentFrameId)) {
    const origin = chain.length === 0 && own !== undefined ? own : originOf(frame.url);
    if (origin === "null" && frame.url.startsWith("about:") && !(chain.length === 0 && own !== undefined)) {
      inherits += 1;
      continue;
    }
    chain.push(origin);
    for (; inherits > 0; inherits -= 1) chain.push(origin);
  }
  if (chain.length === 0) chain.push(own ?? "null");
  return chain;
}

/**
 * The place of a document in a frame below the top one, whose own origin is `own`. The list is of a later moment than the
 * question: where it has another document in that frame, or none, the tab has moved on, and the site is "null", for
 * which nothing is paid. Chromium does not list a frame's initial empty document: it stands under a top document of the
 * origin that it inherited, whichever page of that site it is.
 */
export function placeAmong(
  frames: readonly FrameFact[],
  asker: { readonly frameId: number; readonly documentId: string; readonly origin: string; readonly url: string },
  own: string,
): Place {
  const site = originOf(frames.find(({ frameId }) => frameId === 0)?.url);
  const listed = frames.find(({ frameId }) => frameId === asker.frameId);
  if (listed?.documentId === asker.documentId) {
    return { site, frameOrigins: originChain(frames, asker.frameId, own) };
  }
  const empty = !listed && asker.url === "about:blank" && asker.origin === site;
  return empty ? { site, frameOrigins: [own, site] } : { site: "null", frameOrigins: [own] };
}
