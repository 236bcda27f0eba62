/** Keeps the owner's office up to date and cashes in. Amounts arrive in words: nothing is reckoned here. */
const office = document.querySelector("[data-office]");
const button = office.querySelector("[data-cash-in]");
const cashed = office.querySelector("[data-cashed]");
const PAUSE = 1000;

function cell(text, kind) {
  const element = document.createElement("td");
  if (kind === "sum") element.className = "sum";
  if (kind === "code") {
    const code = document.createElement("code");
    code.textContent = text;
    element.append(code);
  } else if (kind === "state") {
    const state = document.createElement("span");
    state.className = "state";
    state.dataset.state = text;
    state.textContent = text;
    element.append(state);
  } else element.textContent = text;
  return element;
}

function fill(name, rows) {
  const body = office.querySelector(`[data-rows="${name}"]`);
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells.map(([text, kind]) => cell(text, kind)));
      return row;
    }),
  );
  body.closest(".ledger").hidden = rows.length === 0;
  office.querySelector(`[data-empty="${name}"]`).hidden = rows.length > 0;
}

let cashing = false;

function show({ figures, channels, receipts, claimable }) {
  for (const [name, text] of Object.entries(figures)) {
    office.querySelector(`[data-figure="${name}"]`).textContent = text;
  }
  fill(
    "channels",
    channels.map(({ payer, state, deposit, owed, earned, claimed }) => [
      [payer, "code"],
      [state, "state"],
      [deposit, "sum"],
      [owed, "sum"],
      [earned, "sum"],
      [claimed, "sum"],
    ]),
  );
  fill(
    "receipts",
    receipts.map(({ at, sold, payer, nonce, charged }) => [
      [new Date(at).toLocaleTimeString([], { timeStyle: "medium" })],
      [sold],
      [payer, "code"],
      [nonce, "sum"],
      [charged, "sum"],
    ]),
  );
  button.disabled = cashing || !claimable;
}

async function refresh() {
  try {
    const response = await fetch("/owner/books.json");
    if (response.ok) show(await response.json());
  } catch {
    cashed.textContent = "The paper has shut down.";
    button.disabled = true;
  }
}

async function keepFresh() {
  if (!document.hidden) await refresh();
  setTimeout(keepFresh, PAUSE);
}

button.addEventListener("click", async () => {
  cashing = true;
  button.disabled = true;
  cashed.textContent = "Cashing in …";
  try {
    const response = await fetch("/owner/cash-in", { method: "POST" });
    const { text, transactions } = await response.json();
    cashed.replaceChildren(
      text,
      ...transactions.flatMap((hash) => {
        const code = document.createElement("code");
        code.textContent = hash;
        return [" ", code];
      }),
    );
  } catch {
    cashed.textContent = "Cashing in did not work this time. Nothing is lost: press again.";
  }
  cashing = false;
  await refresh();
});

keepFresh();
