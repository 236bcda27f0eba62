/** An amount on the screen. When it changes it counts to the new value, unless the person wants no motion. */

import { useEffect, useRef, useState } from "react";
import type { Money } from "#messages";
import { say, sayToken, withAtomic } from "./money.ts";

const COUNT_MS = 180;

/** The coarsest step (a power of ten) that reaches `to` from `from`, so that no digits flicker that neither has. */
export function stepBetween(from: bigint, to: bigint): bigint {
  let step = 1n;
  while (from % (step * 10n) === 0n && to % (step * 10n) === 0n && step * 10n <= (to > from ? to - from : from - to)) {
    step *= 10n;
  }
  return step;
}

/** The value shown after a share (0 to 1) of the way, on a whole step; exactly `to` at the end. */
export function between(from: bigint, to: bigint, share: number): bigint {
  if (share >= 1) return to;
  const step = stepBetween(from, to);
  const way = ((to - from) / step) * BigInt(Math.floor(Math.max(0, share) * 1_000));
  return from + (way / 1_000n) * step;
}

function wantsStillness(): boolean {
  return typeof matchMedia !== "function" || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** `token` shows the token's own amount instead of dollars. */
export function Amount(props: { money: Money; token?: boolean }) {
  // Another token starts afresh: no frame may show the digits of one with the decimals of the other.
  return <Counting key={`${props.money.symbol} ${props.money.decimals}`} {...props} />;
}

function Counting({ money, token = false }: { money: Money; token?: boolean }) {
  const target = BigInt(money.atomic);
  const [shown, setShown] = useState(target);
  const from = useRef(target);

  useEffect(() => {
    const start = from.current;
    from.current = target;
    if (start === target) return;
    if (wantsStillness()) return setShown(target);
    const began = performance.now();
    let frame = requestAnimationFrame(function count(now) {
      const share = (now - began) / COUNT_MS;
      setShown(between(start, target, share));
      if (share < 1) frame = requestAnimationFrame(count);
    });
    return () => {
      cancelAnimationFrame(frame);
      setShown(target);
    };
  }, [target]);

  const now = withAtomic(money, shown);
  return (
    <span className="amount" title={sayToken(money)}>
      {token ? sayToken(now) : say(now)}
    </span>
  );
}
