/** The vault on disk: unreadable to a thief, bound to what is readable beside it, and alive after corruption. */
import { bytesToHex, stringToBytes } from "viem";
import { HDKey, mnemonicToAccount } from "viem/accounts";
import { describe, expect, test, vi } from "vitest";
import { memoryArea } from "./memoryArea.ts";
import { deriveKey, newKdf, parseSealed, type Sealed, type SealedHead, seal, unseal } from "./sealed.ts";
import { FIRST_ACCOUNT, PASSWORD, PHRASE, profile } from "./testing.ts";
import { createVault } from "./vault.ts";

const COPIES = ["vault.first", "vault.second"] as const;

async function stored() {
  const everything = profile();
  await everything.start().create(PASSWORD, { phrase: PHRASE });
  await everything.start().lock();
  const read = async (name: string) => (await everything.local.get([name]))[name] as Sealed;
  return { ...everything, read };
}

test("nothing on disk contains phrase, password or a key in any spelling", async () => {
  const { start, local } = profile();
  const vault = start();
  await vault.create(PASSWORD, { phrase: PHRASE });
  await vault.addAccount();
  await vault.sessionSigner(await vault.newChannelSalt());
  await vault.changePassword(PASSWORD, "next password");
  const disk = local.dump().toLowerCase();
  const account = mnemonicToAccount(PHRASE).getHdKey();
  const master = HDKey.fromExtendedKey(account.privateExtendedKey);
  const secretBytes = [account.privateKey, master.chainCode, stringToBytes(PHRASE), stringToBytes("next password")];
  const secrets = [
    PHRASE,
    "junk",
    PASSWORD,
    "next password",
    ...secretBytes.flatMap((bytes) =>
      bytes ? [bytesToHex(bytes).slice(2), Buffer.from(bytes).toString("base64").toLowerCase()] : [],
    ),
  ];
  expect(secrets).toHaveLength(12);
  for (const secret of secrets) expect(disk).not.toContain(secret);
});

test("both copies are the same after every write", async () => {
  const { start, read } = await stored();
  const vault = start();
  await vault.unlock(PASSWORD);
  await vault.addAccount();
  await vault.setAutoLock(5);
  expect(await read("vault.first")).toEqual(await read("vault.second"));
});

describe.each(COPIES)("with %s broken", (name) => {
  test.each([
    ["missing", (): unknown => undefined],
    ["of another shape", (): unknown => ({ vault: true })],
    ["cut short", (sealed: Sealed): unknown => ({ ...sealed, ciphertext: sealed.ciphertext.slice(0, -2) })],
    ["with a bit flipped", (sealed: Sealed): unknown => ({ ...sealed, ciphertext: flip(sealed.ciphertext) })],
    [
      "with another salt",
      (sealed: Sealed): unknown => ({ ...sealed, kdf: { ...sealed.kdf, salt: flip(sealed.kdf.salt) } }),
    ],
  ])("%s, the vault still opens, and both copies are whole again", async (_how, damage) => {
    const { start, local, read } = await stored();
    const damaged = damage(await read(name));
    await (damaged === undefined ? local.remove([name]) : local.set({ [name]: damaged }));
    expect(await start().accounts()).toEqual([FIRST_ACCOUNT]);
    expect(await start().status()).toBe("locked");
    await start().unlock(PASSWORD);
    expect(await read("vault.first")).toEqual(await read("vault.second"));
    expect(await parseSealed(await read(name))).toBeDefined();
    expect(await start().revealPhrase(PASSWORD)).toBe(PHRASE);
  });
});

test("a payment's look asks the disk once; whoever asks for the status sees what has become of it", async () => {
  const { start, local } = await stored();
  const vault = start();
  await vault.unlock(PASSWORD);
  expect(await vault.look()).toEqual({ status: "unlocked", accounts: [FIRST_ACCOUNT] });
  const reads = vi.spyOn(local, "get");
  expect(await vault.look()).toEqual({ status: "unlocked", accounts: [FIRST_ACCOUNT] });
  expect(reads).not.toHaveBeenCalled();
  await vault.lock();
  expect(await vault.look()).toMatchObject({ status: "locked" });
  const second = await vault.unlock(PASSWORD).then(() => vault.addAccount());
  expect(await vault.look()).toEqual({ status: "unlocked", accounts: [FIRST_ACCOUNT, second] });
  await local.set({ "vault.first": "?", "vault.second": null });
  expect(await vault.status()).toBe("damaged");
  expect(await vault.look()).toEqual({ status: "damaged" });
});

