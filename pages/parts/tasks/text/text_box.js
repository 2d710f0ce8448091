// A box with a text; a new text appears bit by bit. text_box.py describes the data.

const REVEAL = 600 // ms until a new text is there: slow enough to be seen
const SEEN = 120 // px of a new text that must be on the screen; on a phone, it is written below it

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".box")
  if (!root) return
  kept(root, start).update(data)
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const text = find(".text")
  let data = { prompt: "", written: "", summary: "" }

  function update(next) {
    const isNew = next.prompt !== data.prompt || next.written !== data.written
    data = next
    text.setAttribute("aria-label", data.label)
    text.style.height = data.height
    const empty = data.prompt + data.written === ""
    find(".hint").textContent = empty ? data.hint : ""
    find(".copy").hidden = empty || !navigator.clipboard
    find(".about").hidden = !data.has_summary
    if (!isNew) return
    say(null)
    find(".prompt").textContent = data.prompt
    const characters = Array.from(data.written) // not halves of an emoji
    if (data.reveal) find(".message").textContent = `${characters.length} characters written. ${data.has_summary ? data.summary : ""}`
    const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches
    if (data.reveal && root.getBoundingClientRect().top > innerHeight - SEEN) root.scrollIntoView({ block: "center", behavior: moves ? "smooth" : "auto" })
    if (data.reveal && moves) reveal(data, characters)
    else mark()
  }

  const say = sentence => (find(".about").textContent = sentence ?? data.summary)

  const mark = () => showCopied(find(".written"), data.written, data.stretches, say)

  function reveal(shown, characters) {
    text.scrollTop = 0
    const began = performance.now()
    const frame = now => {
      if (data.written !== shown.written || data.prompt !== shown.prompt) return // a newer text
      const share = Math.min(1, (now - began) / REVEAL)
      const here = Math.ceil(share * characters.length)
      find(".written").textContent = characters.slice(0, here).join("")
      if (here) light(shown.lights, here - 1)
      if (share < 1) requestAnimationFrame(frame)
      else mark()
    }
    frame(began)
  }

  find(".copy").onclick = async () => {
    await navigator.clipboard.writeText(data.prompt + data.written)
    find(".copy").textContent = "Copied"
    find(".message").textContent = "Copied"
    setTimeout(() => (find(".copy").textContent = "Copy"), 1500)
  }
  return { update }
}
