/** Signatures: right by an independent implementation, the same each time, and made only while the vault is open. */
import {
  type MessageTypes,
  recoverTypedSignature,
  SignTypedDataVersion,
  type TypedMessage,
} from "@metamask/eth-sig-util";
import { receiveAuthorizationTypedData, stateTypedData, ZERO_BYTES32 } from "@tollpass/protocol";
import { getAddress, type Hex, parseTransaction, recoverTransactionAddress, type TransactionSerialized } from "viem";
import { expect, test } from "vitest";
import { VaultError } from "./error.ts";
import { FIRST_ACCOUNT, PASSWORD, PHRASE, profile } from "./testing.ts";

const SALT: Hex = `0x${"5a".repeat(32)}`;
const CONTRACT = { chainId: 31337, address: "0x5FbDB2315678afecb367f032d93F642f64180aa3" } as const;
const state = stateTypedData(CONTRACT, { channelId: ZERO_BYTES32, nonce: 7n, owed: 50n, earned: 40n, credited: 3n });
const authorization = receiveAuthorizationTypedData(
  { chainId: 31337, address: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512", name: "USD Coin", version: "2" },
  { from: FIRST_ACCOUNT, to: CONTRACT.address, value: 9n, validAfter: 0n, validBefore: 99n, nonce: SALT },
);

const DOMAIN_TYPE = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

/** The signer by MetaMask's implementation of EIP-712, which shares no code with the one that signs. */
function signerOf(data: typeof state | typeof authorization, signature: Hex): string {
  const types = Object.fromEntries(Object.entries(data.types).map(([name, fields]) => [name, [...fields]]));
  const message = Object.fromEntries(
    Object.entries(data.message).map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]),
  );
  const { domain, primaryType } = data;
  const typed: TypedMessage<MessageTypes> = {
    domain: domain as TypedMessage<MessageTypes>["domain"],
    primaryType,
    message,
    types: { EIP712Domain: DOMAIN_TYPE, ...types },
  };
  return getAddress(recoverTypedSignature({ data: typed, signature, version: SignTypedDataVersion.V4 }));
}

async function unlocked() {
  const everything = profile();
  const vault = everything.start();
  await vault.create(PASSWORD, { phrase: PHRASE });
  return { ...everything, vault };
}

test("an account signs typed data that another implementation ascribes to it, the same bytes each time", async () => {
  const { vault, start } = await unlocked();
  const second = await vault.addAccount();
  const signature = await vault.signWithAccount(FIRST_ACCOUNT, authorization);
  expect(signerOf(authorization, signature)).toBe(FIRST_ACCOUNT);
  expect(await start().signWithAccount(FIRST_ACCOUNT, authorization)).toBe(signature);
  expect(signerOf(authorization, await vault.signWithAccount(second, authorization))).toBe(second);
});

test("an address in any case is known, an address of somebody else is not", async () => {
  const { vault } = await unlocked();
  const lower = FIRST_ACCOUNT.toLowerCase() as Hex;
  expect(signerOf(authorization, await vault.signWithAccount(lower, authorization))).toBe(FIRST_ACCOUNT);
  const signing = vault.signWithAccount(CONTRACT.address, authorization);
  await expect(signing).rejects.toMatchObject({ code: "unknown_account" });
});

test("an account signs a transaction for one chain", async () => {
  const { vault } = await unlocked();
  const raw = await vault.signTransaction(FIRST_ACCOUNT, {
    type: "eip1559",
    chainId: 31337,
    to: CONTRACT.address,
    nonce: 3,
    gas: 50_000n,
    maxFeePerGas: 2n,
    maxPriorityFeePerGas: 1n,
    data: "0x1234",
  });
  const serializedTransaction = raw as TransactionSerialized<"eip1559">;
  expect(await recoverTransactionAddress({ serializedTransaction })).toBe(FIRST_ACCOUNT);
  expect(parseTransaction(serializedTransaction)).toMatchObject({ chainId: 31337, nonce: 3, data: "0x1234" });
});

test("a channel's session key signs states, the same bytes each time, on every machine with the phrase", async () => {
  const { vault, start } = await unlocked();
  const signer = await vault.sessionSigner(SALT);
  const signature = await vault.signWithSession(SALT, state);
  expect(signerOf(state, signature)).toBe(signer);
  expect(await start().signWithSession(SALT, state)).toBe(signature);
  const other = await unlocked();
  expect(await other.vault.signWithSession(SALT, state)).toBe(signature);
});

