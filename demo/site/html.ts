/** HTML by tagged template: every value is escaped unless it is HTML already. */

export interface Html {
  readonly html: string;
}

export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "string" || typeof value === "number") {
    return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
  }
  return "html" in value ? value.html : value.map(render).join("");
}

/** A piece of HTML. Text, numbers and lists may be put in; `false` and `undefined` leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { html: String.raw({ raw: strings }, ...values.map(render)) };
}
