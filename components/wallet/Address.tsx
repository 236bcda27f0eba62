/** Where to send money, and on a test network a button that brings some. */
import type { Status, WalletView } from "#messages";
import { useSend } from "../background/index.ts";
import { Amount } from "../money/index.ts";
import { Button, Copyable, Notice, ProblemNote } from "../ui/index.ts";

/** Minting waits for a block of the test chain. */
const FAUCET_TIMEOUT_MS = 60_000;

export function Balance({ wallet }: { wallet: WalletView }) {
  if (!wallet.balance) {
    return wallet.unreachable ? (
      <Notice tone="warning" title="The network cannot be reached">
        <p>Your balance cannot be read right now. Nothing is lost; budgets with money set aside go on.</p>
      </Notice>
    ) : (
      <p className="soft">Reading your balance…</p>
    );
  }
  return (
    <p className="balance">
      <strong>
        <Amount money={wallet.balance} />
      </strong>{" "}
      <span className="soft">
        <Amount money={wallet.balance} token /> on {wallet.network.name}
      </span>
    </p>
  );
}

export function AddMoney({ wallet, status, onAdded }: { wallet: WalletView; status: Status; onAdded: () => void }) {
  const faucet = useSend("wallet.faucet", FAUCET_TIMEOUT_MS);
  return (
    <div className="stack">
      <p>
        Send {wallet.balance?.symbol ?? wallet.inChannels.symbol} on {wallet.network.name} to your address:
      </p>
      <div className="address">
        <Copyable name="your address" value={wallet.address} />
      </div>
      {wallet.network.testnet ? (
        <p className="soft small">This is a test network. Do not send real money here; it would be lost.</p>
      ) : null}
      {status.network.faucet ? (
        <p>
          <Button
            look="primary"
            isPending={faucet.pending}
            onPress={async () => {
              await faucet.send({});
              onAdded();
            }}
          >
            Get test dollars
          </Button>
        </p>
      ) : null}
      <ProblemNote problem={faucet.problem} />
    </div>
  );
}
