/** The digest of a request's body, taken without taking the body away from the parsers that come after. */
import { createHash } from "node:crypto";
import type { Request } from "express";
import type { Hex } from "viem";

/** Longer bodies are told apart by their first part and their length only. */
export const MAX_DIGESTED_BODY = 1024 * 1024;

const EMPTY = new Uint8Array(0);

export interface BodyDigest {
  /** SHA-256 of the body; of its first MiB and its declared length if it is longer. */
  readonly digest: Hex;
  /** Whether `digest` is the plain SHA-256 of the bytes that came over the wire. */
  readonly exact: boolean;
}

const sha256 = (...parts: (string | Uint8Array)[]): Hex => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return `0x${hash.digest("hex")}`;
};

function hasBody(request: Request): boolean {
  return request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
}

/**
 * Reads the body up to 1 MiB, puts it back, and returns its digest. A body that a parser has already taken is
 * represented by what the parser made of it. Rejects if the connection breaks while the body arrives.
 */
export async function digestBody(request: Request): Promise<BodyDigest> {
  if (!hasBody(request)) return { digest: sha256(EMPTY), exact: true };
  if (request.readableEnded || request.readableDidRead) {
    const parsed: unknown = request.body;
    const bytes = Buffer.isBuffer(parsed) || typeof parsed === "string" ? parsed : JSON.stringify(parsed ?? null);
    return { digest: sha256(bytes), exact: Buffer.isBuffer(parsed) };
  }
  const { bytes, whole } = await peek(request);
  if (whole) return { digest: sha256(bytes), exact: true };
  return { digest: sha256(bytes, request.headers["content-length"] ?? "chunked"), exact: false };
}

/** Reads what is there up to the limit and unshifts it before the stream can end, so that nobody misses anything. */
function peek(request: Request): Promise<{ bytes: Uint8Array; whole: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const done = (whole: boolean) => {
      request.off("readable", take);
      request.off("error", fail);
      request.off("close", fail);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > 0) request.unshift(bytes);
      resolve({ bytes: whole ? bytes : bytes.subarray(0, MAX_DIGESTED_BODY), whole });
    };
    const fail = () => {
      request.off("readable", take);
      reject(new Error("the request's body did not arrive"));
    };
    const take = () => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_DIGESTED_BODY) return done(false);
      }
      // `complete`: the parser has seen the last byte. Within this turn the stream has not yet announced its end.
      if (request.complete) done(true);
    };
    request.on("readable", take);
    request.once("error", fail);
    request.once("close", fail);
  });
}
