/**
 * Requests that have to let another payment go first (a channel being opened, too much in flight) wait here, and are
 * woken when something about their channel changed. In memory only: after a restart they are simply asked for again.
 */

/** Wakes waiting requests by a key, such as the payee that a channel pays. */
export class Turns {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #wakes = new Map<string, number>();

  /** How often the key was woken so far: read it before looking whether there is a need to wait. */
  wakes(key: string): number {
    return this.#wakes.get(key) ?? 0;
  }

  /**
   * Resolves at the next `wake` of the key after the one that `since` counts, or when the signal aborts. What happens
   * while a request is still looking is therefore never missed. Never rejects.
   */
  wait(key: string, since: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.wakes(key) !== since) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiters);
      const done = () => {
        waiters.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      waiters.add(done);
      signal.addEventListener("abort", done);
    });
  }

  /**
   * Wakes the `count` that have waited longest; each looks again whether it is its turn, and goes to the end of the
   * line if not. Waking few at a time keeps hundreds of waiting requests from all looking at once.
   */
  wake(key: string, count = 1): void {
    this.#wakes.set(key, this.wakes(key) + 1);
    const waiters = this.#waiting.get(key);
    for (const done of [...(waiters ?? [])].slice(0, count)) done();
    if (waiters?.size === 0) this.#waiting.delete(key);
  }
}

/** Runs pieces of work one after the other per key, so that events of one payment are journalled in their order. */
export class Sequence {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when what was given for this key so far is done. Never rejects. */
  idle(key: string): Promise<void> {
    return this.#last.get(key) ?? Promise.resolve();
  }

  run(key: string, work: () => Promise<void>): Promise<void> {
    const next = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = next.catch(() => undefined);
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return next;
  }
}
