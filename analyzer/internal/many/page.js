"use strict"
const key = (row, n) => row.cells[n].dataset.sort ?? row.cells[n].textContent.trim()
for (const table of document.querySelectorAll("table.sortable")) {
  table.tHead.rows[0].querySelectorAll("th").forEach((th, n) => {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = th.textContent
    th.replaceChildren(button)
    button.addEventListener("click", () => {
      const down = th.getAttribute("aria-sort") === "ascending"
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort")
      th.setAttribute("aria-sort", down ? "descending" : "ascending")
      const rows = [...table.tBodies[0].rows].map(row => [key(row, n), row])
      rows.sort(([a], [b]) => (down ? -1 : 1) * a.localeCompare(b, "en", { numeric: true }))
      table.tBodies[0].append(...rows.map(([, row]) => row))
    })
  })
}
const filter = document.getElementById("filter")
if (filter) {
  const cause = document.getElementById("cause")
  const rows = [...document.querySelectorAll("#runs-table tbody tr")].map(row => [row, row.textContent.toLowerCase()])
  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/)
    let shown = 0
    for (const [row, text] of rows) {
      row.hidden = !words.every(word => text.includes(word)) || cause.value !== "" && row.dataset.cause !== cause.value
      if (!row.hidden) shown++
    }
    document.getElementById("shown").textContent = shown + " shown"
  }
  filter.addEventListener("input", show)
  cause.addEventListener("change", show)
  filter.form.addEventListener("submit", event => event.preventDefault())
  document.addEventListener("keydown", event => {
    if (event.key === "/" && event.target === document.body) {
      event.preventDefault()
      filter.focus()
    }
  })
}
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target instanceof HTMLDetailsElement) target.open = true
}
addEventListener("hashchange", open)
open()
