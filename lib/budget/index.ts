/** Budgets: what a person has allowed, and the pure decision whether a request may be paid without asking. */
export * from "./decide.ts";
export * from "./dollars.ts";
export * from "./edit.ts";
export * from "./grant.ts";
export { pathCovered, pricePattern } from "./path.ts";
export { dayStart, monthStart, windowAt, windowEnd } from "./period.ts";
