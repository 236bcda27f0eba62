/** Paths of paid URLs: which of them a grant covers, and which of them count as the same page for price memory. */
import type { PathRule } from "./grant.ts";

/** Whether the path is covered: an empty list covers all. Paths are compared as the browser resolved them. */
export function pathCovered(rules: readonly PathRule[], path: string): boolean {
  return rules.length === 0 || rules.some((rule) => matches(rule, path));
}

function matches({ kind, pattern }: PathRule, path: string): boolean {
  switch (kind) {
    case "prefix": {
      const base = pattern.endsWith("/") ? pattern.slice(0, -1) : pattern;
      return path === base || path.startsWith(`${base}/`);
    }
    case "glob":
      return globMatches(pattern.split("/"), path.split("/"));
  }
}

/** Segment by segment; `**` takes any number of segments. No regular expression, so no pattern can make it slow. */
function globMatches(pattern: readonly string[], segments: readonly string[]): boolean {
  let reachable = new Set([0]);
  for (const part of pattern) {
    const next = new Set<number>();
    for (const at of reachable) {
      if (part === "**") for (let end = at; end <= segments.length; end++) next.add(end);
      else if (at < segments.length && segmentMatches(part, segments[at] ?? "")) next.add(at + 1);
    }
    reachable = next;
  }
  return reachable.has(segments.length);
}

function segmentMatches(pattern: string, segment: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === segment;
  if (!segment.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = segment.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return segment.length - last.length >= at && segment.endsWith(last);
}

const IDENTIFIER = /^(?:\d+|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27})$/i;

/**
 * The path with every segment that is only a number, a hash or a UUID replaced by `*`, so that item 17 and item 18 are
 * one price. A file's extension is kept.
 */
export function pricePattern(path: string): string {
  return path
    .split("/")
    .map((segment) => {
      const [, name = segment, extension = ""] = /^(.*?)(\.[a-z0-9]{1,5})?$/i.exec(segment) ?? [];
      return IDENTIFIER.test(name) ? `*${extension}` : segment;
    })
    .join("/");
}
