// The browser remembers who uses it, in a cookie. What is written and what is told is decided in people.py.

const YEAR = 365 * 24 * 3600 // seconds

const last = new WeakMap() // parentElement -> what this tab was given last

export default function ({ data, parentElement, setTriggerValue }) {
  const before = last.get(parentElement)
  const same = before?.person === data.person ? before : {}
  const now = { ...data, seen: same.seen, told: same.told } // seen: the cookie was there, so cookies work
  last.set(parentElement, now)

  if (data.write && !(before?.write && before.person === data.person)) {
    write(data.name, data.person)
    setTriggerValue("kept", { person: data.person, kept: read(data.name) === data.person })
  }
  const look = () => {
    const found = read(now.name)
    if (found === now.person) {
      if (found && !now.seen) write(now.name, found) // a long life begins anew
      now.seen ||= found !== ""
    } else if (!now.write && (found || now.seen) && found !== now.told) {
      now.told = found
      setTriggerValue("found", { person: now.person, found }) // another tab has become somebody, or somebody else
    }
  }
  look()
  const looks = () => document.visibilityState === "visible" && look()
  window.addEventListener("focus", looks)
  document.addEventListener("visibilitychange", looks)
  before?.forget()
  now.forget = () => {
    window.removeEventListener("focus", looks)
    document.removeEventListener("visibilitychange", looks)
  }
  return () => last.get(parentElement)?.forget()
}

function read(name) {
  const found = document.cookie.split("; ").find(each => each.startsWith(`${name}=`))
  return found ? found.slice(name.length + 1) : ""
}

function write(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `${name}=${value}; path=/; SameSite=Lax; Max-Age=${value ? YEAR : 0}${secure}`
}