test("with both copies broken the vault says so, makes no other one, and can be wiped", async () => {
  const { start, local } = await stored();
  await local.set({ "vault.first": "?", "vault.second": null });
  expect(await start().status()).toBe("damaged");
  await expect(start().unlock(PASSWORD)).rejects.toMatchObject({ code: "damaged" });
  await expect(start().create(PASSWORD)).rejects.toMatchObject({ code: "exists" });
  await start().wipe();
  expect(await start().status()).toBe("absent");
});

test("the second copy survives in a store of its own when the first store is lost", async () => {
  const { session, clock } = profile();
  const spare = memoryArea();
  const now = () => clock.time;
  await createVault({ local: memoryArea(), session, spare, now }).create(PASSWORD, { phrase: PHRASE });
  const vault = createVault({ local: memoryArea(), session: memoryArea(), spare, now });
  expect(await vault.status()).toBe("locked");
  expect(await vault.revealPhrase(PASSWORD)).toBe(PHRASE);
});

test("whatever is readable beside the ciphertext is bound to it: a forged field opens nothing", async () => {
  const head: SealedHead = {
    version: 1,
    revision: 3,
    kdf: newKdf(600_000),
    accounts: [FIRST_ACCOUNT],
    autoLockMinutes: 480,
  };
  const key = await deriveKey(PASSWORD, head.kdf);
  const sealed = await seal(key, head, PHRASE);
  expect(await unseal(key, sealed)).toBe(PHRASE);
  const forgeries: Sealed[] = [
    { ...sealed, revision: 2 },
    { ...sealed, kdf: { ...sealed.kdf, iterations: 600_001 } },
    { ...sealed, kdf: { ...sealed.kdf, salt: newKdf(600_000).salt } },
    { ...sealed, accounts: ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"] },
    { ...sealed, accounts: [FIRST_ACCOUNT, FIRST_ACCOUNT] },
    { ...sealed, autoLockMinutes: null },
    { ...sealed, iv: flip(sealed.iv) },
    { ...sealed, ciphertext: flip(sealed.ciphertext) },
  ];
  for (const forged of forgeries) expect(await unseal(key, forged)).toBeUndefined();
});

test("a record sealed by somebody else does not open, and addresses that are not the phrase's own are refused", async () => {
  const { start, local, read, clock } = await stored();
  const sealed = await read("vault.first");
  const head = { ...sealed, accounts: ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"] as const };
  const replaceWith = async (password: string) => {
    const key = await deriveKey(password, sealed.kdf);
    await local.set({ "vault.first": await seal(key, { ...head, accounts: [...head.accounts] }, PHRASE) });
  };
  await replaceWith("password of a thief");
  await expect(start().unlock(PASSWORD)).rejects.toMatchObject({ code: "wrong_password" });
  clock.time += 5 * 60_000;
  await replaceWith(PASSWORD);
  await expect(start().unlock(PASSWORD)).rejects.toMatchObject({ code: "damaged" });
  expect(await start().status()).toBe("locked");
});

test("records with fewer rounds than the minimum, or with more than a browser can bear, are not read", async () => {
  const { read } = await stored();
  const sealed = await read("vault.first");
  for (const iterations of [1, 599_999, 10 ** 9]) {
    expect(await parseSealed({ ...sealed, kdf: { ...sealed.kdf, iterations } })).toBeUndefined();
  }
});

/** The same hex with its last bit turned. */
function flip<T extends string>(hex: T): T {
  return (hex.slice(0, -1) + (Number.parseInt(hex.slice(-1), 16) ^ 1).toString(16)) as T;
}
