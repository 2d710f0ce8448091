// Which units are furthest from their average at a timestep, and which follow something that a person knows about the text.

const MOST_ACTIVE = 6

function unitsOf(view, parent) {
  const panel = element(parent, "div", { class: "units", tabindex: "0", role: "group", "aria-label": "Units" })
  const active = element(panel, "p", { class: "active" })
  const note = element(panel, "p", { class: "ranked" })
  const table = element(panel, "table", { "aria-label": "What units follow" })
  let averages = null // { mean, spread } of each row of the hidden state over the columns on show
  let shown = "" // the rows and the ranking that are drawn
  let measured = "null" // the ranking alone

  const hidden = () => view.data.parts.at(-1).name

  function chip(place, unit, text, title, press) {
    const row = view.data.rows.indexOf(unit)
    const made = element(place, "button", { type: "button", title: row < 0 ? "This unit is in a group of units that behave alike, and is not drawn." : title, ...(row < 0 ? { disabled: "" } : {}) })
    element(made, "b", {}, unit)
    made.append(` ${text}`)
    made.onclick = () => press(row)
    return made
  }

  // Returns whether a ranking is new.
  function update() {
    averages = null
    const { following } = view.data
    const [ranking, content] = [JSON.stringify(following), JSON.stringify([following, view.data.rows])]
    const isNew = ranking !== measured && !!following
    measured = ranking
    if (content === shown) return false
    shown = content
    table.replaceChildren()
    note.textContent = following
      ? `Correlation of each unit's state with a feature of the text (${following.when}). A minus: the unit falls where the feature rises.`
      : view.data.ranks ? "Press “What do units follow?” to rank all units of this layer." : ""
    for (const { label, help, units } of following?.features ?? []) {
      const line = element(table, "tr")
      element(line, "th", { scope: "row", title: help }, label)
      const place = element(line, "td")
      for (const [unit, state, correlation] of units) {
        const part = view.data.parts.find(each => each.name === state)
        const made = chip(place, unit, two(correlation), `${part.label} of unit ${unit}: shows it`, row => view.select(row, state))
        made.style.setProperty("--share", `${Math.round(60 * Math.abs(correlation))}%`)
      }
    }
    return isNew
  }

  function average() {
    const { rows, values } = view.arrays[hidden()]
    const [mean, spread] = [new Float64Array(rows), new Float64Array(rows)]
    values.forEach((value, i) => (mean[i % rows] += value / view.columns))
    values.forEach((value, i) => (spread[i % rows] += (value - mean[i % rows]) ** 2 / view.columns))
    averages = { mean, spread: spread.map(Math.sqrt) }
  }

  // Not at every frame.
  function describe() {
    if (!averages) average()
    const name = hidden()
    const far = view.data.rows.map((unit, row) => [unit, Math.abs(view.value(name, view.at, row) - averages.mean[row]) / (averages.spread[row] + 0.02), row])
    far.sort((a, b) => b[1] - a[1])
    active.replaceChildren()
    element(active, "span", {}, `Units furthest from their average at “${view.labels[view.at - view.start]}”:`)
    for (const [unit, , row] of far.slice(0, MOST_ACTIVE)) chip(active, unit, two(view.value(name, view.at, row)), `Hidden state of unit ${unit}: shows it`, at => view.select(at, name))
  }

  return { panel, update, describe }
}
