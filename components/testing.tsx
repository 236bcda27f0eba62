/** Renders a screen for a test on a background of fixed answers, in a window that has the person's attention. */
import { configure, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { type Answers, fixtureBackground } from "#e2e/gallery/fixtureBackground.ts";
import { BackgroundProvider } from "./background/index.ts";

// A busy machine may take its time; what is waited for is what is meant, not the time.
configure({ asyncUtilTimeout: 10_000 });

/** What was sent to the background under one name, oldest first. */
export function sent(background: ReturnType<typeof fixtureBackground>, name: string): unknown[] {
  return background.asked.filter((message) => message.name === name).map((message) => message.request);
}

export function show(screen: ReactNode, answers: Answers = {}, options: { silent?: boolean } = {}) {
  const background = fixtureBackground(answers, options);
  const view = render(<BackgroundProvider background={background}>{screen}</BackgroundProvider>);
  return { background, ...view };
}
