// The browser remembers who uses it, in a cookie. What is written is decided in people.py.

const YEAR = 365 * 24 * 3600 // seconds

const tabs = new WeakMap() // parentElement -> what this tab was given last, and its channel to the browser's other tabs

export default function ({ data, parentElement, setTriggerValue }) {
  const before = tabs.get(parentElement)
  const same = before?.person === data.person ? before : {}
  const channel = before?.channel ?? new BroadcastChannel(data.name) // one for good: a fresh one misses what is said at once
  const now = { ...data, channel, seen: same.seen } // seen: the cookie was there, so cookies work
  tabs.set(parentElement, now)

  const look = () => {
    const found = read(now.name)
    if (found === now.person) {
      if (found && !now.seen) write(now.name, found) // a long life begins anew
      now.seen ||= found !== ""
      if (found) sessionStorage.removeItem(now.name)
    } else if (!now.write && (found || now.seen)) {
      begin(now.name, found) // another tab has become somebody, or somebody else
    }
  }
  if (data.leave && !same.leave) {
    tell(now, "")
    location.replace(location.pathname)
  } else if (data.write && !same.write) {
    setTriggerValue("kept", { person: data.person, kept: tell(now, data.person) })
  }
  channel.onmessage = window.onfocus = data.leave ? null : look
  if (!data.leave) look()
  return () => {
    channel.close()
    tabs.delete(parentElement)
    window.onfocus = null
  }
}

// Write the cookie, then say so to the other tabs. Returns whether it is kept. Browsers write cookies later than they say, so
// it is read first: the other tabs look at once.
function tell({ name, channel }, person) {
  write(name, person)
  const kept = read(name) === person
  channel.postMessage("look")
  return kept
}

// A session of its own for whom the cookie names: nothing of the person before can be left in it. Once, in case that the
// server does not get to see the cookie.
function begin(name, person) {
  if (sessionStorage.getItem(name) === person) return
  sessionStorage.setItem(name, person)
  location.reload()
}

function read(name) {
  const found = document.cookie.split("; ").find(each => each.startsWith(`${name}=`))
  return found ? found.slice(name.length + 1) : ""
}

function write(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `${name}=${value}; path=/; SameSite=Lax; Max-Age=${value ? YEAR : 0}${secure}`
}
