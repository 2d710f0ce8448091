// What the strip says: sentences about its data. word_strip.py puts this in front of word_strip.js, and describes the data.

const EFFECT = "Effect: how much the log-odds, ln(p / (1 − p)), change without the word. Percentages near 0 and 100 would hide it."

// What there is to know about a word, in a sentence or two.
function about(data, out, place) {
  if (out.has(place)) return "left out. Click to put it back."
  if (!data.known[place]) return "not in the vocabulary: the network reads “unknown”."
  if (data.message !== undefined || data.now === null) return "no score."
  const here = data.scores[place]
  const words = here === null ? [] : [`${say(data, here)} if the review ended here.`]
  const rest = data.without[place]
  if (rest !== null) {
    const size = Math.abs(data.importance[place]).toFixed(1)
    const sign = size === "0.0" ? "±" : data.importance[place] > 0 ? "−" : "+"
    words.push(`Without this word ${say(data, data.now)} → ${say(data, rest)} (effect ${sign}${size}).`)
  } else if (data.importance.every((value, i) => value === null || i === place)) words.push("Without this word there is no score.")
  return words.join(" ")
}

// What the last change did.
function result(data, edited, shuffled) {
  const now = data.now === null ? "no score" : say(data, data.now)
  if (shuffled) {
    const scores = data.shuffled.filter(score => score !== null)
    const same = scores.filter(score => sameVerdict(data, score)).length
    const each = scores.map(score => (sameVerdict(data, score) ? percent(Math.max(score, 1 - score)) : say(data, score))).join(", ")
    return `Before: ${say(data, data.before)}. Five shuffles: ${each}. The prediction stays ${same} of ${scores.length} times.`
  }
  if (!edited) return `As it was: ${now}.`
  const stays = data.now === null ? "" : sameVerdict(data, data.now) ? " The prediction stays." : " The prediction flips."
  return `Before: ${say(data, data.before)}. Now: ${now}.${stays}`
}

function sameVerdict(data, score) {
  return score > 0.5 === data.before > 0.5
}

function legend(data) {
  const [negative, positive] = data.names
  return `▲ blue words push towards ${positive}, ▼ pink ones towards ${negative}; the stronger the colour, the larger the effect. `
    + `Curve: the score if the review ended there.${data.remark ? ` ${data.remark}` : ""}`
}

function say(data, score) {
  return score > 0.5 ? `${data.names[1]} ${percent(score)}` : `${data.names[0]} ${percent(1 - score)}`
}

// As formatting.percent of Python: never 0% or 100%, which would claim certainty.
function percent(share) {
  return share > 0.995 ? ">99%" : share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`
}
