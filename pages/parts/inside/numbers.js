// Packed arrays, colours, and numbers as text. content.py packs.

// An array (time, rows) as Float32Array.
function unpack({ data, scale, rows }) {
  const text = atob(data)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  const whole = new Int16Array(bytes.buffer)
  return { rows, values: Float32Array.from(whole, value => value * scale) }
}

const two = value => `${value < -0.004999 ? "−" : ""}${Math.abs(value).toFixed(2)}`

// The numbers of a formula or a sentence, such as "σ(0.52 − 1.10)", from the values that `value(name)` gives.
function filled(template, activation, value) {
  return template
    .replace(/\{(\w+)%\}/g, (_, name) => percent(value(name)))
    .replace(/\{([\w.]+)\}/g, (_, name) => two(value(name)))
    .replace("φ", activation)
    .replaceAll("+ −", "− ")
    .replace(/· (−[\d.]+)/g, "· ($1)")
}

// A formula as HTML: `_t` and `_{t−1}` are lowered.
function formulaHtml(formula, activation) {
  const safe = formula.replace("φ", activation).replace(/[&<>]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c])
  return safe.replace(/_\{([^}]*)\}|_(.)/g, (_, several, one) => `<sub>${several ?? one}</sub>`)
}

const percent = share => (share > 0.995 ? ">99%" : share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`)

// Colours of the theme as tables of 256: `signed` from below to above zero, `open` from 0 to 1, `ink` of a picture.
function colourTables(root) {
  const style = getComputedStyle(root)
  const read = name => {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
    probe.fillStyle = style.getPropertyValue(name).trim() || "#888"
    probe.fillRect(0, 0, 1, 1)
    return probe.getImageData(0, 0, 1, 1).data
  }
  const [paper, text] = [read("--st-background-color"), read("--st-text-color")]
  const [above, below] = [read("--rnn-positive"), read("--rnn-negative")]
  const mix = (to, share) => [0, 1, 2].map(i => Math.round(paper[i] + (to[i] - paper[i]) * share))
  const table = colour => {
    const words = new Uint32Array(256)
    for (let i = 0; i < 256; i++) {
      const [r, g, b] = colour(i / 255)
      words[i] = (255 << 24) | (b << 16) | (g << 8) | r
    }
    return words
  }
  return {
    signed: table(at => mix(at < 0.5 ? below : above, Math.abs(2 * at - 1) ** 0.75)),
    open: table(at => mix(text, 0.04 + 0.86 * at)),
    text: `rgb(${text.slice(0, 3).join(" ")})`,
    faint: `rgb(${mix(text, 0.35).join(" ")})`,
  }
}

// Values -> words of colour: `limit` is the strongest colour; gates go from 0 to 1.
function paint(words, colours, kind, limit, count, value) {
  const table = kind === "gate" ? colours.open : colours.signed
  for (let i = 0; i < count; i++) {
    const at = kind === "gate" ? value(i) : 0.5 + value(i) / (2 * limit)
    words[i] = table[Math.max(0, Math.min(255, Math.round(255 * at)))]
  }
}

function element(parent, name, attributes = {}, text) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  parent?.append(made)
  return made
}
