// The analyzer runs here, so that the page stays usable while it reads a large
// log. The page first sends the program in parts, then questions.
let feed
const packed = new ReadableStream({ start: (controller) => { feed = controller } })

// It is unpacked and compiled while the rest of it is on its way.
const ready = (async () => {
  const go = new Go()
  const program = new Response(packed.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": "application/wasm" } })
  const { instance } = await WebAssembly.instantiateStreaming(program, go.importObject)
  go.run(instance)
})()

// A loop takes a twentieth of the time of Uint8Array.from with a function.
function bytes(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64)
  const text = atob(base64)
  const out = new Uint8Array(text.length)
  for (let i = 0; i < out.length; i++) out[i] = text.charCodeAt(i)
  return out
}

addEventListener("message", async ({ data }) => {
  if (data.part) return feed.enqueue(bytes(data.part))
  if (data.whole) feed.close()
  try {
    await ready
    postMessage({ id: data.id, ...(data.whole ? {} : pubmortem(data.question, JSON.stringify(data.about ?? {}), data.files ?? [])) })
  } catch (e) {
    postMessage({ id: data.id, error: String(e.message ?? e) })
  }
})
