/** The approval windows: one per question, found again after a restart of the background. */
import { type Browser, browser } from "wxt/browser";

const PAGE = "/approve.html";
const SIZE = { width: 400, height: 640 } as const;

/** Opens, focuses and closes the window of a question, one step after the other. */
export class ApprovalWindows {
  #closed: (questionId: string) => void = () => {};
  /** Windows that were closed by us: their end is no answer of the person. */
  readonly #ending = new Set<number>();
  readonly #questionOf = new Map<number, string>();
  #last: Promise<void> = Promise.resolve();

  constructor() {
    browser.tabs.onRemoved.addListener((tabId) => {
      const questionId = this.#questionOf.get(tabId);
      this.#questionOf.delete(tabId);
      if (questionId !== undefined && !this.#ending.delete(tabId)) this.#closed(questionId);
    });
  }

  /** Called with the id of a question whose window the person closed. */
  onClosed(listener: (questionId: string) => void): void {
    this.#closed = listener;
  }

  show(questionId: string): void {
    this.#next(async () => {
      const open = await this.#find(questionId);
      if (open?.id !== undefined) {
        this.#questionOf.set(open.id, questionId);
        if (open.windowId !== undefined) await browser.windows.update(open.windowId, { focused: true });
        return;
      }
      const url = browser.runtime.getURL(`${PAGE}?id=${questionId}`);
      const created = await browser.windows.create({ type: "popup", url, ...SIZE });
      const tab = created?.tabs?.[0] ?? (await this.#find(questionId));
      if (tab?.id !== undefined) this.#questionOf.set(tab.id, questionId);
    });
  }

  hide(questionId: string): void {
    this.#next(async () => {
      const open = await this.#find(questionId);
      if (open?.id === undefined || open.windowId === undefined) return;
      this.#ending.add(open.id);
      await browser.windows.remove(open.windowId);
    });
  }

  async #find(questionId: string): Promise<Browser.tabs.Tab | undefined> {
    const url = browser.runtime.getURL(`${PAGE}?id=${questionId}`);
    const tabs = await browser.tabs.query({});
    return tabs.find((tab) => (tab.url ?? tab.pendingUrl) === url);
  }

  #next(step: () => Promise<void>): void {
    this.#last = this.#last.then(step).catch((error) => console.error("An approval window could not be moved", error));
  }
}