test("another phrase, another salt and the account itself are other signers", async () => {
  const { vault } = await unlocked();
  const stranger = profile().start();
  await stranger.create(PASSWORD);
  const signers = [
    await vault.sessionSigner(SALT),
    await vault.sessionSigner(ZERO_BYTES32),
    await stranger.sessionSigner(SALT),
    FIRST_ACCOUNT,
  ];
  expect(new Set(signers).size).toBe(4);
});

test("a restarted background signs for a known channel without the phrase", async () => {
  const { vault, start, local } = await unlocked();
  const signature = await vault.signWithSession(SALT, state);
  await local.remove(["vault.first", "vault.second"]);
  expect(await start().signWithSession(SALT, state)).toBe(signature);
  await expect(start().signWithAccount(FIRST_ACCOUNT, authorization)).rejects.toMatchObject({ code: "absent" });
});

test("a locked vault signs nothing, neither the one that was open nor a new one", async () => {
  const { vault, start } = await unlocked();
  await vault.signWithSession(SALT, state);
  await vault.lock();
  for (const one of [vault, start()]) await expectSignsNothing(one);
});

test("after the deadline nothing is signed, also by a background that never looked at the clock before", async () => {
  const { vault, start, clock, session } = await unlocked();
  await vault.signWithSession(SALT, state);
  clock.time += 480 * 60_000 - 1;
  await start().signWithSession(SALT, state);
  clock.time += 1;
  await expectSignsNothing(start());
  await expectSignsNothing(vault);
  expect(session.dump()).toBe("{}");
});

test("a lock that comes while channels are opened leaves no session key behind", async () => {
  const { vault, session } = await unlocked();
  const salts = await Promise.all(Array.from({ length: 5 }, () => vault.newChannelSalt()));
  const signing = salts.map((salt) => vault.signWithSession(salt, state));
  const locking = vault.lock();
  const late = vault.signWithSession(SALT, state);
  await Promise.allSettled([...signing, late, locking]);
  expect(session.dump()).toBe("{}");
  await expectSignsNothing(vault);
});

test("after a wipe and a new vault the old session keys are gone", async () => {
  const { vault } = await unlocked();
  const signer = await vault.sessionSigner(SALT);
  await vault.wipe();
  await vault.create(PASSWORD);
  expect(await vault.sessionSigner(SALT)).not.toBe(signer);
});

test("the session of one password does not open the vault of another one", async () => {
  const { session, start } = await unlocked();
  const stale = await session.get(null);
  await start().changePassword(PASSWORD, "next password");
  await session.set(stale);
  expect(await start().status()).toBe("locked");
  await expect(start().signWithAccount(FIRST_ACCOUNT, authorization)).rejects.toMatchObject({ code: "locked" });
});

test("two installs with one phrase never make the same salt, and one install makes a new one each time", async () => {
  const [one, two] = [await unlocked(), await unlocked()];
  const install = async ({ local }: typeof one) => (await local.get(["vault.install"]))["vault.install"];
  const salts = [
    await one.vault.newChannelSalt(),
    await one.start().newChannelSalt(),
    await two.vault.newChannelSalt(),
  ];
  expect(new Set(salts).size).toBe(3);
  expect(await install(one)).toMatch(/^0x[0-9a-f]{64}$/);
  expect(await install(one)).not.toBe(await install(two));
});

test("warming changes nothing that is kept", async () => {
  const { vault, local, session } = await unlocked();
  const before = [local.dump(), session.dump()];
  await vault.warm();
  expect([local.dump(), session.dump()]).toEqual(before);
});

async function expectSignsNothing(vault: Awaited<ReturnType<typeof unlocked>>["vault"]): Promise<void> {
  const transaction = { type: "eip1559", chainId: 1, nonce: 0 } as const;
  const attempts = [
    () => vault.signWithSession(SALT, state),
    () => vault.sessionSigner(ZERO_BYTES32),
    () => vault.signWithAccount(FIRST_ACCOUNT, authorization),
    () => vault.signTransaction(FIRST_ACCOUNT, transaction),
  ];
  for (const sign of attempts) {
    const refusal = await sign().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(VaultError);
    expect(refusal).toMatchObject({ code: "locked" });
  }
}
