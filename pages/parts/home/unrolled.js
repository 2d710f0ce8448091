// An unrolled network: an input, a hidden state and a prediction for each timestep. unrolled.py describes the data.

const STEP = 1.4 // seconds in which the word goes on by one character
const NS = "http://www.w3.org/2000/svg"
const HEIGHT = 150
const [INPUT, MIDDLE, OUTPUT] = [140, 74, 14] // y of the inputs, of the hidden states' middle, and of the predictions
const CELL = 15 // pixels of the side of one number

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".strip")
  return show(root, data, stripFilm)
}

function stripFilm(root, { steps, units }) {
  const svg = root.querySelector("svg")
  let width = 0
  let groups = []
  let chosen = null // the timestep that the pointer or the keyboard is on
  let moving = steps.length - 1 // the timestep that the animation is on

  function build() {
    svg.replaceChildren()
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`)
    const names = width < 560 ? 0 : 90 // pixels for the names of the three rows
    const column = (width - names) / steps.length
    const across = width < 560 ? 2 : 4 // numbers in a row of a hidden state
    const [boxWidth, boxHeight] = [across * CELL + 12, (steps[0].state.length / across) * CELL + 12]
    const x = i => names + (i + 0.5) * column
    for (const [name, y] of [["prediction", OUTPUT], ["hidden state", MIDDLE + 4], ["input", INPUT]])
      if (names) add(svg, "text", { class: "name", x: 0, y }, name)
    steps.forEach((_, i) => {
      const group = add(svg, "g", { class: "carried" })
      if (i + 1 < steps.length) {
        arrow(group, x(i) + boxWidth / 2 + 3, MIDDLE, x(i + 1) - boxWidth / 2 - 3, MIDDLE)
        if (column > 165) add(svg, "text", { class: "small", x: x(i) + column / 2, y: MIDDLE - 9 }, "same weights")
      }
      arrow(svg, x(i), INPUT - 16, x(i), MIDDLE + boxHeight / 2 + 3)
      arrow(svg, x(i), MIDDLE - boxHeight / 2 - 3, x(i), OUTPUT + 8)
    })
    groups = steps.map(({ input, state, next, shares }, i) => {
      add(svg, "text", { class: "input", x: x(i), y: INPUT }, input)
      add(svg, "text", { class: "small", x: x(i), y: OUTPUT }, `next: ${next[0]} ${percent(shares[0])}`)
      const group = add(svg, "g", { class: "step", tabindex: "0", role: "button", "aria-label": sentence(i) })
      const [left, top] = [x(i) - boxWidth / 2, MIDDLE - boxHeight / 2]
      add(group, "rect", { class: "box", x: left, y: top, width: boxWidth, height: boxHeight, rx: 7 })
      state.forEach((value, unit) => {
        const [cx, cy] = [left + 6 + (unit % across) * CELL, top + 6 + Math.floor(unit / across) * CELL]
        const share = Math.round(12 + 50 * Math.abs(value)) // the sign stays readable on the strongest colour
        const fill = `color-mix(in srgb, var(--rnn-${value < 0 ? "negative" : "positive"}) ${share}%, transparent)`
        add(group, "rect", { x: cx + 1, y: cy + 1, width: CELL - 2, height: CELL - 2, rx: 2, style: `fill: ${fill}` })
        add(group, "text", { class: "sign", x: cx + CELL / 2, y: cy + CELL / 2 + 3.5 }, value < 0 ? "−" : "+")
      })
      group.onpointerenter = group.onfocus = group.onclick = () => choose(i)
      group.onpointerleave = group.onblur = () => choose(null)
      return group
    })
  }

  function sentence(i) {
    const word = steps.slice(0, i + 1).map(({ input }) => input).join("")
    const numbers = steps[i].state.map(value => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`).join("  ")
    const next = steps[i].next.map((character, k) => `${character} ${percent(steps[i].shares[k])}`).join(", ")
    return `After “${word}” the hidden state carries ${units} numbers, among them ${numbers}. Likely next: ${next}.`
  }

  function choose(i) {
    chosen = i
    update()
  }

  function update() {
    if (!width) return
    const on = chosen ?? moving
    groups.forEach((group, i) => group.classList.toggle("shown", i === on))
    svg.querySelectorAll(".carried").forEach((group, i) => group.classList.toggle("lit", i === on))
    root.querySelector(".read").textContent =
      chosen === null ? "Each square is one number: + above 0, − below. Point at a hidden state to see what it carries." : sentence(chosen)
  }

  new ResizeObserver(([entry]) => {
    if (entry.contentRect.width < 100 || entry.contentRect.width === width) return
    width = entry.contentRect.width
    build()
    update()
  }).observe(root)

  return {
    seconds: steps.length * STEP,
    still: steps.length * STEP - 0.1,
    draw(at) {
      moving = Math.min(steps.length - 1, Math.floor(at / STEP))
      update()
    },
  }
}

function arrow(parent, x1, y1, x2, y2) {
  const [right, down] = [Math.sign(x2 - x1), Math.sign(y2 - y1)]
  const [backX, backY] = [x2 - 7 * right, y2 - 7 * down]
  add(parent, "path", { class: "arrow", d: `M${x1},${y1}L${backX},${backY}` })
  add(parent, "path", { class: "head", d: `M${x2},${y2}L${backX - 4 * down},${backY - 4 * right}L${backX + 4 * down},${backY + 4 * right}Z` })
}

function add(parent, name, attributes, text) {
  const element = document.createElementNS(NS, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  if (text !== undefined) element.textContent = text
  return parent.appendChild(element)
}
