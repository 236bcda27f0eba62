/** The archive's search: one request by fetch for each search, and what it really cost. */
const form = document.querySelector("[data-search]");
const outcome = document.querySelector("[data-outcome]");
const finds = document.querySelector("[data-finds]");

function show({ year, headline }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = year;
  const text = document.createElement("span");
  text.textContent = headline;
  item.append(time, text);
  return item;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  finds.replaceChildren();
  outcome.textContent = "Looking …";
  try {
    const response = await fetch(`${form.action}?${new URLSearchParams(new FormData(form))}`);
    if (!response.ok) {
      outcome.textContent = "The archive stays shut: the search was not paid.";
      return;
    }
    const { hits, cost } = await response.json();
    finds.replaceChildren(...hits.map(show));
    outcome.textContent =
      hits.length === 0
        ? "Nothing found, nothing charged."
        : `${hits.length} ${hits.length === 1 ? "headline" : "headlines"} for ${cost}.`;
  } catch {
    outcome.textContent = "The archive does not answer.";
  }
});
