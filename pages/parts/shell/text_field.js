// Streamlit sends a text area when its field is left or on Ctrl+Enter: this sends it whenever the person pauses. text_field.py describes the data.

const PAUSE = 500 // ms without a key
const fields = (globalThis.rnnTypedFields ??= new Set()) // classes of the fields that are sent while a person types
let timer = null

export default function ({ data }) {
  fields.add(data.field)
  document.removeEventListener("input", globalThis.rnnTyped, true)
  globalThis.rnnTyped = typed
  document.addEventListener("input", typed, true)
}

function typed(event) {
  const area = event.target
  if (!(area instanceof HTMLTextAreaElement) || ![...fields].some(field => area.closest(`.${field}`))) return
  clearTimeout(timer)
  timer = setTimeout(() => send(area, event.isComposing), PAUSE)
}

function send(area, composing) {
  if (composing || !area.isConnected) return // a character of several keys is not finished
  area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 13, ctrlKey: true, bubbles: true, cancelable: true }))
}
