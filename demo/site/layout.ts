/** The frame of every page of the paper: head, masthead, footer; and the price tag that stands beside each link. */
import { inDollars, requireGood } from "./goods.ts";
import { type Html, type HtmlValue, html } from "./html.ts";

export interface Page {
  readonly title: string;
  readonly body: HtmlValue;
  /** File name below /assets/ of the page's own script. */
  readonly script?: string;
  /** Front page: the masthead is large and is the page's heading. */
  readonly front?: boolean;
}

/** A price as it stands beside a link. */
export const priceTag = (atomic: bigint, unit = ""): Html =>
  html`<span class="price"><span class="unseen">costs </span>${inDollars(atomic)}${unit && ` ${unit}`}</span>`;

/** The tag of what is sold at a path. */
export const tagOf = (path: string): Html => priceTag(requireGood(path).price);

const NAVIGATION = [
  ["/", "Front page"],
  ["/wire", "The wire"],
  ["/film", "Film"],
  ["/archive", "Archive"],
  ["/puzzle", "Puzzle"],
] as const;

export function document(page: Omit<Page, "front">, bodyClass: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/paper.css">
<link rel="stylesheet" href="/assets/front.css">
<link rel="stylesheet" href="/assets/pages.css">
<link rel="stylesheet" href="/assets/ledger.css">
${page.script !== undefined && html`<script src="/assets/${page.script}" defer></script>`}
</head>
<body class="${bodyClass}">${page.body}</body>
</html>`.html;
}

/** A whole page of the paper as HTML text. */
export function layout(page: Page): string {
  const name = html`<a href="/">The Toll Times</a>`;
  const body = html`
<a class="skip" href="#main">Skip to the text</a>
<header class="masthead${page.front ? " large" : ""}">
  ${page.front ? html`<h1 class="name">${name}</h1>` : html`<p class="name">${name}</p>`}
  <p class="motto">Sold by the request since this morning</p>
  <nav aria-label="Sections"><ul>${NAVIGATION.map(([href, label]) => html`<li><a href="${href}">${label}</a></li>`)}</ul></nav>
</header>
<main id="main">${page.body}</main>
<footer>
  <p>The Toll Times is printed by the demo of Tollpass. Its money is test money, its news is made up, and its sums are correct.</p>
  <p><a href="/owner">Owner’s office</a></p>
</footer>`;
  const title = page.front ? "The Toll Times" : `${page.title} · The Toll Times`;
  return document({ title, body, ...(page.script === undefined ? {} : { script: page.script }) }, "paper");
}
