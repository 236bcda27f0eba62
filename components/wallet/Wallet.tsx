/** The wallet itself: what is in it, how to add money, the recovery phrase and the password. */

import { useState } from "react";
import { isProblem, type Status, type WalletView } from "#messages";
import { useAnswer } from "../background/index.ts";
import { Amount, say, shareOf } from "../money/index.ts";
import { Bar, Button, ProblemNote } from "../ui/index.ts";
import { Unready } from "../ui/page.tsx";
import { Accounts } from "./Accounts.tsx";
import { AddMoney, Balance } from "./Address.tsx";
import { sayAccount } from "./accountNames.ts";
import { ChangePassword } from "./ChangePassword.tsx";
import { RevealPhrase } from "./RevealPhrase.tsx";
import "./wallet.css";

/** Money that arrives from outside is announced by nobody. */
const BALANCE_MS = 5_000;

/** The name of the account that the balance is of; undefined where there is only one. */
function accountInUse({ address, accounts }: WalletView): string | undefined {
  return accounts.length < 2 ? undefined : sayAccount(accounts.findIndex((each) => each.address === address));
}

export function Wallet({ status }: { status: Status }) {
  const wallet = useAnswer(
    "wallet.get",
    {},
    { topics: ["wallet", "channels", "payments", "status"], every: BALANCE_MS },
  );
  const [open, setOpen] = useState<"phrase" | "password">();
  if (wallet.state !== "ready" && !status.halted) return <Unready answer={wallet} />;
  const view = wallet.state === "ready" ? wallet.data : undefined;
  const where = view === undefined || isProblem(view) ? undefined : accountInUse(view);
  return (
    <div className="cards">
      {view === undefined ? null : isProblem(view) ? (
        <ProblemNote problem={view} />
      ) : (
        <>
          <section className="card stack" aria-label="Balance">
            <h2>{where === undefined ? "In the wallet" : `In ${where}`}</h2>
            <Balance wallet={view} />
            <p className="soft">
              In use at sites: <Amount money={view.inChannels} />. What is unused of it comes back.
            </p>
            {view.dailyCeiling.atomic === "0" ? null : (
              <Bar
                label="Spent today"
                text={`${say(view.spentToday)} of ${say(view.dailyCeiling)}`}
                share={shareOf(view.spentToday, view.dailyCeiling)}
              />
            )}
            <p>
              <span className="soft">Today</span> <Amount money={view.spentToday} />
              {view.dailyCeiling.atomic === "0" ? null : (
                <>
                  {" "}
                  <span className="soft">of at most</span> <Amount money={view.dailyCeiling} />
                </>
              )}
            </p>
          </section>
          <section className="card stack" aria-label="Add money">
            <h2>{where === undefined ? "Add money" : `Add money to ${where}`}</h2>
            <AddMoney wallet={view} status={status} onAdded={wallet.refresh} />
          </section>
          <Accounts wallet={view} refresh={wallet.refresh} />
        </>
      )}
      <section className="card stack" aria-label="Keys">
        <h2>Phrase and password</h2>
        <p className="soft">
          The recovery phrase brings your money back on any computer. Whoever has it has your money. Keep it on paper.
        </p>
        <div className="row wrap">
          <Button onPress={() => setOpen("phrase")}>Show the recovery phrase</Button>
          <Button onPress={() => setOpen("password")}>Change the password</Button>
        </div>
      </section>
      <RevealPhrase open={open === "phrase"} onClose={() => setOpen(undefined)} />
      <ChangePassword open={open === "password"} onClose={() => setOpen(undefined)} />
    </div>
  );
}
