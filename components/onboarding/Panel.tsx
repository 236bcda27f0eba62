/** One of the first steps: a card with its name and its number. */
import type { ReactNode } from "react";

export function Panel({ title, step, children }: { title: string; step?: string; children: ReactNode }) {
  return (
    <section className="card stack" aria-label={title}>
      <div className="row">
        <h2 className="grow">{title}</h2>
        {step ? <span className="soft small">Step {step}</span> : null}
      </div>
      {children}
    </section>
  );
}
