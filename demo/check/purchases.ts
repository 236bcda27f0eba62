/** The shopping list of the check: everything that is bought, by looking at it, and what the price list says it costs. */
import { PARTNER_PRICES } from "#demo/prices.ts";
import { requireGood, searchCost } from "#demo/site/goods.ts";
import { CROSSWORD, FILM, SEARCH, WEATHER, WIRE } from "#demo/site/pages.ts";
import { TIDES } from "#demo/site/partner.ts";
import { pathOf, STORIES, type Story } from "#demo/site/stories/index.ts";
import type { DriverPage } from "#e2e/driver/driver.ts";

/** Longer than an approval, a deposit and a page need together. */
const PATIENCE = 60_000;

/** What something should have cost, in atomic units, and in how many requests. */
export interface Bought {
  readonly cost: bigint;
  readonly requests: number;
}

export interface Purchase {
  readonly name: string;
  /** Looks at it until it is there. */
  buy(page: DriverPage): Promise<Bought>;
}

const once = (path: string): Bought => ({ cost: requireGood(path).price, requests: 1 });

async function storyIsThere(page: DriverPage, story: Story): Promise<Bought> {
  await page.until(
    ({ path, pictures }) => {
      const images = [...document.querySelectorAll<HTMLImageElement>("figure img")];
      return (
        location.pathname === path &&
        document.querySelector(".text p") !== null &&
        images.length === pictures &&
        images.every((image) => image.complete && image.naturalWidth > 0)
      );
    },
    { path: pathOf(story), pictures: story.pictures.length },
    PATIENCE,
  );
  const pictures = story.pictures.map(({ file }) => requireGood(`/pictures/${file}`).price);
  return {
    cost: pictures.reduce((sum, price) => sum + price, requireGood(pathOf(story)).price),
    requests: 1 + pictures.length,
  };
}

/** Follows the link to it on the front page, as a reader does. */
function story(told: Story, url: string): Purchase {
  return {
    name: `story “${requireGood(pathOf(told)).description}”`,
    async buy(page) {
      await page.goto(`${url}/`);
      await page.click(`a[href="${pathOf(told)}"]`);
      return storyIsThere(page, told);
    },
  };
}

function search(url: string, words: string): Purchase {
  return {
    name: `search of the archive for “${words}”`,
    async buy(page) {
      await page.goto(`${url}/archive`);
      await page.fill("#q", words);
      await page.click("form button");
      const { hits } = await page.until(
        () =>
          /for .|Nothing found/.test(document.querySelector("[data-outcome]")?.textContent ?? "")
            ? { hits: document.querySelectorAll("[data-finds] li").length }
            : undefined,
        undefined,
        PATIENCE,
      );
      return { cost: searchCost(requireGood(SEARCH), hits), requests: 1 };
    },
  };
}

/** What is bought of the newspaper; the first is the one that opens the channel. */
export function newspaperPurchases(url: string): readonly Purchase[] {
  return [
    ...STORIES.map((told) => story(told, url)),
    {
      name: "film",
      async buy(page) {
        await page.goto(`${url}/film`);
        await page.until(() => (document.querySelector("video")?.readyState ?? 0) >= 2, undefined, PATIENCE);
        return once(FILM);
      },
    },
    {
      name: "wire, by fetch",
      async buy(page) {
        await page.goto(`${url}/wire`);
        const { lines } = await page.until(
          () => {
            const more = document.querySelector<HTMLButtonElement>("[data-more]");
            return more?.hidden === false ? { lines: document.querySelectorAll("[data-feed] li").length } : undefined;
          },
          undefined,
          PATIENCE,
        );
        if (lines === 0) throw new Error("the wire brought no line");
        return { cost: requireGood(WIRE).price * BigInt(lines), requests: lines };
      },
    },
    {
      name: "weather, by XMLHttpRequest",
      async buy(page) {
        await page.goto(`${url}/`);
        await page.click("[data-ask]");
        await page.until(
          () => /Wind/.test(document.querySelector("[data-weather]")?.textContent ?? ""),
          undefined,
          PATIENCE,
        );
        return once(WEATHER);
      },
    },
    search(url, "bridge"),
    search(url, "submarine"),
    {
      name: "crossword, in a frame",
      async buy(page) {
        await page.goto(`${url}/puzzle`);
        await page.until(
          () => Boolean(document.querySelector("iframe")?.contentDocument?.querySelector("[data-crossword] input")),
          undefined,
          PATIENCE,
        );
        return once(CROSSWORD);
      },
    },
  ];
}

/** What is bought of the partner desk, in one payment of the `exact` scheme. */
export function partnerPurchase(url: string): Purchase {
  return {
    name: "tide tables, by the exact scheme",
    async buy(page) {
      await page.goto(`${url}/`);
      await page.click(`a[href="${TIDES}"]`);
      await page.until(() => document.querySelectorAll("tbody tr").length === 7, undefined, PATIENCE);
      return { cost: requireGood(TIDES, PARTNER_PRICES).price, requests: 1 };
    },
  };
}
