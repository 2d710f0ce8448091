// The network as a row of cards. network.py describes what is sent.

const NS = "http://www.w3.org/2000/svg"
const ADD = { recurrent: "Add a recurrent layer", dense: "Add a dense layer" }
const GLOW = 1500 // ms that lit cells stay
const SHOWN = { recurrent: "recurrent", dense: "dense" }

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".network")
  if (!root) return
  const network = kept(root, start)
  network.send = edit => setTriggerValue("edit", { ...edit, shown: network.shown(), phone: matchMedia("(max-width: 1000px)").matches })
  network.update(data)
}

function start(root) {
  const row = root.querySelector(".cards")
  const network = { send: () => {}, update, shown: () => data.selected }
  let data = null
  let focus = null // the id of the button that Tab reaches
  let drawn = ""
  let drag = null
  let dropped = false // the click that ends a drag selects nothing

  function update(next) {
    data = next
    root.querySelector(".cost").textContent = data.cost
    row.classList.toggle("trains", data.trains)
    const content = JSON.stringify([data.cards, data.selected, data.canAdd, data.canRemove])
    if (content === drawn || drag) return
    const had = row.contains(row.getRootNode().activeElement)
    const before = drawn && JSON.parse(drawn)[1]
    drawn = content
    if (!focus || before !== data.selected || !ids().includes(focus)) focus = data.selected
    draw()
    if (had) button(focus)?.focus()
    if (before !== data.selected) button(data.selected)?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  const ids = () => [...data.cards.map(card => card.id), "add:recurrent", "add:dense"]
  const button = id => row.querySelector(`[data-id="${id}"]`)
  const ofKind = kind => data.cards.filter(card => card.kind === kind)

  function draw() {
    const nodes = []
    data.cards.forEach((card, i) => {
      if (i) nodes.push(arrow())
      nodes.push(drawCard(card))
      const next = data.cards[i + 1]?.kind
      if (card.kind === "recurrent" && next !== "recurrent") nodes.push(adder("recurrent"))
      if (next === "output") nodes.push(adder("dense"))
    })
    row.replaceChildren(...nodes)
    tabStop()
  }

  function tabStop() {
    for (const each of row.querySelectorAll("button")) each.tabIndex = each.dataset.id === focus ? 0 : -1
  }

  function drawCard(card) {
    const node = element("button", "card")
    node.type = "button"
    node.dataset.id = card.id
    node.setAttribute("aria-pressed", String(card.id === data.selected))
    if (card.kind === "recurrent") node.append(glyph(card))
    const text = element("span")
    text.append(element("b", "", card.title))
    if (card.shape) text.append(element("small", "", card.shape))
    const detail = [card.parameters ? `${card.parameters.toLocaleString("en-US")} parameters` : "", card.notes].filter(Boolean).join(" · ")
    if (detail) text.append(element("small", "", detail))
    node.append(text)
    node.title = describe(card)
    node.setAttribute("aria-label", describe(card))
    if (data.canRemove[card.kind]) {
      const cross = element("span", "remove", "×")
      cross.setAttribute("aria-hidden", "true") // by keyboard: Delete
      cross.onclick = event => (event.stopPropagation(), remove(card))
      node.append(cross)
    }
    node.onclick = () => dropped || select(card.id)
    node.onpointerdown = event => startDrag(event, card, node)
    return node
  }

  function describe(card) {
    const parts = [card.title]
    const same = ofKind(card.kind)
    if (same.length > 1) parts[0] += `, ${card.kind} layer ${same.indexOf(card) + 1} of ${same.length}`
    if (card.shape) parts.push(`output ${card.shape}: batch${card.shape.split(",").length > 2 ? ", timesteps, features" : ", features"}`)
    if (card.parameters) parts.push(`${card.parameters.toLocaleString("en-US")} parameters`)
    if (card.notes) parts.push(card.notes)
    return parts.join("; ")
  }

  function adder(kind) {
    const node = element("button", "add")
    node.type = "button"
    node.dataset.id = `add:${kind}`
    node.title = ADD[kind]
    node.setAttribute("aria-label", ADD[kind])
    node.disabled = !data.canAdd[kind]
    node.append(element("b", "", "+"), SHOWN[kind])
    node.style.marginLeft = "5px"
    node.onclick = () => add(kind)
    return node
  }

  function select(id) {
    focus = id
    for (const each of row.querySelectorAll(".card")) each.setAttribute("aria-pressed", String(each.dataset.id === id)) // ahead of Python
    tabStop()
    network.send({ action: "select", card: id })
  }

  function add(kind) {
    if (!data.canAdd[kind]) return
    announce(`${ADD[kind].replace("Add", "Added")}`)
    network.send({ action: "add", kind })
  }

  function remove(card) {
    if (!data.canRemove[card.kind]) return announce(card.kind === "recurrent" ? "A network has at least one recurrent layer" : "")
    announce(`Removed ${card.title}`)
    network.send({ action: "remove", card: card.id })
  }

  function move(card, by) {
    const same = ofKind(card.kind)
    const to = same.indexOf(card) + by
    if (!SHOWN[card.kind] || to < 0 || to >= same.length) return
    announce(`Moved ${card.title} to place ${to + 1} of ${same.length}`)
    network.send({ action: "move", card: card.id, to })
  }

  // The cells of the recurrent cards, lit while the shown network reads or writes; a moment later they are dark again.
  let dark = 0 // the timer
  function lit(event) {
    if (!root.isConnected) return window.removeEventListener("rnn-light", lit)
    const cards = data ? ofKind("recurrent") : []
    const same = cards.length === event.detail.length && cards.every(({ title }, i) => title === event.detail[i].name)
    if (!same) return // the cards show the settings of another network
    clearTimeout(dark)
    dark = setTimeout(() => row.querySelectorAll(".lights").forEach(each => each.remove()), GLOW)
    cards.forEach(({ id }, i) => {
      const card = button(id)
      const lights = card.querySelector(".lights") ?? card.appendChild(element("span", "lights")) // some units, over the lower edge
      while (lights.children.length < event.detail[i].cells.length) lights.append(element("i"))
      event.detail[i].cells.forEach((level, cell) => {
        lights.children[cell].style.background = `color-mix(in srgb, var(--rnn-${level < 0 ? "negative" : "positive"}) ${Math.round(Math.abs(level) / 1.27)}%, transparent)`
      })
    })
  }
  window.addEventListener("rnn-light", lit)

  row.onkeydown = event => {
    const id = event.target.dataset?.id
    if (!id || event.ctrlKey || event.metaKey || event.altKey) return
    const card = data.cards.find(each => each.id === id)
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const order = [...row.querySelectorAll("button:not(:disabled)")].map(each => each.dataset.id)
    if (step && event.shiftKey) card && move(card, step)
    else if (step) goTo(order[Math.min(Math.max(order.indexOf(id) + step, 0), order.length - 1)])
    else if (event.key === "Home") goTo(order[0])
    else if (event.key === "End") goTo(order.at(-1))
    else if (["Delete", "Backspace"].includes(event.key)) card && remove(card)
    else return
    event.preventDefault()
    event.stopPropagation() // Streamlit's own shortcuts
  }

  function goTo(id) {
    focus = id
    tabStop()
    button(id).focus()
  }

  // A card that is dragged moves with the pointer; where it is let go, it takes its new place among the layers of its kind.
  function startDrag(event, card, node) {
    if (event.button || !SHOWN[card.kind] || ofKind(card.kind).length < 2 || event.target.closest(".remove")) return
    node.setPointerCapture(event.pointerId) // the end is heard, wherever it is
    drag = { card, node, from: event.clientX, moved: false }
    node.onpointermove = each => {
      const by = each.clientX - drag.from
      if (!drag.moved && Math.abs(by) < 6) return
      drag.moved = true
      node.classList.add("dragged")
      node.style.transform = `translateX(${by}px)`
    }
    node.onpointerup = node.onlostpointercapture = each => {
      const { moved } = drag
      const box = node.getBoundingClientRect()
      node.onpointermove = node.onpointerup = node.onlostpointercapture = null
      node.classList.remove("dragged")
      node.style.transform = ""
      drag = null
      if (!moved || each.type === "lostpointercapture") return update(data)
      dropped = true
      setTimeout(() => (dropped = false))
      const same = ofKind(card.kind)
      const middle = (box.left + box.right) / 2
      const others = same.filter(other => other !== card).map(other => button(other.id).getBoundingClientRect())
      const to = others.filter(other => (other.left + other.right) / 2 < middle).length
      if (to !== same.indexOf(card)) move(card, to - same.indexOf(card))
      update(data)
    }
  }

  function announce(message) {
    root.querySelector(".announced").textContent = message
  }

  return network
}

function element(name, className = "", text = "") {
  const node = document.createElement(name)
  if (className) node.className = className
  if (text) node.textContent = text
  return node
}

function arrow() {
  return svg("arrow", "0 0 20 14", [
    ["path", { class: "shaft", d: "M0 7H18" }],
    ["path", { d: "M13 2l6 5-6 5" }],
  ])
}

// A cell: its loop; a line through it where it has a cell state; a circle for each gate. A second loop reads backwards.
function glyph({ gates, cellState, both }) {
  const parts = [
    ["rect", { x: 7, y: 15, width: 24, height: 22, rx: 5 }],
    ["path", { d: "M28 15C33 3 5 3 10 14" }],
    ["path", { d: "M6.5 10.5l3.5 4 4-3" }],
  ]
  if (both) parts.push(["path", { d: "M10 37C5 48 33 48 28 38" }])
  const y = cellState ? 21 : 26
  if (cellState) parts.push(["path", { class: "line", d: "M2 21H36" }])
  for (let i = 0; i < gates; i++) {
    const x = 19 + (i - (gates - 1) / 2) * 7.5
    parts.push(["circle", { class: "gate", cx: x, cy: y, r: 2.7 }])
  }
  if (cellState) parts.push(["path", { d: "M12 30H26" }])
  return svg("glyph", "0 0 38 48", parts)
}

function svg(className, viewBox, parts) {
  const node = document.createElementNS(NS, "svg")
  node.setAttribute("class", className)
  node.setAttribute("viewBox", viewBox)
  node.setAttribute("aria-hidden", "true")
  for (const [name, attributes] of parts) {
    const part = document.createElementNS(NS, name)
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value)
    node.append(part)
  }
  return node
}
