/** One thing after the other: what reads and then writes the vault's storage must not be interleaved. */

export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue that runs each piece of work after the one before has ended, whether well or badly. Not reentrant. */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}
