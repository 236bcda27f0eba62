/** What is asked for: one thing by its name, many things as one sum with a list behind it. */
import type { ApprovalView, Money } from "#messages";
import { say } from "../money/index.ts";
import { Details } from "../ui/index.ts";

const KINDS: Record<string, string> = {
  image: "images",
  imageset: "images",
  media: "videos",
  main_frame: "pages",
  sub_frame: "pages",
  font: "fonts",
  script: "scripts",
};

/** "20 images" when all are of one kind, else "20 things". */
export function sayCount(count: number, items: ApprovalView["items"]): string {
  const kinds = new Set(items.map((item) => KINDS[item.type] ?? "things"));
  const [only] = kinds;
  return `${count} ${kinds.size === 1 && only ? only : "things"}`;
}

/** What waits, and what it costs in all. */
export function Items({ approval, sum }: { approval: ApprovalView; sum: Money }) {
  const { count, items } = approval;
  const [first] = items;
  if (count === 1) {
    return (
      <p className="ask">
        asks <strong className="amount">{say(sum)}</strong>
        {first?.label ? (
          <>
            {" for "}
            <bdi className="title">“{first.label}”</bdi>
          </>
        ) : null}
      </p>
    );
  }
  return (
    <>
      <p className="ask">
        asks <strong className="amount">{say(sum)}</strong>
        {` in all for ${sayCount(count, items)}`}
      </p>
      <Details title="What they are">
        <ul className="items">
          {items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole, and names may repeat
            <li key={index} className="row">
              <bdi className="grow cut">{item.label}</bdi>
              <span className="amount">{say(item.price)}</span>
            </li>
          ))}
        </ul>
        {count > items.length ? <p className="soft small">and {count - items.length} more</p> : null}
      </Details>
    </>
  );
}
