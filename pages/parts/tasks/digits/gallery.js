// Pictures as buttons. gallery.py describes the data.

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery")
  if (!root) return
  root.replaceChildren(
    ...data.pictures.map(({ number, caption, pixels }) => {
      const button = document.createElement("button")
      button.type = "button"
      button.title = "Open in Try"
      button.setAttribute("aria-label", `Open test picture ${number} in Try: ${caption}`)
      button.append(drawn(pixels), Object.assign(document.createElement("span"), { textContent: caption }))
      button.onclick = () => setTriggerValue("opened", number)
      return button
    }),
  )
}

function drawn(pixels) {
  const ink = atob(pixels)
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = Math.sqrt(ink.length)
  const image = new ImageData(canvas.width, canvas.width)
  for (let i = 0; i < ink.length; i++) {
    const gray = 255 - ink.charCodeAt(i)
    image.data.set([gray, gray, gray, 255], 4 * i)
  }
  canvas.getContext("2d").putImageData(image, 0, 0)
  return canvas
}
