// A live region: its text is changed only where it differs, because every change is read aloud.

export default function ({ data, parentElement }) {
  const region = parentElement.querySelector("p")
  if (region.textContent !== data.message) region.textContent = data.message
}
