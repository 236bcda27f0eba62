/** Figures from samples, and how they are printed. */

/** The value below which that share of the samples lies (nearest rank). Throws a RangeError without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError("no samples");
  return value;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
export const least = (samples: readonly number[]): number => quantile(samples, 0);

export const milliseconds = (value: number): string => `${value.toFixed(2)} ms`;
export const ratio = (value: number, base: number): string => `${(value / base).toFixed(2)} ×`;

/** The same things in turns, first to last and then last to first, so that neither always runs on a warmer machine. */
export async function inTurns(rounds: number, variants: readonly (() => Promise<void>)[]): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) await variant();
  }
}
