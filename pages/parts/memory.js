// The browser remembers who uses it, in a cookie. What is written is decided in people.py.

const YEAR = 365 * 24 * 3600 // seconds

const last = new WeakMap() // parentElement -> what this tab was given last

export default function ({ data, parentElement, setTriggerValue }) {
  const before = last.get(parentElement)
  const same = before?.person === data.person ? before : {}
  const now = { ...data, seen: same.seen } // seen: the cookie was there, so cookies work
  last.set(parentElement, now)
  before?.channel.close()
  now.channel = new BroadcastChannel(data.name) // the tabs of this browser

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
    write(data.name, "")
    now.channel.postMessage("")
    location.replace(location.pathname)
  } else if (data.write && !same.write) {
    write(data.name, data.person)
    now.channel.postMessage("")
    setTriggerValue("kept", { person: data.person, kept: read(data.name) === data.person })
  }
  if (!data.leave) {
    look()
    now.channel.onmessage = look
  }
  return () => last.get(parentElement)?.channel.close()
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
