"use strict";
const table = document.getElementById("grid");
const body = table.tBodies[0];
const rows = Array.from(body.rows);
const sorters = Array.from(table.querySelectorAll("thead button"));
const said = document.getElementById("said");
const collator = new Intl.Collator(undefined, { numeric: true });
const more = document.getElementById("more");
const MANY = 200; // rows at a time, as in report.css: thousands with fifty cells each take a browser seconds to lay out
let most = MANY;

// A cell reads "✓ 2", "◐ 0.5", "–"; what was not written comes before zero, what has no mark always last.
function key(row, column) {
  const cell = row.cells[column];
  if (!cell || cell.classList.contains("why") || cell.classList.contains("n")) return null;
  if (column === 0) return cell.textContent.trim();
  const digits = cell.textContent.replace(/[^\d.]/g, "");
  return digits ? Number(digits) : cell.classList.contains("m") ? -1 : null;
}

function sortBy(button) {
  const head = button.closest("th");
  const column = sorters.indexOf(button);
  const first = column === 0 ? "ascending" : "descending";
  const other = column === 0 ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? other : first;
  const sign = order === "ascending" ? 1 : -1;
  for (const each of sorters) each.closest("th").removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const keyed = rows.map((row, place) => ({ row, place, value: key(row, column) }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.place - b.place;
    const difference = column === 0 ? collator.compare(a.value, b.value) : a.value - b.value;
    return sign * difference || a.place - b.place;
  });
  body.append(...keyed.map((each) => each.row));
  filter();
}

function filter() {
  const words = document.getElementById("find").value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const group = document.getElementById("group").value;
  let count = 0;
  for (const row of Array.from(body.rows)) {
    const name = row.cells[0].textContent.toLocaleLowerCase();
    const kept = words.every((word) => name.includes(word)) && (!group || (row.dataset.g || "").split(" ").includes(group));
    row.hidden = !kept;
    count += kept;
    row.classList.toggle("later", kept && count > most);
  }
  const [kept, all] = [count, rows.length].map((number) => number.toLocaleString("en"));
  const first = count > most ? `, the first ${most} are shown` : "";
  said.textContent = (kept === all ? `all ${all} students` : `${kept} of ${all} students`) + first;
  more.hidden = count <= most;
  more.textContent = `Show all ${kept}`;
}

function showAll() {
  most = Infinity;
  filter();
  body.rows[MANY].querySelector("a").focus({ preventScroll: true }); // the button that had the focus is gone
}

// Told when pointed at, so that fifty thousand cells need not each carry a sentence.
function explain(event) {
  const cell = event.target.closest("td");
  if (!cell || cell.title || !cell.parentElement) return;
  const head = sorters[cell.cellIndex];
  if (!head || !head.dataset.id) return;
  const mark = cell.textContent.trim();
  const legend = Array.from(document.querySelectorAll("#symbols i")).find((each) => each.textContent === mark.split(" ")[0]);
  const mistake = cell.dataset.m && document.querySelector(`#m${cell.dataset.m} b`);
  const parts = [head.dataset.id, legend ? legend.nextSibling.textContent.trim() : mark, mistake ? mistake.textContent : ""];
  if (cell.dataset.t) parts.push(`${cell.dataset.t} attempts`);
  cell.title = parts.filter(Boolean).join(" · ");
}

for (const button of sorters) button.addEventListener("click", () => sortBy(button));
for (const id of ["find", "group"]) document.getElementById(id).addEventListener("input", filter);
more.addEventListener("click", showAll);
body.addEventListener("pointerover", explain);
filter();
body.classList.add("ready");
document.getElementById("tools").hidden = false;
