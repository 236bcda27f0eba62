/** The base64 JSON envelope that x402 v2 uses for its three headers, and the JSON of bodies beside it. */
import { ProtocolError } from "./error.ts";

/** Longest header value that is parsed, in characters. A longer one is refused unread. */
export const MAX_HEADER_LENGTH = 64 * 1024;

/** Deepest nesting that is parsed. What is paid is echoed, stored and compared, and none of that may overflow a stack. */
export const MAX_NESTING = 32;

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** The JSON of a value; bigints become decimal strings. */
export function toWireJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? item.toString() : item));
}

/** Base64 of the UTF-8 JSON of a value; bigints become decimal strings. */
export function encodeHeader(value: unknown): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(toWireJson(value))) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * The JSON value in a base64 header. Throws ProtocolError `header_too_long` or `malformed_header`, nothing else.
 * Refused beside what is no JSON: nesting deeper than MAX_NESTING and keys named `__proto__`, which cannot be echoed.
 */
export function decodeHeader(text: string): unknown {
  if (text.length > MAX_HEADER_LENGTH) throw new ProtocolError("header_too_long", "the header is longer than 64 KiB");
  if (!BASE64.test(text)) throw new ProtocolError("malformed_header", "the header is not base64");
  let value: unknown;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ProtocolError("malformed_header", "the header is not base64 of JSON");
  }
  if (!isTame(value)) throw new ProtocolError("malformed_header", "the header's JSON is nested too deeply");
  return value;
}

function isTame(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTING) return false;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      for (const [key, item] of Object.entries(value)) {
        if (key === "__proto__") return false;
        next.push(item);
      }
    }
    level = next;
  }
  return true;
}
