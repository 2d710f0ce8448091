// Keeps the person's id in a cookie. people.py decides when it is written.

const YEAR = 365 * 24 * 3600 // seconds

const tabs = new WeakMap() // parentElement -> the newest data of this tab, and its channel to the browser's other tabs

export default function ({ data, parentElement, setTriggerValue }) {
  const previous = tabs.get(parentElement)
  const same = previous?.person === data.person ? previous : {}
  const channel = previous?.channel ?? new BroadcastChannel(data.name) // never replaced: a new one would miss messages
  const current = { ...data, channel, seen: same.seen } // seen: the cookie was there, so cookies work
  tabs.set(parentElement, current)

  const check = () => {
    const cookie = readCookie(current.name)
    if (cookie === current.person) {
      if (cookie && !current.seen) writeCookie(current.name, cookie) // starts a new year
      current.seen ||= cookie !== ""
      if (cookie) sessionStorage.removeItem(current.name)
    } else if (!current.write && (cookie || current.seen)) {
      startSession(current.name, cookie) // another tab has signed in, or switched user
    }
  }
  if (data.leave && !same.leave) {
    saveAndNotify(current, "")
    location.replace(location.pathname)
  } else if (data.write && !same.write) {
    setTriggerValue("cookie", { person: data.person, written: saveAndNotify(current, data.person) })
  }
  channel.onmessage = window.onfocus = data.leave ? null : check
  if (!data.leave) check()
  return () => {
    channel.close()
    tabs.delete(parentElement)
    window.onfocus = null
  }
}

// Write the cookie, then notify the other tabs. Returns whether the browser stored it. The cookie is read before the message,
// because a browser may store it later than it returns, and the other tabs read it at once.
function saveAndNotify({ name, channel }, person) {
  writeCookie(name, person)
  const written = readCookie(name) === person
  channel.postMessage("check")
  return written
}

// Reload for a new session, in which nothing of the previous person is left. Only once for each person, in case the server
// does not get the cookie.
function startSession(name, person) {
  if (sessionStorage.getItem(name) === person) return
  sessionStorage.setItem(name, person)
  location.reload()
}

function readCookie(name) {
  const cookie = document.cookie.split("; ").find(each => each.startsWith(`${name}=`))
  return cookie ? cookie.slice(name.length + 1) : ""
}

function writeCookie(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `${name}=${value}; path=/; SameSite=Lax; Max-Age=${value ? YEAR : 0}${secure}`
}
