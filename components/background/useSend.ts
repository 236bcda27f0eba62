/** Sends a wish of the person to the background, once at a time, and keeps what came of it for the screen. */

import { useCallback, useEffect, useRef, useState } from "react";
import { isProblem, type MessageName, type Problem, type Reply, type Request } from "#messages";
import { useLine } from "./context.ts";

/** The background did not answer: nobody knows whether it was done, so the screen says that and looks again. */
export const UNANSWERED: Problem = { problem: "unanswered" };

export interface Sending<N extends MessageName> {
  /** Resolves with the reply, or with a problem; a call while another is under way is ignored (undefined). */
  send(request: Request<N>): Promise<Exclude<Reply<N>, Problem> | undefined>;
  readonly pending: boolean;
  readonly problem: Problem | undefined;
  clear(): void;
}

/** `timeout` in milliseconds: longer for what waits for a chain. */
export function useSend<N extends MessageName>(name: N, timeout = 15_000): Sending<N> {
  const { background } = useLine();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const busy = useRef(false);
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);

  const send = useCallback(
    async (request: Request<N>) => {
      if (busy.current) return undefined;
      busy.current = true;
      setPending(true);
      setProblem(undefined);
      let reply: Reply<N> | Problem;
      try {
        reply = await background.ask(name, request, { timeout });
      } catch {
        reply = UNANSWERED;
      }
      busy.current = false;
      if (mounted.current) {
        setPending(false);
        if (isProblem(reply)) setProblem(reply);
      }
      return isProblem(reply) ? undefined : (reply as Exclude<Reply<N>, Problem>);
    },
    [background, name, timeout],
  );
  const clear = useCallback(() => setProblem(undefined), []);
  return { send, pending, problem, clear };
}
