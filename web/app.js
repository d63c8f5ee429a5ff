import { nodes, make } from "./elements.js"
import { pack, unpack } from "./share.js"
import { chosen, dropped } from "./files.js"

const $ = (id) => document.getElementById(id)
const examples = JSON.parse($("example-logs").textContent)
const safe = globalThis.trustedTypes?.createPolicy("pubmortem", { createScriptURL: (s) => s }) ?? { createScriptURL: (s) => s }

// The worker gets the program and questions; answers come back by number.
const worker = new Worker(safe.createScriptURL(URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }))))
const waiting = new Map()
let asked = 0
worker.onmessage = ({ data }) => {
  const { ok, no } = waiting.get(data.id)
  waiting.delete(data.id)
  data.error ? no(new Error(data.error)) : ok(JSON.parse(data.answer ?? "null"))
}
const post = (message) => new Promise((ok, no) => {
  waiting.set(++asked, { ok, no })
  worker.postMessage({ ...message, id: asked })
})
const ask = (question, about, files) => post({ question, about, files })

// The program stands behind this script, in parts. Each goes to the worker as
// soon as the browser has read it, and all are there when this is done.
const loaded = new Promise((ok, no) => {
  let sent = 0
  const send = () => {
    const parts = document.getElementsByClassName("program"), whole = document.readyState !== "loading"
    for (; sent < parts.length - (whole ? 0 : 1); sent++) worker.postMessage({ part: parts[sent].textContent })
    if (!whole) return
    seen.disconnect()
    post({ whole }).then(ok, no)
  }
  const seen = new MutationObserver(send)
  seen.observe(document.body, { childList: true })
  addEventListener("DOMContentLoaded", send, { once: true })
})

const say = (text) => { $("status").textContent = text }
const fail = (e) => say(e.message[0].toUpperCase() + e.message.slice(1) + (/[.!?]$/.test(e.message) ? "" : "."))

// What is diagnosed: the files, what is known beside them, and the answer.
let files = [], facts = {}, answer = null, shown = null, link = ""

async function open(list) {
  files = list
  facts = {}
  say(files.length === 1 ? "Reading " + files[0].name + " …" : "Reading …")
  await ask("open", {}, files)
  await diagnose(true)
}

async function diagnose(first) {
  const beside = Object.fromEntries(["workflow", "manifest", "publishers"].map((id) => [id, $(id).value.trim()]))
  answer = await ask("diagnose", { facts, ...beside })
  $("diagnosis").replaceChildren(...nodes(answer.elements))
  $("known").replaceChildren(...Object.entries(facts).map(([id, value]) =>
    make("button", { type: "button", className: "told", ariaLabel: `Take back ${id} = ${value}` }, `You said ${id} = ${value} ×`)))
  for (const [i, button] of Object.keys(facts).entries()) $("known").children[i].dataset.forget = button
  $("answer").hidden = false
  $("share").hidden = true
  document.querySelector("[data-do=fix]").hidden = !answer.fixes?.length
  document.querySelector("[data-do=share]").hidden = !files.length
  $("view").hidden = !files.length
  const title = $("diagnosis").querySelector("h2")?.textContent.replace(/^[–✗!✓]\s*/, "") ?? answer.verdict
  say("Diagnosis: " + title + ".")
  document.title = title + " · pubmortem"
  $("give").classList.add("done")
  if (first) {
    $("report-title").focus()
    $("answer").scrollIntoView()
  }
  // The log is read once more for its lines: the answer does not wait for that.
  if (files.length) view(answer.line ? { at: answer.line.slice("#line?".length) } : { member: 0, from: 1 }).catch(() => { $("view").hidden = true })
}

// The log view shows some lines at a time, and marks those that decide.
async function view(window) {
  shown = await ask("lines", window)
  $("view-place").textContent = shown.place
  $("lines").replaceChildren(...shown.lines.map((l) => make("div", {
    className: ["line", l.kind, l.deciding && "deciding", l.here && "here"].filter(Boolean).join(" "),
  }, make("span", { className: "number" }, String(l.number)), make("code", {}, l.text))))
  document.querySelector("[data-do=earlier]").disabled = shown.lines[0].number === 1
  document.querySelector("[data-do=later]").disabled = !shown.more
  const here = $("lines").querySelector(".here")
  $("lines").scrollTop = here ? here.offsetTop - $("lines").offsetTop - 60 : 0
}

const reads = ["causes", "table", "search", "cause", "symptom", "fact", "row"]

// Every page has an address behind the "#".
async function route() {
  const hash = location.hash
  const [kind, ...rest] = hash.slice(1).split("/")
  const id = decodeURIComponent(rest.join("/"))
  const reading = reads.includes(kind)
  if (hash.startsWith("#line?")) {
    show(false)
    if (!answer) return
    await view({ at: hash.slice("#line?".length) })
    $("view-title").focus()
    $("view").scrollIntoView()
    return
  }
  if (hash === "#main") return $("main").focus()
  for (const a of document.querySelectorAll("nav a")) a.ariaCurrent = a.hash === (reading ? "#" + kind : "") ? "page" : null
  show(reading)
  if (hash.startsWith("#log=")) {
    const shared = await unpack(hash.slice("#log=".length))
    $("log").value = shared.log
    history.replaceState(null, "", "#")
    await open([text(shared.log, "shared.log")])
    facts = shared.facts
    return diagnose(true)
  }
  if (!reading) return
  const page = await ask("explain", { kind, id })
  if (location.hash !== hash) return
  $("entry").replaceChildren(...nodes(page.elements))
  $("text").value = kind === "search" ? id : ""
  filter("")
  say(page.title)
  document.title = page.title + " · pubmortem"
  scrollTo(0, 0)
}

