/** The payee's own signatures: receipts, refunds and cooperative closes, by the key that channels name as payeeSigner. */
import {
  type ChannelContract,
  type CooperativeClose,
  cooperativeCloseTypedData,
  type Receipt,
  type Refund,
  receiptRef,
  receiptTypedData,
  refundTypedData,
} from "@tollpass/protocol";
import type { Address, Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { type PaymentRecord, receiptOf, type Store } from "./store.ts";

export interface SignedReceipt {
  readonly receipt: Receipt;
  readonly receiptSignature: Hex;
}

export interface PayeeSigner {
  readonly address: Address;
  /** The receipt of a finished payment. Signing is deterministic, so it is made anew whenever it is asked for. */
  receipt(payment: PaymentRecord): Promise<SignedReceipt>;
  refund(message: Refund): Promise<Hex>;
  close(message: CooperativeClose): Promise<Hex>;
}

/** The signer of the configured key, or of the one that the store keeps. */
export async function payeeSigner(store: Store, contract: ChannelContract, key: Hex | undefined): Promise<PayeeSigner> {
  const account = privateKeyToAccount(key ?? (await store.secret("receipt-key", generatePrivateKey)));
  return {
    address: account.address,
    async receipt(payment) {
      const { method, url, bodyDigest, status } = payment;
      const receipt = receiptOf(payment, receiptRef({ method, url, bodyDigest, status }));
      return { receipt, receiptSignature: await account.signTypedData(receiptTypedData(contract, receipt)) };
    },
    refund: (message) => account.signTypedData(refundTypedData(contract, message)),
    close: (message) => account.signTypedData(cooperativeCloseTypedData(contract, message)),
  };
}
