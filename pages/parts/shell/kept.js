// Streamlit calls a component's default export again for new data or another theme, and keeps its elements.
// component.py puts this file in front of the JavaScript of each component.

const keptParts = new WeakMap() // element -> what was made for it

// What `make(root)` returned when it was called first for this element.
function kept(root, make) {
  if (!keptParts.has(root)) keptParts.set(root, make(root))
  return keptParts.get(root)
}
