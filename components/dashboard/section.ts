/** The dashboard's sections and their addresses: #sites, #channels, #history, #history/<site>, #wallet, #settings. */

export const SECTIONS = [
  { id: "sites", name: "Sites" },
  { id: "channels", name: "Channels" },
  { id: "history", name: "History" },
  { id: "wallet", name: "Wallet" },
  { id: "settings", name: "Settings" },
] as const;

export type SectionId = (typeof SECTIONS)[number]["id"];

export interface Place {
  readonly section: SectionId;
  /** Whatever stands behind the section's name, decoded: the site by which the history is filtered. */
  readonly detail?: string;
}

/** The place that an address's hash names; sites for anything unknown. */
export function readHash(hash: string): Place {
  const [name = "", ...rest] = hash.replace(/^#/, "").split("/");
  const section = SECTIONS.find((known) => known.id === name)?.id ?? "sites";
  if (rest.length === 0) return { section };
  try {
    return { section, detail: decodeURIComponent(rest.join("/")) };
  } catch {
    return { section };
  }
}

export function writeHash({ section, detail }: Place): string {
  return detail === undefined ? `#${section}` : `#${section}/${encodeURIComponent(detail)}`;
}
