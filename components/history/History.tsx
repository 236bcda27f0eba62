/** Every payment: what, where, when, how much, and what became of it. */
import { useEffect, useState } from "react";
import { Cell, Column, Row, Table, TableBody, TableHeader } from "react-aria-components";
import { useAnswer, useSend } from "../background/index.ts";
import { Amount } from "../money/index.ts";
import { labelOf, StateWord, takenOf } from "../payments/PaymentLine.tsx";
import { sayAgo, sayMoment } from "../time.ts";
import { Button, Choose, Confirm, Empty, ProblemNote } from "../ui/index.ts";
import { Unready } from "../ui/page.tsx";
import { useNow } from "../useNow.ts";
import { useExport } from "./Export.tsx";
import { PaymentDialog } from "./PaymentDialog.tsx";

const PAGE = 50;
const AGE_MS = 30_000;
const EVERYWHERE = "*";

/** `site` filters; `onSite` is told another choice, undefined for all sites. */
export function History({ site, onSite }: { site?: string | undefined; onSite: (site: string | undefined) => void }) {
  /** Cursors of the pages before this one; the last is this page's own. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const [opened, setOpened] = useState<string>();
  const now = useNow(AGE_MS);
  const cursor = cursors.at(-1);
  const page = useAnswer(
    "history.list",
    { limit: PAGE, ...(cursor === undefined ? {} : { cursor }), ...(site === undefined ? {} : { site }) },
    { topics: ["payments"] },
  );
  const sites = useAnswer("sites.list", {}, { topics: ["payments"] });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another site starts at its newest payment
  useEffect(() => setCursors([]), [site]);

  const known = sites.state === "ready" ? sites.data.filter((row) => row.payments > 0) : [];
  const filter = [
    { id: EVERYWHERE, name: "All sites" },
    ...known.map((row) => ({ id: row.site, name: row.host })),
    ...(site !== undefined && !known.some((row) => row.site === site) ? [{ id: site, name: site }] : []),
  ];

  const receipts = useExport();
  return (
    <div className="stack">
      <div className="row wrap">
        <div className="history-filter">
          <Choose
            label="Site"
            bare
            options={filter}
            value={site ?? EVERYWHERE}
            onChange={(id) => onSite(id === EVERYWHERE ? undefined : id)}
          />
        </div>
        <span className="grow" />
        {receipts.button}
        <Delete
          onDone={() => {
            setCursors([]);
            page.refresh();
          }}
        />
      </div>
      {receipts.state}
      {page.state !== "ready" ? (
        <Unready answer={page} />
      ) : page.data.payments.length === 0 ? (
        <Empty title={site === undefined ? "Nothing paid yet" : "Nothing paid here yet"}>
          <p className="soft">Every payment is listed here with its receipt, so that you can check each bill.</p>
        </Empty>
      ) : (
        <div className="table-frame">
          <Table aria-label="Payments" className="table" onRowAction={(key) => setOpened(String(key))}>
            <TableHeader>
              <Column>When</Column>
              <Column isRowHeader>What</Column>
              <Column>Where</Column>
              <Column className="number">Amount</Column>
              <Column>State</Column>
            </TableHeader>
            <TableBody>
              {page.data.payments.map((payment) => (
                <Row key={payment.id} id={payment.id} className="table-row">
                  <Cell>
                    <time dateTime={new Date(payment.at).toISOString()} title={sayMoment(payment.at)}>
                      {sayAgo(payment.at, now)}
                    </time>
                  </Cell>
                  <Cell className="cut">
                    <bdi>{labelOf(payment)}</bdi>
                  </Cell>
                  <Cell className="cut soft">
                    <bdi>{payment.host || "deleted"}</bdi>
                  </Cell>
                  <Cell className="number">
                    <Amount money={takenOf(payment)} />
                  </Cell>
                  <Cell>
                    <StateWord payment={payment} />
                  </Cell>
                </Row>
              ))}
            </TableBody>
          </Table>
        </div>
      )}
      {page.state === "ready" && (cursors.length > 0 || page.data.next !== undefined) ? (
        <div className="row">
          <Button isDisabled={cursors.length === 0} onPress={() => setCursors(cursors.slice(0, -1))}>
            Newer
          </Button>
          <Button
            isDisabled={page.data.next === undefined}
            onPress={() => {
              if (page.data.next !== undefined) setCursors([...cursors, page.data.next]);
            }}
          >
            Older
          </Button>
        </div>
      ) : null}
      <PaymentDialog paymentId={opened} onClose={() => setOpened(undefined)} />
    </div>
  );
}

function Delete({ onDone }: { onDone: () => void }) {
  const redact = useSend("history.redact", 60_000);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button small onPress={() => setAsking(true)}>
        Delete history
      </Button>
      <Confirm
        open={asking}
        title="Delete what can be read?"
        consequence="Addresses, titles and sites are removed from every payment. Sums stay until their channels are closed, because your money depends on them. This cannot be undone."
        action="Delete"
        pending={redact.pending}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          await redact.send({});
          setAsking(false);
          onDone();
        }}
      />
      <ProblemNote problem={redact.problem} />
    </>
  );
}
