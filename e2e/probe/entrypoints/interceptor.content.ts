/** The product's script, unchanged. */
export { default } from "../../../entrypoints/interceptor.content.ts";
