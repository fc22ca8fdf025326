// SPDX-License-Identifier: GPL-3.0-or-later
// A box above each long table: it leaves the rows that have all the words in it.
"use strict";

const LONG = 40;
const INHERITED = ["category", "make"]; // an empty cell of these columns means what stands above it

function filterOf(table, rows) {
  const inherited = [...table.querySelectorAll("thead th")].flatMap((cell, column) => INHERITED.includes(cell.textContent) ? [column] : []);
  const above = {};
  const texts = rows.map((row) => {
    for (const column of inherited) {
      const cell = row.cells[column];
      cell.dataset.shown = cell.textContent;
      above[column] = cell.dataset.whole = cell.textContent || above[column] || "";
      if (!cell.firstElementChild) cell.append(document.createElement("p"));
    }
    return `${row.textContent} ${inherited.map((column) => above[column]).join(" ")}`.toLowerCase();
  });
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "search", placeholder: "Search this table" });
  const count = document.createElement("span");
  label.className = "table-filter";
  label.append(box, count);
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, number) => {
      row.hidden = !words.every((word) => texts[number].includes(word));
      found += !row.hidden;
      for (const column of inherited) {
        const cell = row.cells[column];
        cell.firstElementChild.textContent = cell.dataset[words.length ? "whole" : "shown"];
      }
    });
    count.textContent = words.length ? `${found} of ${rows.length}` : "";
  });
  return label;
}

document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("article table:not(.ansible-option-table)")) {
    const rows = [...table.querySelectorAll("tbody > tr")];
    if (rows.length < LONG) continue;
    const frame = table.closest(".table-wrapper") || table;
    frame.classList.add("long");
    frame.before(filterOf(table, rows));
  }
});
