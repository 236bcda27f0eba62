/** The life of a channel: funded, refreshed from the chain, acknowledged, refunded, closed, left. */
export { acknowledge, acknowledgeAll } from "./acknowledge.ts";
export { closeRestored } from "./closeRestored.ts";
export { fetchReceipt, ProviderError, postToChannel } from "./endpoint.ts";
export { believeUsedNonce, weighLast } from "./forgotten.ts";
export { fundChannel, newChannelRecord, type OwnDeposit } from "./fund.ts";
export { closeChannel, type Done, refundChannel } from "./leave.ts";
export {
  ChannelError,
  type ChannelPorts,
  type ChannelProblem,
  placeOf,
  requireChannel,
  sign,
  snapshotOf,
} from "./ports.ts";
export { depositAccepted, refreshChannels } from "./refresh.ts";
export { forgetRelayers, MAX_RELAYERS, relayersOf, setRelayers } from "./relayers.ts";
export { type ChannelSearch, createChannelSearch, forgetSearch, type SearchState } from "./search.ts";
export { exportWatchBundle } from "./watchBundle.ts";
export { cancelExit, carryOutExits, exitChannel, finishExit } from "./wish.ts";
