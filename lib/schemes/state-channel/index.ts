/** The `state-channel` scheme as the wallet speaks it (protocol sections 2, 3 and 5). */
import { STATE_CHANNEL } from "@tollpass/protocol";
import type { ChannelOffer, Scheme } from "../scheme.ts";
import { assessChannelOffer } from "./assess.ts";
import { type ChannelPlan, channelPlanSchema, planChannelPayment } from "./plan.ts";
import { settleChannelPayment } from "./settle.ts";
import { channelHeader, channelSignatures } from "./sign.ts";

export { chooseDeposit, type DepositChoice } from "./deposit.ts";
export {
  type ChannelPlan,
  channelFits,
  channelPlanSchema,
  emptySnapshot,
  nextState,
  TAIL_REQUESTS,
} from "./plan.ts";
export {
  type AckPlan,
  ackPlanSchema,
  ackRequest,
  type ChannelRequest,
  channelUrl,
  closeRequest,
  exitRequest,
  planAck,
  type Refusable,
  type RequestRefusal,
  refundRequest,
  unusedDeposit,
} from "./requests.ts";
export { type Adopted, adoptLast, receiptUrl, settleFetchedReceipt } from "./settle.ts";
export { depositOf, stateSigning } from "./sign.ts";

export const stateChannel: Scheme<ChannelOffer, ChannelPlan> = {
  name: STATE_CHANNEL,
  assess: assessChannelOffer,
  plan: planChannelPayment,
  planSchema: channelPlanSchema,
  signatures: channelSignatures,
  header: channelHeader,
  settle: settleChannelPayment,
};
