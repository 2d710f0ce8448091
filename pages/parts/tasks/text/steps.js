// Choosing a text character by character. steps.py describes the data.

const PATIENCE = 3000 // ms after which an answer of Python counts, even if it is not the one that was asked for
const MOST_QUEUED = 5 // presses of Next that wait for the probabilities
const HINT = "Click a character on the right, or Next to let chance choose. Each gets a line: the thicker, the more surprising for the network."

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".steps")
  if (!root) return
  const box = kept(root, start)
  box.send = path => setTriggerValue("path", path)
  box.update(data)
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const text = find(".text")
  const buttons = [...root.querySelectorAll("[data-place]")]
  const box = { send: () => {}, update }
  let data = null
  let written = [] // on show: ahead of what Python knows while it computes
  let asked = null // the continuation that Python was asked about last, until it answers
  let askedAt = 0
  let later = null // waits for a newer answer
  let queued = 0 // presses of Next

  const joined = characters => characters.map(c => c.token).join("")

  function update(next) {
    const answer = asked !== null && next.prompt === data.prompt && joined(next.written) === asked
    const late = asked !== null && next.prompt === data.prompt && Date.now() - askedAt < PATIENCE
    if (late && !answer) { // an earlier tick: it must not take back what was chosen since, unless nothing newer comes
      clearTimeout(later)
      later = setTimeout(() => update(next), askedAt + PATIENCE - Date.now())
      return
    }
    clearTimeout(later)
    data = next
    asked = null
    written = data.written
    draw()
    if (queued && written.length < data.most) {
      queued--
      add(data.drawn)
    } else queued = 0
  }

  function draw() {
    find(".prompt").textContent = (data.cut ? "…" : "") + data.shown
    const spans = find(".written")
    written.forEach((character, i) => {
      const span = spans.children[i] ?? spans.appendChild(document.createElement("span"))
      const line = character.token === "\n" ? "⏎\n" : character.token
      if (span.textContent !== line) span.textContent = line
      const bits = character.surprise === null ? 8 : Math.min(character.surprise, 8)
      span.style.setProperty("--bits", bits.toFixed(2))
      span.title = about(character)
    })
    while (spans.children.length > written.length) spans.lastChild.remove()
    find(".hint").textContent = written.length ? "" : HINT
    text.scrollTop = text.scrollHeight
    const waits = asked !== null
    root.classList.toggle("waits", waits)
    const full = written.length >= data.most
    buttons.forEach((button, i) => {
      const candidate = data.candidates[i]
      button.parentElement.hidden = !candidate
      button.disabled = full
      if (!candidate || waits) return
      button.querySelector(".spoken").textContent = `${candidate.spoken} `
      button.querySelector("b").textContent = candidate.shown
      button.querySelector("i").style.width = `${100 * candidate.probability}%`
      button.querySelector(".percent").textContent = candidate.percent
    })
    find(".others").textContent = data.others
    find(".next").disabled = full
    find(".undo").disabled = find(".clear").disabled = written.length === 0
    const last = written.at(-1)
    find(".readout").textContent = full
      ? `${data.most} characters: the most that can be chosen here.`
      : last ? about(last) : "Choose the next character."
  }

  function about(character) {
    if (character.surprise === null) return `${character.shown}: not possible with these settings`
    return `${character.shown} had ${character.percent}: a surprise of ${character.surprise.toFixed(1)} bits`
  }

  function ask(path) {
    written = path
    asked = joined(path)
    askedAt = Date.now()
    box.send({ prompt: data.prompt, written: asked })
    draw()
  }

  function add(character) {
    if (written.length < data.most) ask([...written, character])
  }

  function choose(place) {
    const candidate = data.candidates[place]
    if (candidate && asked === null) add(candidate) // while Python computes, the candidates are those of before
  }

  function next() {
    if (asked === null) add(data.drawn)
    else queued = Math.min(queued + 1, MOST_QUEUED)
  }

  function undo() {
    queued = 0
    if (written.length) ask(written.slice(0, -1))
  }

  buttons.forEach((button, i) => (button.onclick = () => choose(i)))
  find(".next").onclick = next
  find(".undo").onclick = undo
  find(".clear").onclick = () => {
    queued = 0
    if (written.length) ask([])
    text.focus() // the button is disabled now
  }
  root.onkeydown = event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const place = Number(event.key) - 1
    if (event.key !== " " && place >= 0 && place < buttons.length) choose(place)
    else if (event.key === "Backspace") undo()
    else if (event.key === "Enter" && event.target === text) next()
    else return
    event.preventDefault()
    event.stopPropagation() // Streamlit's own shortcuts
  }
  new ResizeObserver(() => (text.scrollTop = text.scrollHeight)).observe(text) // the tab may have been hidden
  return box
}
