/** Whether two `accepted` entries are the same offer. Both sides of a payment ask this, so the answer lives here. */

type Json = Readonly<Record<string, unknown>>;

/**
 * Deep equality of two offers as JSON, whatever the order of their keys. `extra.last` is left out: it reports on one
 * channel and changes from answer to answer, while the offer stays the same. A missing `extra` equals an empty one.
 */
export function sameOffer(a: Json, b: Json): boolean {
  return sameJson(withoutLast(a), withoutLast(b));
}

function withoutLast(offer: Json): Json {
  const { extra, ...rest } = offer;
  if (extra === undefined) return { ...rest, extra: {} };
  if (!isObject(extra)) return offer;
  const { last: _, ...terms } = extra;
  return { ...rest, extra: terms };
}

function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return Object.is(a, b) || (a === 0 && b === 0);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
