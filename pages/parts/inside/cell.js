// One cell: its picture with the numbers of a timestep, what the chosen part does, and what the network would answer.

const SVG = "http://www.w3.org/2000/svg"

function cellOf(root, player) {
  const head = element(root, "header")
  const title = element(head, "b", { class: "title" })
  const answer = element(head, "span", { class: "answer" })
  const unitField = element(element(head, "label", { class: "pick" }, "Unit "), "input", { type: "number", min: 0, step: 1 })
  const left = element(root, "div", { class: "left" })
  const scroller = element(left, "div", { class: "scroller" })
  const diagram = element(scroller, "div", { class: "diagram", role: "group" })
  const words = element(left, "p", { class: "in-words" })
  const tabs = element(left, "div", { class: "chips tabs", role: "group", "aria-label": "Shown below" })
  const about = element(left, "div", { class: "about", tabindex: "0", role: "group", "aria-label": "What each part does" })
  const right = element(root, "div", { class: "right" })
  let boxes = [] // { name, part, button, value, numbers, words, strip }
  let wires = [] // { path, gate }
  let formulas = [] // { part, numbers }: beside the picture's wires
  let selected = null // the number of the unit that is kept
  let hovered = null // the row that the pointer is on
  let chosen = null // the name of the part that is explained
  let tinting = null // the name of the state that colours the input

  const view = {
    data: null,
    arrays: {},
    colours: null,
    labels: [],
    start: 0,
    at: 0,
    get columns() { return view.labels.length },
    get row() { return hovered ?? Math.max(0, view.data.rows.indexOf(selected)) },
    get unit() { return view.data.rows[view.row] },
    value: (name, t, row) => view.arrays[name].values[(t - view.start) * view.arrays[name].rows + row],
    go: t => player.go(t),
    hover(row) {
      if (row === hovered) return
      hovered = row
      shown()
    },
    select(row, state = null) {
      selected = view.data.rows[row]
      hovered = null
      if (state) tinting = state
      shown()
    },
    // What colours the input: a state of the unit on show.
    get tint() {
      const { parts, limits } = view.data
      const state = parts.find(({ name, kind }) => kind === "state" && name === tinting) ?? parts.at(-1)
      return { label: state.label, unit: view.unit, of: t => view.value(state.name, t, view.row) / limits[state.name] }
    },
    largest(name) {
      let most = 0
      for (let t = 0; t < view.columns; t++) most = Math.max(most, Math.abs(view.value(name, view.start + t, view.row)))
      return most
    },
    step: () => maps.step(),
    update,
    move,
    sentence,
    describe,
  }
  const maps = mapsOf(view, right)
  const units = unitsOf(view, left)
  const panels = { "What each part does": about, "Units": units.panel }
  for (const [name, panel] of Object.entries(panels)) {
    element(tabs, "button", { type: "button" }, name).onclick = () => open(panel)
  }
  open(about)

  function open(panel) {
    Object.values(panels).forEach((each, i) => {
      each.hidden = each !== panel
      tabs.children[i].setAttribute("aria-pressed", String(each === panel))
    })
  }

  new ResizeObserver(() => { // the picture is drawn a little smaller where two stand beside each other
    diagram.style.zoom = Math.max(0.85, Math.min(1, scroller.clientWidth / 580))
  }).observe(scroller)

  function shown() {
    maps.drawCurve()
    move(view.at)
    describe()
    player.tint()
  }

  unitField.oninput = () => {
    const wanted = Number(unitField.value)
    const row = view.data.rows.indexOf(wanted)
    if (unitField.value !== "" && row >= 0) view.select(row)
  }
  unitField.onchange = () => { // of a group, only the typical unit has numbers: the nearest number that is
    const wanted = Number(unitField.value)
    const nearest = [...view.data.rows].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0]
    view.select(view.data.rows.indexOf(nearest))
    unitField.value = nearest
  }

  function update(data, { labels, start, asks, cells }, colours) {
    const pair = cells.length > 1
    const rebuild = !view.data || view.pair !== pair || JSON.stringify([view.data.parts, view.data.diagram]) !== JSON.stringify([data.parts, data.diagram])
    Object.assign(view, { data, labels, start, colours, asks, pair })
    view.arrays = Object.fromEntries(Object.entries({ ...data.arrays, x: data.x }).map(([name, packed]) => [name, unpack(packed)]))
    hovered = null
    if (!data.rows.includes(selected)) selected = data.rows[liveliest()]
    root.setAttribute("aria-label", data.title)
    title.textContent = data.title
    const grouped = data.rows.length < data.units
    unitField.max = data.units - 1
    unitField.title = grouped ? `${data.rows.length} of ${data.units} units can be chosen` : ""
    if (rebuild) {
      buildDiagram()
      buildAbout()
      maps.build()
    }
    maps.draw()
    if (units.update()) open(units.panel)
    explain(chosen)
  }

  // The row whose output changes most.
  function liveliest() {
    const name = view.data.parts.at(-1).name
    const { rows, values } = view.arrays[name]
    let [best, most] = [0, -1]
    for (let row = 0; row < rows; row++) {
      let [sum, squares] = [0, 0]
      for (let t = 0; t < view.columns; t++) {
        sum += values[t * rows + row]
        squares += values[t * rows + row] ** 2
      }
      const spread = squares - sum ** 2 / view.columns
      if (spread > most) [best, most] = [row, spread]
    }
    return best
  }

  function buildDiagram() {
    const { diagram: plan, parts, activation } = view.data
    diagram.replaceChildren()
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("viewBox", "-10 0 580 318")
    svg.setAttribute("aria-hidden", "true")
    diagram.append(svg)
    const draw = (name, attributes, text) => {
      const made = document.createElementNS(SVG, name)
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
      if (text) made.textContent = text
      svg.append(made)
      return made
    }
    const head = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }
    const marker = draw("marker", { id: "arrow", ...head })
    marker.append(draw("path", { d: "M0 0L8 4L0 8Z", class: "head" }))
    const arrow = { "marker-end": "url(#arrow)" }
    wires = plan.wires.map(([d, gate]) => {
      const path = draw("path", gate === "plain" ? { d, class: "plain" } : { d, class: "wire", ...arrow })
      return { path, gate }
    })
    for (const [sign, cx, cy] of plan.operations) {
      draw("circle", { cx, cy, r: sign.length > 1 ? 13 : 11 })
      draw("text", { x: cx, y: cy + 4.5 }, sign === "φ" ? "" : sign)
      if (sign === "φ") draw("text", { x: cx, y: cy + 3.5, class: "small" }, activation)
    }
    boxes = Object.entries(plan.boxes).map(([name, box]) => buildBox(name, box, parts.find(part => part.name === name), plan))
    formulas = Object.entries(plan.formulas ?? {}).map(([name, box]) => {
      const part = parts.find(each => each.name === name)
      const place = element(diagram, "div", { class: "beside" })
      putAt(place, box)
      element(place, "span", { class: "formula" }).innerHTML = `${formulaHtml(part.symbol, "")} = ${formulaHtml(part.formula, activation)}`
      return { part, numbers: element(place, "span", { class: "numbers" }) }
    })
  }

  function putAt(node, [x, y, width, height]) {
    Object.assign(node.style, { left: `${x + 10}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` })
  }

  function buildBox(name, box, part, plan) {
    const { activation, parts } = view.data
    const button = element(diagram, part ? "button" : "div", { class: `box ${part?.kind ?? "given"}`, ...(part ? { type: "button" } : {}) })
    putAt(button, box)
    const line = element(button, "span", { class: "name" })
    const state = parts.find(each => name === `before.${each.name}`)
    line.innerHTML = part ? `${part.label} ${formulaHtml(part.symbol, "")}` : state ? `${state.label} ${formulaHtml(state.symbol.replace("_t", "_{t−1}"), "")}` : "Input x<sub>t</sub>"
    const value = element(button, "b", { class: "value" })
    const strip = element(button, "canvas", { class: "strip", height: 1, "aria-hidden": "true" })
    let numbers = null
    if (part?.formula && !plan.formulas?.[name]) {
      element(button, "span", { class: "formula" }).innerHTML = formulaHtml(part.formula, activation)
      numbers = element(button, "span", { class: "numbers" })
    }
    if (part) {
      button.onfocus = button.onpointerenter = () => explain(part.name)
      button.onclick = () => {
        open(about)
        explain(part.name)
      }
    }
    return { name, part, button, value, strip, numbers }
  }

  // All parts with what they do; a low screen shows only the words on the chosen one.
  function buildAbout() {
    const { parts, activation } = view.data
    about.replaceChildren()
    for (const part of parts) {
      const entry = element(about, "div", { class: "entry", "data-part": part.name })
      const text = element(entry, "p")
      text.innerHTML = `<b>${part.label} ${formulaHtml(part.symbol, "")}</b>${part.meaning ? `: ${part.meaning}.` : ""} `
      const more = element(text, "span", { class: "more" }, part.explanation)
      if (activation !== "tanh" && part.formula.includes("φ")) more.append(` Its activation φ is ${activation} here.`)
      if (part.keras) element(entry, "p", { class: "keras more" }, `In Keras: ${part.keras}`)
      entry.onclick = () => explain(part.name)
    }
  }

  function explain(name) {
    const { parts } = view.data
    chosen = (parts.find(each => each.name === name) ?? parts[0]).name
    for (const box of boxes) box.part && box.button.setAttribute("aria-pressed", String(box.name === chosen))
    for (const entry of about.children) entry.classList.toggle("chosen", entry.dataset.part === chosen)
    const entry = about.querySelector(".chosen")
    about.scrollTop = entry.offsetTop - (about.clientHeight - entry.offsetHeight) / 2
  }

  // Show the numbers of timestep t.
  function move(t) {
    view.at = t
    const { parts, limits, rows, activation } = view.data
    const [row, value] = [view.row, name => view.value(name, t, view.row)]
    const stripOf = (strip, name, kind, limit) => {
      const { rows: count, values } = view.arrays[name]
      if (strip.width !== count) strip.width = count
      const image = new ImageData(count, 1)
      const first = (t - view.start) * count
      paint(new Uint32Array(image.data.buffer), view.colours, kind, limit, count, i => values[first + i])
      strip.getContext("2d").putImageData(image, 0, 0)
    }
    for (const box of boxes) {
      const of = parts.find(part => part.name === box.name.replace("before.", ""))
      if (box.name === "x") {
        stripOf(box.strip, "x", "state", limits.x)
        box.value.textContent = `${view.data.features} number${view.data.features > 1 ? "s" : ""}`
      } else {
        stripOf(box.strip, box.name, of.kind, limits[of.name])
        box.value.textContent = two(value(box.name))
        if (box.numbers) box.numbers.textContent = `= ${filled(box.part.numbers, activation, value)}`
      }
    }
    for (const { part, numbers } of formulas) numbers.textContent = `= ${filled(part.numbers, activation, value)} = ${two(value(part.name))}`
    words.textContent = view.data.inWords && `Unit ${view.unit} at “${view.labels[t - view.start]}” ${filled(view.data.inWords, activation, value)}`
    for (const { path, gate } of wires) {
      if (gate === "plain") continue
      const open = gate ? (gate.startsWith("1−") ? 1 - value(gate.slice(2)) : value(gate)) : 0.4
      path.style.strokeWidth = `${(1 + 4.5 * Math.max(0, Math.min(1, Math.abs(open)))).toFixed(2)}px`
    }
    if (document.activeElement !== unitField && unitField.getRootNode().activeElement !== unitField) unitField.value = rows[row]
    maps.step()
    showAnswer(t)
  }

  function answersAt(t) {
    const [index, read] = view.data.answers.at[t - view.start]
    return { answers: view.data.answers.texts[index], read }
  }

  let answered = null
  function showAnswer(t) {
    const { answers, read } = answersAt(t)
    if (answered === answers) return
    answered = answers
    answer.replaceChildren()
    element(answer, "span", { class: "asks" }, `${view.asks}${read === t + 1 ? "" : ` after ${read}`}:`)
    for (const [text, share] of answers) {
      const each = element(answer, "span", { class: "likely" })
      if (share !== null) element(each, "i", { style: `width: ${Math.round(44 * share) + 1}px` })
      element(each, "b", {}, text)
      if (share !== null) each.append(` ${percent(share)}`)
    }
  }

  function sentence() {
    const { answers } = answersAt(view.at)
    return `${view.asks}: ${answers.map(([text, share]) => (share === null ? text : `${text} ${percent(share)}`)).join(", ")}.`
  }

  // The picture in words; not at every frame.
  function describe() {
    const numbers = view.data.parts.map(({ label, name }) => `${label.toLowerCase()} ${two(view.value(name, view.at, view.row))}`).join(", ")
    diagram.setAttribute("aria-label", `${view.data.title}, timestep ${view.at + 1}, unit ${view.unit}: ${numbers}.`)
    for (const { part, button } of boxes)
      if (part) button.setAttribute("aria-label", `${part.label}: ${two(view.value(part.name, view.at, view.row))}`)
    units.describe()
  }

  return view
}
