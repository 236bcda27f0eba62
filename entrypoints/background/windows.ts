/** The approval windows: one per question, found again after a restart of the background. */
import { type Browser, browser } from "wxt/browser";

const PAGE = "/approve.html";
const SIZE = { width: 400, height: 640 } as const;

const urlOf = (questionId: string): string => browser.runtime.getURL(`${PAGE}?id=${questionId}`);

/** Opens, focuses and closes the window of a question, one step after the other. */
export class ApprovalWindows {
  #closed: (questionId: string) => void = () => {};
  /** Tabs that we are closing: they are there for a while yet, show nothing any more, and their end is no answer. */
  readonly #ending = new Set<number>();
  readonly #questionOf = new Map<number, string>();
  #last: Promise<void> = Promise.resolve();

  constructor() {
    browser.tabs.onRemoved.addListener((tabId) => {
      const questionId = this.#questionOf.get(tabId);
      this.#questionOf.delete(tabId);
      if (!this.#ending.delete(tabId) && questionId !== undefined) this.#closed(questionId);
    });
  }

  /** Called with the id of a question whose window the person closed. */
  onClosed(listener: (questionId: string) => void): void {
    this.#closed = listener;
  }

  show(questionId: string): void {
    this.#next(async () => {
      const open = (await this.#tabsOf(questionId)).find(({ id }) => id !== undefined && !this.#ending.has(id));
      if (open?.id !== undefined) {
        this.#questionOf.set(open.id, questionId);
        if (open.windowId !== undefined) await browser.windows.update(open.windowId, { focused: true });
        return;
      }
      const created = await browser.windows.create({ type: "popup", url: urlOf(questionId), ...SIZE });
      const id = created?.tabs?.[0]?.id;
      if (id !== undefined) this.#questionOf.set(id, questionId);
    });
  }

  hide(questionId: string): void {
    // At once: a window that heard its answer also closes itself, and the question may come back before it has.
    for (const [tabId, shown] of this.#questionOf) if (shown === questionId) this.#ending.add(tabId);
    this.#next(async () => {
      for (const { id, windowId } of await this.#tabsOf(questionId)) {
        if (id === undefined || windowId === undefined) continue;
        this.#ending.add(id);
        // It may have closed itself meanwhile.
        await browser.windows.remove(windowId).catch(() => undefined);
      }
    });
  }

  async #tabsOf(questionId: string): Promise<Browser.tabs.Tab[]> {
    const url = urlOf(questionId);
    return (await browser.tabs.query({})).filter((tab) => (tab.url ?? tab.pendingUrl) === url);
  }

  #next(step: () => Promise<void>): void {
    this.#last = this.#last.then(step).catch((error) => console.error("An approval window could not be moved", error));
  }
}
