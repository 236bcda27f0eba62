/** What specs about elements share: pages that write down what their elements see, and a 402 to wait for. */
import type { DriverPage } from "../driver/launch.ts";
import type { PaidServer } from "../probe/server.ts";

/** A page whose elements write down the events that they see, under their id. */
export function watched(html: string): string {
  return `<script>
    globalThis.events = {};
    function watch(element) {
      for (const type of ["load", "error", "canplaythrough"])
        element.addEventListener(type, () => (events[element.id] ??= []).push(type));
    }
  </script>${html}`;
}

export interface Watched {
  events: Record<string, string[]>;
}

/** Meets another 402 in the same document: the wallet has then seen, and could have answered, every one before it. */
export function meetAnother(tab: DriverPage, server: PaidServer): Promise<number> {
  return tab.evaluate(async (path) => (await fetch(path)).status, server.path("json", { policy: "refuse" }));
}
