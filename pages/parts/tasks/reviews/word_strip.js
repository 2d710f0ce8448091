// The words of a review with the score under each. word_strip.py describes the data and what is sent.

const FULL = 3 // log-odds at which a word's colour is strongest
const SIGN = 0.25 // log-odds from which a word has a sign
const DRAG = 6 // px that a pointer moves before a press becomes a drag
const SHUFFLES = 5
const HINT = "Click a word to leave it out; drag it onto another to swap the two."

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".review")
  if (!root) return
  const strip = kept(root, start)
  strip.send = edit => setStateValue("edit", edit)
  strip.update(data)
  return strip.stop
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const area = find(".words")
  const svg = element("svg", { "aria-hidden": "true" })
  const strip = { send: () => {}, update, stop: () => sizes.disconnect() }
  let data = null
  let waiting = null // data that came while a pointer was down: nothing may move under it
  let nodes = [] // one button a word, by place
  let order = [] // places as shown
  let out = new Set() // places left out
  let shuffles = [] // orders of the last change, if it was a shuffle
  let version = 0 // of the last change; data of an earlier version shows old scores
  let asked = null // the change that Python has not answered: "shuffle" or another word for it
  let marked = null // the place that S marked
  let pointed = null // the place under the pointer, or with the focus
  let press = null // { place, x, y, dragged, target } while a pointer is down

  function update(next) {
    if (press) return void (waiting = next)
    const isNew = data?.review !== next.review
    const again = isNew && asked === "shuffle" // the press committed what was typed, and the words are others now
    data = next
    if (isNew) {
      version = data.version
      asked = marked = pointed = null
      order = data.order.slice()
      out = new Set(data.out)
      shuffles = []
      nodes = data.words.map(wordButton)
      area.replaceChildren(...order.map(place => nodes[place]), svg)
      area.scrollTop = 0
      focusable(order[0])
    }
    const answered = asked !== null && data.version === version
    if (answered) asked = null
    draw()
    if (answered) announce(outcome())
    if (again) shuffle()
  }

  // -- What is shown

  function draw() {
    const can = data.message === undefined && data.words.length > 0
    root.classList.toggle("silent", data.message !== undefined)
    root.classList.toggle("asking", asked !== null)
    find(".shuffle").disabled = !can || data.words.length < 2
    find(".restore").disabled = !edited()
    data.words.forEach((word, place) => drawWord(nodes[place], place))
    drawVerdict()
    readout()
    find(".legend").textContent = data.message === undefined ? legend(data) : ""
    find(".legend").title = data.message === undefined ? EFFECT : ""
    curve()
  }

  function drawWord(node, place) {
    const importance = data.importance[place]
    const isOut = out.has(place)
    const strength = isOut || importance === null ? 0 : Math.min(1, Math.abs(importance) / FULL)
    const sign = strength && Math.abs(importance) >= SIGN ? (importance > 0 ? "▲" : "▼") : ""
    node.classList.toggle("unknown", !data.known[place])
    node.classList.toggle("marked", marked === place)
    node.classList.toggle("target", press?.target === place)
    node.classList.toggle("dragged", press?.dragged === true && press.place === place)
    node.setAttribute("aria-pressed", String(isOut))
    node.style.setProperty("--strength", `${Math.round(55 * strength)}%`)
    node.style.setProperty("--side", importance > 0 ? "var(--rnn-positive)" : "var(--rnn-negative)")
    node.title = data.known[place] ? "" : "Not in the vocabulary: the network reads “unknown”."
    node.querySelector("sup").textContent = sign
    node.setAttribute("aria-label", `${data.words[place]}: ${about(data, out, place)}`)
  }

  function drawVerdict() {
    const verdict = find(".verdict")
    verdict.textContent = data.message ?? (data.now === null ? "No score: none of these words is known." : "")
    if (data.message === undefined && data.now !== null) {
      verdict.append(Object.assign(document.createElement("b"), { textContent: say(data, data.now) }))
      if (data.truth) verdict.append(Object.assign(document.createElement("small"), { textContent: data.truth }))
    }
    verdict.classList.toggle("positive", data.message === undefined && data.now > 0.5)
    verdict.classList.toggle("negative", data.message === undefined && data.now !== null && data.now <= 0.5)
    drawBar(find(".before"), edited() ? data.before : null)
    drawBar(find(".now"), data.message === undefined ? data.now : null)
    find(".now span").textContent = edited() ? "Now" : ""
    const track = find(".now .track")
    for (const tick of track.querySelectorAll("u")) tick.remove()
    for (const score of shuffles.length ? data.shuffled : []) {
      if (score === null) continue
      const tick = document.createElement("u")
      tick.style.left = `${100 * score}%`
      track.append(tick)
    }
  }

  function drawBar(bar, score) {
    bar.classList.toggle("empty", score === null)
    if (score === null) return
    const fill = bar.querySelector(".track > i")
    fill.style.left = `${100 * Math.min(score, 0.5)}%`
    fill.style.width = `${100 * Math.abs(score - 0.5)}%`
    fill.style.background = score > 0.5 ? "var(--rnn-positive)" : "var(--rnn-negative)"
    bar.querySelector("b").textContent = percent(Math.max(score, 1 - score))
  }

  function readout() {
    find(".readout").textContent = told()
  }

  function told() {
    if (data.message !== undefined) return data.note ?? ""
    if (press?.dragged) {
      const target = press.target === null ? "Drop it on another word" : `Drop it on “${data.words[press.target]}”`
      return `“${data.words[press.place]}”: ${target} to swap the two.`
    }
    if (marked !== null) return `“${data.words[marked]}” is marked. Press S on another word to swap the two.`
    if (pointed !== null && out.has(pointed) && asked === null) return `“${data.words[pointed]}” is left out; click to put it back. ${outcome()}`
    if (pointed !== null) return `“${data.words[pointed]}”: ${about(data, out, pointed)}`
    if (edited() && asked === null) return outcome()
    return [data.note, data.words.length ? HINT : ""].filter(Boolean).join(" ")
  }

  const outcome = () => result(data, edited(), shuffles.length > 0)

  function curve() {
    find(".curve").textContent = drawCurve(svg, area, { data, nodes, order, out, pointed })
  }

  function edited() {
    return out.size > 0 || order.some((place, i) => place !== i)
  }

  // -- What a person does

  function change(kind, act) {
    shuffles = []
    act()
    version += 1
    asked = kind
    marked = null
    strip.send({ review: data.review, version, order, out: [...out], shuffles })
    draw()
  }

  function leaveOut(place) {
    if (data.message !== undefined) return
    change("word", () => (out.has(place) ? out.delete(place) : out.add(place)))
  }

  function swap(one, other) {
    if (one === other || data.message !== undefined) return
    change("swap", () => {
      const [i, j] = [order.indexOf(one), order.indexOf(other)]
      ;[order[i], order[j]] = [other, one]
      rearrange()
    })
  }

  function shuffle() {
    if (find(".shuffle").disabled) return
    change("shuffle", () => {
      shuffles = Array.from({ length: SHUFFLES }, () => shuffled(order))
      order = shuffles.at(-1).slice()
      rearrange()
    })
  }

  function restore() {
    if (!edited()) return
    change("restore", () => {
      out.clear()
      order.sort((one, other) => one - other)
      rearrange()
    })
  }

  function rearrange() {
    const active = root.getRootNode().activeElement
    area.replaceChildren(...order.map(place => nodes[place]), svg)
    if (active && area.contains(active)) active.focus({ preventScroll: true })
  }

  function mark(place) {
    if (marked === null) marked = place
    else if (marked === place) marked = null
    else return swap(marked, place)
    announce(marked === null ? "Unmarked" : `${data.words[place]} is marked. Press S on another word to swap the two.`)
    draw()
  }

  function wordButton(word) {
    const button = document.createElement("button")
    button.type = "button"
    button.className = "word"
    button.tabIndex = -1
    const text = document.createElement("span")
    text.textContent = word
    text.append(document.createElement("sup"))
    button.append(text)
    return button
  }

  function focusable(place) {
    for (const node of nodes) node.tabIndex = -1
    if (nodes[place]) nodes[place].tabIndex = 0
  }

  const placeAt = target => nodes.indexOf(target?.closest?.(".word"))

  function point(place) {
    if (place === pointed) return
    pointed = place
    readout()
    for (const dot of svg.querySelectorAll("circle")) dot.setAttribute("r", Number(dot.dataset.place) === place ? 5 : 3)
  }

  function announce(message) {
    find(".said").textContent = message
  }

  area.onpointerdown = event => {
    const place = placeAt(event.target)
    if (place < 0 || event.button || !event.isPrimary) return
    press = { place, x: event.clientX, y: event.clientY, id: event.pointerId, dragged: false, target: null }
  }
  area.onpointermove = event => {
    if (!press) {
      const place = placeAt(event.target)
      if (event.pointerType === "mouse") point(place < 0 ? null : place)
      return
    }
    if (event.pointerId !== press.id) return
    const [x, y] = [event.clientX - press.x, event.clientY - press.y]
    if (data.message !== undefined || (!press.dragged && Math.hypot(x, y) < DRAG)) return
    if (!press.dragged) {
      press.dragged = true
      area.setPointerCapture(press.id)
    }
    nodes[press.place].style.transform = `translate(${x}px, ${y}px)`
    const under = root.getRootNode().elementsFromPoint(event.clientX, event.clientY).map(placeAt).find(place => place >= 0 && place !== press.place)
    press.target = under ?? null
    nodes.forEach((node, place) => {
      node.classList.toggle("target", press.target === place)
      node.classList.toggle("dragged", press.place === place)
    })
    readout()
  }
  const release = dropped => event => {
    if (!press || event.pointerId !== press.id) return
    const { place, dragged, target } = press
    nodes[place].style.transform = ""
    press = null
    if (dragged) cancelClick = event.timeStamp
    if (dragged && dropped && target !== null) swap(place, target)
    else draw()
    if (waiting) {
      const next = waiting
      waiting = null
      update(next)
    }
  }
  let cancelClick = -Infinity // when a drag ended: the click that follows leaves no word out
  area.onpointerup = release(true)
  area.onpointercancel = area.onlostpointercapture = release(false)
  area.onpointerleave = event => {
    if (!press) point(null)
    else if (!press.dragged) release(false)(event)
  }
  area.onclick = event => {
    const place = placeAt(event.target)
    if (place < 0 || event.timeStamp - cancelClick < 50) return
    focusable(place)
    leaveOut(place)
  }
  area.addEventListener("focusin", event => {
    const place = placeAt(event.target)
    if (place < 0) return
    focusable(place)
    point(place)
  })
  area.addEventListener("focusout", () => point(null))
  area.onkeydown = event => {
    const place = placeAt(event.target)
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return
    const at = order.indexOf(place)
    const ahead = getComputedStyle(area).direction === "rtl" ? -1 : 1
    let to = null
    if (event.key === "ArrowRight") to = at + ahead
    else if (event.key === "ArrowLeft") to = at - ahead
    else if (event.key === "Home") to = 0
    else if (event.key === "End") to = order.length - 1
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") to = inNextLine(place, event.key === "ArrowDown")
    else if (event.key.toLowerCase() === "s") mark(place)
    else if (event.key === "Escape" && marked !== null) mark(marked)
    else return
    event.preventDefault()
    event.stopPropagation() // Streamlit's own shortcuts
    if (to !== null) nodes[order[Math.min(Math.max(to, 0), order.length - 1)]].focus()
  }

  // The index in `order` of the word below or above, or of the word itself where there is no such line.
  function inNextLine(place, down) {
    const middle = node => node.offsetLeft + node.offsetWidth / 2
    const from = nodes[place]
    const tops = [...new Set(order.map(each => nodes[each].offsetTop))]
    const top = tops[tops.indexOf(from.offsetTop) + (down ? 1 : -1)]
    if (top === undefined) return order.indexOf(place)
    const line = order.filter(each => nodes[each].offsetTop === top)
    const distance = each => Math.abs(middle(nodes[each]) - middle(from))
    return order.indexOf(line.reduce((best, each) => (distance(each) < distance(best) ? each : best)))
  }

  find(".shuffle").onclick = shuffle
  find(".restore").onclick = restore
  const sizes = new ResizeObserver(() => data && curve())
  sizes.observe(area)
  return strip
}

function shuffled(values) {
  const row = values.slice()
  for (let i = row.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[row[i], row[j]] = [row[j], row[i]]
  }
  return row
}
