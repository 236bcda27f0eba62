/** How screens talk with the background. */
export { BackgroundProvider } from "./BackgroundProvider.tsx";
export { type Background, useLine } from "./context.ts";
export { type Answer, useAnswer } from "./useAnswer.ts";
export { type Sending, UNANSWERED, useSend } from "./useSend.ts";
