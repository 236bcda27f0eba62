/** The accounts of the wallet: what is in each, which one pays new sites, and a way to add one. */
import type { WalletView } from "#messages";
import { useSend } from "../background/index.ts";
import { Amount } from "../money/index.ts";
import { Button, Copyable, Icon, ProblemNote } from "../ui/index.ts";
import { sayAccount, shortAddress } from "./accountNames.ts";

export function Accounts({ wallet, refresh }: { wallet: WalletView; refresh: () => void }) {
  const add = useSend("account.add");
  const use = useSend("account.use");
  const several = wallet.accounts.length > 1;
  return (
    <section className="card stack" aria-label="Accounts">
      <h2>Accounts</h2>
      <p className="soft">
        Everybody can read on the chain which sites one account pays. Sites paid from different accounts cannot be tied
        to each other that way, as long as the accounts get their money from different places.
      </p>
      {several ? (
        <ul className="accounts">
          {wallet.accounts.map(({ address, balance }, index) => (
            <li key={address} className="row wrap">
              <div className="grow">
                <strong>{sayAccount(index)}</strong>
                <Copyable name={`the address of ${sayAccount(index)}`} value={address}>
                  <span className="mono small soft">{shortAddress(address)}</span>
                </Copyable>
              </div>
              {balance ? <Amount money={balance} /> : <span className="soft">not known</span>}
              {address === wallet.address ? (
                <span className="flag small">
                  <Icon name="check" />
                  pays new sites
                </span>
              ) : (
                <Button
                  small
                  aria-label={`Use for new sites: ${sayAccount(index)}`}
                  isDisabled={use.pending}
                  onPress={async () => {
                    await use.send({ account: address });
                    refresh();
                  }}
                >
                  Use for new sites
                </Button>
              )}
            </li>
          ))}
        </ul>
      ) : null}
      <div className="row">
        <Button
          isPending={add.pending}
          onPress={async () => {
            await add.send({});
            refresh();
          }}
        >
          Add an account
        </Button>
      </div>
      {several ? (
        <p className="soft small">
          A site keeps its account; change it under Sites. Your one recovery phrase brings all accounts back: add as
          many as you had.
        </p>
      ) : null}
      <ProblemNote problem={add.problem ?? use.problem} />
    </section>
  );
}
