// The forecast over the true values, with a line "now" to drag. forecast_chart.py describes the data.

const MARGIN = { left: 40, right: 10, top: 22, bottom: 22 }
const SEND_EVERY = 120 // ms between two positions of "now" while it is dragged
const LINES = {
  truth: "True",
  oneStep: "One step ahead",
  free: "Running free",
  last: "Last value",
  seasonal: "Seasonal naive",
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".forecast")
  if (!root) return
  const chart = kept(root, start)
  chart.send = now => setStateValue("now", now)
  chart.update(data)
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const svg = find("svg")
  const chart = { send: () => {}, update }
  let data = null
  let view = null // [first, last] timestep on show
  let [width, height] = [560, 260]
  let now = 0 // as shown: while it is dragged, ahead of what Python knows
  let dragging = null // "now" or "view"
  let sent = null // the position of "now" that Python was told last and has not confirmed
  let moved = 0 // when it was told
  let timer = null

  function update(next) {
    const isNew = !data || data.run !== next.run || data.series !== next.series
    data = next
    // Answers to earlier positions may still arrive: they must not move the line back.
    if (isNew || data.now === sent || Date.now() - moved > 3000) sent = null
    if (isNew || (!dragging && sent === null && timer === null)) now = data.now
    if (isNew) {
      const [first, last] = views.get(key()) ?? usual()
      show(rangeWithin(first, last - first, end()))
    }
    for (const name of Object.keys(LINES)) {
      const button = find(`[data-line=${name}]`)
      button.hidden = !(data[name] ?? data.ahead[name])
      button.setAttribute("aria-pressed", String(!hidden.has(name)))
    }
    draw()
    idle()
  }

  function key() {
    return JSON.stringify([data.run, data.series])
  }

  function end() {
    return Math.max(data.truth.length, data.now + data.ahead.free.length)
  }

  function usual() {
    const span = Math.min(end(), Math.max(60, 4 * data.ahead.free.length))
    const first = data.now + data.ahead.free.length - 0.7 * span
    return [first, first + span]
  }

  function show(range) {
    view = range
    views.set(key(), view)
  }

  const plotWidth = () => width - MARGIN.left - MARGIN.right
  const x = i => MARGIN.left + ((i - view[0]) / (view[1] - view[0])) * plotWidth()
  const timestep = place => view[0] + place * (view[1] - view[0])

  function draw() {
    if (!data || !view) return
    const shown = name => !hidden.has(name)
    const ahead = i => data.now + i
    const inView = i => i >= view[0] - 1 && i <= view[1] + 1
    const lines = {}
    lines.truth = shown("truth") ? points(data.truth, i => i) : []
    lines.oneStep = shown("oneStep") ? points(data.oneStep, i => i) : []
    const from = [[data.now - 1, data.truth[data.now - 1]]]
    for (const name of ["free", "last", "seasonal"])
      lines[name] = shown(name) && data.ahead[name] ? [...from, ...points(data.ahead[name], ahead)] : []
    const low = shown("free") ? points(data.ahead.low, ahead) : []
    const high = shown("free") ? points(data.ahead.high, ahead) : []

    let [min, max] = [Infinity, -Infinity]
    for (const line of [...Object.values(lines), low, high])
      for (const [i, value] of line) if (value !== null && inView(i)) [min, max] = [Math.min(min, value), Math.max(max, value)]
    if (!(min <= max)) [min, max] = [0, 1]
    const room = 0.06 * (max - min) || 1
    ;[min, max] = [min - room, max + room]
    const y = value => height - MARGIN.bottom - ((value - min) / (max - min)) * (height - MARGIN.top - MARGIN.bottom)

    svg.replaceChildren()
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    svg.setAttribute("aria-label", summary())
    add(add(svg, "clipPath", { id: "plot" }), "rect", {
      x: MARGIN.left, y: 0, width: plotWidth(), height,
    })
    for (const value of ticks(min, max, height / 45)) {
      add(svg, "line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) })
      add(svg, "text", { class: "tick", x: MARGIN.left - 6, y: y(value) + 4, "text-anchor": "end" }, short(value))
    }
    add(svg, "text", { class: "axis", x: 2, y: 12 }, data.label)
    const count = Math.max(2, Math.floor((width - MARGIN.left) / 130))
    for (let k = 0; k < count; k++) {
      const i = Math.round(view[0] + ((k + 0.5) / count) * (view[1] - view[0]))
      add(svg, "text", { class: "tick", x: x(i), y: height - 6, "text-anchor": "middle" }, dateOf(i))
    }
    parts(y)
    const plot = add(svg, "g", { "clip-path": "url(#plot)" })
    if (low.length)
      add(plot, "path", { class: "band", d: path([...high, ...low.slice().reverse()], x, y) + "Z" })
    for (const name of ["last", "seasonal", "truth", "oneStep", "free"])
      add(plot, "path", { class: `line ${name}`, d: path(lines[name], x, y) })
    add(plot, "line", { class: "now", x1: x(now - 0.5), x2: x(now - 0.5), y1: MARGIN.top - 2, y2: height - MARGIN.bottom })
    const handle = find(".handle")
    const [left, right] = [x(now - 0.5) < MARGIN.left, x(now - 0.5) > width - MARGIN.right] // beyond the edges it stays in reach
    handle.style.left = `${(100 * Math.min(Math.max(x(now - 0.5), MARGIN.left), width - MARGIN.right)) / width}%`
    handle.textContent = left ? "‹ now" : right ? "now ›" : "now"
    handle.setAttribute("aria-valuemin", String(data.first))
    handle.setAttribute("aria-valuemax", String(data.truth.length))
    handle.setAttribute("aria-valuenow", String(now))
    handle.setAttribute("aria-valuetext", `${dateOf(now - 1)} is the last known date`)
  }

  function parts(y) {
    const names = ["training", "validation", "test"]
    const edges = [0, ...data.edges, data.truth.length]
    for (let k = 0; k < 3; k++) {
      const [left, right] = [Math.max(edges[k], view[0]), Math.min(edges[k + 1], view[1])]
      if (k && edges[k] > view[0] && edges[k] < view[1])
        add(svg, "line", { class: "edge", x1: x(edges[k] - 0.5), x2: x(edges[k] - 0.5), y1: MARGIN.top - 8, y2: height - MARGIN.bottom })
      if (x(right) - x(left) > 8 * names[k].length)
        add(svg, "text", { class: "part", x: x(left) + 5, y: MARGIN.top + 8 }, names[k])
    }
  }

  function points(values, place) {
    const result = []
    for (let i = 0; i < (values?.length ?? 0); i++) {
      const at = place(i)
      if (at >= view[0] - 1 && at <= view[1] + 1) result.push([at, values[i]])
    }
    return result
  }

  function dateOf(i) {
    return data.dates[i] ?? data.ahead.dates[i - data.now] ?? ""
  }

  function read(i) {
    const say = []
    for (const [name, label] of Object.entries(LINES)) {
      if (hidden.has(name)) continue
      const value = name === "truth" || name === "oneStep" ? data[name]?.[i] : data.ahead[name]?.[i - data.now]
      if (value !== null && value !== undefined) say.push(`${label} ${short(value)}`)
    }
    if (say.length) find(".readout").textContent = `${dateOf(i)}: ${say.join(", ")} ${data.unit}`
    else idle()
  }

  function summary() {
    const [first, last] = [Math.ceil(view[0]), Math.floor(view[1])]
    const steps = data.ahead.free.length
    return `${data.label} from ${dateOf(first)} to ${dateOf(last)}. After ${dateOf(now - 1)} the network forecasts ${steps} timesteps, the last ${short(data.ahead.free[steps - 1])} ${data.unit}.`
  }

  function idle() {
    find(".readout").textContent = `Known up to ${dateOf(now - 1)}. Drag now to forecast from another date.`
  }

  function moveNow(to, immediately) {
    to = Math.min(Math.max(Math.round(to), data.first), data.truth.length)
    if (to !== now) {
      now = to
      draw()
    }
    clearTimeout(timer)
    timer = null
    const send = () => {
      timer = null
      if (now === (sent ?? data.now)) return
      moved = Date.now()
      chart.send((sent = now))
    }
    if (immediately || Date.now() - moved > SEND_EVERY) send()
    else timer = setTimeout(send, SEND_EVERY)
  }

  // Where the pointer is in the plot, as a share of its width.
  function place(event) {
    const box = svg.getBoundingClientRect()
    return (event.clientX - box.left - MARGIN.left) / plotWidth()
  }

  const stage = find(".stage")
  const fingers = pinch()
  stage.addEventListener("pointerdown", event => {
    if (event.button) return
    const at = place(event)
    if (event.pointerType === "touch") fingers.down(event.pointerId, at, view)
    const isNow = Math.abs(at * plotWidth() + MARGIN.left - x(now - 0.5)) < 14 || event.target.closest(".handle")
    dragging = fingers.active ? { what: "zoom" } : isNow ? { what: "now" } : { what: "view", at, first: view[0] }
    stage.setPointerCapture(event.pointerId)
    stage.classList.add("dragging")
  })
  stage.addEventListener("pointermove", event => {
    const at = place(event)
    if (!dragging) return read(Math.round(timestep(at)))
    const span = view[1] - view[0]
    if (dragging.what === "now") return moveNow(timestep(at) + 0.5, false)
    if (dragging.what === "view") show(rangeWithin(dragging.first - (at - dragging.at) * span, span, end()))
    else if (fingers.active) show(fingers.move(event.pointerId, at, end()))
    draw()
  })
  for (const name of ["pointerup", "pointercancel"])
    stage.addEventListener(name, event => {
      fingers.up(event.pointerId)
      if (dragging?.what === "now") moveNow(now, true)
      dragging = null
      stage.classList.remove("dragging")
    })
  stage.addEventListener("pointerleave", () => dragging || idle())
  stage.addEventListener("wheel", event => {
    if (!event.ctrlKey) return // a trackpad's pinch; the wheel alone scrolls the page
    event.preventDefault()
    zoom(Math.exp(0.01 * event.deltaY), timestep(place(event)))
  })

  find(".handle").addEventListener("keydown", event => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key]
    const to = step ? now + step : { Home: data.first, End: data.truth.length }[event.key]
    if (to === undefined) return
    event.preventDefault()
    moveNow(to, false)
    const span = view[1] - view[0]
    if (now < view[0] || now > view[1]) show(rangeWithin(now - span / 2, span, end()))
    draw()
    idle()
  })

  function zoom(factor, fixed = Math.min(Math.max(now, view[0]), view[1])) {
    show(zoomed(view, factor, fixed, end()))
    draw()
  }
  find(".zoom-in").addEventListener("click", () => zoom(0.5))
  find(".zoom-out").addEventListener("click", () => zoom(2))
  find(".zoom-all").addEventListener("click", () => zoom(1e6))
  for (const name of Object.keys(LINES))
    find(`[data-line=${name}]`).addEventListener("click", () => {
      hidden.has(name) ? hidden.delete(name) : hidden.add(name)
      find(`[data-line=${name}]`).setAttribute("aria-pressed", String(!hidden.has(name)))
      draw()
    })

  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width < 50) return
    ;[width, height] = [entry.contentRect.width, entry.contentRect.height]
    draw()
  }).observe(svg)
  return chart
}
