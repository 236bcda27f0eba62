// The command `npm run deploy`: reads what is asked, looks, sends or compares, and says what came of it. A dry run goes by
// the generated code; before anything is sent or called verified the source itself is compiled.
import { parseArgs } from "node:util";
import { chainIdOf, findNetwork, LEGACY_NETWORK_NAMES, type Network, stateChannelsAbi } from "@tollpass/protocol";
import { formatEther, type Hex, keccak256, size } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { stateChannelsBytecode } from "../generated/stateChannels.gen.ts";
import { addressOf, DEPLOYER, STATE_CHANNELS } from "./create2.ts";
import { connect, DeploymentError, deploy, look, type Situation } from "./deploy.ts";
import { findDeployBlock } from "./deployBlock.ts";
import type { Compiled } from "./source.ts";

const USAGE = `npm run deploy -- --network <name> [--rpc <url>] [--send | --verify]

  --network  ${Object.keys(LEGACY_NETWORK_NAMES).join(", ")}, or any CAIP-2 id such as eip155:84532
  --rpc      JSON-RPC server; needed for networks without a file in lib/protocol/src/networks
  --send     deploys, with the key in the environment variable DEPLOYER_KEY; without it nothing is sent
  --verify   compares the code on the chain with the source, byte by byte`;

/** What the command reads and where it writes. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes whole lines. */
  readonly write: (text: string) => void;
  readonly compile: () => Compiled;
  /** The records that the wallet has. */
  readonly networks: readonly Network[];
}

interface Place {
  readonly chainId: number;
  readonly name: string;
  readonly rpcUrl: string;
  /** The record that the wallet has of this chain, if it has one. */
  readonly record: Network | undefined;
}

const TARGET = { bytecode: stateChannelsBytecode, ...STATE_CHANNELS };
const KEY = /^(?:0x)?([0-9a-fA-F]{64})$/;

/** Runs the command with these arguments. Rejects with DeploymentError, whose message is for the person who runs it. */
export async function deployCommand(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const { network, rpc, send, verify: compare } = optionsOf(args);
  if (send && compare) throw new DeploymentError("--send and --verify are two steps: one at a time.");
  const place = placeOf(surroundings.networks, network, rpc);
  if (compare) await verify(place, surroundings);
  else await run(place, surroundings, send ? accountOf(surroundings.env.DEPLOYER_KEY) : undefined);
}

