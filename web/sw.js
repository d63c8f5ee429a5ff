// Keeps the page, so that it works offline: the newest one where there is a
// network, else the last one.
const kept = "pubmortem"

addEventListener("install", (e) => e.waitUntil(caches.open(kept).then((c) => c.add("./")).then(() => skipWaiting())))
addEventListener("activate", (e) => e.waitUntil(clients.claim()))
addEventListener("fetch", (e) => {
  if (e.request.mode !== "navigate") return
  e.respondWith((async () => {
    const cache = await caches.open(kept)
    try {
      const fresh = await fetch(e.request)
      if (fresh.ok) await cache.put("./", fresh.clone())
      return fresh
    } catch {
      return (await cache.match("./")) ?? Response.error()
    }
  })())
})
