/**
 * Who waits with whom in Firefox: it delivers the `webRequest` events of one batch within one turn of the event loop,
 * and takes their results together (see bays.ts).
 */

/** The requests whose events came in one turn. */
export interface Crowd {
  /** Resolves when the turn is over: whether any other request came in it. */
  hasOthers(): Promise<boolean>;
}

interface Turn {
  readonly present: Set<string>;
  readonly over: Promise<void>;
}

export class Crowds {
  #turn: Turn | undefined;

  /** Counts a request to the crowd of this turn: to be called at every event whose result Firefox waits for. */
  join(requestId: string): Crowd {
    const { present, over } = this.#current();
    present.add(requestId);
    return { hasOthers: () => over.then(() => present.size > 1) };
  }

  #current(): Turn {
    this.#turn ??= {
      present: new Set(),
      over: new Promise((resolve) =>
        setTimeout(() => {
          this.#turn = undefined;
          resolve();
        }),
      ),
    };
    return this.#turn;
  }
}
