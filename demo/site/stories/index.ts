/** Every story of the paper, the lead first. */
import { COUNTING_HOUSE } from "./counting-house.ts";
import type { Story } from "./story.ts";
import { WATERFRONT } from "./waterfront.ts";

export * from "./story.ts";

export const STORIES: readonly Story[] = [...WATERFRONT, ...COUNTING_HOUSE];
