// Lights the network's cells as it reads an input, once for each input. lights.py describes the data.

export default function ({ data, parentElement }) {
  const player = kept(parentElement.querySelector("i"), () => ({ read: null }))
  if (player.read === data.read) return
  player.read = data.read
  lightAll(data.lights)
}
