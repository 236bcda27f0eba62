/** The pages of the paper, each as HTML text. */
import { goodAt, inDollars, requireGood } from "./goods.ts";
import { type Html, html } from "./html.ts";
import { document, layout, priceTag, tagOf } from "./layout.ts";
import { type Picture, pathOf, STORIES, type Story } from "./stories/index.ts";

export const FILM = "/films/the-lift-bridge.webm";
export const WIRE = "/wire.json";
export const WEATHER = "/weather.json";
export const SEARCH = "/archive/search";
export const CROSSWORD = "/puzzle/crossword";

function teaser(story: Story, lead: boolean): Html {
  const path = pathOf(story);
  return html`<article class="${lead ? "lead" : "teaser"}">
  <p class="section">${story.section}</p>
  <h2><a href="${path}">${requireGood(path).description}</a> ${tagOf(path)}</h2>
  <p class="standfirst">${story.standfirst}</p>
  <p class="byline">By ${story.byline}${
    story.pictures.length > 0 &&
    html` · ${story.pictures.length === 1 ? "1 picture" : `${story.pictures.length} pictures`}`
  }</p>
</article>`;
}

/** @param partnerUrl where the partner desk has its own server */
export function frontPage(partnerUrl: string): string {
  const [lead, ...others] = STORIES;
  return layout({
    title: "The Toll Times",
    front: true,
    script: "weather.js",
    body: html`
<div class="front">
  <div class="news">
    ${lead && teaser(lead, true)}
    <div class="columns">${others.map((story) => teaser(story, false))}</div>
  </div>
  <aside aria-label="Small things">
    <section class="box"><h2>The wire <small>live</small></h2>
      <p>News in one line at a time, while it is still warm.</p>
      <p><a href="/wire">Run the wire</a> ${priceTag(requireGood(WIRE).price, "a line")}</p></section>
    <section class="box" id="weather"><h2>Weather at the mole</h2>
      <p aria-live="polite" data-weather>The harbour master looks out of the window for you, if you ask.</p>
      <p><button type="button" data-ask="${WEATHER}">Ask him</button> ${tagOf(WEATHER)}</p></section>
    <section class="box"><h2>At the pictures</h2>
      <p>Five seconds of a bridge doing what it does.</p>
      <p><a href="/film">See the film</a> ${tagOf(FILM)}</p></section>
    <section class="box"><h2>Archive</h2>
      <p>Two centuries of headlines. What is not found is not charged.</p>
      <p><a href="/archive">Search it</a> ${priceTag(requireGood(SEARCH).perHit ?? requireGood(SEARCH).price, "a find")}</p></section>
    <section class="box"><h2>Puzzle</h2>
      <p>Five across, one down, no black squares.</p>
      <p><a href="/puzzle">Sharpen a pencil</a> ${tagOf(CROSSWORD)}</p></section>
    <section class="box"><h2>Partner desk</h2>
      <p>Tide tables, from another house with a till of its own.</p>
      <p><a href="${partnerUrl}" rel="external">Go next door</a></p></section>
  </aside>
</div>`,
  });
}

function figure(picture: Picture): Html {
  const src = `/pictures/${picture.file}`;
  return html`<figure>
  <img src="${src}" alt="${picture.alt}" width="${picture.width}" height="${picture.height}">
  <figcaption>${picture.caption} ${tagOf(src)}</figcaption>
</figure>`;
}

export function storyPage(story: Story): string {
  const path = pathOf(story);
  const [first, ...rest] = story.pictures;
  const at = STORIES.indexOf(story);
  const next = STORIES[(at + 1) % STORIES.length];
  const middle = Math.ceil(story.paragraphs.length / 2);
  const { description } = requireGood(path);
  return layout({
    title: description,
    body: html`
<article class="story">
  <header><p class="section">${story.section}</p>
  <h1>${description}</h1>
  <p class="standfirst">${story.standfirst}</p>
  <p class="byline">By ${story.byline} · you paid ${tagOf(path)}</p></header>
  ${first && figure(first)}
  <div class="text">
  ${story.paragraphs.map((text, index) => html`<p>${text}</p>${index === middle - 1 && rest.map(figure)}`)}
  </div>
  ${next && html`<p class="next">Read on: <a href="${pathOf(next)}">${requireGood(pathOf(next)).description}</a> ${tagOf(pathOf(next))}</p>`}
</article>`,
  });
}

