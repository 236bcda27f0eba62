/**
 * Holds a document that was answered with a 402: hides it before it is painted, and reloads it when the payment is
 * armed. A reload repeats a form's POST with the very same body and leaves the history as it is.
 */
import type { ReplayPort } from "./replayPort.ts";

/** To be called at document_start in the isolated world. Does nothing in a document that is no 402. */
export function holdDocument(background: ReplayPort): void {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (navigation?.responseStatus !== 402) return;
  // A document that is only rendered in advance is nobody's wish yet.
  if (isPrerendering()) document.addEventListener("prerenderingchange", () => void hold(background), { once: true });
  else void hold(background);
}

async function hold(background: ReplayPort): Promise<void> {
  const show = hide();
  const { ruling } = await background.ask({ kind: "document", url: location.href, certain: true });
  if (ruling === "leave") show();
  else location.reload();
}

/** Hides the whole document, elements that insist on being visible included; returns what shows it again. */
function hide(): () => void {
  const root = document.documentElement;
  const before = root.getAttribute("style");
  root.style.setProperty("display", "none", "important");
  return () => {
    root.style.removeProperty("display");
    if (before === null && root.getAttribute("style") === "") root.removeAttribute("style");
  };
}

function isPrerendering(): boolean {
  return (document as Document & { readonly prerendering?: boolean }).prerendering === true;
}
