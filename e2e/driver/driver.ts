/**
 * One small surface over a real Chromium and a real Firefox with the extension in it, so that a spec is written once.
 * Nothing here knows Tollpass: it opens pages, clicks, reads and kills.
 */

export type Family = "chromium" | "firefox";

export interface LaunchOptions {
  readonly family: Family;
  /** A built extension (`.output/chrome-mv3`). It is copied, so that a later build does not change a running browser. */
  readonly extensionDir: string;
  /** Kept by the caller and reusable after `kill()` or `close()`; without it a fresh one is made and removed at `close()`. */
  readonly profileDir?: string | undefined;
  readonly headless?: boolean | undefined;
  /** Further command line switches of the browser. */
  readonly args?: readonly string[] | undefined;
  /** Further preferences (`about:config`) of Firefox. */
  readonly preferences?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** An element: a CSS selector, or what a person who hears the page would call it. */
export type Target = string | { readonly role: string; readonly name: string };

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

export interface DriverPage {
  /** Navigates and waits until the document has loaded. */
  goto(url: string): Promise<void>;
  /** Starts a navigation without waiting for anything. */
  startGoto(url: string): Promise<void>;
  url(): Promise<string>;
  /** Runs a function in the page's world; argument and result are JSON. A promise is awaited. */
  evaluate<T, A = undefined>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T>;
  click(target: Target): Promise<void>;
  /** Replaces the text of a field, as typed by a person. */
  fill(target: Target, text: string): Promise<void>;
  press(key: string): Promise<void>;
  /** Waits until the element is visible. */
  waitFor(target: Target, timeoutMs?: number): Promise<void>;
  /** Waits until the function returns something truthy, and returns that. Survives navigations while it waits. */
  until<T, A = undefined>(
    run: (argument: A) => T | Promise<T>,
    argument?: A,
    timeoutMs?: number,
  ): Promise<NonNullable<T>>;
  /** The visible text of an element, or of the whole document. */
  text(selector?: string): Promise<string>;
  /** A PNG; written to `path` if one is given. */
  screenshot(path?: string): Promise<Buffer>;
  setViewport(viewport: Viewport): Promise<void>;
  setColorScheme(scheme: "light" | "dark"): Promise<void>;
  bringToFront(): Promise<void>;
  close(): Promise<void>;
}

export interface Driver {
  readonly family: Family;
  /** `chrome-extension://<id>` or `moz-extension://<uuid>`, without a slash at its end. */
  readonly extensionOrigin: string;
  readonly profileDir: string;
  newPage(): Promise<DriverPage>;
  /** Opens a page of the extension in a tab, by its path ("/dashboard.html"). */
  extensionPage(path: string): Promise<DriverPage>;
  /** Waits for a page that the extension itself opens (the approval window). `matches` gets path and query. */
  waitForExtensionPage(matches: (path: string) => boolean, timeoutMs?: number): Promise<DriverPage>;
  /** Ends the extension's worker or event page, as the browser does when it is idle or short of memory. */
  killBackground(): Promise<void>;
  /**
   * Installs the extension anew under another version, as an update does that comes while it is busy: its pages close, its
   * background ends, its storage stays. Resolves when the background of the new version listens.
   */
  updateExtension(version: string): Promise<void>;
  /** Ends the browser without a word (SIGKILL), as a crash does. The profile stays. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export const DEFAULT_TIMEOUT_MS = 15_000;
