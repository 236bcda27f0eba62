import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-viem";
import { defineConfig } from "hardhat/config";
import { COMPILER_SETTINGS, COMPILER_VERSION } from "./contracts/deployment/compilerSettings.ts";

const require = createRequire(import.meta.url);

const compiler = {
  version: COMPILER_VERSION,
  // The compiler of the npm package: nothing is downloaded.
  path: require.resolve("solc/soljson.js"),
};

// What is deployed outside of tests, and the tests that run functions of it in their own code. Everything else is another
// test, or a part of these: the other tests deploy StateChannels from its artifact, so their own code can be compiled in a
// tenth of the time.
const DEPLOYED = ["contracts/StateChannels.sol", "contracts/test/TestDollar.sol"];
const DIRECT_TESTS = ["ChannelSlot", "ClaimHashes", "CloseSlot", "Signatures"].map(
  (name) => `contracts/test/${name}.t.sol`,
);
const COMPILED_AS_DEPLOYED = [...DEPLOYED, ...DIRECT_TESTS];
const TEST_SETTINGS = { evmVersion: COMPILER_SETTINGS.evmVersion, viaIR: false, optimizer: { enabled: false } };

// How long the Solidity tests search: runs of each fuzzed test and each invariant, calls in each run of an invariant.
// Seeded: a failure in one run is a failure in the next.
const { TOLLPASS_FUZZ_RUNS, TOLLPASS_FUZZ_DEPTH, TOLLPASS_FUZZ_SEED = "0x402" } = process.env;

export default defineConfig({
  plugins: [toolbox],
  solidity: {
    compilers: [{ ...compiler, settings: TEST_SETTINGS }],
    overrides: Object.fromEntries(
      COMPILED_AS_DEPLOYED.map((path) => [path, { ...compiler, settings: COMPILER_SETTINGS }]),
    ),
    // Contracts first: with a single test file named, too, StateChannels is there to be deployed.
    splitTestsCompilation: true,
  },
  // Solidity tests are the files named .t.sol; the rest of their folder is what they are made of.
  paths: { sources: "contracts", tests: { nodejs: "contracts/test" } },
  test: {
    solidity: {
      fuzz: { runs: Number(TOLLPASS_FUZZ_RUNS ?? 256), seed: TOLLPASS_FUZZ_SEED },
      invariant: {
        runs: Number(TOLLPASS_FUZZ_RUNS ?? 32),
        depth: Number(TOLLPASS_FUZZ_DEPTH ?? 60),
        failOnRevert: true,
      },
    },
  },
  coverage: { skipFiles: ["contracts/test/**"] },
  networks: {
    // cancun: later hardforks cap one transaction at 2^24 gas, which a batch of claims may pass.
    default: { type: "edr-simulated", hardfork: "cancun", chainId: 31337 },
  },
});
