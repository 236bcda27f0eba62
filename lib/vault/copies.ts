/** Two copies of the sealed vault: the second is written once the first was read back, and stands in if it breaks. */
import type { Hex } from "viem";
import { VaultError } from "./error.ts";
import type { VaultPorts } from "./ports.ts";
import { parseSealed, type Sealed, unseal } from "./sealed.ts";

const FIRST = "vault.first";
const SECOND = "vault.second";

/**
 * What is on disk. An intact first copy always wins, even over a second one that another password opens: that is what a
 * death in the middle of a password change leaves. `repair` says that the copies differ and should be written anew.
 */
export type Stored =
  | { readonly kind: "absent" }
  | { readonly kind: "damaged" }
  | { readonly kind: "intact"; readonly sealed: Sealed; readonly repair: boolean };

export interface Copies {
  read(): Promise<Stored>;
  /** As it was last read or written, if it was whole then: nobody else writes it. Good for a look, not to open it by. */
  recall(): Promise<Stored>;
  /** Writes both copies; the second only when the first was read back and opens with `key`. */
  write(sealed: Sealed, key: Hex): Promise<void>;
  remove(): Promise<void>;
}

export function copiesIn(ports: VaultPorts): Copies {
  let whole: Stored | undefined;

  async function read(): Promise<Stored> {
    whole = undefined;
    const stored = await readCopies(ports);
    if (stored.kind === "intact" && !stored.repair) whole = stored;
    return stored;
  }

  return {
    read,
    recall: async () => whole ?? read(),
    async write(sealed, key) {
      whole = undefined;
      await writeCopies(ports, sealed, key);
    },
    async remove() {
      whole = undefined;
      await spareOf(ports).remove([SECOND]);
      await ports.local.remove([FIRST]);
    },
  };
}

async function readCopies(ports: VaultPorts): Promise<Stored> {
  const [rawFirst, rawSecond] = await readBoth(ports);
  const first = await parseSealed(rawFirst);
  const second = first && isSame(rawFirst, rawSecond) ? first : await parseSealed(rawSecond);
  const sealed = first ?? second;
  if (sealed) return { kind: "intact", sealed, repair: first?.digest !== second?.digest };
  return { kind: rawFirst === undefined && rawSecond === undefined ? "absent" : "damaged" };
}

async function writeCopies(ports: VaultPorts, sealed: Sealed, key: Hex): Promise<void> {
  try {
    await ports.local.set({ [FIRST]: sealed });
    const written = await parseSealed(await readOne(ports.local, FIRST));
    if (written?.digest !== sealed.digest || (await unseal(key, written)) === undefined) {
      throw new VaultError("storage_failed");
    }
    await spareOf(ports).set({ [SECOND]: sealed });
  } catch (cause) {
    throw cause instanceof VaultError ? cause : new VaultError("storage_failed", { cause });
  }
}

function spareOf(ports: VaultPorts) {
  return ports.spare ?? ports.local;
}

/** Whether two copies are alike to the letter, as they are unless one of them broke. */
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** In one call where they lie in one store. */
async function readBoth({ local, spare }: VaultPorts): Promise<readonly [first: unknown, second: unknown]> {
  if (spare) return Promise.all([readOne(local, FIRST), readOne(spare, SECOND)]);
  const found = await local.get([FIRST, SECOND]);
  return [found[FIRST], found[SECOND]];
}

async function readOne(area: VaultPorts["local"], name: string): Promise<unknown> {
  return (await area.get([name]))[name];
}
