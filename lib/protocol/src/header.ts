/** The base64 JSON envelope that x402 v2 uses for its three headers. */
import { ProtocolError } from "./error.ts";

/** Longest header value that is parsed, in characters. A longer one is refused unread. */
export const MAX_HEADER_LENGTH = 64 * 1024;

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Base64 of the UTF-8 JSON of a value; bigints become decimal strings. */
export function encodeHeader(value: unknown): string {
  const json = JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? item.toString() : item));
  let binary = "";
  for (const byte of new TextEncoder().encode(json)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The JSON value in a base64 header. Throws ProtocolError `header_too_long` or `malformed_header`, nothing else. */
export function decodeHeader(text: string): unknown {
  if (text.length > MAX_HEADER_LENGTH) throw new ProtocolError("header_too_long", "the header is longer than 64 KiB");
  if (!BASE64.test(text)) throw new ProtocolError("malformed_header", "the header is not base64");
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ProtocolError("malformed_header", "the header is not base64 of JSON");
  }
}
