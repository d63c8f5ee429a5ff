// Nodes of what the analyzer sends. Its texts come out of logs: they only ever
// become text nodes, of elements that are listed here.
const tags = new Set(["a", "button", "code", "details", "div", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6",
  "li", "p", "pre", "span", "summary", "table", "td", "th", "tr", "ul"])

export function nodes(list) {
  return (list ?? []).map((e) => {
    const node = document.createElement(tags.has(e.tag) ? e.tag : "span")
    if (e.class) node.className = e.class
    if (e.class === "mark") node.ariaHidden = "true"
    if (e.tag === "button") Object.assign(node, { type: "button" }).dataset.fact = JSON.stringify([e.fact, e.value])
    if (e.tag === "a" && /^(#|https:\/\/)/.test(e.href)) {
      node.href = e.href
      if (e.href[0] !== "#") Object.assign(node, { rel: "noreferrer noopener", target: "_blank" })
    }
    if (e.tag === "a" && e.href.startsWith("#line?")) node.ariaLabel = "line " + e.text + ", show it in the log"
    if (e.tag === "pre" || e.class === "lines" || e.class === "scroll") Object.assign(node, { tabIndex: 0, ariaLabel: "code or table" }).role = "group"
    node.append(...(e.text ? [e.text] : []), ...nodes(e.kids))
    return node
  })
}

export function make(tag, props, ...kids) {
  const node = Object.assign(document.createElement(tag), props)
  node.append(...kids)
  return node
}
