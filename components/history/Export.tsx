/** Saves every payment with its receipt as a file. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Problem } from "#messages";
import { useLine } from "../background/index.ts";
import { Bar, Button, ProblemNote } from "../ui/index.ts";
import { receiptsFile } from "./receiptsFile.ts";
import { saveFile } from "./saveFile.ts";

/** For one page, in milliseconds. */
const PATIENCE = 30_000;

export interface Export {
  readonly button: ReactNode;
  /** How far it is, or why there is no file; goes on a line of its own. */
  readonly state: ReactNode;
}

export function useExport(): Export {
  const { background } = useLine();
  const [progress, setProgress] = useState<{ readonly done: number; readonly all: number }>();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const leaving = useRef<AbortController>(undefined);
  useEffect(() => () => leaving.current?.abort(), []);

  const save = async () => {
    const left = new AbortController();
    leaving.current = left;
    const { signal } = left;
    setPending(true);
    setProblem(undefined);
    try {
      const parts = await receiptsFile({
        ask: (request) => background.ask("history.export", request, { timeout: PATIENCE }),
        now: Date.now(),
        signal,
        told: (done, all) => setProgress({ done, all }),
      });
      saveFile("tollpass-receipts.json", parts, "application/json");
    } catch {
      if (!signal.aborted) setProblem({ problem: "export_unfinished" });
    }
    if (signal.aborted) return;
    setPending(false);
    setProgress(undefined);
  };

  const text = progress && `${progress.done.toLocaleString("en")} of ${progress.all.toLocaleString("en")} payments`;
  return {
    button: (
      <Button small isPending={pending} onPress={save}>
        Export receipts
      </Button>
    ),
    state:
      progress && text ? (
        <div className="stack">
          <span className="soft">{text}</span>
          <Bar label="Export" text={text} share={progress.done / progress.all} />
        </div>
      ) : (
        <ProblemNote problem={problem} />
      ),
  };
}
