// Links to parts of the page, which are found by the class that Streamlit gives to a container's key.

export default function ({ parentElement }) {
  for (const link of parentElement.querySelectorAll("a")) {
    link.onclick = event => {
      event.preventDefault()
      const part = document.querySelector(`.st-key-${link.hash.slice(1)}`)
      if (!part) return
      part.tabIndex = -1
      part.style.outline = "none"
      part.focus() // the next Tab reaches the first control in it
    }
  }
}
