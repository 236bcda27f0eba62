/** Stories of money in small coins. */
import type { Story } from "./story.ts";

export const COUNTING_HOUSE: readonly Story[] = [
  {
    slug: "what-a-cent-weighs",
    section: "Small change",
    byline: "Dr Lotte Brandt",
    standfirst:
      "Two and a half grams, says the mint. Forty, says the bank. We put one cent on every scale that we could find.",
    paragraphs: [
      "On the kitchen scale a cent weighs two and a half grams, or nothing, depending on the mood of the scale. That is the last simple answer in this article.",
      "To carry a cent by card weighs about thirty cents, because before it may move it has to be insured, translated, apologised for and looked at by four companies. It is like posting a feather in a piano. Naturally nobody posts feathers; one waits until one has a mattress, and calls it a subscription.",
      "To carry a cent by hand weighs two and a half grams and a walk. To promise a cent, in writing, so that it cannot be promised again to somebody else, weighs about as much as the writing. That is the interesting line in our table: a promise has no weight, and a thousand promises on one page weigh one page.",
      "We therefore propose a new unit. One tollweight is the cost of moving a sum divided by the sum. Cards at one cent: thirty. Coins: roughly a walk. Paper that counts upwards and is handed in when full: so close to zero that our scale displayed the maker’s logo.",
    ],
    pictures: [
      {
        file: "one-cent.webp",
        alt: "A balance: one coin on the left pan outweighs a grand piano on the right.",
        caption: "Our apparatus. The piano is to scale.",
        width: 720,
        height: 480,
      },
    ],
  },
  {
    slug: "room-402",
    section: "Architecture",
    byline: "Tomas Wick",
    standfirst:
      "The corridor of the web has a door that has been marked “reserved for future use” since before most of its guests were born. Someone has moved in.",
    paragraphs: [
      "Everybody knows room 404, and nobody can find it. Room 403 has a doorman. Room 401 would like to see your papers. Between them, since the building went up, there has been a door with a brass plate: 402, Payment Required. Underneath, in the architect’s hand: reserved for future use.",
      "It was a good idea with nothing behind it. The door was hung by people who were certain that a web of pages would want a way to say what a page costs, and equally certain that somebody else would work out the how by the end of the week. The week ran for about thirty years. In the meantime the guests were told that everything was free and that the men going through their luggage were art.",
      "Now there is light under the door. The new tenant is quiet, pays in very small coins, and asks for a receipt each time. The neighbours report that you knock, are told a number, say yes once, and after that the door simply knows you.",
      "We tried it. It opened. You are, if you will forgive us, standing in it.",
    ],
    pictures: [
      {
        file: "room-402.webp",
        alt: "A hotel corridor with three doors; light falls from under the one numbered 402.",
        caption: "The third floor is the fourth floor. Long story.",
        width: 720,
        height: 480,
      },
    ],
  },
  {
    slug: "exact-change-only",
    section: "Letters",
    byline: "A reader in Saltmarsh",
    standfirst: "A letter to the editor, of the value of the stamp that is on it.",
    paragraphs: [
      "Sir, your newspaper charges me two tenths of a cent for a letter that I wrote myself. I wish to protest in the strongest terms that two tenths of a cent will buy, and find to my annoyance that it has bought me exactly as much room as I needed.",
      "Yours, correct to the unit, A Reader. (The editor replies: we have credited your account.)",
    ],
    pictures: [],
  },
  {
    slug: "the-man-who-paid-twice",
    section: "Small change",
    byline: "Pell Amsel",
    standfirst:
      "It is the oldest complaint at any counter. We followed one of them through eleven offices, and found the same coin in each.",
    paragraphs: [
      "Casper Lund pressed the button and nothing happened, so he pressed it again. That is the whole of the crime. In the next eleven weeks he was to learn that he had bought two hundred litres of the same milk.",
      "The milk office said that the button was the bank’s. The bank said that a button pressed twice is two wishes, and who is a bank to come between a man and his wishes. The ombudsman offered him a form and, when it did not go through, offered it again.",
      "The remedy was found by his niece, who is nine and numbers everything. “Write a number on the wish,” she said. “If the same number comes again, it is the same wish.” This is so obvious that it took the trade a century. A wish that is lost in the post is sent again with its number, and a second one with the same number is answered with the same milk.",
      "Lund now numbers everything too. His hens are 1 to 6. He has never been charged for a seventh.",
    ],
    pictures: [],
  },
  {
    slug: "obituary-the-subscription",
    section: "Obituaries",
    byline: "Staff",
    standfirst:
      "The Monthly Subscription, who has died peacefully after somebody finally found the page where it could be cancelled, was believed to be immortal.",
    paragraphs: [
      "It was born to a good family. Its grandfather brought milk and its grandmother brought novels in parts, and both came when they were wanted and stopped when the door stayed shut. The young Subscription noticed that people are slow to shut doors.",
      "It rose quickly. It was the first three months free, then the same price for ever, then a slightly different price for ever. At its height it was paid by people for gyms in towns that they had left, and for a magazine whose editors had themselves died, though not before renewing.",
      "Friends recall its generosity with trials and its horror of the telephone. Its enemies say that it could not see a cent without waiting for the other nine hundred and ninety-eight.",
      "It is survived by the Season Ticket, who was always the nice one. In accordance with its wishes the funeral will be repeated on the first of every month. No flowers; to decline flowers, please write to us in the month before the previous one.",
    ],
    pictures: [],
  },
];
