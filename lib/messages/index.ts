/** The one table of messages between screens and background. */
export * from "./client.ts";
export * from "./server.ts";
export * from "./table.ts";
export * from "./views.ts";
