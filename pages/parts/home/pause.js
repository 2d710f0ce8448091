// The button that stops and starts all films of Home. motion.js reads `data-rnn-motion` and hears the event.

export default function ({ parentElement }) {
  const button = parentElement.querySelector("button")
  const update = () => {
    button.querySelector(".sign").textContent = motionWanted() ? "❚❚" : "▶"
    button.querySelector(".label").textContent = motionWanted() ? "Pause animations" : "Play animations"
  }
  button.onclick = () => {
    document.documentElement.dataset.rnnMotion = motionWanted() ? "off" : "on"
    document.dispatchEvent(new CustomEvent(MOTION))
    update()
  }
  update()
}
