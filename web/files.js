// What was dropped or chosen, as a list of { name, size, blob }.
const listed = (file, name) => ({ name: name || file.webkitRelativePath || file.name, size: file.size, blob: file })

export const chosen = (list) => inFolder(Array.from(list, (f) => listed(f)))

// inFolder names files by their paths in the folder that holds them all.
function inFolder(list) {
  const [root, below] = list[0]?.name.split("/", 2) ?? []
  if (!below || !list.every((f) => f.name.startsWith(root + "/"))) return list
  return list.map((f) => ({ ...f, name: f.name.slice(root.length + 1) }))
}

const mostFiles = 5000 // files of a dropped folder

async function walk(entry, path, out) {
  if (out.length >= mostFiles) return
  if (entry.isFile) {
    out.push(listed(await new Promise((ok, no) => entry.file(ok, no)), path + entry.name))
    return
  }
  const reader = entry.createReader()
  for (;;) {
    const some = await new Promise((ok, no) => reader.readEntries(ok, no))
    if (!some.length) return
    for (const e of some) await walk(e, path + entry.name + "/", out)
  }
}

// dropped reads folders, too. The entries have to be asked for at once: the
// browser takes them back when the event is over.
export async function dropped(transfer) {
  const entries = Array.from(transfer.items, (i) => i.webkitGetAsEntry?.()).filter(Boolean)
  if (!entries.some((e) => e.isDirectory)) return chosen(transfer.files)
  const out = []
  for (const e of entries) await walk(e, "", out)
  return inFolder(out)
}
