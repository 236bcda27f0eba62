/** A reader, a provider, a chain and an offer for the tests of this room, with real keys. */
import {
  type Challenge,
  encodePaymentRequired,
  encodePaymentResponse,
  type Network,
  type Offer,
  parseChallenge,
  type Receipt,
  receiptRef,
  receiptTypedData,
  ZERO_BYTES32,
} from "@tollpass/protocol";
import type { Hex } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { assessOffer, type ChannelPlan } from "./index.ts";
import type {
  Answer,
  ChannelOffer,
  ExactOffer,
  PayableOffer,
  PlanInput,
  RequestFacts,
  SchemeSettings,
  SignedReceipt,
  SigningRequest,
} from "./scheme.ts";

const key = (byte: number): Hex => `0x${byte.toString(16).padStart(2, "0").repeat(32)}`;
export const bytes32 = (value: number | bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

export const account = privateKeyToAccount(key(1));
export const session = privateKeyToAccount(key(2));
export const provider = privateKeyToAccount(key(3));
export const stranger = privateKeyToAccount(key(4));

export const CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const PAYEE = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
export const USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
export const OLD_DOLLAR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
export const URL_ASKED = "https://toll.example/article?id=7";
export const NOW = 1_800_000_000;

export const network: Network = {
  id: "eip155:84532",
  chainId: 84532,
  name: "Base Sepolia",
  testnet: true,
  rpcUrls: [],
  confirmations: 1,
  stateChannels: { address: CONTRACT, deployBlock: 0 },
  tokens: [
    { address: USDC, symbol: "USDC", decimals: 6, dollar: true, eip712: { name: "USDC", version: "2" }, eip3009: true },
    { address: OLD_DOLLAR, symbol: "OLD", decimals: 18, dollar: true, eip3009: false },
  ],
};

export const settings: SchemeSettings = {
  networks: [network],
  enabled: [network.id],
  allowLoopback: true,
  mainnetChannels: false,
};

export const facts: RequestFacts = { url: URL_ASKED, method: "GET" };

export const channelEntry = {
  scheme: "state-channel",
  network: network.id,
  amount: "10000",
  asset: USDC,
  payTo: PAYEE,
  maxTimeoutSeconds: 60,
  extra: {
    contract: CONTRACT,
    payeeSigner: provider.address,
    exitDelay: 604_800,
    challengePeriod: 86_400,
    relay: true,
    receipts: "https://toll.example/.channels",
    name: "USDC",
    version: "2",
  },
};

export const exactEntry = {
  scheme: "exact",
  network: network.id,
  amount: "10000",
  asset: USDC,
  payTo: PAYEE,
  maxTimeoutSeconds: 300,
  extra: { name: "USDC", version: "2" },
};

export function challenge(accepts: Record<string, unknown>[], url = URL_ASKED): Challenge {
  const header = encodePaymentRequired({ x402Version: 2, resource: { url }, accepts });
  return parseChallenge((name) => (name === "payment-required" ? header : undefined));
}

export function offerOf(entry: Record<string, unknown>, url = URL_ASKED): Offer {
  const [offer] = challenge([entry], url).offers;
  if (!offer) throw new Error("the entry is no offer");
  return offer;
}

function payable(entry: Record<string, unknown>): PayableOffer {
  const assessed = assessOffer(offerOf(entry), facts, settings);
  if (assessed.kind === "unpayable") throw new Error(`not payable: ${assessed.reason}`);
  return assessed.offer;
}

export function channelOffer(amount: bigint, extra: Record<string, unknown> = {}): ChannelOffer {
  const entry = { ...channelEntry, amount: amount.toString(), extra: { ...channelEntry.extra, ...extra } };
  const offer = payable(entry);
  if (offer.scheme !== "state-channel") throw new Error("not a state-channel offer");
  return offer;
}

export function exactOffer(change: Record<string, unknown> = {}): ExactOffer {
  const offer = payable({ ...exactEntry, ...change });
  if (offer.scheme !== "exact") throw new Error("not an exact offer");
  return offer;
}

export const input: PlanInput = {
  facts,
  payer: account.address,
  now: NOW,
  random: bytes32(0xabc),
  funds: { leftInBudget: 1_000_000n, balance: 5_000_000n, once: false },
  newChannel: { salt: bytes32(0x5a17), payerSigner: session.address },
};

export function signerOf({ key: wanted }: SigningRequest): PrivateKeyAccount {
  return wanted.kind === "account" ? account : session;
}

export async function signAll(requests: readonly SigningRequest[]): Promise<Record<string, Hex>> {
  const signed: Record<string, Hex> = {};
  for (const request of requests) signed[request.slot] = await signerOf(request).signTypedData(request.typedData);
  return signed;
}

/** The provider's receipt for a plan, `change` its lies. */
export async function receiptFor(
  plan: ChannelPlan,
  change: Partial<Receipt> = {},
  status = 200,
  signer = provider,
): Promise<SignedReceipt> {
  const { method, resource, bodyDigest = ZERO_BYTES32 } = plan;
  const receipt: Receipt = {
    channelId: plan.state.channelId,
    nonce: plan.state.nonce,
    charged: plan.price,
    credited: 0n,
    ref: receiptRef({ method, url: resource.url, bodyDigest, status }),
    ...change,
  };
  return { receipt, signature: await signer.signTypedData(receiptTypedData(plan.contract, receipt)) };
}

export function answerWith(status: number, headers: Record<string, string> = {}): Answer {
  return { status, header: (name) => headers[name] };
}

export function paidAnswer(signed: SignedReceipt, status = 200): Answer {
  const { receipt, signature } = signed;
  const extra = { channelId: receipt.channelId, receipt, receiptSignature: signature };
  return answerWith(status, { "payment-response": encodePaymentResponse({ success: true, extra }) });
}
