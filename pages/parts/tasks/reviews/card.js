// Words appear one after the other, each in the colour of what it did to the score; the needle shows the score so far.

const WORD = 0.4 // seconds
const END = 3 // seconds for the whole review
const MUCH = 0.1 // a word that moves the score by more has a sign, too

export default function ({ data, parentElement }) {
  return show(parentElement.querySelector(".stage"), data, reviewsFilm)
}

function reviewsFilm(stage, { reviews, names, label }) {
  const find = selector => stage.querySelector(selector)
  stage.setAttribute("aria-label", label)
  find(".negative").textContent = `− ${names[0]}`
  find(".positive").textContent = `${names[1]} +`
  const starts = []
  let seconds = 0
  for (const { words } of reviews) {
    starts.push(seconds)
    seconds += words.length * WORD + END
  }
  let drawn = null

  function draw(at) {
    const number = starts.findLastIndex(start => start <= at)
    const { words, scores } = reviews[number]
    if (drawn !== number) write(find(".words"), reviews[(drawn = number)])
    const read = Math.min(words.length, 1 + Math.floor((at - starts[number]) / WORD))
    ;[...find(".words").children].forEach((word, i) => word.classList.toggle("read", i < read))
    const score = scores[read - 1]
    find(".needle").style.left = `${100 * score}%`
    find("b").textContent = `${names[score > 0.5 ? 1 : 0]} ${percent(Math.max(score, 1 - score))}`
  }
  return { seconds, still: (starts[1] ?? seconds) - 0.1, draw }
}

function write(place, { words, scores }) {
  place.replaceChildren()
  words.forEach((text, i) => {
    const move = scores[i] - (scores[i - 1] ?? 0.5)
    const word = document.createElement("span")
    word.textContent = text
    word.className = `${move > 0 ? "up" : "down"}${Math.abs(move) > MUCH ? " much" : ""}`
    word.style.setProperty("--much", `${Math.round(Math.min(60, 120 * Math.abs(move)))}%`)
    place.append(word, " ")
  })
}
