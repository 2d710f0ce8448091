// The picture, the heat map and the line over both. reader.py describes the data.

const LASTS = 4000 // ms that Play takes from the first timestep to the last
const UNREAD = 0.3 // opacity of what has not been read

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".reader")
  if (!root) return
  const reader = kept(root, start)
  reader.reset = () => setTriggerValue("reset", true)
  reader.update(data)
  return reader.pause
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const [stage, picture, heat, line] = [".stage", ".picture", ".heat", ".line"].map(find)
  const bars = [...root.querySelectorAll(".bars > div")]
  const reader = { reset: () => {}, update, pause }
  let data = null
  let ink = null // of the picture, a byte a pixel
  let point = 0 // index of the timestep that the line stands behind
  let frame = null // of the animation; null while it rests

  function update(next) {
    const isNew = data?.id !== next.id || data.timesteps.length !== next.timesteps.length
    data = next
    if (isNew) {
      pause()
      ink = data.picture ? Uint8Array.from(atob(data.picture), c => c.charCodeAt(0)) : null
      point = Math.max(0, last())
    }
    stage.classList.toggle("columns", data.unit === "columns")
    root.classList.toggle("labelled", Boolean(data.truth))
    root.classList.toggle("blank", !data.picture)
    find(".play").disabled = last() < 1
    find(".changed").hidden = !data.changed
    find(".changed").textContent = data.changed
    find(".changed").setAttribute("aria-label", `${data.changed}. Undo`)
    draw()
    if (isNew || last() < 0) say(sentence() || data.message)
    if (isNew) lightAll(data.lights)
  }

  const last = () => data.timesteps.length - 1
  const total = () => data.timesteps[last()]

  function sentence() {
    if (last() < 0) return ""
    const truth = point === last() ? data.truth : ""
    return `After ${data.timesteps[point]} of ${total()} ${data.unit}: ${data.answers[point]}${truth && `. ${truth}`}`
  }

  function draw() {
    const empty = last() < 0
    const timesteps = empty ? 0 : data.timesteps[point]
    drawPicture(empty ? Infinity : timesteps)
    drawHeat(timesteps)
    const shares = empty ? Array(10).fill(0) : data.predictions[point]
    const best = Math.max(...shares)
    bars.forEach((bar, digit) => {
      bar.querySelector("i").style.setProperty("--share", shares[digit])
      bar.classList.toggle("best", !empty && shares[digit] === best)
    })
    find(".now").textContent = sentence()
    find(".message").textContent = empty ? data.message : ""
    find(".note").textContent = empty ? "" : point === last() ? data.late : data.early
    drawLine(empty, timesteps)
  }

  function drawLine(empty, timesteps) {
    const done = empty ? 1 : timesteps / total()
    line.style.setProperty("--at", `${100 * (data.backwards ? 1 - done : done)}%`)
    line.hidden = empty
    line.tabIndex = empty ? -1 : 0
    line.setAttribute("aria-label", `${data.unit[0].toUpperCase()}${data.unit.slice(1)} read`)
    line.setAttribute("aria-orientation", data.unit === "columns" ? "horizontal" : "vertical")
    line.setAttribute("aria-valuemin", String(empty ? 0 : data.timesteps[0]))
    line.setAttribute("aria-valuemax", String(empty ? 0 : total()))
    line.setAttribute("aria-valuenow", String(timesteps))
    line.setAttribute("aria-valuetext", sentence())
    const final = empty ? "none yet" : `at the end ${data.answers[last()]}`
    heat.setAttribute("aria-label", `Heat map: the probability of each digit after each of the ${data.unit}; ${final}`)
  }

  function drawPicture(timesteps) {
    const side = ink ? Math.sqrt(ink.length) : 28
    picture.width = picture.height = side
    const image = new ImageData(side, side)
    for (let i = 0; i < side * side; i++) {
      const [x, y] = [i % side, Math.floor(i / side)]
      const [place, places] = { rows: [y, side], columns: [x, side], pixels: [i, side * side] }[data.unit]
      const read = (data.backwards ? places - 1 - place : place) < timesteps
      const paper = 255 - (ink ? ink[i] : 0)
      const gray = read ? paper : 200 + UNREAD * (paper - 200)
      image.data.set([gray, gray, gray, 255], 4 * i)
    }
    picture.getContext("2d").putImageData(image, 0, 0)
  }

  // A band for each point, from the timestep behind the one before it; nothing between two bands is invented.
  function drawHeat(timesteps) {
    const sharp = window.devicePixelRatio || 1
    const [width, height] = [Math.round(heat.clientWidth * sharp), Math.round(heat.clientHeight * sharp)]
    heat.width = width
    heat.height = height
    const context = heat.getContext("2d")
    const style = getComputedStyle(root)
    const across = data.unit === "columns" // the ten digits are rows then
    const [length, breadth] = across ? [width, height] : [height, width]
    const place = t => Math.round((length * (data.backwards ? total() - t : t)) / total())
    const rectangle = (from, to, side, sideTo) => {
      const [a, b] = [Math.min(from, to), Math.max(from, to)]
      across ? context.fillRect(a, side, b - a, sideTo - side) : context.fillRect(side, a, sideTo - side, b - a)
    }
    const column = digit => Math.round((breadth * digit) / 10)
    context.fillStyle = style.getPropertyValue("--rnn-answer")
    if (!data.predictions) return
    data.predictions.forEach((shares, i) => {
      const [from, to] = [place(i ? data.timesteps[i - 1] : 0), place(data.timesteps[i])]
      shares.forEach((share, digit) => {
        context.globalAlpha = share * (data.timesteps[i] <= timesteps ? 1 : UNREAD)
        rectangle(from, to, column(digit), column(digit + 1))
      })
    })
    context.fillStyle = style.color
    context.globalAlpha = 0.18
    for (let digit = 1; digit < 10; digit++) rectangle(0, length, column(digit), column(digit) + 1)
    if (!(data.settled > data.timesteps[0])) return
    context.globalAlpha = 0.8
    const at = place(data.timesteps[data.timesteps.indexOf(data.settled) - 1])
    for (let dash = 0; dash < breadth; dash += 8 * sharp) rectangle(at, at + sharp, dash, dash + 4 * sharp)
  }

  function move(to) {
    point = Math.min(Math.max(to, 0), last())
    draw()
    cancelAnimationFrame(sweep)
    light(data.lights, data.timesteps[point] - 1)
  }

  function play() {
    if (point === last()) point = 0
    const began = performance.now()
    const from = point
    const tick = now => {
      frame = requestAnimationFrame(tick)
      const to = from + Math.floor(((now - began) / LASTS) * data.timesteps.length)
      if (to !== point) move(to)
      if (point === last()) {
        pause()
        say(sentence())
      }
    }
    frame = requestAnimationFrame(tick)
    showPlay()
    draw()
  }

  function pause() {
    cancelAnimationFrame(frame)
    frame = null
    showPlay()
  }

  function showPlay() {
    const label = frame === null ? "Play" : "Pause"
    find(".play").textContent = label
    find(".play").setAttribute("aria-label", `${label} the reading`) // the page has a Pause of training
    find(".play").classList.toggle("playing", frame !== null)
  }

  find(".changed").onclick = () => {
    reader.reset()
    line.focus() // the button goes
  }
  const toggle = () => (frame === null ? play() : pause())
  find(".play").onclick = toggle

  function say(message) {
    find(".said").textContent = message
  }

  // The point whose timestep ends nearest to the pointer.
  function pointAt(event) {
    const box = line.getBoundingClientRect()
    let share = data.unit === "columns" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height
    if (data.backwards) share = 1 - share
    const far = data.timesteps.map(t => Math.abs(t - share * total()))
    return far.indexOf(Math.min(...far))
  }

  let dragging = false
  line.onpointerdown = event => {
    if (!event.isPrimary || event.button !== 0) return
    dragging = true
    line.setPointerCapture(event.pointerId)
    pause()
    move(pointAt(event))
  }
  line.onpointermove = event => dragging && move(pointAt(event))
  line.onpointerup = line.onpointercancel = line.onlostpointercapture = () => (dragging = false)

  line.onkeydown = event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const forwards = data.backwards ? -1 : 1 // an arrow moves the line where it points
    const page = Math.max(1, Math.round(data.timesteps.length / 7))
    const steps = {
      ArrowDown: forwards, ArrowRight: forwards, ArrowUp: -forwards, ArrowLeft: -forwards, PageDown: page * forwards, PageUp: -page * forwards,
    }
    if (event.key === " ") {
      if (!event.repeat) toggle()
    } else if (event.key in steps || event.key === "Home" || event.key === "End") {
      pause()
      move(event.key === "Home" ? 0 : event.key === "End" ? last() : point + steps[event.key])
    } else return
    event.preventDefault()
    event.stopPropagation() // Streamlit's own shortcuts
  }

  new ResizeObserver(() => data && draw()).observe(heat)
  return reader
}
