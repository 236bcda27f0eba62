/** The weather box: one request by XMLHttpRequest for each press of its button. */
const button = document.querySelector("[data-ask]");
const outlet = document.querySelector("[data-weather]");

button.addEventListener("click", () => {
  const request = new XMLHttpRequest();
  request.open("GET", button.dataset.ask);
  request.responseType = "json";
  const done = (text) => {
    outlet.textContent = text;
    button.disabled = false;
  };
  request.onload = () => {
    if (request.status !== 200) return done("The harbour master has not been paid, and keeps it to himself.");
    const { sky, wind, water } = request.response;
    done(`${sky}. Wind ${wind}, water ${water}.`);
  };
  request.onerror = () => done("The harbour master does not answer.");
  button.disabled = true;
  request.send();
});
