/** The wall clock for what counts down or ages on the screen. */
import { useEffect, useState } from "react";

/** Milliseconds since 1970, renewed every `every` milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
