// A button that leaves the projector view; Escape does the same. projector.py describes the state.

export default function ({ parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button")
  if (!button) return
  button.onclick = () => setTriggerValue("left", true)
  if (button.listens) return button.listens
  const leave = (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) button.click()
  }
  document.addEventListener("keydown", leave)
  return (button.listens = () => document.removeEventListener("keydown", leave))
}
