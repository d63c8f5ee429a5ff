// A link holds what it shares behind the "#", which browsers do not send.
const mostShared = 1 << 20 // characters, of a link and of what it unpacks to

async function through(bytes, stream) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader()
  const parts = []
  for (let size = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer())
    if ((size += value.length) > mostShared) throw new Error("the link holds too much")
    parts.push(value)
  }
}

export async function pack(value) {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(value)), new CompressionStream("deflate-raw"))
  let text = ""
  for (const b of bytes) text += String.fromCharCode(b)
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

export async function unpack(text) {
  if (text.length > mostShared) throw new Error("the link holds too much")
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))
  const { log, facts } = JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw"))))
  if (typeof log !== "string" || typeof facts !== "object") throw new Error("the link holds no log")
  return { log, facts: Object.fromEntries(Object.entries(facts ?? {}).map(([id, v]) => [id, String(v)])) }
}
