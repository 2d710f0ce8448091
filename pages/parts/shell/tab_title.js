// How far a run is, in front of the page's title in the browser's tab. Streamlit sets the title too, so changes of it are watched.

const SEPARATOR = " · "
let mark = "" // what stands in front of the title now
let watcher = null

const withoutMark = (title) => (mark && title.startsWith(mark + SEPARATOR) ? title.slice(mark.length + SEPARATOR.length) : title)

function show(next) {
  const title = withoutMark(document.title)
  mark = next
  const wanted = mark ? mark + SEPARATOR + title : title
  if (document.title !== wanted) document.title = wanted
}

export default function ({ data }) {
  const ended = mark && !data.mark
  // A run that ends while another tab is on show leaves a tick until this tab is looked at.
  show(data.mark || (ended && document.hidden ? data.ended : document.hidden && mark === data.ended ? mark : ""))
  watcher ??= new MutationObserver(() => mark && !document.title.startsWith(mark + SEPARATOR) && show(mark))
  watcher.observe(document.head, { childList: true, subtree: true, characterData: true })
  const look = () => !document.hidden && mark === data.ended && show("")
  document.addEventListener("visibilitychange", look)
  return () => {
    document.removeEventListener("visibilitychange", look)
    watcher.disconnect()
    show("")
  }
}
