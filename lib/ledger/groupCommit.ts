/**
 * Group commit: writes that come together share one strict transaction, so that 200 parallel payments wait for a few
 * flushes of the disk and not for 200. Each still is all or nothing, sees what those before it wrote, and is answered
 * only when the disk has it.
 */

/** Most writes in one transaction: a bound on what a failing one makes the others repeat. */
const GROUP = 32;

interface Waiting {
  readonly body: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupPorts {
  /** One strict transaction around `body`; rejects if it was not committed. */
  readonly transaction: (body: () => Promise<void>) => Promise<void>;
  /** Counts the writes asked for so far: tells a refusal (nothing written) from a failure half-way. */
  readonly writes: () => number;
}

export class GroupCommit {
  readonly #ports: GroupPorts;
  readonly #queue: Waiting[] = [];
  #running = false;

  constructor(ports: GroupPorts) {
    this.#ports = ports;
  }

  /**
   * Runs `body` in a strict transaction, in the order of the calls. If a neighbour fails half-way the transaction is
   * lost and `body` runs again in one of its own: it must have no effects but its writes.
   */
  write<T>(body: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ body, resolve: resolve as (value: unknown) => void, reject });
      if (this.#running) return;
      this.#running = true;
      // Not before the turn is over: what is asked for in one turn shares a transaction.
      queueMicrotask(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, GROUP);
      if (group.length > 1 && (await this.#commit(group))) continue;
      for (const waiting of group) await this.#alone(waiting);
    }
    this.#running = false;
  }

  /** Commits a group and answers it. False: nothing of it was written. */
  async #commit(group: readonly Waiting[]): Promise<boolean> {
    const answers: (() => void)[] = [];
    try {
      await this.#ports.transaction(async () => {
        for (const { body, resolve, reject } of group) {
          const before = this.#ports.writes();
          try {
            const value = await body();
            answers.push(() => resolve(value));
          } catch (error) {
            if (this.#ports.writes() !== before) throw error;
            answers.push(() => reject(error));
          }
        }
      });
    } catch {
      return false;
    }
    for (const answer of answers) answer();
    return true;
  }

  async #alone({ body, resolve, reject }: Waiting): Promise<void> {
    let value: unknown;
    try {
      await this.#ports.transaction(async () => {
        value = await body();
      });
    } catch (error) {
      reject(error);
      return;
    }
    resolve(value);
  }
}
