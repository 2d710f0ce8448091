// Drawing with pointer or keyboard. canvas.py describes what is sent.

const SIDE = 112 // pixels of the drawing that is sent; canvas.py has the same number
const SCALE = 4 // the screen shows four times as many pixels per side, to look sharp
const FULL = SIDE * SCALE
const PEN = FULL / 11 // about as wide, relative to the digit, as MNIST's strokes
const ERASER = FULL / 6
const STEP = FULL / 28 // one press of an arrow key

export default function ({ data, parentElement, setStateValue }) {
  const canvas = parentElement.querySelector("canvas")
  if (!canvas) return
  const drawn = kept(canvas, () => start(parentElement, canvas, data))
  drawn.send = drawing => setStateValue("drawing", drawing)
  drawn.update(data)
}

function start(root, canvas, { drawing: restored, version, untouched }) {
  const find = selector => root.querySelector(selector)
  const drawing = { send: () => {}, update }
  canvas.width = canvas.height = FULL
  // Ink on transparency: paper is the canvas's background, and what is sent is how opaque each pixel is.
  const context = canvas.getContext("2d", { willReadFrequently: true })
  context.lineCap = context.lineJoin = "round"
  const before = unpack(restored) // the drawing from before this canvas appeared, or null
  let strokes = [] // { erase, points } or { clear: true, picture? }: Undo removes the last one
  let stroke = null // the stroke in progress
  let tool = "pen"
  const cursor = { x: FULL / 2, y: FULL / 2 }
  let sent = restored

  function line(from, to, erase) {
    context.globalCompositeOperation = erase ? "destination-out" : "source-over"
    context.strokeStyle = "#17201f"
    context.lineWidth = erase ? ERASER : PEN
    context.beginPath()
    context.moveTo(from.x, from.y)
    // A line without length draws nothing; this line is too short to be seen, and its round ends make a dot.
    context.lineTo(to.x, to.y + (from.x === to.x && from.y === to.y ? 0.01 : 0))
    context.stroke()
  }

  function redraw() {
    context.clearRect(0, 0, FULL, FULL)
    paste(before)
    for (const { clear, picture, erase, points } of strokes) {
      if (clear) {
        context.clearRect(0, 0, FULL, FULL)
        paste(picture)
      } else points.forEach((point, i) => line(points[Math.max(0, i - 1)], point, erase))
    }
  }

  function paste(picture) {
    if (!picture) return
    context.globalCompositeOperation = "source-over"
    context.drawImage(picture, 0, 0, FULL, FULL)
  }

  // Python has put another drawing in the place of this one.
  function update(data) {
    if (data.version === version) return
    version = data.version
    pointer = null
    stroke = null
    strokes.push({ clear: true, picture: unpack(data.drawing) })
    redraw()
    sent = data.drawing
    find(".hint").hidden = sent !== ""
  }

  function begin(point) {
    if (untouched && tool === "pen") {
      strokes.push({ clear: true }) // the first stroke replaces the drawing that the page began with
      redraw()
    }
    untouched = false
    stroke = { erase: tool === "eraser", points: [point] }
    line(point, point, stroke.erase)
    find(".hint").hidden = true
  }

  function extend(point) {
    line(stroke.points.at(-1), point, stroke.erase)
    stroke.points.push(point)
  }

  function end() {
    if (!stroke) return
    strokes.push(stroke)
    stroke = null
    share()
  }

  function share() {
    const packed = pack(context)
    find(".hint").hidden = packed !== ""
    if (packed === sent) return
    sent = packed
    drawing.send({ version, packed })
  }

  function undo() {
    end()
    if (!strokes.pop()) return announce("Nothing to undo")
    redraw()
    share()
    announce("Undone")
  }

  function clear() {
    end()
    strokes.push({ clear: true })
    redraw()
    share()
    announce("Cleared")
  }

  function choose(name) {
    end()
    tool = name
    for (const each of ["pen", "eraser"]) find(`[data-tool=${each}]`).setAttribute("aria-pressed", String(each === name))
    showCursor(!find(".cursor").hidden)
  }

  function announce(message) {
    find(".said").textContent = message
  }

  function showCursor(visible) {
    const ring = find(".cursor")
    ring.hidden = !visible
    ring.classList.toggle("down", stroke !== null)
    ring.style.left = `${(100 * cursor.x) / FULL}%`
    ring.style.top = `${(100 * cursor.y) / FULL}%`
    ring.style.width = `${(100 * (tool === "eraser" ? ERASER : PEN)) / FULL}%`
  }

  function position() {
    const percent = value => Math.round((100 * value) / FULL)
    return `${percent(cursor.x)} % from the left, ${percent(cursor.y)} % from the top`
  }

  const at = event => {
    const box = canvas.getBoundingClientRect()
    return { x: ((event.clientX - box.left) * FULL) / box.width, y: ((event.clientY - box.top) * FULL) / box.height }
  }

  let pointer = null // the id of the pointer that draws
  canvas.onpointerdown = event => {
    if (!event.isPrimary || event.button !== 0) return
    end() // a stroke of the keyboard
    showCursor(false)
    pointer = event.pointerId
    canvas.setPointerCapture(pointer) // a stroke may leave the square and come back
    begin(at(event))
  }
  canvas.onpointermove = event => {
    if (event.pointerId !== pointer || !stroke) return
    const passed = event.getCoalescedEvents?.() ?? []
    for (const each of passed.length ? passed : [event]) extend(at(each))
  }
  canvas.onpointerup = canvas.onpointercancel = canvas.onlostpointercapture = event => {
    if (event.pointerId !== pointer) return
    pointer = null
    end()
  }

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  canvas.onkeydown = event => {
    const key = event.key.toLowerCase()
    if (key === "z" && (event.ctrlKey || event.metaKey)) undo()
    else if (event.ctrlKey || event.metaKey || event.altKey || pointer !== null) return
    else if (event.key in arrows) {
      const [right, down] = arrows[event.key]
      cursor.x = Math.min(FULL, Math.max(0, cursor.x + right * STEP))
      cursor.y = Math.min(FULL, Math.max(0, cursor.y + down * STEP))
      if (stroke) extend({ ...cursor })
    } else if (event.key === " " || event.key === "Enter") {
      if (event.repeat) return event.preventDefault()
      const what = tool === "eraser" ? "Eraser" : "Pen"
      if (stroke) end()
      else begin({ ...cursor })
      announce(`${what} ${stroke ? "down" : "up"}, ${position()}`)
    } else if (key === "e") {
      choose(tool === "pen" ? "eraser" : "pen")
      announce(tool === "eraser" ? "Eraser" : "Pen")
    } else if (["Escape", "Delete", "Backspace"].includes(event.key)) clear()
    else return
    event.preventDefault()
    event.stopPropagation() // Streamlit's own shortcuts
    showCursor(true)
  }
  canvas.onfocus = () => showCursor(canvas.matches(":focus-visible"))
  canvas.onblur = () => {
    if (pointer === null) end()
    showCursor(false)
  }
  for (const name of ["pen", "eraser"]) find(`[data-tool=${name}]`).onclick = () => choose(name)
  find("[data-tool=undo]").onclick = undo
  find("[data-tool=clear]").onclick = clear

  redraw()
  find(".hint").hidden = before !== null
  return drawing
}

