/** The crossword: moves on from square to square, and checks what was written. */
const form = document.querySelector("[data-crossword]");
const verdict = document.querySelector("[data-verdict]");
const squares = [...form.querySelectorAll("input")];

for (const [index, square] of squares.entries()) {
  square.addEventListener("input", () => {
    if (square.value !== "") squares[index + 1]?.focus();
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const right = squares.filter((square) => square.value.toUpperCase() === square.dataset.letter).length;
  verdict.textContent =
    right === squares.length ? "Correct. You may cross." : `${right} of ${squares.length} squares are right.`;
});
