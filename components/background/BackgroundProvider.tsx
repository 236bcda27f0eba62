/** Keeps one connection to the background per page and shares what it says with every hook. */

import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Topic } from "#messages";
import { type Background, LineContext } from "./context.ts";

export function BackgroundProvider({ background, children }: { background: Background; children: ReactNode }) {
  const [alive, setAlive] = useState(true);
  const [epoch, setEpoch] = useState(0);
  const listeners = useRef(new Set<(topic: Topic) => void>());

  useEffect(() => {
    let wasGone = false;
    return background.watchChanges(
      (topic) => {
        for (const listener of [...listeners.current]) listener(topic);
      },
      (connected) => {
        setAlive(connected);
        if (connected && wasGone) setEpoch((before) => before + 1);
        wasGone = !connected;
      },
    );
  }, [background]);

  const subscribe = useCallback((listener: (topic: Topic) => void) => {
    listeners.current.add(listener);
    return () => {
      listeners.current.delete(listener);
    };
  }, []);

  const line = useMemo(() => ({ background, alive, epoch, subscribe }), [background, alive, epoch, subscribe]);
  return <LineContext value={line}>{children}</LineContext>;
}
