/** Amounts on the screen and as people type them. */
export { Amount } from "./Amount.tsx";
export * from "./money.ts";
