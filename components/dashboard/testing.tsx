/** The dashboard on a fresh page, for its tests. */
import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import type { Answers } from "#e2e/gallery/fixtureBackground.ts";
import { show } from "../testing.tsx";
import { Dashboard } from "./Dashboard.tsx";

/** To be called once in a file: every test of it begins with nothing remembered. */
export function freshPages(): void {
  beforeEach(() => {
    vi.restoreAllMocks();
    localStorage.clear();
    location.hash = "";
  });
  afterEach(cleanup);
}

export function open(hash: string, answers: Answers = {}) {
  location.hash = hash;
  return show(<Dashboard />, answers);
}
