// The clock of Home's animations. motion.py puts it in front of the JavaScript of each component that moves.
//
// A film is { seconds, still, draw }: its length, the moment to show where nothing moves, and what draws the moment `at` (seconds).
// It runs while it is on screen, unless the person paused all films (pause.js) or wants reduced motion.

const MOTION = "rnn-motion" // event on the document: the button was pressed
const FRAME = 40 // ms
const reduced = matchMedia("(prefers-reduced-motion: reduce)")
const films = new WeakMap() // element -> { end, made }; Streamlit calls the default export again for another theme or new data

function motionWanted() {
  const choice = document.documentElement.dataset.rnnMotion // set by pause.js, for as long as the tab is open
  return choice ? choice === "on" : !reduced.matches
}

// Show the film that `make(element, data)` returns; returns the function that ends it.
function show(element, data, make) {
  const made = JSON.stringify(data)
  const before = films.get(element)
  if (before?.made === made) return before.end
  before?.end()
  const film = make(element, data)
  let visible = false
  let at = null // seconds into the film; null until it has moved
  let last = 0
  let request = 0

  function frame(time) {
    request = requestAnimationFrame(frame)
    if (time - last < FRAME) return
    at = (at + Math.min(time - last, 5 * FRAME) / 1000) % film.seconds // a tab in the background has no frames
    last = time
    film.draw(at)
  }

  function update() {
    cancelAnimationFrame(request)
    if (visible && motionWanted()) {
      at ??= 0
      last = performance.now()
      request = requestAnimationFrame(frame)
    } else film.draw(at ?? film.still)
  }

  const observer = new IntersectionObserver(([entry]) => {
    visible = entry.isIntersecting
    update()
  })
  observer.observe(element)
  document.addEventListener(MOTION, update)
  reduced.addEventListener("change", update)
  update()

  function end() {
    cancelAnimationFrame(request)
    observer.disconnect()
    document.removeEventListener(MOTION, update)
    reduced.removeEventListener("change", update)
    films.delete(element)
  }
  films.set(element, { end, made })
  return end
}

// A probability as on the pages: never 0% or 100%, which would claim certainty.
function percent(share) {
  return share > 0.995 ? ">99%" : share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`
}
