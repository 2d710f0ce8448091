// A script with its changed lines marked, the summary of its layers, and notes. script_box.py describes the data.

const TOKENS = /(?<string>"""[\s\S]*?"""|f?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(?<comment>#[^\n]*)|(?<keyword>\b(?:def|class|return|yield|for|in|if|else|elif|break|import|from|with|as|and|or|not|lambda|None|True|False)\b)|(?<number>\b\d[\w.]*(?:(?<=e)-\d+)?)/g

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".code")
  if (!root) return
  kept(root, start)(data)
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const tabs = [...root.querySelectorAll("[role=tab]")]
  let data = null

  function open(tab) {
    for (const other of tabs) {
      other.setAttribute("aria-selected", other === tab)
      other.tabIndex = other === tab ? 0 : -1
      find(`#${other.getAttribute("aria-controls")}`).hidden = other !== tab
    }
  }
  tabs.forEach((tab, i) => {
    tab.onclick = () => open(tab)
    tab.onkeydown = event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
      if (!step) return
      const next = tabs[(i + step + tabs.length) % tabs.length]
      open(next)
      next.focus()
    }
  })
  open(tabs[0])

  find(".copy").onclick = async () => {
    const copied = navigator.clipboard ? await navigator.clipboard.writeText(data.source).then(() => true, () => false) : copyOld()
    const said = copied ? "Copied" : "Not copied"
    find(".copy").textContent = find(".message").textContent = said
    setTimeout(() => (find(".copy").textContent = "Copy"), 1500)
  }

  function copyOld() { // without a secure address, as in a class, a browser has no clipboard
    const area = document.createElement("textarea")
    area.value = data.source
    root.append(area)
    area.select()
    const copied = document.execCommand("copy")
    area.remove()
    return copied
  }

  return next => {
    const last = data
    data = next
    if (last && JSON.stringify(last) === JSON.stringify(next)) return
    find(".change").textContent = find(".change").title = data.change
    if (last?.change !== data.change && last) find(".message").textContent = data.change
    find(".about").textContent = find(".about").title = data.about
    find("#tab-notes").textContent = `Differences (${data.notes.length})`
    drawScript(find("#script"), data)
    drawLayers(find("#layers"), data.layers)
    drawNotes(find("#notes"), data.notes)
    const first = find(".changed")
    if (first) find("#script").scrollTop = Math.max(0, first.offsetTop - find("#script").clientHeight / 3)
  }
}

function element(name, className, text = "") {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

function drawScript(view, { source, marked, removed }) {
  const changed = new Set(marked)
  const gone = new Set(removed)
  view.replaceChildren(...linesOf(source).map((parts, i) => {
    const line = element("div", changed.has(i) ? "line changed" : gone.has(i) ? "line gone" : "line")
    const sign = element("span", "sign", changed.has(i) ? "+" : gone.has(i) ? "−" : "")
    if (sign.textContent) {
      sign.setAttribute("role", "img")
      sign.setAttribute("aria-label", changed.has(i) ? "changed" : "lines removed above")
    }
    const code = element("code", "")
    code.append(...parts.map(([kind, text]) => (kind ? element("span", kind, text) : text)), "\n")
    line.append(sign, code)
    return line
  }))
}

function linesOf(source) { // each line as [kind, text] pairs; a string may go over several lines
  const lines = [[]]
  const add = (kind, text) => text.split("\n").forEach((piece, i) => {
    if (i) lines.push([])
    if (piece) lines.at(-1).push([kind, piece])
  })
  let end = 0
  for (const match of source.matchAll(TOKENS)) {
    add("", source.slice(end, match.index))
    add(Object.keys(match.groups).find(kind => match.groups[kind] !== undefined), match[0])
    end = match.index + match[0].length
  }
  add("", source.slice(end))
  if (!lines.at(-1).length) lines.pop()
  return lines
}

function drawLayers(view, rows) {
  const table = element("table", "")
  const head = element("tr", "")
  head.append(...["Layer", "Output shape", "Parameters"].map(title => element("th", "", title)))
  const total = rows.reduce((sum, row) => sum + row[2], 0)
  table.append(head, ...[...rows, ["Total", "", total]].map(([name, shape, count]) => {
    const row = element("tr", "")
    row.append(element("td", "name", name), element("td", "", shape), element("td", "count", count.toLocaleString("en")))
    return row
  }))
  view.replaceChildren(table, element("p", "help", "As model.summary() prints it. None stands for the size of a batch, and for timesteps whose number differs."))
}

function drawNotes(view, notes) {
  const list = element("ul", "")
  list.append(...notes.map(note => {
    const item = element("li", "")
    item.append(...note.split("`").map((piece, i) => (i % 2 ? element("code", "", piece) : piece)))
    return item
  }))
  view.replaceChildren(element("p", "help", "Where this script differs from the one that courses show:"), list)
}
