/** The state-channel payment scheme for HTTP 402 and the x402 dialects around it: pure functions, no I/O, no clock. */
export * from "./abi/stateChannels.gen.ts";
export * from "./abi/token.ts";
export * from "./address.ts";
export * from "./amount.ts";
export * from "./challenge.ts";
export * from "./digest.ts";
export * from "./error.ts";
export * from "./header.ts";
export * from "./plainHeaders.ts";
export * from "./registry.ts";
export * from "./sameOffer.ts";
export * from "./signature.ts";
export * from "./stateChannel.ts";
export * from "./text.ts";
export * from "./typedData.ts";
export * from "./watchBundle.ts";
export * from "./x402.ts";
