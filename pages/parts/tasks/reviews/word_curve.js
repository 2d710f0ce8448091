// The curve of the scores under the words. word_strip.py puts this in front of word_strip.js, and describes the data.

const LINE = { low: 24, high: 160 } // px, height of the curve
const MOST_SPREAD = 4 // lines
const WIDEST_GAP = 40 // px, between words
const NS = "http://www.w3.org/2000/svg"

// Draw the curve under each line of words, as high as there is room; returns it in words.
function drawCurve(svg, area, { data, nodes, order, out, pointed }) {
  svg.replaceChildren()
  svg.setAttribute("height", "0")
  const hasScores = data.message === undefined && data.scores.some(score => score !== null)
  area.style.setProperty("--line", "0px")
  if (!hasScores || !area.clientWidth) return ""
  const lines = spread(area, order.map(place => nodes[place]))
  const room = Math.floor((area.clientHeight - 6) / lines - nodes[order[0]].offsetHeight - 2) // padding and gap, as in word_strip.css
  const height = Math.min(LINE.high, Math.max(LINE.low, room))
  area.style.setProperty("--line", `${height}px`)
  svg.setAttribute("width", area.clientWidth)
  svg.setAttribute("height", area.scrollHeight)
  const rtl = getComputedStyle(area).direction === "rtl"
  const rows = new Map() // top of a line -> points
  for (const place of order) {
    const node = nodes[place]
    if (!rows.has(node.offsetTop)) rows.set(node.offsetTop, [])
    const score = data.scores[place]
    if (score === null || out.has(place)) continue
    const bottom = node.offsetTop + node.offsetHeight - 5
    rows.get(node.offsetTop).push({ place, x: node.offsetLeft + node.offsetWidth / 2, y: bottom - score * (height - 10) })
  }
  for (const [top, points] of rows) {
    const bottom = top + nodes[order[0]].offsetHeight - 5
    const y = score => bottom - score * (height - 10)
    const [from, to] = rtl ? [0, area.clientWidth - 34] : [34, area.clientWidth]
    for (const score of [0, 0.5, 1]) svg.append(element("line", { class: score === 0.5 ? "half" : "end", x1: from, x2: to, y1: y(score), y2: y(score) }))
    for (const score of height < 44 ? [0.5] : [0, 0.5, 1]) {
      const label = element("text", { x: rtl ? area.clientWidth - 2 : 28, y: y(score) + 3, "text-anchor": "end" })
      label.textContent = `${100 * score}%`
      svg.append(label)
    }
    svg.append(element("polyline", { points: points.map(({ x, y }) => `${x},${y}`).join(" ") }))
    for (const { place, x, y } of points)
      svg.append(element("circle", { class: data.known[place] ? "" : "unknown", cx: x, cy: y, r: place === pointed ? 5 : 3, "data-place": place }))
  }
  const shown = order.filter(place => data.scores[place] !== null)
  return `Score of ${data.names[1]} if the review ended after each word: ${shown.map(place => `${data.words[place]} ${percent(data.scores[place])}`).join(", ")}.`
}

// Spread the words over as many lines as they need, as a last line of one word would have nearly no curve; returns how many lines there are.
function spread(area, words) {
  const lines = gap => {
    area.style.columnGap = gap
    return new Set(words.map(word => word.offsetTop)).size
  }
  const count = lines("")
  if (count < 2 || count > MOST_SPREAD) return count
  let [gap, tooMuch] = [3, WIDEST_GAP] // px; the first as in word_strip.css
  while (tooMuch - gap > 0.5) {
    const tried = (gap + tooMuch) / 2
    if (lines(`${tried}px`) === count) gap = tried
    else tooMuch = tried
  }
  return lines(`${gap}px`)
}

function element(name, attributes) {
  const made = document.createElementNS(NS, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}
