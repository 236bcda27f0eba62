/** Reads from the background and stays current: asks again on a change, after a restart, and at an interval if wanted. */

import { useCallback, useEffect, useRef, useState } from "react";
import type { MessageName, Reply, Request, Topic } from "#messages";
import { useLine } from "./context.ts";

/** After this many questions without an answer the screen stops hoping and offers to try again. */
const PATIENCE = 3;
const RETRY_MS = 700;

/**
 * What a screen knows. Once `ready`, an answer stays on the screen through a restart of the background (`alive` of the
 * line tells); before the first answer a restart is `restarting`, and `silent` when it goes on for too long.
 */
export type Answer<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly data: T }
  | { readonly state: "restarting" }
  | { readonly state: "silent"; retry(): void };

export interface Asking {
  readonly topics?: readonly Topic[];
  /** Asks again every so many milliseconds, for what no announcement covers (money that arrives from outside). */
  readonly every?: number;
  /** False: does not ask at all and stays `loading`. */
  readonly enabled?: boolean;
}

export function useAnswer<N extends MessageName>(
  name: N,
  request: Request<N>,
  { topics = [], every, enabled = true }: Asking = {},
): Answer<Reply<N>> & { refresh(): void } {
  const { background, epoch, subscribe } = useLine();
  const key = JSON.stringify(request);
  const watched = topics.join(" ");
  const [known, setKnown] = useState<{ key: string; answer: Answer<Reply<N>> }>({ key, answer: { state: "loading" } });
  const [again, setAgain] = useState(0);
  const failures = useRef(0);

  const refresh = useCallback(() => setAgain((before) => before + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new epoch or refresh must ask again
  useEffect(() => {
    if (!enabled) return;
    let ended = false;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let underWay = false;
    const attempt = () => {
      if (underWay) return;
      underWay = true;
      background.ask(name, JSON.parse(key) as Request<N>).then(
        (data) => {
          underWay = false;
          if (ended) return;
          failures.current = 0;
          setKnown({ key, answer: { state: "ready", data } });
        },
        () => {
          underWay = false;
          if (ended) return;
          failures.current += 1;
          const silent = failures.current >= PATIENCE;
          setKnown((before) => {
            if (before.key === key && before.answer.state === "ready") return before;
            if (!silent) return { key, answer: { state: "restarting" } };
            const start = () => {
              failures.current = 0;
              setKnown({ key, answer: { state: "loading" } });
              refresh();
            };
            return { key, answer: { state: "silent", retry: start } };
          });
          if (!silent) retry = setTimeout(attempt, RETRY_MS);
        },
      );
    };
    attempt();
    const interval = every === undefined ? undefined : setInterval(attempt, every);
    return () => {
      ended = true;
      clearTimeout(retry);
      clearInterval(interval);
    };
  }, [background, name, key, epoch, again, every, enabled, refresh]);

  useEffect(() => {
    if (watched === "") return;
    const wanted = new Set(watched.split(" "));
    return subscribe((topic) => {
      if (wanted.has(topic)) refresh();
    });
  }, [subscribe, watched, refresh]);

  // An answer to another question is no answer to this one.
  const answer: Answer<Reply<N>> = known.key === key ? known.answer : { state: "loading" };
  return { ...answer, refresh };
}
