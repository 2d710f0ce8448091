// The map of an embedding: tokens at their places, the way of each from epoch to epoch, and the nearest ones of the one that was clicked.

const SVG = "http://www.w3.org/2000/svg"
const NEAREST = 6
const STEP = 700 // ms from one epoch to the next
const [WIDE, HIGH] = [11, 15] // px that a letter takes, so that names do not cover each other

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".map")
  if (!root) return
  const map = kept(root, start)
  map.update(data)
  return map.end
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const [svg, slider, when, near, pick, play] = ["svg", "input", ".when", ".near", "select", ".play"].map(find)
  let data = null
  let drawn = ""
  let nodes = [] // a group for each token
  let where = null
  let vectors = null
  let largest = [1, 1] // distance from the middle along each axis
  let at = 0
  let follows = true // the newest epoch
  let chosen = -1
  let bright = new Set() // the chosen one and its nearest
  let timer = null

  function update(next) {
    const content = JSON.stringify(next)
    if (content === drawn) return
    drawn = content
    const same = data && JSON.stringify(data.tokens) === JSON.stringify(next.tokens)
    data = next
    const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0))
    where = new Int16Array(bytes(data.places).buffer)
    vectors = new Int8Array(bytes(data.vectors).buffer)
    where.forEach((value, i) => (largest[i % 2] = Math.max(i < 2 ? 1 : largest[i % 2], Math.abs(value))))
    if (!same) build()
    colour()
    find(".time").hidden = data.epochs.length < 2
    slider.max = data.epochs.length - 1
    if (follows || at >= data.epochs.length) at = data.epochs.length - 1
    tell()
    show()
  }

  function build() {
    chosen = -1
    bright.clear()
    svg.replaceChildren()
    pick.replaceChildren(new Option("none", -1), ...data.tokens.map((token, i) => new Option(token, i)))
    nodes = data.tokens.map((token, i) => {
      const group = document.createElementNS(SVG, "g")
      const [dot, text, title] = ["circle", "text", "title"].map(name => group.appendChild(document.createElementNS(SVG, name)))
      text.textContent = title.textContent = token
      group.onclick = () => choose(i === chosen ? -1 : i)
      svg.prepend(group) // the most frequent one on top
      return { group, dot, text }
    })
  }

  function colour() {
    find(".kinds").replaceChildren(...data.kinds.map(([name, colour]) => {
      const item = document.createElement("span")
      const dot = item.appendChild(document.createElement("i"))
      dot.style.background = `var(--rnn-${colour})`
      item.append(name)
      return item
    }))
    nodes.forEach(({ dot }, i) => (dot.style.fill = `var(--rnn-${data.kinds[data.kind[i]][1]})`))
  }

  // Places in px: all epochs have one scale, and each axis fills the picture.
  function show() {
    const [width, height] = [svg.clientWidth, svg.clientHeight]
    if (!width || !data) return
    const first = at * nodes.length * 2
    const taken = []
    const order = [...bright, ...nodes.keys()] // what is chosen has its names first
    for (const i of new Set(order)) {
      const { group } = nodes[i]
      const [x, y] = [0, 1].map(k => where[first + 2 * i + k] / largest[k])
      const [left, top] = [(0.5 + 0.46 * x) * width, (0.5 - 0.44 * y) * height]
      group.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`
      const wide = (WIDE * [...data.tokens[i]].length) / 2
      const free = i === chosen || taken.every(([a, b, half]) => Math.abs(a - left) > wide + half || Math.abs(b - top) > HIGH)
      if (free) taken.push([left, top, wide])
      group.classList.toggle("named", free)
    }
    slider.value = at
    when.textContent = data.epochs[at]
    slider.setAttribute("aria-valuetext", data.epochs[at])
  }

  function nearest(i) {
    const { size } = data
    const row = k => vectors.subarray(k * size, (k + 1) * size)
    const product = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0)
    const own = row(i)
    const length = Math.sqrt(product(own, own)) || 1
    const cosines = nodes.map((_, k) => [k, product(own, row(k)) / (length * (Math.sqrt(product(row(k), row(k))) || 1))])
    return cosines.filter(([k]) => k !== i).sort((a, b) => b[1] - a[1]).slice(0, NEAREST)
  }

  function choose(i) {
    chosen = i
    pick.value = i
    tell()
    show()
  }

  function tell() {
    const found = chosen < 0 ? [] : nearest(chosen)
    bright = new Set(chosen < 0 ? [] : [chosen, ...found.map(([k]) => k)])
    nodes.forEach(({ group }, i) => {
      group.classList.toggle("chosen", i === chosen)
      group.classList.toggle("far", chosen >= 0 && !bright.has(i))
    })
    const names = found.map(([k, cosine]) => `${data.tokens[k]} (${cosine.toFixed(2)})`).join(", ")
    near.textContent = chosen < 0 ? "Click one to see which are nearest to it." : `Nearest to “${data.tokens[chosen]}”, ${data.epochs.at(-1)}, by the cosine of the angle between the vectors: ${names}.`
    svg.setAttribute("aria-label", `Map of ${data.tokens.length} tokens, ${data.epochs[at]}. ${near.textContent}`)
  }

  function stop() {
    clearInterval(timer)
    timer = null
    play.textContent = "Play"
  }

  play.onclick = () => {
    if (timer) return stop()
    at = 0
    follows = false
    show()
    play.textContent = "Pause"
    timer = setInterval(() => {
      if (!root.isConnected) return stop()
      at = Math.min(at + 1, data.epochs.length - 1)
      show()
      if (at < data.epochs.length - 1) return
      follows = true
      stop()
    }, STEP)
  }
  slider.oninput = () => {
    stop()
    at = Number(slider.value)
    follows = at === data.epochs.length - 1
    show()
  }
  pick.onchange = () => choose(Number(pick.value))
  new ResizeObserver(show).observe(svg)

  return { update, end: stop }
}
