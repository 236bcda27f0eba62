/** Response headers as webRequest gives them, looked up by lower-case name. Pure. */

export interface RawHeader {
  readonly name: string;
  readonly value?: string | undefined;
}

/** By lower-case name; several headers of one name are joined by ", " (RFC 9110, section 5.3). */
export function headersByName(raw: readonly RawHeader[] | undefined): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const { name, value } of raw ?? []) {
    const key = name.toLowerCase();
    const earlier = headers.get(key);
    headers.set(key, earlier === undefined ? (value ?? "") : `${earlier}, ${value ?? ""}`);
  }
  return headers;
}

/** Whether every one of `wanted` is among the raw headers with that very value. */
export function carries(raw: readonly RawHeader[] | undefined, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) =>
    raw?.some((header) => header.name.toLowerCase() === name.toLowerCase() && header.value === value),
  );
}
