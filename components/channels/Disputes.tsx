/** Money at risk, on every screen: a site closes falsely, what Tollpass does about it, and what only the person can do. */
import type { Status } from "#messages";
import { say } from "../money/index.ts";
import { sayMoment } from "../time.ts";
import { Notice } from "../ui/index.ts";
import { DISPUTES } from "../words.ts";

export function Disputes({ status }: { status: Status }) {
  return status.disputes?.map(({ host, asks, deadline, challenge }) => {
    const { title, text, tone } = DISPUTES[challenge];
    return (
      <Notice key={`${host} ${deadline}`} tone={tone} title={title(host)} live>
        <p>
          It asks for {say(asks)} in all, and had given a part of it back. {text} Time until{" "}
          <strong>{sayMoment(deadline)}</strong>.
        </p>
      </Notice>
    );
  });
}
