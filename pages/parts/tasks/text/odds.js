// From logits to the odds of the next character. odds.py describes the data.

const STEPS = ["logit", "scaled", "power", "share", "odds"]
const WIDEST = 88 // % of a column, so that bars of neighbours do not touch
const MOST_BITS = 8 // a deeper surprise has the same colour

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".odds")
  if (!root) return
  const box = kept(root, start)
  box.send = written => setTriggerValue("path", { prompt: data.prompt, written })
  box.update(data)
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const text = find(".text")
  const rows = [...root.querySelectorAll("tbody tr")]
  const box = { send: () => {}, update }
  let data = null

  function update(next) {
    data = next
    drawText()
    drawTable()
    find(".others").textContent = data.others
    find(".undo").disabled = !data.chosen
    find(".readout").textContent = data.mean === null
      ? "Choose a character to go on from there."
      : `On average ${data.mean.toFixed(1)} bits per character; guessing would need ${data.guess.toFixed(1)}.`
  }

  function drawText() {
    text.replaceChildren(...data.text.map((character, i) => {
      const span = document.createElement("span")
      span.textContent = character.token === "\n" ? "⏎\n" : character.token
      if (character.bits !== null) {
        span.style.setProperty("--surprise", (Math.min(character.bits, MOST_BITS) / MOST_BITS).toFixed(2))
        span.title = `${character.shown}: a surprise of ${character.bits.toFixed(1)} bits`
      }
      span.classList.toggle("chosen", i >= data.text.length - data.chosen)
      return span
    }))
    text.scrollTop = text.scrollHeight
  }

  function drawTable() {
    const signed = data.rows.flatMap(row => [row.logit, row.scaled])
    const lowest = Math.min(...signed, 0) // bars of logits begin at 0, wherever that is
    const range = Math.max(...signed, 0) - lowest || 1
    rows.forEach((row, place) => {
      const values = data.rows[place]
      row.hidden = !values
      if (!values) return
      const button = row.querySelector("button")
      button.textContent = values.shown
      button.setAttribute("aria-label", `${values.spoken}, ${percent(values.odds)}: choose`)
      button.disabled = data.full || values.odds === 0
      row.classList.toggle("cut", values.odds === 0)
      row.querySelectorAll("td").forEach((cell, step) => {
        const value = values[STEPS[step]]
        const logit = step < 2
        const width = logit ? Math.abs(value) / range : value
        const left = logit ? (Math.min(value, 0) - lowest) / range : 0
        const bar = cell.querySelector("i")
        bar.style.width = `${WIDEST * width}%`
        bar.style.left = `${WIDEST * left}%`
        cell.querySelector("span").textContent = logit ? value.toFixed(1) : step === 2 ? value.toPrecision(2) : percent(value)
      })
    })
  }

  const percent = share => (share === 0 ? "0" : share > 0.995 ? ">99%" : share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`)

  rows.forEach((row, place) => {
    row.onclick = () => {
      const chosen = data.rows[place]
      if (chosen && chosen.odds > 0 && !data.full) box.send(data.written + chosen.token)
    }
  })
  find(".undo").onclick = () => {
    const characters = [...data.written]
    if (characters.length) box.send(characters.slice(0, -1).join(""))
  }
  new ResizeObserver(() => (text.scrollTop = text.scrollHeight)).observe(text) // the tab may have been hidden
  return box
}
