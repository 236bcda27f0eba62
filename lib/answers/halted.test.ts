/** Claims about a wallet whose journal is out of reach: the phrase can be seen, and the wallet can be deleted. */
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { beforeEach, expect, test } from "vitest";
import { relayersOf, setRelayers } from "#channels";
import { discardJournal, openLedger, storageTrouble } from "#ledger";
import { createVault, type StorageArea, type Vault } from "#vault";
import { memoryArea } from "../vault/memoryArea.ts";
import { type HaltedAnswers, haltedAnswers } from "./halted.ts";

const PASSWORD = "correct horse";
let vault: Vault;
let local: StorageArea;
let idb: IDBFactory;
let answers: HaltedAnswers;
const forgotten: string[] = [];

const opened = () => openLedger({ indexedDB: idb, IDBKeyRange, now: Date.now, randomId: () => crypto.randomUUID() });

/** The journal as a newer version of the extension leaves it. */
function newer(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = idb.open("tollpass", 990);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

beforeEach(async () => {
  forgotten.length = 0;
  local = memoryArea();
  idb = new IDBFactory();
  vault = createVault({ local, session: memoryArea(), now: Date.now });
  await vault.create(PASSWORD);
  answers = haltedAnswers(
    {
      vault,
      local,
      now: Date.now,
      version: "0.0.0",
      forgetSearch: async () => void forgotten.push("search"),
      forgetSession: async () => void forgotten.push("session"),
      discardJournal: () => discardJournal({ indexedDB: idb }),
      announce: () => undefined,
    },
    "ledger_newer",
  );
});

test("the phrase is shown to whoever knows the password, and to nobody else", async () => {
  expect(await answers["vault.reveal"]({ password: "not this one" })).toMatchObject({ problem: "wrong_password" });
  expect(await answers["vault.reveal"]({ password: PASSWORD })).toEqual({ phrase: await vault.revealPhrase(PASSWORD) });
});

test("it is said whether a wallet is here and what is wrong", async () => {
  expect(await answers["status.get"]({})).toMatchObject({ vault: "unlocked", halted: "ledger_newer" });
  await answers["vault.lock"]({});
  expect(await answers["status.get"]({})).toMatchObject({ vault: "locked", halted: "ledger_newer" });
});

test("deleting the wallet takes a journal along that cannot be opened", async () => {
  (await newer()).close();
  expect(storageTrouble(await opened().catch((error: unknown) => error))).toBe("newer");
  await setRelayers(local, ["relay.example"]);
  expect(await answers["vault.wipe"]({ word: "delete" })).toEqual({ done: true });
  expect(await answers["status.get"]({})).toMatchObject({ vault: "absent" });
  expect([await relayersOf(local), forgotten]).toEqual([[], ["search", "session"]]);
  const ledger = await opened();
  expect(await ledger.listChannels()).toEqual([]);
  ledger.close();
});

test("where the browser keeps the journal the keys go all the same, and it is said", async () => {
  const refusing = Object.assign(new IDBFactory(), {
    deleteDatabase: () => {
      throw new DOMException("This profile keeps no data.", "SecurityError");
    },
  });
  expect(await discardJournal({ indexedDB: refusing })).toBe(false);
  const kept = haltedAnswers(
    {
      vault,
      local,
      now: Date.now,
      version: "0.0.0",
      forgetSearch: async () => undefined,
      forgetSession: async () => undefined,
      discardJournal: () => discardJournal({ indexedDB: refusing }),
      announce: () => undefined,
    },
    "ledger_unavailable",
  );
  expect(await kept["vault.wipe"]({ word: "delete" })).toEqual({ done: true, journalKept: true });
  expect(await vault.status()).toBe("absent");
});
