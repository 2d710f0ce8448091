// What the chart is drawn with: SVG elements, lines, numbers. forecast_chart.py puts this in front of forecast_chart.js.

const NS = "http://www.w3.org/2000/svg"

function add(parent, name, attributes, text) {
  const element = document.createElementNS(NS, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  if (text !== undefined) element.textContent = text
  parent.appendChild(element)
  return element
}

function ticks(min, max, count) {
  const rough = (max - min) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough)
  const result = []
  for (let value = Math.ceil(min / step) * step; value <= max; value += step) result.push(Math.abs(value) < step / 1e6 ? 0 : value)
  return result
}

function short(value) {
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 })
}

// A line through (timestep, value), with a gap where there is no value; `x` and `y` are their places in pixels.
function path(line, x, y) {
  let d = ""
  let pen = "M"
  for (const [i, value] of line) {
    if (value === null) pen = "M"
    else {
      d += `${pen}${x(i).toFixed(1)},${y(value).toFixed(1)}`
      pen = "L"
    }
  }
  return d
}
