/** The table of figures: what each party says about the same money, and whether they agree to the unit. */
import { formatUnits } from "@tollpass/protocol";
import { columns } from "../columns.ts";

/** Who can say something about an amount. */
export const WITNESSES = ["price list", "wallet", "provider", "chain"] as const;
export type Witness = (typeof WITNESSES)[number];

/** One amount as its witnesses give it: atomic units of the test dollar, or a plain count. */
export interface Figure {
  readonly name: string;
  readonly said: Readonly<Partial<Record<Witness, bigint>>>;
  readonly unit?: "dollars" | "count";
}

/** At least two witnesses, and all of them say the same. */
export function agrees({ said }: Figure): boolean {
  const amounts = WITNESSES.map((witness) => said[witness]).filter((amount) => amount !== undefined);
  return amounts.length >= 2 && amounts.every((amount) => amount === amounts[0]);
}

function cell(amount: bigint | undefined, unit: Figure["unit"]): string {
  if (amount === undefined) return "–";
  if (unit === "count") return amount.toString();
  const [whole = "0", fraction = ""] = formatUnits(amount, 6).split(".");
  return `${whole}.${fraction.padEnd(6, "0")}`;
}

/** What each witness says of each figure, and whether they agree: lines for a terminal. */
export function table(figures: readonly Figure[]): string {
  return columns([
    ["", ...WITNESSES, ""],
    ...figures.map((figure) => [
      figure.name,
      ...WITNESSES.map((witness) => cell(figure.said[witness], figure.unit)),
      agrees(figure) ? "agree" : "DO NOT AGREE",
    ]),
  ]);
}
