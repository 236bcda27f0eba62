/** Hands every screen its line to the background: one context, so that tests and the gallery can put another in place. */

import { createContext, useContext } from "react";
import type { MessageName, Reply, Request, Topic } from "#messages";

/** The two functions of `#messages` that screens need; `ask` rejects with UnansweredError, as there. */
export interface Background {
  ask<N extends MessageName>(name: N, request: Request<N>, options?: { timeout?: number }): Promise<Reply<N>>;
  watchChanges(changed: (topic: Topic) => void, connected: (alive: boolean) => void): () => void;
}

export interface Line {
  readonly background: Background;
  /** False from the moment the background is gone until it says hello again. */
  readonly alive: boolean;
  /** Grows with every reconnection: what was read before may be stale. */
  readonly epoch: number;
  /** Calls back for every announced change until the returned function is called. */
  subscribe(listener: (topic: Topic) => void): () => void;
}

export const LineContext = createContext<Line | undefined>(undefined);

/** The line to the background. Throws outside of a BackgroundProvider. */
export function useLine(): Line {
  const line = useContext(LineContext);
  if (!line) throw new Error("a screen was rendered outside of BackgroundProvider");
  return line;
}
