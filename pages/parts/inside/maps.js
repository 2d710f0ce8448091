// Heat maps of units over time, and the curve of one unit: drawn once for new numbers; a step only moves the line of the timestep.

function mapsOf(view, root) {
  const chips = element(root, "div", { class: "chips", role: "group", "aria-label": "Heat maps on show" })
  const stack = element(root, "div", { class: "stack" })
  let shown = null // names of the parts whose maps are on show
  let paired = null // whether another cell stood beside this one
  let plots = [] // { part, plot, canvas, line, mark }
  let curve = null

  function build() {
    const { parts } = view.data
    const first = [...parts.filter(p => p.kind === "state").reverse(), ...parts.filter(p => p.kind === "gate").slice(0, view.pair ? 0 : 2)]
    if (paired !== view.pair) shown = null
    paired = view.pair
    if (!shown || !shown.some(name => parts.some(p => p.name === name))) shown = first.map(p => p.name)
    chips.replaceChildren()
    for (const part of [...parts.filter(p => p.kind === "state").reverse(), ...parts.filter(p => p.kind !== "state")]) {
      const chip = element(chips, "button", { type: "button", "aria-pressed": String(shown.includes(part.name)) }, part.label)
      chip.onclick = () => {
        const next = shown.includes(part.name) ? shown.filter(name => name !== part.name) : [...shown, part.name]
        if (!next.length) return
        shown = next
        chip.setAttribute("aria-pressed", String(shown.includes(part.name)))
        buildPlots()
        draw()
        view.step()
      }
    }
    buildPlots()
  }

  function buildPlots() {
    stack.replaceChildren()
    const { parts } = view.data
    const order = [...parts.filter(p => p.kind === "state").reverse(), ...parts.filter(p => p.kind !== "state")]
    plots = order.filter(p => shown.includes(p.name)).map(part => {
      const figure = element(stack, "figure", { class: "map" })
      const caption = element(figure, "figcaption")
      caption.innerHTML = `<span><b>${part.label}</b> ${formulaHtml(part.symbol, "")}${part.meaning ? ` · ${part.meaning}` : ""}</span>`
      element(caption, "span", { class: `scale ${part.kind === "gate" ? "open" : "signed"}` })
      const plot = element(figure, "div", { class: "plot" })
      const canvas = element(plot, "canvas", { role: "img" })
      const [mark, line] = [element(plot, "i", { class: "mark" }), element(plot, "i", { class: "line" })]
      listen(plot)
      return { part, caption, plot, canvas, line, mark }
    })
    const figure = element(stack, "figure", { class: "curve" })
    const caption = element(figure, "figcaption")
    const plot = element(figure, "div", { class: "plot" })
    curve = { caption, plot, canvas: element(plot, "canvas", { role: "img" }), line: element(plot, "i", { class: "line" }) }
    listen(plot, false)
    observer.disconnect()
    observer.observe(plot)
  }

  // Pointing at a unit shows it; a click keeps the unit and goes to the timestep.
  function listen(plot, hasUnits = true) {
    const at = event => {
      const box = plot.getBoundingClientRect()
      const inside = (value, size, count) => Math.max(0, Math.min(count - 1, Math.floor((value / size) * count)))
      return {
        t: inside(event.clientX - box.left, box.width, view.columns),
        row: inside(event.clientY - box.top, box.height, view.data.rows.length),
      }
    }
    if (hasUnits) {
      plot.onpointermove = event => view.hover(at(event).row)
      plot.onpointerleave = () => view.hover(null)
    }
    plot.onclick = event => {
      const { t, row } = at(event)
      if (hasUnits) view.select(row)
      view.go(view.start + t)
    }
  }

  const observer = new ResizeObserver(() => drawCurve())

  function draw() {
    const [columns, rows] = [view.columns, view.data.rows.length]
    for (const { part, caption, canvas } of plots) {
      canvas.width = columns
      canvas.height = rows
      const { values } = view.arrays[part.name]
      const image = new ImageData(columns, rows)
      const words = new Uint32Array(image.data.buffer)
      paint(words, view.colours, part.kind, view.data.limits[part.name], columns * rows, i => values[(i % columns) * rows + Math.floor(i / columns)])
      canvas.getContext("2d").putImageData(image, 0, 0)
      canvas.setAttribute("aria-label", `${part.label}: ${view.data.summary[part.name]}`)
      const limit = view.data.limits[part.name]
      const ends = part.kind === "gate" ? ["0", "1"] : [two(-limit), two(limit)].map(end => end.replace(/\.?0+$/, ""))
      caption.querySelector(".scale").replaceChildren(ends[0], document.createElement("i"), ends[1])
    }
    drawCurve()
  }

  function drawCurve() {
    if (!curve?.plot.clientWidth) return
    const [width, height, ratio] = [curve.plot.clientWidth, curve.plot.clientHeight, devicePixelRatio || 1]
    const { canvas } = curve
    canvas.width = width * ratio
    canvas.height = height * ratio
    const context = canvas.getContext("2d")
    context.scale(ratio, ratio)
    const states = view.data.parts.filter(p => p.kind === "state").reverse()
    const column = width / view.columns
    const [top, bottom] = [4, height - 16]
    const limit = Math.max(...states.map(({ name }) => view.largest(name)), 1e-3)
    const y = value => top + ((1 - value / limit) / 2) * (bottom - top)
    context.strokeStyle = view.colours.faint
    context.beginPath()
    context.moveTo(0, y(0))
    context.lineTo(width, y(0))
    context.stroke()
    context.strokeStyle = context.fillStyle = view.colours.text
    states.forEach(({ name }, i) => {
      context.setLineDash(i ? [4, 3] : [])
      context.lineWidth = i ? 1.3 : 1.8
      context.beginPath()
      for (let t = 0; t < view.columns; t++) context.lineTo((t + 0.5) * column, y(view.value(name, view.start + t, view.row)))
      context.stroke()
    })
    context.setLineDash([])
    const letters = view.labels.every(label => label.length === 1)
    if (letters && column < 5) return nameCurve(states, limit)
    context.font = `${letters ? Math.min(12, column / 0.61) : 11}px ${getComputedStyle(curve.plot).getPropertyValue("--st-code-font") || "monospace"}`
    context.textAlign = "center"
    let free = 0
    view.labels.forEach((label, t) => {
      const [x, half] = [(t + 0.5) * column, context.measureText(label).width / 2]
      if (!letters && (x - half < free || x + half > width + 4)) return
      context.fillText(label, x, height - 3)
      free = x + half + 2
    })
    nameCurve(states, limit)
  }

  function nameCurve(states, limit) {
    const names = states.map(({ label }, i) => `${label.toLowerCase()} ${i ? "(dashed)" : ""}`.trim()).join(", ")
    curve.caption.innerHTML = `<span><b>Unit ${view.unit}</b> over time: ${names}, from ${two(-limit)} to ${two(limit)}</span>`
    const values = states.map(({ name, label }) => `${label.toLowerCase()} ${two(view.value(name, view.at, view.row))}`).join(", ")
    curve.canvas.setAttribute("aria-label", `Unit ${view.unit} over ${view.columns} timesteps. Now: ${values}.`)
  }

  function step() {
    const [columns, rows] = [view.columns, view.data.rows.length]
    const [left, wide] = [`${(100 * (view.at - view.start)) / columns}%`, `${100 / columns}%`]
    for (const { line } of [...plots, curve]) {
      line.style.left = left
      line.style.width = wide
    }
    for (const { mark } of plots) {
      mark.style.top = `${(100 * view.row) / rows}%`
      mark.style.height = `${100 / rows}%`
    }
  }

  return { build, draw, drawCurve, step }
}
