// How the contracts are compiled, in one place: every byte of the code, and so its address on every chain, follows from
// these settings, the compiler's version and the source.

export const COMPILER_VERSION = "0.8.37";

export const COMPILER_SETTINGS = {
  evmVersion: "cancun",
  viaIR: true,
  optimizer: { enabled: true, runs: 1_000_000 },
  // No metadata hash in the code: comments and file paths change nothing.
  metadata: { bytecodeHash: "none", appendCBOR: false },
} as const;
