// What was gone through, so that a run that found nothing can say how much it looked at.

export const noFigures = () => ({
  lives: 0,
  steps: 0,
  requests: 0,
  served: 0,
  refused: 0,
  deaths: 0,
  creditNotes: 0,
  claims: 0,
  refunds: 0,
  /** Of these, those that were asked for while requests were being served. */
  refundsAmidst: 0,
  exits: 0,
  /** Closes by both sides, by an honest payee alone, by a hostile one. */
  cooperativeCloses: 0,
  honestCloses: 0,
  hostileCloses: 0,
  /** Receipts tried against an honest close, none of which may win; challenges won against a hostile one. */
  receiptsTried: 0,
  challengesWon: 0,
  /** False receipts that a hostile payee signed; readers that found one out and paid no more. */
  lies: 0,
  liesFound: 0,
});
export type Figures = ReturnType<typeof noFigures>;

/** Adds what one run went through to what was gone through before. */
export function addFigures(sum: Figures, more: Figures): void {
  for (const name of Object.keys(sum) as (keyof Figures)[]) sum[name] += more[name];
}
