/** The one error that parsers of this package throw: what arrived is not what the protocol says it must be. */

/** `code` is stable and machine-readable; `message` says in plain words what was wrong with the input. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type ProtocolErrorCode =
  | "malformed_amount"
  | "malformed_address"
  | "malformed_header"
  | "malformed_payload"
  | "malformed_bundle"
  | "headers_disagree"
  | "header_too_long";
