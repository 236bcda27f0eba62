/** Remembers, on this machine only, that the recovery phrase has not been written down yet. Holds no part of it. */
import { useCallback, useSyncExternalStore } from "react";

const KEY = "phrase-not-written-down";
const CHANGED = "phrase-note-changed";

function subscribe(listener: () => void): () => void {
  window.addEventListener("storage", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("storage", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

export function setPhraseNote(unchecked: boolean): void {
  if (unchecked) localStorage.setItem(KEY, "yes");
  else localStorage.removeItem(KEY);
  window.dispatchEvent(new Event(CHANGED));
}

/** Whether the phrase still has to be written down, and how to change that. */
export function usePhraseNote(): [boolean, (unchecked: boolean) => void] {
  const unchecked = useSyncExternalStore(subscribe, () => localStorage.getItem(KEY) === "yes");
  return [unchecked, useCallback(setPhraseNote, [])];
}
