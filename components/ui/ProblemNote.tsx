/** A problem in words, with the address to send money to where that would help. */
import type { Problem } from "#messages";
import { sayProblem } from "../words.ts";
import { Copyable, Notice } from "./show.tsx";

export function ProblemNote({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null;
  return (
    <Notice tone="warning" live>
      <p>{sayProblem(problem)}</p>
      {problem.address ? <Copyable name="your address" value={problem.address} /> : null}
    </Notice>
  );
}
