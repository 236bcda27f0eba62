import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-viem";
import { defineConfig } from "hardhat/config";
import { COMPILER_SETTINGS, COMPILER_VERSION } from "./contracts/deployment/compilerSettings.ts";

const require = createRequire(import.meta.url);

export default defineConfig({
  plugins: [toolbox],
  solidity: {
    compilers: [
      {
        version: COMPILER_VERSION,
        // The compiler of the npm package: nothing is downloaded.
        path: require.resolve("solc/soljson.js"),
        settings: COMPILER_SETTINGS,
      },
    ],
  },
  paths: { sources: "contracts", tests: { solidity: "contracts/test", nodejs: "contracts/test" } },
  test: {
    // Seeded: a failure in one run is a failure in the next.
    solidity: { fuzz: { runs: 256, seed: "0x402" }, invariant: { runs: 32, depth: 60, failOnRevert: true } },
  },
  networks: {
    // cancun: later hardforks cap one transaction at 2^24 gas, which a batch of claims may pass.
    default: { type: "edr-simulated", hardfork: "cancun", chainId: 31337 },
  },
});
