/** Escaping, whatever is put into a page. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { html } from "./html.ts";

test("no text becomes markup", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(html`<p title="${text}">${text}</p>`.html.replace(/^<p title="|">|<\/p>$/g, "")).not.toMatch(/[<>"']/);
    }),
  );
});

test("html within html stays html, and nothing is left of false and undefined", () => {
  expect(html`<ul>${[1, "a&b"].map((item) => html`<li>${item}</li>`)}${false}${undefined}</ul>`.html).toBe(
    "<ul><li>1</li><li>a&amp;b</li></ul>",
  );
});
