/** Answers to the screens: one handler for each message of the table. */
import type { Handlers } from "#messages";
import { accountAnswers } from "./accounts.ts";
import { approvalAnswers } from "./approvals.ts";
import { channelAnswers } from "./channels.ts";
import { historyAnswers } from "./history.ts";
import type { AnswerPorts } from "./ports.ts";
import { siteAnswers } from "./sites.ts";
import { vaultAnswers } from "./status.ts";
import { walletAnswers } from "./wallet.ts";

export { badgeOf } from "./badge.ts";
export { type HaltedAnswers, type HaltedPorts, haltedAnswers } from "./halted.ts";
export type { AnswerPorts } from "./ports.ts";

export function createAnswers(ports: AnswerPorts): Handlers {
  return {
    ...vaultAnswers(ports),
    ...siteAnswers(ports),
    ...approvalAnswers(ports),
    ...channelAnswers(ports),
    ...historyAnswers(ports),
    ...walletAnswers(ports),
    ...accountAnswers(ports),
  };
}
