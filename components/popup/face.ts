/** Which face the toolbar popup shows: one closed union, decided in one place from what the background says. */
import type { SiteView, Status } from "#messages";

export type Face =
  /** No wallet yet: the way to the first page of the dashboard. */
  | { readonly kind: "welcome" }
  | { readonly kind: "halted"; readonly why: NonNullable<Status["halted"]> }
  | { readonly kind: "locked" }
  | { readonly kind: "paused_all" }
  /** The active tab is no web page. */
  | { readonly kind: "no_site" }
  | { readonly kind: "never" }
  | { readonly kind: "paused" }
  | { readonly kind: "waiting"; readonly waiting: NonNullable<SiteView["waiting"]> }
  | { readonly kind: "over_budget"; readonly refusal: NonNullable<SiteView["refusal"]> }
  | { readonly kind: "refused"; readonly refusal: NonNullable<SiteView["refusal"]> }
  | { readonly kind: "quiet" }
  | { readonly kind: "budget" }
  | { readonly kind: "nothing" };

/** What matters most comes first: what stops everything, then what stops this site, then what waits. */
export function faceOf(status: Status, site: SiteView | null): Face {
  if (status.vault === "absent") return { kind: "welcome" };
  if (status.halted) return { kind: "halted", why: status.halted };
  if (status.vault === "locked") return { kind: "locked" };
  if (status.pausedAll) return { kind: "paused_all" };
  if (!site) return { kind: "no_site" };
  if (site.never) return { kind: "never" };
  if (site.paused) return { kind: "paused" };
  if (site.waiting) return { kind: "waiting", waiting: site.waiting };
  // A new page load of a quiet site does not ask either: what brings the questions back is said on that face alone.
  const silent = site.refusal?.reason === "quiet" || site.refusal?.reason === "dismissed";
  if (site.quiet && (!site.refusal || silent)) return { kind: "quiet" };
  if (site.refusal?.reason === "over_budget") return { kind: "over_budget", refusal: site.refusal };
  if (site.refusal) return { kind: "refused", refusal: site.refusal };
  if (site.grants.length > 0) return { kind: "budget" };
  return { kind: "nothing" };
}
