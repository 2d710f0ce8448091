// The network reads a tile after the other; bars show what it would answer now.

const READ = 0.16 // seconds for a tile
const REST = 1.6 // seconds after the last tile of a sequence

export default function ({ data, parentElement }) {
  return show(parentElement.querySelector(".stage"), data, sequencesFilm)
}

function sequencesFilm(stage, { sequences, answers, label }) {
  const find = selector => stage.querySelector(selector)
  const elements = (tag, texts) => texts.map(text => Object.assign(document.createElement(tag), { textContent: text }))
  stage.setAttribute("aria-label", label)
  find(".answers").replaceChildren(...elements("li", answers))
  const bars = [...find(".answers").children]
  const lengths = sequences.map(sequence => sequence.symbols.length * READ + REST)
  const seconds = lengths.reduce((a, b) => a + b, 0)
  let shown = -1

  function draw(at) {
    let number = 0
    while (number < sequences.length - 1 && at >= lengths[number]) at -= lengths[number++]
    const { symbols, shares } = sequences[number]
    const read = Math.min(symbols.length, Math.floor(at / READ) + 1)
    if (shown !== number) find(".symbols").replaceChildren(...elements("i", symbols))
    shown = number
    ;[...find(".symbols").children].forEach((tile, i) => tile.classList.toggle("read", i < read))
    const now = shares[read - 1]
    const best = now.indexOf(Math.max(...now))
    bars.forEach((bar, i) => {
      bar.style.setProperty("--share", now[i])
      bar.classList.toggle("best", i === best)
    })
    const share = now[best] > 0.995 ? ">99%" : `${Math.round(100 * now[best])}%`
    find(".readout").textContent = `after ${read} of ${symbols.length} timesteps: ${answers[best]} (${share})`
  }
  return { seconds, still: lengths[0] - 0.1, draw }
}
