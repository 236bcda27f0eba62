/** The exit that needs no consent of the payee: relayed for this server's customers, or for anyone if the owner says so. */
import { requestExitTypedData, verifySignature } from "@tollpass/protocol";
import type { Hex } from "viem";
import { refresh } from "./channels.ts";
import { claim } from "./claims.ts";
import { attempt, type Payload, refuse, type Settled } from "./closing.ts";
import type { Context } from "./context.ts";
import type { ChannelRecord } from "./store.ts";

/**
 * Relays the payer's request to exit. Asked again once the exit delay is over, it ends the exit: what was acknowledged is
 * claimed first, the rest goes back to the payer.
 */
export function relayExit(context: Context, payload: Payload<"exit">): Promise<Settled> {
  const { channelId } = payload.exit;
  return attempt(async () => {
    const refusal = await unfit(context, payload);
    if (refusal) return refusal;
    await refresh(context, [channelId]);
    const record = await context.store.channel(channelId);
    if (record?.status === "exiting") {
      return { transaction: record.exitAt <= (await context.chain.now()) ? await endExit(context, record) : undefined };
    }
    if (record?.status !== "open") return refuse("channel_not_open");
    const transaction = await requestExit(context, payload);
    await refresh(context, [channelId]);
    return { transaction };
  });
}

/** The same for a channel with another payee, of which this server knows what the chain says and nothing more. */
export function relayForeignExit(context: Context, payload: Payload<"exit">): Promise<Settled> {
  const { channel, exit } = payload;
  return attempt(async () => {
    const refusal = await unfit(context, payload);
    if (refusal) return refusal;
    const [seen] = (await context.chain.states([exit.channelId])).channels;
    if (seen?.status === "open") return { transaction: await requestExit(context, payload) };
    if (seen?.status !== "exiting") return refuse("channel_not_open");
    if (seen.exitAt > (await context.chain.now())) return { transaction: undefined };
    return { transaction: (await context.chain.send({ functionName: "exit", args: [channel] })).hash };
  });
}

/** Why this request cannot be relayed, whoever's it is. */
async function unfit({ chain, contract }: Context, payload: Payload<"exit">): Promise<Settled | undefined> {
  const { channel, exit, exitSignature } = payload;
  const typedData = requestExitTypedData(contract, exit);
  const bySigner = await verifySignature(typedData, exitSignature, channel.payerSigner);
  if (!bySigner && !(await verifySignature(typedData, exitSignature, channel.payer))) return refuse("bad_signature");
  return chain.relay ? undefined : refuse("relay_unavailable");
}

async function requestExit({ chain }: Context, { channel, exit, exitSignature }: Payload<"exit">): Promise<Hex> {
  const { hash } = await chain.send({
    functionName: "requestExitWithSignature",
    args: [channel, exit.deadline, exitSignature],
  });
  return hash;
}

async function endExit(context: Context, { id, channel }: ChannelRecord): Promise<Hex> {
  await claim(context, (record) => record.id === id);
  const { hash } = await context.chain.send({ functionName: "exit", args: [channel] });
  await refresh(context, [id]);
  return hash;
}
