// The board of a class. board.py describes the data.

const GAP = 8 // pixels between tiles, as in board.css
const SMALLEST = { width: 190, height: 120 } // of a tile, at --u 1
const LEAST = 0.72 // of that size; smaller tiles cannot be read, so the board scrolls instead
const SIGNS = { // what a state looks like, on 10 x 10 units
  queued: "M5 0a5 5 0 1 0 0 10a5 5 0 1 0 0-10zm-.7 1.8h1.4v3l2 1.4-.8 1.1-2.6-1.8z",
  starting: "M1 4h2v2H1zm3 0h2v2H4zm3 0h2v2H7z",
  running: "M1.5 0l8 5-8 5z",
  paused: "M1 0h3v10H1zm5 0h3v10H6z",
  stopped: "M1 1h8v8H1z",
  finished: "M1.2 4.4l2.7 2.7L8.8 1.2 10 2.3 4 9.6 0 5.7z",
  failed: "M1.4 0L5 3.6 8.6 0 10 1.4 6.4 5 10 8.6 8.6 10 5 6.4 1.4 10 0 8.6 3.6 5 0 1.4z",
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".board")
  if (!root) return
  const board = kept(root, start)
  root.classList.toggle("projected", data.projected)
  write(root.querySelector(".summary"), data.summary)
  write(root.querySelector(".same"), data.scales.length ? "Same scale within a task." : "")
  write(root.querySelector(".scales"), data.scales.join(" · "))
  write(root.querySelector(".queue"), data.queue ?? "")
  write(root.querySelector(".empty"), data.empty)
  const numbers = new Set(data.tiles.map((tile) => tile.number))
  for (const [number, { item }] of board.tiles)
    if (!numbers.has(number)) {
      item.remove()
      board.tiles.delete(number)
    }
  data.tiles.forEach((tile, place) => {
    const text = JSON.stringify(tile)
    let known = board.tiles.get(tile.number)
    if (!known) board.tiles.set(tile.number, (known = { item: make("li", "tile"), text: "" }))
    if (known.text !== text) draw(known, tile)
    known.text = text
    if (board.list.children[place] !== known.item) board.list.insertBefore(known.item, board.list.children[place] ?? null)
  })
  arrange(root, board)
  return () => board.observer.disconnect()
}

function start(root) {
  const board = { tiles: new Map(), list: root.querySelector(".tiles") }
  board.observer = new ResizeObserver(() => arrange(root, board))
  board.observer.observe(board.list)
  return board
}

// As many tiles in a row as make them largest.
function arrange(root, board) {
  const { clientWidth: width, clientHeight: height } = board.list
  const count = Math.max(1, board.tiles.size)
  if (!width || !height) return
  const across = width - 4 // without the list's padding
  let best = { scale: 0 }
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns)
    const tile = { width: (across - GAP * (columns - 1)) / columns, height: (height - 4 - GAP * (rows - 1)) / rows }
    const scale = Math.min(tile.width / SMALLEST.width, tile.height / SMALLEST.height)
    if (scale > best.scale) best = { scale, columns, height: tile.height }
  }
  if (best.scale < LEAST) {
    const columns = Math.max(1, Math.floor((across + GAP) / (0.85 * SMALLEST.width + GAP)))
    best = { scale: 0.85, columns, height: SMALLEST.height }
  }
  board.list.style.gridTemplateColumns = `repeat(${best.columns}, minmax(0, 1fr))`
  board.list.style.gridAutoRows = `${Math.floor(best.height)}px`
  root.style.setProperty("--u", best.scale.toFixed(3))
  root.dataset.size = best.height < 170 ? "small" : best.height < 300 ? "medium" : "large"
  const letters = root.classList.contains("projected") ? Math.min(38, Math.max(16, 14 * best.scale)) : Math.min(24, Math.max(12, 12 * best.scale))
  root.style.setProperty("--lines", Math.max(1, Math.floor((0.3 * best.height) / (1.28 * letters))))
}

function draw(known, tile) {
  const { item } = known
  item.dataset.sign = tile.sign
  let card = item.firstElementChild
  const kind = tile.href ? "A" : "DIV"
  if (card?.tagName !== kind) {
    card = make(kind, "card")
    item.replaceChildren(card)
  }
  if (tile.href) {
    if (card.getAttribute("href") !== tile.href) card.href = tile.href
    Object.assign(card, { target: "_blank", rel: "noopener", title: "Open this run in a new tab" })
  }
  const head = make("div", "row")
  head.append(make("span", "name", tile.name))
  const row = make("div", "row")
  row.append(make("span", "what", tile.what))
  if (tile.sign === "none") {
    card.replaceChildren(head, row)
    return
  }
  const state = make("span", "state")
  state.append(sign(tile.sign), tile.state)
  head.append(state)
  row.append(make("span", "progress", tile.progress))
  card.replaceChildren(head, row, plot(tile), entry(tile))
}

function plot(tile) {
  const plot = make("div", "plot")
  const axis = make("div", "axis")
  axis.append(make("span", "", tile.high), make("span", "", tile.low))
  const curve = make("div", "curve")
  if (tile.alt) {
    const svg = shape("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none", role: "img", "aria-label": tile.alt })
    svg.append(
      shape("path", { class: "training", d: line(tile.training) }),
      shape("path", { class: "joined", d: line(tile.validation) }),
      shape("path", { class: "dots", d: dots(tile.validation) }),
    )
    curve.append(svg)
  }
  const end = make("div", "end")
  end.append(make("span", "", "0"), make("span", "", `${tile.end} epoch${tile.end === 1 ? "" : "s"}`))
  axis.setAttribute("aria-hidden", "true")
  end.setAttribute("aria-hidden", "true")
  plot.append(axis, curve, end)
  return plot
}

function entry(tile) {
  const entry = make("p", tile.written ? "entry written" : "entry")
  const value = make("span", "value", tile.entry)
  value.dir = "auto"
  const label = make("span", "label", tile.label)
  if (tile.written) entry.append(label, " ", value)
  else entry.append(value, " ", label)
  return entry
}

const line = (points) => pairs(points).map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("")
const dots = (points) => pairs(points).map(([x, y]) => `M${x} ${y}h0`).join("")
const pairs = (points) => Array.from({ length: points.length / 2 }, (_, i) => points.slice(2 * i, 2 * i + 2))

function sign(state) {
  const svg = shape("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" })
  svg.append(shape("path", { d: SIGNS[state], "fill-rule": "evenodd" }))
  return svg
}

function shape(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

function make(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text })
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}
