// A digit appears row by row, and the bars show the ten probabilities if the picture ended there.

const SIDE = 28 // rows, and pixels in a row
const ROW = 0.13 // seconds
const END = 1.8 // seconds for the whole digit

export default function ({ data, parentElement }) {
  return show(parentElement.querySelector(".stage"), data, digitsFilm)
}

function digitsFilm(stage, { digits, label }) {
  const find = selector => stage.querySelector(selector)
  stage.setAttribute("aria-label", label)
  const bars = [...stage.querySelectorAll("li")]
  const context = find("canvas").getContext("2d")
  const length = SIDE * ROW + END
  let drawn = null

  function draw(at) {
    const number = Math.min(digits.length - 1, Math.floor(at / length))
    const read = Math.max(1, Math.min(SIDE, Math.floor((at - number * length) / ROW)))
    if (drawn !== number) paint(context, digits[(drawn = number)].pixels)
    find(".unread").style.top = `${(100 * read) / SIDE}%`
    const probabilities = digits[number].rows[read - 1]
    const best = probabilities.indexOf(Math.max(...probabilities))
    bars.forEach((bar, digit) => {
      bar.classList.toggle("best", digit === best)
      bar.children[1].style.width = `${80 * probabilities[digit]}%`
    })
    find("p").textContent = `row ${read}: ${best}, ${percent(probabilities[best])}`
  }
  return { seconds: digits.length * length, still: length - 0.1, draw }
}

function paint(context, pixels) {
  const ink = atob(pixels)
  const image = new ImageData(SIDE, SIDE)
  for (let i = 0; i < SIDE * SIDE; i++) image.data.set([0x17, 0x20, 0x1f, ink.charCodeAt(i)], 4 * i)
  context.putImageData(image, 0, 0)
}
