/** What the views of all screens are made of. */
import { z } from "zod";

const digits = z.string().regex(/^[0-9]+$/);
export const origin = z.string().max(2048);
export const milliseconds = z.int().nonnegative();

/** An amount with all that is needed to show it. `dollar`: one whole token is one US dollar. */
export const moneySchema = z.object({
  atomic: digits,
  decimals: z.int().min(0).max(36),
  symbol: z.string(),
  dollar: z.boolean(),
});
export type Money = z.output<typeof moneySchema>;
