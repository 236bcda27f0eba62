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
