// The generated TypeScript is that of the contracts as they are now. When this fails, run `node scripts/abi.ts`.
import assert from "node:assert/strict";
import { test } from "node:test";
import hre from "hardhat";
import { stateChannelsAbi } from "../../lib/protocol/src/abi/stateChannels.gen.ts";
import { stateChannelsBytecode, stateChannelsDeployedBytecode } from "../generated/stateChannels.gen.ts";
import { testDollarAbi, testDollarBytecode } from "../generated/testDollar.gen.ts";
import { start } from "./harness.ts";

test("the generated ABI and code of StateChannels are those of its source", async () => {
  const artifact = await hre.artifacts.readArtifact("StateChannels");
  assert.deepEqual(stateChannelsAbi, artifact.abi);
  assert.equal(stateChannelsBytecode, artifact.bytecode);
  assert.equal(stateChannelsDeployedBytecode, artifact.deployedBytecode);
});

test("the generated ABI and code of TestDollar are those of its source", async () => {
  const artifact = await hre.artifacts.readArtifact("TestDollar");
  assert.deepEqual(testDollarAbi, artifact.abi);
  assert.equal(testDollarBytecode, artifact.bytecode);
});

test("the code on chain is the published one, so that a wallet can pin its hash on every chain", async () => {
  const { channels, client } = await start();
  assert.equal(await client.getCode({ address: channels.address }), stateChannelsDeployedBytecode);
});
