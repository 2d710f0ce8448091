// The samples of a run. live.py describes the data.

const SEND_EVERY = 120 // ms between two steps that are asked for while the slider is dragged
const PATIENCE = 3000 // ms after which an answer of Python counts, even if it is not the one that was asked for

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".live")
  if (!root) return
  const box = kept(root, start)
  box.send = step => setStateValue("step", step)
  box.update(data)
}

function start(root) {
  const find = selector => root.querySelector(selector)
  const slider = find("input")
  const box = { send: () => {}, update }
  let data = null
  let stop = null // [step, epoch] on show
  let asked // the step that Python was asked for last, null to follow; undefined once it has answered
  let askedAt = 0
  let timer = null
  let marked // the summary of the text on show

  const say = sentence => (find(".note").textContent = sentence ?? [data.summary, data.note].filter(Boolean).join(" "))

  function update(next) {
    const newest = next.stops.at(-1)?.[0]
    const answer = asked === null ? next.follows : next.step === asked
    const late = asked !== undefined && !answer && Date.now() - askedAt < PATIENCE
    data = next
    if (!late && timer === null) {
      asked = undefined
      stop = data.stops.find(([step]) => step === data.step) ?? null
      const text = find(".text")
      const shown = data.text || (newest === undefined ? "The first sample appears when training starts." : "")
      if (text.textContent !== shown || marked !== data.summary) {
        showCopied(text, shown, data.text ? data.stretches : [], say)
        marked = data.summary
        say(null)
      }
    }
    draw()
  }

  function draw() {
    const last = Math.max(data.stops.length - 1, 0)
    slider.disabled = last === 0
    slider.max = String(Math.max(last, 1))
    const place = stop ? data.stops.findIndex(([step]) => step === stop[0]) : last
    slider.value = String(last === 0 ? 1 : place < 0 ? last : place)
    slider.setAttribute("aria-valuetext", stop ? label(stop) : "none")
    find(".when").textContent = stop ? label(stop) : ""
    const follow = find(".follow")
    follow.textContent = data.active ? "Live" : "Newest"
    follow.title = data.active ? "Follow the newest sample" : "Show the newest sample"
    follow.setAttribute("aria-pressed", String(asked === undefined ? data.follows : asked === null))
  }

  function label([step, epoch]) {
    if (!step) return "untrained"
    return `epoch ${Number.isInteger(epoch) ? epoch : epoch.toFixed(2)}`
  }

  function ask(step, immediately) {
    asked = step
    clearTimeout(timer)
    timer = null
    const send = () => {
      timer = null
      askedAt = Date.now()
      box.send(asked)
    }
    if (immediately || Date.now() - askedAt > SEND_EVERY) send()
    else timer = setTimeout(send, SEND_EVERY)
    draw()
  }

  slider.oninput = () => {
    const last = data.stops.length - 1
    const place = Number(slider.value)
    stop = data.stops[place]
    ask(place === last ? null : stop[0], false)
  }
  find(".follow").onclick = () => {
    stop = data.stops.at(-1) ?? null
    ask(null, true)
  }
  return box
}