function optionsOf(args: readonly string[]) {
  const options = {
    network: { type: "string" },
    rpc: { type: "string" },
    send: { type: "boolean", default: false },
    verify: { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new DeploymentError(`${(cause as Error).message}\n\n${USAGE}`, { cause });
  }
}

function placeOf(networks: readonly Network[], name: string | undefined, rpc: string | undefined): Place {
  if (name === undefined) throw new DeploymentError(`Which network?\n\n${USAGE}`);
  const id = LEGACY_NETWORK_NAMES[name] ?? name;
  const chainId = chainIdOf(id);
  if (chainId === undefined) throw new DeploymentError(`There is no network "${name}".\n\n${USAGE}`);
  const record = findNetwork(networks, id);
  const rpcUrl = rpc ?? record?.rpcUrls[0];
  if (rpcUrl === undefined) throw new DeploymentError(`No RPC server is known for ${id}: give one with --rpc.`);
  return { chainId, name: record?.name ?? id, rpcUrl, record };
}

function accountOf(key: string | undefined): PrivateKeyAccount {
  const [, digits] = KEY.exec(key ?? "") ?? [];
  const whole: Hex = `0x${digits}`;
  if (digits === undefined) {
    throw new DeploymentError(
      "--send needs the key of an account with some of the chain's coin: 0x and 64 hexadecimal digits in the environment variable DEPLOYER_KEY. Nothing was sent.",
    );
  }
  return privateKeyToAccount(whole);
}

/** The code of the source as it is now. Throws if that is not the one that wallet and local chain go by. */
function compiledNow({ compile }: Surroundings): Compiled {
  const made = compile();
  if (addressOf(made.bytecode) !== TARGET.address || keccak256(made.deployedBytecode) !== TARGET.codeHash) {
    throw new DeploymentError(
      "The generated code is not that of the contract's source: run node scripts/abi.ts first. Nothing was sent.",
    );
  }
  return made;
}

const line = (label: string, value: string): string => `${label.padEnd(12)}${value}\n`;

function stateOf({ contract, deployer }: Situation): string {
  switch (contract) {
    case "deployed":
      return "deployed, with this code";
    case "other":
      return "other code stands at this address";
    case "absent":
      return deployer ? "not deployed" : "not deployed, and the deterministic deployer is not on this chain either";
  }
}

/**
 * That the wallet pins this contract on this chain, or what its file of the chain has to say for that. A pin is held
 * against address and code hash; its block is nothing that the code could show.
 * @param deployBlock looks for the block of the deployment
 */
async function pinOf({ record, name }: Place, deployBlock: () => Promise<bigint | undefined>): Promise<string> {
  const { address, codeHash } = STATE_CHANNELS;
  const pin = record?.stateChannels;
  if (pin?.address === address && pin.codeHash === codeHash) {
    return line("Wallet", `pins this contract on ${name}, deployed in block ${pin.deployBlock}`);
  }
  const block = await deployBlock();
  const fields = [
    `    address: "${address}",\n`,
    `    codeHash: "${codeHash}",\n`,
    block === undefined ? "" : `    deployBlock: ${block},\n`,
  ];
  const entry = `  stateChannels: {\n${fields.join("")}  },\n`;
  const text = `${line("Wallet", "does not pin it. For this chain's file in lib/protocol/src/networks:")}\n${entry}`;
  return block === undefined ? `${text}\n${NO_BLOCK}` : text;
}

const NO_BLOCK = `Add deployBlock, the number of the block in which it was deployed: the search for a phrase's channels begins
there, and a later block would hide channels. This server does not show it. Ask one that keeps the states of all blocks
(an archive server) with --rpc, or take the block of the contract's creation from the chain's block explorer.
`;

async function verify(place: Place, surroundings: Surroundings): Promise<void> {
  const client = await connect(place.rpcUrl, place.chainId, place.name);
  const { address } = TARGET;
  const code = await client.getCode({ address });
  if (!code) throw new DeploymentError(`Nothing stands at ${address} on ${place.name}.`);
  const { deployedBytecode } = compiledNow(surroundings);
  if (code !== deployedBytecode) {
    throw new DeploymentError(
      `The code at ${address} on ${place.name} is not that of the source: ${size(code)} bytes with hash ${keccak256(code)} instead of ${size(deployedBytecode)} with ${keccak256(deployedBytecode)}.`,
    );
  }
  const [, name, version, chainId, contract] = await client.readContract({
    address,
    abi: stateChannelsAbi,
    functionName: "eip712Domain",
  });
  surroundings.write(
    line("Verified", `all ${size(code)} bytes at ${address} on ${place.name} are those of the source`) +
      line("Code hash", keccak256(code)) +
      line("Domain", `${name}, version ${version}, chain ${chainId}, ${contract}`) +
      (await pinOf(place, () => findDeployBlock(client, TARGET))),
  );
}

/** Says what there is and what it would take; with an account, does it. */
async function run(place: Place, surroundings: Surroundings, account: PrivateKeyAccount | undefined): Promise<void> {
  const { write } = surroundings;
  write(
    line("Network", `${place.name}, chain ${place.chainId}${place.record?.testnet === false ? ": real money" : ""}`) +
      line("Address", TARGET.address) +
      line("Code hash", TARGET.codeHash) +
      line("Deployer", DEPLOYER),
  );
  const client = await connect(place.rpcUrl, place.chainId, place.name);
  const situation = await look(client, TARGET);
  write(line("State", stateOf(situation)));
  if (situation.contract === "other") throw new DeploymentError("Nothing can be deployed at this address any more.");
  if (situation.contract === "deployed") return write(await pinOf(place, () => findDeployBlock(client, TARGET)));
  write(line("Gas", `${situation.gas}, at most ${formatEther(situation.cost)} ETH now`));
  if (!account) return write("\nNothing was sent. --send deploys it. Nobody has audited it.\n");

  compiledNow(surroundings);
  const { transaction, block, gasUsed, feePaid } = await deploy(client, account, TARGET, situation);
  write(
    line("Deployed", `in block ${block} by transaction ${transaction}`) +
      line("Paid", `${gasUsed} gas, ${formatEther(feePaid)} ETH, by ${account.address}`) +
      (await pinOf(place, async () => block)),
  );
}
