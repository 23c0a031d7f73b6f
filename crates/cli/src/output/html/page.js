"use strict";
// Everything is in the page already. This lets one sort it by every column, and filter it.
(() => {
  const table = document.getElementById("records");
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  const searched = rows.map((row) => row.cells[0].textContent.toLowerCase());

  const show = (order) => {
    const all = document.createDocumentFragment();
    for (const row of order) all.append(row);
    body.append(all);
  };

  // What is unknown comes last in both directions, and what is equal keeps the order of the file.
  const sort = (column, direction) => {
    const read = headings[column].dataset.kind === "number" ? Number : String;
    const keyed = rows.map((row) => {
      const key = row.cells[column].dataset.key;
      return { row, key: key === undefined ? undefined : read(key) };
    });
    const known = keyed.filter(({ key }) => key !== undefined);
    known.sort((one, other) => (one.key < other.key ? -direction : one.key > other.key ? direction : 0));
    show([...known, ...keyed.filter(({ key }) => key === undefined)].map(({ row }) => row));
  };

  const press = (column) => {
    const order = headings[column].getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const heading of headings) heading.removeAttribute("aria-sort");
    headings[column].setAttribute("aria-sort", order);
    sort(column, order === "ascending" ? 1 : -1);
  };

  headings.forEach((heading, column) => {
    const label = heading.querySelector(".label");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label.textContent;
    button.addEventListener("click", () => press(column));
    label.before(button);
  });
  table.classList.add("sortable");

  const text = document.getElementById("filter");
  const status = document.getElementById("status");
  const shown = document.getElementById("shown");

  const filter = () => {
    const wanted = text.value.trim().toLowerCase();
    const statuses = status.value.split(" ");
    let count = 0;
    rows.forEach((row, index) => {
      row.hidden = !searched[index].includes(wanted) || (status.value !== "" && !statuses.includes(row.dataset.status));
      if (!row.hidden) count += 1;
    });
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length} shown`;
  };

  text.addEventListener("input", filter);
  status.addEventListener("change", filter);
  document.getElementById("controls").hidden = false;
  // A browser may have kept what was typed before the page was loaded anew.
  filter();
})();
