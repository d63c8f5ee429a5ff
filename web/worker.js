// The analyzer runs here, so that the page stays usable while it reads a large
// log. The page first sends the program, then questions.
const ready = (async () => {
  const packed = await new Promise((resolve) => addEventListener("message", (e) => resolve(e.data.program), { once: true }))
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))
  const go = new Go()
  const { instance } = await WebAssembly.instantiate(await new Response(stream).arrayBuffer(), go.importObject)
  go.run(instance)
})()

addEventListener("message", async ({ data }) => {
  try {
    await ready
    postMessage({ id: data.id, ...(data.program ? {} : pubmortem(data.question, JSON.stringify(data.about ?? {}), data.files ?? [])) })
  } catch (e) {
    postMessage({ id: data.id, error: String(e.message ?? e) })
  }
})
