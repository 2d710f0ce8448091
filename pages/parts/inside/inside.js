// The Inside page: an input that is stepped through, and one or two cells beside each other. content.py describes the data.

const SPEEDS = { Slow: 2, Medium: 8, Fast: 60 } // timesteps a second

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".inside")
  if (!root) return
  const player = kept(root, start)
  player.send = wanted => setStateValue("window", wanted)
  player.update(data)
  return player.end
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const [slider, where, strip, said, play] = [".time", ".where", ".strip", ".said", ".play"].map(find)
  const player = { send: () => {}, update, go, tint, end }
  let data = null
  let drawn = "" // the data and colours that are drawn
  let views = []
  let at = 0 // the timestep on show
  let wanted = null // a timestep that is not here yet
  let tokens = []
  let playing = null // the last moment of the animation, in ms
  let rest = 0 // a fraction of a timestep

  function update(next) {
    const look = getComputedStyle(root).getPropertyValue("--st-background-color")
    const content = JSON.stringify([next, look])
    if (content === drawn) return
    drawn = content
    const same = data?.input === next.input
    data = next
    const colours = colourTables(root)
    root.classList.toggle("pair", data.cells.length > 1)
    while (views.length > data.cells.length) views.pop().root.remove()
    while (views.length < data.cells.length) {
      const section = element(find(".cells"), "section", { class: "cell" })
      views.push(Object.assign(cellOf(section, player), { root: section }))
    }
    views.forEach((view, i) => view.update(data.cells[i], data, colours))
    if (!same) at = data.start + data.labels.length - 1
    if (wanted !== null) at = wanted
    wanted = null
    at = Math.max(data.start, Math.min(data.start + data.labels.length - 1, at))
    slider.max = data.total - 1
    drawStrip()
    drawPicture(colours)
    drawOverview(colours)
    const notes = [data.note, ...data.cells.map(groups), part(), bothWays()]
    find(".said-of-input").textContent = [...new Set(notes.filter(Boolean))].join(" ")
    tint()
    show(true)
  }

  const groups = cell =>
    cell.rows.length < cell.units ? `${cell.units} units are too many to draw: each row is the most typical of ${Math.max(...cell.sizes)} units that behave alike.` : "Each row of a map is a unit; those that behave alike stand together."

  const part = () =>
    data.labels.length < data.total
      ? `Timesteps ${data.start + 1} to ${data.start + data.labels.length} of ${data.total.toLocaleString("en")} are shown; stepping on or clicking the overview brings others.`
      : ""

  const bothWays = () => {
    const cell = data.cells.find(each => each.answers.computed < data.total)
    if (cell) return `The network reads both ways, so each answer needs a separate reading: ${cell.answers.computed} of ${data.total} are computed.`
    return data.cells.some(each => each.backwards) ? "This direction reads from the end: its memory is of what follows." : ""
  }

  function drawStrip() {
    strip.replaceChildren()
    tokens = data.labels.map((label, i) => {
      const token = element(strip, "span", {}, label)
      token.onclick = () => go(data.start + i)
      return token
    })
  }

  // Colour the input by the unit on show: below zero, above zero.
  function tint() {
    const { label, unit, of } = views[0].tint
    tokens.forEach((token, i) => {
      const value = Math.max(-1, Math.min(1, of(data.start + i)))
      token.style.setProperty("--tint", `color-mix(in srgb, var(--rnn-${value < 0 ? "negative" : "positive"}) ${Math.round(55 * Math.abs(value))}%, transparent)`)
    })
    find(".tinted").textContent = `Colour: ${label.toLowerCase()} of unit ${unit}.`
  }

  function drawPicture(colours) {
    const canvas = find(".picture")
    root.classList.toggle("pictured", !!data.picture)
    if (!data.picture) return
    const { side, pixels } = data.picture
    canvas.width = canvas.height = side
    const bytes = atob(pixels)
    const image = new ImageData(side, side)
    paint(new Uint32Array(image.data.buffer), colours, "gate", 1, side * side, i => bytes.charCodeAt(i) / 255)
    canvas.getContext("2d").putImageData(image, 0, 0)
  }

  function drawOverview(colours) {
    const canvas = find(".overview canvas")
    const overview = data.cells[0].overview
    find(".overview").hidden = !overview
    if (!overview) return
    const { rows, values } = unpack(overview)
    const columns = values.length / rows
    canvas.width = columns
    canvas.height = rows
    const image = new ImageData(columns, rows)
    const limit = data.cells[0].limits[data.cells[0].parts.at(-1).name]
    paint(new Uint32Array(image.data.buffer), colours, "state", limit, columns * rows, i => values[(i % columns) * rows + Math.floor(i / columns)])
    canvas.getContext("2d").putImageData(image, 0, 0)
    canvas.setAttribute("aria-label", `Overview of the hidden state over all ${data.total} timesteps`)
    const here = find(".overview i")
    here.style.left = `${(100 * data.start) / data.total}%`
    here.style.width = `${(100 * data.labels.length) / data.total}%`
  }

  find(".overview").onclick = event => {
    const box = find(".overview").getBoundingClientRect()
    go(Math.floor(((event.clientX - box.left) / box.width) * data.total))
  }

  // Go to a timestep; one that Python has not sent is asked for.
  function go(t) {
    t = Math.max(0, Math.min(data.total - 1, t))
    const here = t >= data.start && t < data.start + data.labels.length
    if (here) {
      at = t
      wanted = null
      show(playing === null)
      return
    }
    wanted = t
    slider.value = t
    where.textContent = `Reading on at ${(t + 1).toLocaleString("en")} …`
    const before = t > at ? 20 : data.labels.length - 21 // timesteps that are left to go back, or on
    player.send({ input: data.input, start: Math.max(0, t - before) })
  }

  function show(atRest) {
    const i = at - data.start
    slider.value = at
    slider.setAttribute("aria-valuetext", `Timestep ${at + 1} of ${data.total}: ${data.labels[i]}`)
    where.textContent = `Timestep ${(at + 1).toLocaleString("en")} of ${data.total.toLocaleString("en")}`
    find(".strip .now")?.classList.remove("now")
    const token = tokens[i]
    token.classList.add("now")
    strip.scrollLeft = token.offsetLeft - strip.clientWidth / 2 + token.offsetWidth / 2
    if (data.picture) {
      const line = find(".reads")
      const across = data.picture.reads === "columns"
      const place = data.picture.reads === "pixels" ? Math.floor(at / data.picture.side) : at
      line.style[across ? "left" : "top"] = `${(100 * place) / data.picture.side}%`
      line.style[across ? "width" : "height"] = `${100 / data.picture.side}%`
      line.style[across ? "top" : "left"] = "0"
      line.style[across ? "height" : "width"] = "100%"
    }
    for (const view of views) {
      view.move(at)
      if (atRest) view.describe()
    }
  }

  function announce() {
    const sentences = views.map(view => (views.length > 1 ? `${view.data.name}: ` : "") + view.sentence())
    said.textContent = `Timestep ${at + 1} of ${data.total}, ${data.labels[at - data.start]}. ${sentences.join(" ")}`
  }

  function step(by) {
    pause()
    go(at + by)
    announce()
  }

  function pause() {
    if (playing === null) return
    playing = null
    label()
    show(true)
    announce()
  }

  function label() {
    play.textContent = playing === null ? "Play" : "Pause"
    play.setAttribute("aria-pressed", String(playing !== null))
  }

  function frame(now) {
    if (playing === null || !root.isConnected) return
    rest = Math.min(rest + ((now - playing) / 1000) * SPEEDS[find(".speed").value], 4)
    playing = now
    if (rest >= 1 && wanted === null) {
      const by = Math.floor(rest)
      rest -= by
      if (at >= data.total - 1) return pause()
      go(at + by)
    }
    requestAnimationFrame(frame)
  }

  play.onclick = () => {
    if (playing !== null) return pause()
    if (at >= data.total - 1) go(0)
    said.textContent = "Playing"
    playing = performance.now()
    rest = 0
    label()
    requestAnimationFrame(frame)
  }
  slider.oninput = () => {
    if (playing !== null) pause()
    go(Number(slider.value))
  }
  find(".first").onclick = () => step(-data.total)
  find(".last").onclick = () => step(data.total)
  find(".back").onclick = () => step(-1)
  find(".on").onclick = () => step(1)

  // Arrow keys step wherever the focus is, unless it is in a field or a slider that has its own use of them.
  const keys = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }
  function onKey(event) {
    if (!root.isConnected || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return
    const target = event.composedPath()[0]
    const elsewhere = target !== document.body && !root.contains(target)
    if (elsewhere || target.matches?.("input, select, textarea")) return
    event.preventDefault()
    step(keys[event.key])
  }
  document.addEventListener("keydown", onKey)

  function end() {
    playing = null
    document.removeEventListener("keydown", onKey)
  }

  label()
  return player
}