// go follows the address, and says so when it is there.
async function go() {
  const hash = location.hash
  await route()
  document.documentElement.dataset.at = hash
}

function show(reading) {
  $("read").hidden = !reading
  $("give").hidden = reading
  $("answer").hidden = reading || !answer
}

// filter leaves the entries that have all words of a text.
function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const has = (e, more = "") => words.every((w) => (e.textContent + more).toLowerCase().includes(w))
  let left = 0
  for (const list of $("entry").querySelectorAll("ul.refs")) {
    const title = list.previousElementSibling
    let some = false
    for (const item of list.children) {
      item.hidden = !has(item, " " + title?.textContent)
      some ||= !item.hidden
      left += !item.hidden
    }
    list.hidden = !some
    if (title?.tagName === "H3") title.hidden = !some
  }
  $("count").textContent = words.length ? left + (left === 1 ? " entry" : " entries") : ""
}

const text = (content, name) => ({ name, size: new Blob([content]).size, blob: new Blob([content]) })

async function copy(value, what) {
  try {
    await navigator.clipboard.writeText(value)
  } catch {
    const box = make("textarea", { value, className: "hidden" })
    document.body.append(box)
    box.select()
    document.execCommand("copy")
    box.remove()
  }
  say(what + " copied.")
}

const actions = {
  markdown: () => copy(answer.markdown, "The report, without known kinds of secrets,"),
  fix: () => copy(answer.fixes.join("\n"), "The fix"),
  json: () => {
    const a = make("a", { download: "pubmortem.json", href: URL.createObjectURL(new Blob([answer.json], { type: "application/json" })) })
    a.click()
    setTimeout(() => URL.revokeObjectURL(a.href), 1000)
  },
  share: async () => {
    const { log, facts: known, same } = await ask("share")
    const packed = await pack({ log, facts: { ...known, ...facts } })
    link = location.href.split("#")[0] + "#log=" + packed
    const lines = log.split("\n").length - 1
    $("share-says").textContent = `These ${lines} lines and ${Object.keys(known).length} facts, ${packed.length} characters; known kinds of secrets are taken out. ` +
      "Read them before you copy the link: whoever has it can read them. " +
      (same ? "They lead to the same answer." : "They alone do not lead to the same answer.")
    $("share-log").textContent = log + Object.entries(known).map(([id, v]) => `${id} = ${v}`).join("\n")
    $("share").hidden = false
    $("share-log").focus()
  },
  link: () => copy(link, "The link"),
  again: () => {
    answer = null
    files = []
    $("give").classList.remove("done")
    for (const id of ["log", "workflow", "manifest", "publishers"]) $(id).value = ""
    for (const id of ["files", "folder", "examples"]) $(id).value = ""
    show(false)
    say("Ready.")
    $("log").focus()
  },
  earlier: () => view({ member: shown.member, from: Math.max(1, shown.lines[0].number - 200) }),
  later: () => view({ member: shown.member, from: shown.lines.at(-1).number + 1 }),
}

// on runs a handler and says what went wrong in it.
const on = (target, event, handle) => target.addEventListener(event, (e) => Promise.resolve(handle(e)).catch(fail))

on($("form"), "submit", async (e) => {
  e.preventDefault()
  const pasted = $("log").value
  if (pasted.trim()) return open([text(pasted, "pasted.log")])
  if (files.length) return diagnose(true)
  await open([])
})
for (const id of ["files", "folder"]) on($(id), "change", (e) => take(chosen(e.target.files)))
on($("examples"), "change", async (e) => {
  const example = examples[e.target.value]
  if (!example) return
  $("log").value = example.log
  await open([text(example.log, "example.log")])
})
// take sorts what is no log into the boxes beside it.
async function take(list) {
  const logs = []
  for (const f of list) {
    const box = f.name.endsWith("package.json") ? "manifest" : /\.ya?ml$/.test(f.name) ? "workflow" : ""
    if (box && f.size < mostOfBox) {
      $(box).value = await f.blob.text()
      $("beside").open = true
    } else {
      logs.push(f)
    }
  }
  if (!logs.length && list.length && answer) return diagnose(false)
  if (logs.length || list.length) await open(logs)
}
const mostOfBox = 1 << 20 // bytes of a file for a box

on(document, "click", (e) => {
  const button = e.target.closest("button")
  if (button?.dataset.do) return actions[button.dataset.do]()
  if (button?.dataset.fact) {
    const [fact, value] = JSON.parse(button.dataset.fact)
    facts[fact] = value
    return diagnose(true)
  }
  if (button?.dataset.forget) {
    delete facts[button.dataset.forget]
    return diagnose(true)
  }
  if (e.target.closest("a")?.getAttribute("href") === location.hash) return route()
})
on(document, "dragover", (e) => e.preventDefault())
on(document, "drop", async (e) => {
  e.preventDefault()
  location.hash = ""
  await take(await dropped(e.dataTransfer))
})
on($("search"), "submit", (e) => {
  e.preventDefault()
  location.hash = "search/" + encodeURIComponent($("text").value)
})
on($("text"), "input", () => filter($("text").value))
on(window, "hashchange", go)

examples.forEach((e, i) => $("examples").append(make("option", { value: i }, e.title)))
if (location.protocol !== "file:") navigator.serviceWorker?.register(safe.createScriptURL("sw.js")).catch(() => {}) // then it needs the network
try {
  await loaded
  document.documentElement.dataset.ready = Math.round(performance.now())
  if (!files.length) say("Ready.") // else a log already waits
  ask("warm").then(() => { document.documentElement.dataset.warm = "" })
  await go()
} catch (e) {
  fail(e)
}
