// Which timesteps the chart shows, and zooming with two fingers. forecast_chart.py puts this in front of forecast_chart.js.

const SHORTEST = 8 // timesteps on show
// What a person chose outlives the chart: they are on the window, because a page that is opened again has a new chart.
const views = (globalThis.rnnForecastViews ??= new Map()) // run and series -> [first, last] timestep on show
const hidden = (globalThis.rnnForecastHidden ??= new Set(["last", "seasonal"])) // lines

// The range of `span` timesteps from `first` on, within the `count` timesteps that there are.
function rangeWithin(first, span, count) {
  span = Math.min(Math.max(span, SHORTEST), count - 1)
  first = Math.min(Math.max(first, 0), count - 1 - span)
  return [first, first + span]
}

// `factor` times as many timesteps; the timestep `fixed` keeps its place.
function zoomed([first, last], factor, fixed, count) {
  return rangeWithin(fixed - (fixed - first) * factor, (last - first) * factor, count)
}

// Two fingers on the chart: each keeps the timestep that was under it. Places are shares of the plot's width, from 0 to 1.
function pinch() {
  const fingers = new Map() // pointer -> { place, timestep }
  return {
    get active() {
      return fingers.size === 2
    },
    down(pointer, place, [first, last]) {
      fingers.set(pointer, { place })
      for (const finger of fingers.values()) finger.timestep = first + finger.place * (last - first)
    },
    up(pointer) {
      fingers.delete(pointer)
    },
    // The range after a finger has moved.
    move(pointer, place, count) {
      fingers.get(pointer).place = place
      const [a, b] = [...fingers.values()].sort((one, other) => one.timestep - other.timestep)
      const span = (b.timestep - a.timestep) / Math.max(b.place - a.place, 0.02)
      return rangeWithin(a.timestep - a.place * span, span, count)
    },
  }
}
