/** Keeps a click from hitting a question that has only just appeared: a window acts once it was looked at. */
import { useCallback, useEffect, useRef, useState } from "react";

/** How long a window must have been visible and focused before its buttons act. */
export const ARMING_MS = 500;

export interface Arming {
  /** For the look of the buttons. */
  readonly armed: boolean;
  readonly focused: boolean;
  /** For the moment of the click: asks the document itself and the clock, not the last rendering. */
  check(): boolean;
}

function attended(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

export function useArmed(): Arming {
  const since = useRef<number | undefined>(undefined);
  const [state, setState] = useState({ armed: false, focused: false });

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      if (!attended()) {
        clearTimeout(timer);
        since.current = undefined;
        setState({ armed: false, focused: false });
      } else if (since.current === undefined) {
        since.current = performance.now();
        setState({ armed: false, focused: true });
        timer = setTimeout(() => setState({ armed: true, focused: true }), ARMING_MS);
      }
    };
    look();
    window.addEventListener("focus", look);
    window.addEventListener("blur", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      since.current = undefined;
      window.removeEventListener("focus", look);
      window.removeEventListener("blur", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);

  const check = useCallback(
    () => attended() && since.current !== undefined && performance.now() - since.current >= ARMING_MS,
    [],
  );
  return { ...state, check };
}

/** False for as long after `value` has changed as a window needs to be armed: what moved must be read again. */
export function useSettled(value: unknown): boolean {
  const [settled, setSettled] = useState({ value, yes: true });
  useEffect(() => {
    setSettled((before) => (before.value === value ? before : { value, yes: false }));
    const timer = setTimeout(() => setSettled({ value, yes: true }), ARMING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled.value === value && settled.yes;
}
