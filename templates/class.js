// Sorts and filters the table of students. Without it the page shows all of them, in the order of the gradebook.
"use strict";
(() => {
  const table = document.getElementById("roll");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const headers = [...table.tHead.rows[0].cells];
  const filters = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const [find, only, least, most, all] = ["find", "only", "least", "most", "all"].map((id) => document.getElementById(id));
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  let facts = []; // of each row what the filter looks at, read when it is first used

  function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function numberIn(cell) {
    return parseFloat(cell.textContent);
  }

  function keysOf(column) {
    if (headers[column].classList.contains("amount")) return rows.map((row) => numberIn(row.cells[column]));
    return rows.map((row) => row.cells[column].textContent.trim());
  }

  // What is empty stays at the end in both directions; equal keys keep the order of the gradebook.
  function sortBy(column) {
    const header = headers[column];
    const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const isNumber = header.classList.contains("amount");
    const keys = keysOf(column);
    const isEmpty = keys.map((key) => (isNumber ? Number.isNaN(key) : key === ""));
    const order = rows.map((_, index) => index).sort((a, b) => {
      if (isEmpty[a] || isEmpty[b]) return isEmpty[a] - isEmpty[b] || a - b;
      return sign * (isNumber ? keys[a] - keys[b] : collator.compare(keys[a], keys[b])) || a - b;
    });
    for (const other of headers) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    const sorted = document.createDocumentFragment();
    for (const index of order) sorted.append(rows[index]);
    body.append(sorted);
  }

  function read(row) {
    return {
      name: fold(row.cells[0].textContent),
      tokens: row.dataset.has.split(" "),
      score: numberIn(row.cells[1]),
    };
  }

  function filter() {
    if (facts.length === 0) facts = rows.map(read);
    const words = fold(find.value).split(/\s+/).filter(Boolean);
    const [wanted, from, to] = [only.value, parseFloat(least.value), parseFloat(most.value)];
    let count = 0;
    rows.forEach((row, index) => {
      const fits =
        (!wanted || facts[index].tokens.includes(wanted)) &&
        words.every((word) => facts[index].name.includes(word)) &&
        (Number.isNaN(from) || facts[index].score >= from) &&
        (Number.isNaN(to) || facts[index].score <= to);
      row.hidden = !fits;
      count += fits;
    });
    const noun = rows.length === 1 ? "student" : "students";
    shown.textContent = count === rows.length ? `${count} ${noun}` : `${count} of ${rows.length} ${noun}`;
  }

  function showAll() {
    for (const input of [find, only, least, most]) input.value = "";
    filter();
  }

  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sortBy(column));
  });
  for (const input of [find, only, least, most]) input.addEventListener("input", filter);
  all.addEventListener("click", showAll);
  for (const button of document.querySelectorAll("button[data-show]")) {
    button.addEventListener("click", () => {
      showAll();
      only.value = button.dataset.show;
      filter();
      document.getElementById("students").scrollIntoView();
      only.focus({ preventScroll: true });
    });
  }
  for (const element of [filters, ...document.querySelectorAll("[data-show], .needs-script")]) element.hidden = false;
  // A browser that comes back to the page may have kept what was typed.
  if ([find, only, least, most].some((input) => input.value)) filter();
})();
