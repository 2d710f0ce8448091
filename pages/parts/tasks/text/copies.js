// Marks what is copied in a text: joined in front of the scripts of components that show one. copies.py makes the stretches.

const MOST_STOPS = 20 // marks that the Tab key reaches: the text itself is one stop, and scrolls

// Fill `element` with `text`, in which `stretches` ([start, end, sentence], counted in characters) are marked; `say` gets the sentence of the
// mark under the pointer or with the focus, and null without one.
function showCopied(element, text, stretches, say) {
  const characters = Array.from(text) // not halves of an emoji
  const nodes = []
  let at = 0
  stretches.forEach(([start, end, sentence], i) => {
    if (start > at) nodes.push(characters.slice(at, start).join(""))
    const mark = document.createElement("mark")
    mark.className = "copied"
    mark.textContent = characters.slice(start, end).join("")
    mark.setAttribute("aria-description", sentence)
    if (i < MOST_STOPS) mark.tabIndex = 0
    for (const name of ["pointerenter", "focus"]) mark.addEventListener(name, () => say(sentence))
    for (const name of ["pointerleave", "blur"]) mark.addEventListener(name, () => say(null))
    nodes.push(mark)
    at = end
  })
  nodes.push(characters.slice(at).join(""))
  element.replaceChildren(...nodes)
}
