/** The vault's life: made, locked, opened, changed, broken, forgotten. */
import { stateTypedData } from "@tollpass/protocol";
import { mnemonicToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { createVault } from "./index.ts";
import { memoryArea } from "./memoryArea.ts";
import { MIN_ITERATIONS } from "./sealed.ts";
import { dying, FIRST_ACCOUNT, PASSWORD, PHRASE, profile } from "./testing.ts";

const MINUTE = 60_000;

test("a vault is absent, then unlocked, then locked, then unlocked again", async () => {
  const vault = profile().start();
  expect(await vault.status()).toBe("absent");
  await vault.create(PASSWORD);
  expect(await vault.status()).toBe("unlocked");
  await vault.lock();
  expect(await vault.status()).toBe("locked");
  await vault.unlock(PASSWORD);
  expect(await vault.status()).toBe("unlocked");
});

test("one look says status and accounts, and whether anything signs is known without it", async () => {
  const vault = profile().start();
  expect(await vault.look()).toEqual({ status: "absent" });
  expect(await vault.isUnlocked()).toBe(false);
  await vault.create(PASSWORD, { phrase: PHRASE });
  expect(await vault.look()).toEqual({ status: "unlocked", accounts: [FIRST_ACCOUNT] });
  expect(await vault.isUnlocked()).toBe(true);
  await vault.lock();
  expect(await vault.look()).toEqual({ status: "locked", accounts: [FIRST_ACCOUNT] });
  expect(await vault.isUnlocked()).toBe(false);
});

test("an imported phrase comes back as it was, and its first account is there while locked", async () => {
  const vault = profile().start();
  await vault.create(PASSWORD, { phrase: `  ${PHRASE.toUpperCase()} ` });
  expect(await vault.revealPhrase(PASSWORD)).toBe(PHRASE);
  await vault.lock();
  expect(await vault.accounts()).toEqual([FIRST_ACCOUNT]);
});

test("two new vaults have different phrases", async () => {
  const [one, two] = [profile().start(), profile().start()];
  await one.create(PASSWORD);
  await two.create(PASSWORD);
  expect(await one.revealPhrase(PASSWORD)).not.toBe(await two.revealPhrase(PASSWORD));
});

test("a vault is never overwritten, and a bad phrase or a short password makes none", async () => {
  const { start, local } = profile();
  const vault = start();
  await expect(vault.create("7 chars")).rejects.toMatchObject({ code: "too_weak" });
  await expect(vault.create(PASSWORD, { phrase: "test test" })).rejects.toMatchObject({ code: "bad_phrase" });
  expect(local.dump()).toBe("{}");
  await vault.create(PASSWORD, { phrase: PHRASE });
  await expect(vault.create(PASSWORD)).rejects.toMatchObject({ code: "exists" });
  expect(await vault.revealPhrase(PASSWORD)).toBe(PHRASE);
});

test("two creations at once make one vault", async () => {
  const vault = profile().start();
  const results = await Promise.allSettled([vault.create(PASSWORD), vault.create("another password")]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
  await vault.unlock(PASSWORD);
});

test("a wrong password opens nothing, reveals nothing, changes nothing, and slows the next", async () => {
  const { start, local } = profile();
  const vault = start();
  await vault.create(PASSWORD);
  await vault.lock();
  const before = local.dump();
  await expect(vault.unlock("wrong horse")).rejects.toMatchObject({ code: "wrong_password" });
  await expect(vault.revealPhrase("wrong horse")).rejects.toMatchObject({ code: "wrong_password" });
  await expect(vault.changePassword("wrong horse", "next password")).rejects.toMatchObject({ code: "wrong_password" });
  await expect(start().unlock(PASSWORD)).rejects.toMatchObject({ code: "too_many_attempts" });
  expect(await vault.status()).toBe("locked");
  expect(local.dump().startsWith(before.slice(0, -1))).toBe(true);
});

test("the same password typed with composed or decomposed letters opens", async () => {
  const vault = profile().start();
  await vault.create("größer als acht".normalize("NFC"));
  await expect(vault.unlock("größer als acht".normalize("NFD"))).resolves.toBeUndefined();
});

test("accounts are added in the order of every other wallet and stay", async () => {
  const { start } = profile();
  const vault = start();
  await vault.create(PASSWORD, { phrase: PHRASE });
  const added = await Promise.all([vault.addAccount(), vault.addAccount()]);
  const expected = [0, 1, 2].map((addressIndex) => mnemonicToAccount(PHRASE, { addressIndex }).address);
  expect(added).toEqual(expected.slice(1));
  await vault.lock();
  expect(await start().accounts()).toEqual(expected);
  await expect(vault.addAccount()).rejects.toMatchObject({ code: "locked" });
});

test("accounts that are not there yet can be named and are not added by it", async () => {
  const vault = profile().start();
  await vault.create(PASSWORD, { phrase: PHRASE });
  const expected = [1, 2].map((addressIndex) => mnemonicToAccount(PHRASE, { addressIndex }).address);
  expect(await vault.accountsAhead(2)).toEqual(expected);
  expect(await vault.accounts()).toHaveLength(1);
  await vault.lock();
  await expect(vault.accountsAhead(2)).rejects.toMatchObject({ code: "locked" });
});

test("changing the password keeps phrase and session; the old password is dead", async () => {
  const { start } = profile();
  const vault = start();
  await vault.create(PASSWORD, { phrase: PHRASE });
  await expect(vault.changePassword(PASSWORD, "short")).rejects.toMatchObject({ code: "too_weak" });
  await vault.changePassword(PASSWORD, "next password");
  expect(await vault.status()).toBe("unlocked");
  await vault.addAccount();
  await vault.lock();
  await expect(vault.unlock(PASSWORD)).rejects.toMatchObject({ code: "wrong_password" });
  await vault.unlock("next password");
  expect(await vault.revealPhrase("next password")).toBe(PHRASE);
});

test("changing the password of a locked vault leaves it locked", async () => {
  const vault = profile().start();
  await vault.create(PASSWORD);
  await vault.lock();
  await vault.changePassword(PASSWORD, "next password");
  expect(await vault.status()).toBe("locked");
});

test("a change of password that dies at any step leaves the phrase under the old or the new one, open or locked", async () => {
  const salt = `0x${"5a".repeat(32)}` as const;
  const typedData = stateTypedData(
    { chainId: 1, address: FIRST_ACCOUNT },
    { channelId: salt, nonce: 1n, owed: 1n, earned: 0n, credited: 0n },
  );
  const succeeds = (work: Promise<unknown>) =>
    work.then(
      () => true,
      () => false,
    );
  const before = profile();
  await before.start().create(PASSWORD, { phrase: PHRASE });
  await before.start().sessionSigner(salt);
  for (let at = 1, done = false; !done; at++) {
    const { local, session, clock, start } = profile();
    await local.set(await before.local.get(null));
    await session.set(await before.session.get(null));
    const power = { calls: 0, at };
    const ports = { local: dying(local, power), session: dying(session, power), now: () => clock.time };
    done = await succeeds(createVault(ports).changePassword(PASSWORD, "next password"));
    const open = (await start().status()) === "unlocked";
    expect(await succeeds(start().signWithSession(salt, typedData)), `dead at call ${at}`).toBe(open);
    expect(await succeeds(start().signWithAccount(FIRST_ACCOUNT, typedData)), `dead at call ${at}`).toBe(open);
    const opening = [PASSWORD, "next password"].map((password) => start().revealPhrase(password));
    const phrases = (await Promise.allSettled(opening)).flatMap((one) =>
      one.status === "fulfilled" ? [one.value] : [],
    );
    expect(phrases, `dead at call ${at}`).toEqual([PHRASE]);
  }
}, 60_000);

test("the parameters on disk are raised by the next unlock", async () => {
  const { start, local } = profile();
  await start({ iterations: 1_000 }).create(PASSWORD, { phrase: PHRASE });
  // Fewer rounds than the minimum cannot be asked for.
  expect(local.dump()).toContain(`"iterations":${MIN_ITERATIONS}`);
  const raised = start({ iterations: MIN_ITERATIONS + 50_000 });
  await raised.unlock(PASSWORD);
  expect(local.dump()).not.toContain(`"iterations":${MIN_ITERATIONS},`);
  expect(local.dump()).toContain(`"iterations":${MIN_ITERATIONS + 50_000}`);
  expect(await raised.status()).toBe("unlocked");
  expect(await start().revealPhrase(PASSWORD)).toBe(PHRASE);
});

test("the vault locks by itself at the deadline, across restarts, and a touch moves the deadline", async () => {
  const { start, clock, session } = profile();
  const begin = clock.time;
  const vault = start();
  await vault.create(PASSWORD);
  expect(await vault.lockDeadline()).toBe(begin + 480 * MINUTE);
  await vault.setAutoLock(10);
  clock.time += 9 * MINUTE;
  await start().touch();
  clock.time += 9 * MINUTE;
  expect(await start().status()).toBe("unlocked");
  clock.time += MINUTE;
  expect(await start().isUnlocked()).toBe(false);
  expect(await start().lockDeadline()).toBeUndefined();
  expect(await start().status()).toBe("locked");
  expect(session.dump()).toBe("{}");
  expect(await vault.autoLockMinutes()).toBe(10);
});

test("a clock set back locks, since nobody can tell how long the person was away", async () => {
  const { start, clock } = profile();
  await start().create(PASSWORD);
  clock.time -= 6 * MINUTE;
  expect(await start().status()).toBe("locked");
});

test("with auto-lock off the vault stays open as long as the browser runs", async () => {
  const { start, clock } = profile();
  const vault = start();
  await vault.create(PASSWORD);
  await vault.setAutoLock(null);
  clock.time += 10 * 365 * 24 * 60 * MINUTE;
  expect(await vault.lockDeadline()).toBeUndefined();
  expect(await vault.status()).toBe("unlocked");
});

test("a touch does not open a locked vault, and locking leaves nothing in the session", async () => {
  const { start, session } = profile();
  const vault = start();
  await vault.create(PASSWORD);
  await vault.sessionSigner(await vault.newChannelSalt());
  await vault.lock();
  expect(session.dump()).toBe("{}");
  await vault.touch();
  expect(await vault.status()).toBe("locked");
});

test("wiping leaves nothing behind, and a new vault can be made", async () => {
  const { start, local, session } = profile();
  const vault = start();
  await vault.create(PASSWORD, { phrase: PHRASE });
  await vault.newChannelSalt();
  await vault.wipe();
  expect([local.dump(), session.dump()]).toEqual(["{}", "{}"]);
  await vault.create("another password");
  expect(await vault.revealPhrase("another password")).not.toBe(PHRASE);
});

test("what cannot be saved is said, and no vault is pretended", async () => {
  const { local, session, clock } = profile();
  const full = { ...local, set: () => Promise.reject(new Error("QUOTA_BYTES quota exceeded")) };
  const vault = createVault({ local: full, session, now: () => clock.time });
  await expect(vault.create(PASSWORD)).rejects.toMatchObject({ code: "storage_failed" });
  expect(await vault.status()).toBe("absent");
});

test("a store that loses what it was given is found out before the second copy is written", async () => {
  const { local, session, clock } = profile();
  const spare = memoryArea();
  const forgetful = { ...local, set: async () => undefined };
  const vault = createVault({ local: forgetful, session, spare, now: () => clock.time });
  await expect(vault.create(PASSWORD)).rejects.toMatchObject({ code: "storage_failed" });
  expect(spare.dump()).toBe("{}");
});
