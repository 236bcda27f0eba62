/** Counts what strangers may cause, per key and time window. Held in memory: it guards against load, not against loss. */

export interface RateLimit {
  /** Takes one of `max` per window for this key; false if none is left. */
  take(key: string, max: number): boolean;
}

/** Windows of this length, each starting with its first event. */
export function rateLimit(milliseconds: number): RateLimit {
  const windows = new Map<string, { since: number; count: number }>();
  return {
    take(key, max) {
      const now = Date.now();
      const current = windows.get(key);
      if (!current || now - current.since >= milliseconds) {
        // Bounded: keys come from strangers.
        if (windows.size >= 10_000) windows.clear();
        windows.set(key, { since: now, count: 1 });
        return max > 0;
      }
      if (current.count >= max) return false;
      current.count += 1;
      return true;
    },
  };
}
