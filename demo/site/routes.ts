/** The paper's routes: what anyone may read, and what stands behind the paywall. */
import { fileURLToPath } from "node:url";
import express, { Router } from "express";
import { search, weather, wireLine } from "./ephemera.ts";
import { inDollars, requireGood, searchCost } from "./goods.ts";
import * as page from "./pages.ts";
import { pathOf, STORIES } from "./stories/index.ts";

const here = (folder: string): string => fileURLToPath(new URL(folder, import.meta.url));

export const ASSETS = here("assets");

/** @param partnerUrl where the partner desk has its own server */
export function freePages(partnerUrl: string): Router {
  const router = Router();
  router.use("/assets", express.static(ASSETS));
  router.get("/", (_request, response) => {
    response.send(page.frontPage(partnerUrl));
  });
  router.get("/wire", (_request, response) => {
    response.send(page.wirePage());
  });
  router.get("/film", (_request, response) => {
    response.send(page.filmPage());
  });
  router.get("/archive", (_request, response) => {
    response.send(page.archivePage());
  });
  router.get("/puzzle", (_request, response) => {
    response.send(page.puzzlePage());
  });
  return router;
}

/** One whole file for one price: no ranges, each of which would be a request and cost its own. */
const wholeFiles = express.static(here("media"), { acceptRanges: false, index: false, redirect: false });

/** What a request gets once it is paid. Goes after the payment middleware. */
export function paidGoods(): Router {
  const router = Router();
  for (const story of STORIES) {
    router.get(pathOf(story), (_request, response) => {
      response.send(page.storyPage(story));
    });
  }
  router.use(["/pictures", "/films"], wholeFiles);
  let lines = 0;
  router.get(page.WIRE, (_request, response) => {
    lines += 1;
    response.json(wireLine(lines));
  });
  router.get(page.WEATHER, (_request, response) => {
    response.json(weather(Math.floor(Date.now() / 60_000)));
  });
  router.get(page.SEARCH, (request, response) => {
    const hits = search(String(request.query.q ?? ""));
    const cost = searchCost(requireGood(page.SEARCH), hits.length);
    request.payment?.charge(cost);
    response.json({ hits, cost: inDollars(cost) });
  });
  router.get(page.CROSSWORD, (_request, response) => {
    response.send(page.crosswordPage());
  });
  router.use((_request, response) => {
    response.status(404).send(page.missingPage());
  });
  return router;
}