export function wirePage(): string {
  return layout({
    title: "The wire",
    script: "wire.js",
    body: html`
<section class="narrow"><h1>The wire</h1>
<p class="standfirst">One line every few seconds, ${tagOf(WIRE)} each. It stops by itself after five, so that a forgotten tab costs you a coffee bean and not the coffee.</p>
<ol class="wire" data-feed="${WIRE}" aria-live="polite" aria-label="Lines of the wire"></ol>
<p><button type="button" data-more hidden>Five more</button> <span data-state>Listening …</span></p></section>`,
  });
}

export function filmPage(): string {
  return layout({
    title: "Film",
    body: html`
<section class="narrow"><h1>The lift bridge opens</h1>
<p class="standfirst">A film in one act. The bridge, a car that has to wait, a boat that has not. ${tagOf(FILM)}</p>
<video src="${FILM}" width="640" height="360" controls autoplay muted playsinline aria-label="A bridge opens, a sailing boat passes, the bridge closes"></video>
<p class="byline">Silent, as the bridge is well oiled.</p></section>`,
  });
}

export function archivePage(): string {
  const good = requireGood(SEARCH);
  return layout({
    title: "Archive",
    script: "archive.js",
    body: html`
<section class="narrow"><h1>The archive</h1>
<p class="standfirst">You are shown the most that a search can cost, ${priceTag(good.price)}, and pay for what it finds: ${priceTag(good.perHit ?? good.price, "a headline")}.</p>
<form action="${SEARCH}" class="search" role="search" data-search>
  <label for="q">Find headlines with</label>
  <input id="q" name="q" type="search" value="bridge" required maxlength="60">
  <button type="submit">Search</button>
</form>
<p data-outcome aria-live="polite"></p>
<ol class="finds" data-finds></ol></section>`,
  });
}

export function puzzlePage(): string {
  return layout({
    title: "Puzzle",
    body: html`
<section class="narrow"><h1>The very small crossword</h1>
<p class="standfirst">It is set in a frame of its own, and so is its price: ${tagOf(CROSSWORD)}.</p>
<iframe src="${CROSSWORD}" title="The crossword"></iframe></section>`,
  });
}

const CLUES = [
  ["TIDE", "It waits for no one and is paid by no one"],
  ["OARS", "Two-stroke engine"],
  ["LAMP", "What a harbour sells, by the hour"],
  ["LOCK", "Stairs for boats"],
  ["SHIP", "Complains about nine lamps"],
] as const;

export function crosswordPage(): string {
  return document(
    {
      title: "Crossword",
      script: "crossword.js",
      body: html`
<form class="crossword" data-crossword>
  <table><caption class="unseen">Five words across; the first column reads down</caption><tbody>
  ${CLUES.map(
    ([word], row) =>
      html`<tr>${[...word].map(
        (letter, column) =>
          html`<td><input maxlength="1" autocomplete="off" autocapitalize="characters" data-letter="${letter}" aria-label="Row ${row + 1}, letter ${column + 1}"></td>`,
      )}</tr>`,
  )}
  </tbody></table>
  <div><h2>Across</h2><ol>${CLUES.map(([, clue]) => html`<li>${clue}</li>`)}</ol>
  <h2>Down</h2><ol><li>You have just paid one of these</li></ol>
  <p><button type="submit">Check</button> <span data-verdict aria-live="polite"></span></p></div>
</form>`,
    },
    "inset",
  );
}

/** What a visitor sees who has not paid: the browser has no wallet, or its owner said no. */
export function turnstilePage(path: string): string {
  const good = goodAt(path);
  const story = STORIES.find((candidate) => pathOf(candidate) === path);
  return layout({
    title: good?.description ?? "Payment required",
    body: html`
<article class="story turnstile">
  <header><p class="section">${story?.section ?? "At the gate"}</p>
  <h1>${good?.description ?? "This page has a price"}</h1>
  ${story && html`<p class="standfirst">${story.standfirst}</p>`}</header>
  <div class="gate" role="note">
    <p class="amount">${good ? inDollars(good.price) : "—"}</p>
    <p>The rest costs ${good ? inDollars(good.price) : "a little"}, once, for this request. No account, no subscription, no e-mail address.</p>
    <p>If Tollpass is in your browser, it is about to ask you; press its button in the toolbar if you have waved it away. If it is not, nothing was paid and nothing can be: install Tollpass, then reload this page.</p>
    <p><a href="/">Back to the front page, which is free</a></p>
  </div>
</article>`,
  });
}

export function missingPage(): string {
  return layout({
    title: "Not in this edition",
    body: html`<section class="narrow"><h1>Not in this edition</h1>
<p class="standfirst">There is no such page, and we do not charge for it. <a href="/">Back to the front page</a>.</p></section>`,
  });
}
