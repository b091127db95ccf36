// Small comforts. Everything works without them.

for (const output of document.querySelectorAll("[data-count-of]")) {
  const area = document.getElementById(output.dataset.countOf);
  const limit = Number(area.dataset.limit);
  const update = () => {
    // The server counts code points, and so does the spread of a string; a short text needs no count.
    const length = area.value.length < limit / 2 ? 0 : [...area.value].length;
    output.hidden = length < limit * 0.8;
    output.textContent = `${length.toLocaleString("en")} of ${limit.toLocaleString("en")} characters`;
    output.classList.toggle("over", length > limit);
  };
  area.addEventListener("input", update);
  update();
}

// A check takes a moment. The button says so, and a second press sends nothing.
for (const form of document.querySelectorAll("form.check")) {
  const button = form.querySelector("[data-busy]");
  const idle = button.textContent;
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") === "true") return event.preventDefault();
    button.setAttribute("aria-disabled", "true");
    button.textContent = button.dataset.busy;
  });
  // The browser's back button brings the page as it was left.
  window.addEventListener("pageshow", () => {
    button.removeAttribute("aria-disabled");
    button.textContent = idle;
  });
}
