// The forecast grows from the line "now" on; then the true values follow.

const FORECAST = 3.2 // seconds
const TRUTH = 2.4 // seconds
const END = 2.2 // seconds for the whole picture
const LENGTH = FORECAST + TRUTH + END
const [WIDTH, HEIGHT] = [300, 100] // of the drawing, which is stretched to the size of the card

export default function ({ data, parentElement }) {
  return show(parentElement.querySelector(".stage"), data, forecastsFilm)
}

function forecastsFilm(stage, { films, unit, label }) {
  stage.setAttribute("aria-label", label)
  const find = selector => stage.querySelector(selector)
  const lines = Object.fromEntries(["band", "later", "past", "free"].map(name => [name, find(`path.${name}`)]))

  function draw(at) {
    const number = Math.min(films.length - 1, Math.floor(at / LENGTH))
    const { truth, free, low, high, now } = films[number]
    const past = truth.length - free.length
    const values = [...truth, ...low, ...high]
    const [least, most] = [Math.min(...values), Math.max(...values)]
    const point = (i, value) => `${((i / (truth.length - 1)) * WIDTH).toFixed(1)},${((1 - (value - least) / (most - least)) * HEIGHT).toFixed(1)}`
    const path = (values, first) => (values.length > 1 ? `M${values.map((value, i) => point(first + i, value)).join("L")}` : "")
    const seconds = at - number * LENGTH
    const ahead = Math.round(Math.min(1, seconds / FORECAST) * free.length)
    const known = Math.round(Math.min(1, Math.max(0, seconds - FORECAST) / TRUTH) * free.length)
    const edges = [
      ...high.slice(0, ahead).map((value, i) => point(past + i, value)),
      ...low.slice(0, ahead).map((value, i) => point(past + i, value)).reverse(),
    ]
    lines.past.setAttribute("d", path(truth.slice(0, past), 0))
    lines.later.setAttribute("d", path(truth.slice(past - 1, past + known), past - 1))
    lines.free.setAttribute("d", path([truth[past - 1], ...free.slice(0, ahead)], past - 1))
    lines.band.setAttribute("d", ahead > 1 ? `M${edges.join("L")}Z` : "")
    find(".now").style.left = `${(100 * (past - 0.5)) / (truth.length - 1)}%`
    find(".now").textContent = `now: ${now}`
    find(".range").textContent = `${Math.round(least)} to ${Math.round(most)} ${unit}`
  }
  return { seconds: films.length * LENGTH, still: LENGTH - 0.1, draw }
}
