// Streamlit calls a component's default export again for new data or another theme, and keeps its elements.
// component.py puts this file in front of the JavaScript of each component.

const keptParts = new WeakMap() // element -> what was made for it

// What `make(root)` returned when it was called first for this element.
function kept(root, make) {
  if (!keptParts.has(root)) keptParts.set(root, make(root))
  return keptParts.get(root)
}

// Light the cells of the network's cards as they are at a timestep; `packed` is what lights.py makes. network.js hears it.
function light(packed, timestep) {
  if (!packed) return
  packed.bytes ??= Int8Array.from(atob(packed.data), c => c.charCodeAt(0))
  const from = timestep * packed.layers.length * packed.cells
  const layers = packed.layers.map((name, i) => ({ name, cells: packed.bytes.slice(from + i * packed.cells, from + (i + 1) * packed.cells) }))
  window.dispatchEvent(new CustomEvent("rnn-light", { detail: layers }))
}

// Light the cells at one timestep after the other, in two seconds at most; not where a person prefers less motion.
const SWEEP = { each: 60, most: 2000 } // ms
let sweep = null // the frame that is asked for
function lightAll(packed) {
  cancelAnimationFrame(sweep)
  if (!packed || matchMedia("(prefers-reduced-motion: reduce)").matches) return
  const began = performance.now()
  const lasts = Math.min(SWEEP.most, SWEEP.each * packed.timesteps)
  let shown = -1
  const frame = now => {
    const timestep = Math.min(Math.floor(((now - began) / lasts) * packed.timesteps), packed.timesteps - 1)
    if (timestep > shown) light(packed, (shown = timestep))
    if (shown < packed.timesteps - 1) sweep = requestAnimationFrame(frame)
  }
  sweep = requestAnimationFrame(frame)
}