// The drawing as base64, two pixels of 16 levels a byte, 15 is paper; "" where there is no ink.
function pack(context) {
  const { data } = context.getImageData(0, 0, FULL, FULL)
  const bytes = new Uint8Array((SIDE * SIDE) / 2)
  let inked = false
  for (let i = 0; i < SIDE * SIDE; i++) {
    let opaque = 0
    for (let y = 0; y < SCALE; y++)
      for (let x = 0; x < SCALE; x++) opaque += data[4 * ((Math.floor(i / SIDE) * SCALE + y) * FULL + (i % SIDE) * SCALE + x) + 3]
    const level = 15 - Math.round((15 * opaque) / (255 * SCALE * SCALE))
    inked ||= level < 15
    bytes[i >> 1] |= i % 2 ? level : level << 4
  }
  return inked ? btoa(String.fromCharCode(...bytes)) : ""
}

// A small canvas with the ink of a packed drawing, or null.
function unpack(packed) {
  if (!packed) return null
  const bytes = atob(packed)
  const small = document.createElement("canvas")
  small.width = small.height = SIDE
  const image = new ImageData(SIDE, SIDE)
  for (let i = 0; i < SIDE * SIDE; i++) {
    const pair = bytes.charCodeAt(i >> 1)
    image.data.set([0x17, 0x20, 0x1f, 17 * (15 - (i % 2 ? pair & 15 : pair >> 4))], 4 * i)
  }
  small.getContext("2d").putImageData(image, 0, 0)
  return small
}
