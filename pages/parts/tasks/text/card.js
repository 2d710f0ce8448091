// Each sample is written over the one before it, from left to right, as the network writes.

const WRITE = 1.1 // seconds for a sample
const READ = 0.7 // seconds until the next one begins
const END = 4 // seconds for the last one

export default function ({ data, parentElement }) {
  return show(parentElement.querySelector(".stage"), data, samplesFilm)
}

function samplesFilm(stage, { samples, label }) {
  const find = selector => stage.querySelector(selector)
  stage.setAttribute("aria-label", label)
  find(".steps").replaceChildren(...samples.map(() => document.createElement("i")))
  const marks = [...find(".steps").children]
  const seconds = samples.length * (WRITE + READ) + END

  function draw(at) {
    const number = Math.min(samples.length - 1, Math.floor(at / (WRITE + READ)))
    const { epoch, text } = samples[number]
    const written = Math.min(1, (at - number * (WRITE + READ)) / WRITE)
    const length = Math.round(written * text.length)
    find(".new").textContent = text.slice(0, length)
    find(".old").textContent = samples[number - 1]?.text.slice(length) ?? ""
    find(".pen").hidden = written === 1
    find(".name").textContent = epoch ? `epoch ${epoch} of ${samples.at(-1).epoch}` : "untrained"
    marks.forEach((mark, i) => mark.classList.toggle("done", i <= number))
  }
  return { seconds, still: seconds - 0.1, draw }
}
