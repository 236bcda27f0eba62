/** The wire: asks for one line after another, five at a time, and only while somebody can see them. */
const list = document.querySelector("[data-feed]");
const more = document.querySelector("[data-more]");
const state = document.querySelector("[data-state]");
const AT_ONCE = 5;
const PAUSE = 1500;

function show({ line, at }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = new Date(at).toLocaleTimeString([], { timeStyle: "medium" });
  const text = document.createElement("span");
  text.textContent = line;
  item.append(time, text);
  list.prepend(item);
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Resolves once the page can be seen. */
async function seen() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

function rest(text) {
  state.textContent = text;
  more.hidden = false;
}

async function listen() {
  more.hidden = true;
  state.textContent = "Listening …";
  try {
    for (let heard = 1; heard <= AT_ONCE; heard += 1) {
      await seen();
      const response = await fetch(list.dataset.feed);
      if (!response.ok) return rest("The wire has gone quiet: this line was not paid.");
      show(await response.json());
      if (heard < AT_ONCE) await pause(PAUSE);
    }
    rest("Five lines. The wire rests until you say so.");
  } catch {
    rest("The wire is down. No line, no charge.");
  }
}

more.addEventListener("click", listen);
listen();
