/** Stories of harbours, bridges and the people who stand at their gates. */
import type { Story } from "./story.ts";

export const WATERFRONT: readonly Story[] = [
  {
    slug: "the-harbour-at-night",
    section: "Waterfront",
    byline: "Ines Farrow",
    standfirst:
      "After eleven the cranes stop, the gulls hold their meeting, and the port earns the other half of its living: one small light at a time.",
    paragraphs: [
      "By day the port of Lower Quill is loud enough to have an opinion about. By night it is a ledger. Every lamp along the mole belongs to somebody, and every somebody is charged for it by the hour, as they have been since 1784, when the town discovered that ships would rather pay a little than find the rocks for nothing.",
      "“People think that a harbour sells berths,” says Odile Marsh, who keeps the night book. “A harbour sells not hitting things.” She enters each arrival in pencil, because ink, she says, makes captains argue. A coaster under two hundred tonnes pays for three lamps. A liner pays for eleven and complains about nine.",
      "The sums are small and there are very many of them, which turns out to be the best kind of sum. In a good month the lamps bring in more than the cranes, though nobody has ever painted a picture of an invoice. The trick, says Marsh, is never to send a bill for one lamp. “You write it down. You write the next one down under it. When the page is full, one of us walks over and they pay the page.”",
      "Towards three, the fog comes in and the book fills up quickly. At five the first crane coughs. Marsh turns the page, adds it up twice, and finds, as she has found on every night of nineteen years but one, that both sums agree. The exception, she will have you know, was the fog’s fault.",
    ],
    pictures: [
      {
        file: "harbour-at-night.jpg",
        alt: "A mole with a lighthouse under a large moon; its lamps are doubled in black water.",
        caption: "Eleven lamps: a liner is in.",
        width: 960,
        height: 540,
      },
      {
        file: "night-book.webp",
        alt: "An open ledger with rows of short pencil strokes beside a candle.",
        caption: "The night book. One stroke is one lamp, one hour.",
        width: 720,
        height: 480,
      },
    ],
  },
  {
    slug: "the-last-tollkeeper",
    section: "Bridges",
    byline: "Tomas Wick",
    standfirst:
      "For forty-one years Agnes Holm raised the bar at Quill Bridge by hand. On Friday the bar went up by itself, and stayed there.",
    paragraphs: [
      "The hut is two metres by three and has a better view than any flat in town. Agnes Holm has looked at it since she was twenty-two: to the left the river, to the right everyone who has ever wanted to be on the other side of it.",
      "She knew them by their coins. The baker paid in warm ones. The doctor, always late, threw his through the window and by the eighties hardly ever missed. A certain councillor searched his pockets with great ceremony every morning for eleven years until Holm, without a word, began keeping a small box marked with his name, and paid herself back at Christmas.",
      "“It was never the penny,” she says. “It was the stopping.” Four thousand cars a day, ten seconds each: she has worked out that she made the town wait for some four hundred and eighty years in all, and would like it known that she is sorry, and that the view was included.",
      "The new gate has no hut. It recognises those who are allowed through, writes down what they owe, and says nothing. Holm crossed it on Saturday on foot, which is free, stopped in the middle out of habit, and waited ten seconds for old times’ sake.",
    ],
    pictures: [
      {
        file: "quill-bridge.png",
        alt: "A stone bridge of three arches with a tiny toll hut and a raised striped bar.",
        caption: "Quill Bridge: the bar is up, the hut is for sale.",
        width: 960,
        height: 540,
      },
    ],
  },
  {
    slug: "under-the-bridge",
    section: "The interview",
    byline: "Ines Farrow",
    standfirst:
      "He has been called a monster, a racketeer and a folk tale. He prefers “legacy payment provider”. A conversation over goat’s cheese.",
    paragraphs: [
      "He asks to be called Grum and to be photographed from the left. The bridge drips. There is a second chair, which he says is for customers; it has teeth marks.",
      "Was it ever about the goats? “It was about uptime,” says Grum. “You had a bridge. It was there every morning. Who do you think was under it with a shoulder to the keystone? We were infrastructure. Nobody writes a fairy tale about infrastructure.”",
      "He admits that the pricing was unclear. “A sign would have helped. We had one tariff, ‘or else’, and no way to pay part of it. The first goat offers nothing and promises a bigger goat. The second goat offers nothing and promises a bigger goat. You see what I was building? A receivable. Then it came due and threw me in the river.”",
      "What would he do differently? He has thought about it for six hundred years. “Small amounts. Say the price first. Take it only if they actually get across, and give it back by yourself if they do not. And never,” he says, looking into the water, “extend credit to livestock.”",
      "On the way out I cross his bridge. There is a sign now. It says one tenth of a cent. I pay; it is a good bridge.",
    ],
    pictures: [
      {
        file: "under-the-bridge.webp",
        alt: "A dark arch under a bridge with two yellow eyes and three goats walking across above.",
        caption: "Grum, from the left.",
        width: 720,
        height: 480,
      },
    ],
  },
  {
    slug: "free-as-in-ferry",
    section: "Waterfront",
    byline: "Pell Amsel",
    standfirst:
      "The Upper Quill ferry stopped charging in spring. By autumn it had stopped running. The council is puzzled; the ferry is not.",
    paragraphs: [
      "It seemed so simple. The fare was eight cents, the ticket office cost nine, and everybody likes a free thing. So the ticket office was closed, the fare abolished, and a brass band played.",
      "In June the ferry carried twice as many people, most of them back and forth, for the breeze. In July it carried advertising. In August the advertising asked whether the ferry could go more slowly, so as to be looked at for longer. In September passengers were invited to accept a forty-page agreement at the ramp, and in October somebody asked who was going to pay for the rope.",
      "“We had it the wrong way round,” says ferryman Jory Pym, sitting on his boat, in a field. “The eight cents was never too much. The ticket office was.” He would like a way to charge eight cents that costs nothing. He has heard that they are working on it downstream.",
    ],
    pictures: [
      {
        file: "ferry-in-a-field.png",
        alt: "A small ferry standing in a wheat field, with a rope tied to a tree.",
        caption: "The Upper Quill ferry, at its winter moorings.",
        width: 720,
        height: 480,
      },
    ],
  },
];
