/** The session rule that puts a payment into exactly one kind of request: how its conditions are written. Pure. */

const METHODS = new Set(["connect", "delete", "get", "head", "options", "patch", "post", "put"]);

export interface RuleTarget {
  /** As webRequest shows it, fragment included: rules are matched against the same text. */
  readonly url: string;
  readonly tabId: number;
  readonly type: string;
  readonly method: string;
}

/** Escapes a text for RE2, the language of `regexFilter`. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/**
 * The condition that matches this URL and no other. `urlFilter` knows the special characters `*`, `^` and `|` and has no
 * way to escape them, so a URL with one of these needs a regular expression (which Chromium refuses above 2 KB compiled).
 */
export function exactUrl(url: string): { urlFilter: string } | { regexFilter: string } {
  return /[*^|]/.test(url) ? { regexFilter: `^${escapeRegex(url)}$` } : { urlFilter: `|${url}|` };
}

/**
 * What a rule knows a method as: by its name in lower case, or as one of the others. Requests whose methods are alike to
 * a rule are alike to everything that decides which of them a payment has left with.
 */
export function ruleMethod(method: string): string {
  const lower = method.toLowerCase();
  return METHODS.has(lower) ? lower : "other";
}

/**
 * A rule of `declarativeNetRequest` that sets the headers on requests to that URL, in that tab, of that type and method.
 * The method keeps the payment out of the CORS preflight.
 */
export function sessionRule(id: number, target: RuleTarget, headers: Readonly<Record<string, string>>) {
  return {
    id,
    priority: 100,
    action: {
      type: "modifyHeaders" as const,
      requestHeaders: Object.entries(headers).map(([header, value]) => ({
        header: header.toLowerCase(),
        operation: "set" as const,
        value,
      })),
    },
    condition: {
      ...exactUrl(target.url),
      isUrlFilterCaseSensitive: true,
      tabIds: [target.tabId],
      resourceTypes: [target.type],
      requestMethods: [ruleMethod(target.method)],
    },
  };
}
