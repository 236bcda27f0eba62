/** The product's script, unchanged. */
export { default } from "../../../entrypoints/replay.content.ts";
