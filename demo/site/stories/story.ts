/** What a story is made of. Its headline and price stand in the price list, under its path. */

export interface Picture {
  /** File name below /pictures/. */
  readonly file: string;
  readonly alt: string;
  readonly caption: string;
  readonly width: number;
  readonly height: number;
}

export interface Story {
  readonly slug: string;
  readonly section: string;
  readonly byline: string;
  /** The free part: shown on the front page and on top of the story. */
  readonly standfirst: string;
  /** The paid part. */
  readonly paragraphs: readonly string[];
  readonly pictures: readonly Picture[];
}

export const pathOf = (story: Story): string => `/stories/${story.slug}`;
