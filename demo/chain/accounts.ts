/** The well-known development keys of Hardhat, each with 10,000 ETH on a fresh local chain. Public: never real money. */
import { type HDAccount, mnemonicToAccount } from "viem/accounts";

const MNEMONIC = "test test test test test test test test test test test junk";

const account = (addressIndex: number): HDAccount => mnemonicToAccount(MNEMONIC, { addressIndex });

/** Who is who on the local chain. `deployer` does nothing but deploy, so that contract addresses never move. */
export const DEV_ACCOUNTS = {
  payee: account(0),
  relay: account(1),
  faucet: account(2),
  alice: account(3),
  bob: account(4),
  deployer: account(19),
} as const;
