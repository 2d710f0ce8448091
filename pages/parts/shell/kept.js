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
  const from = timestep * packed.layers * packed.cells
  const layers = Array.from({ length: packed.layers }, (_, i) => packed.bytes.slice(from + i * packed.cells, from + (i + 1) * packed.cells))
  window.dispatchEvent(new CustomEvent("rnn-light", { detail: layers }))
}
