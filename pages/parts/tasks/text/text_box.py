"""A box with a text that a network wrote: it scrolls by itself, also by keyboard, and can be copied.

Not `st.code`, which a keyboard cannot reach. `text_box.js` shows a new text bit by bit, which no server has to wait for.
"""

from pages.parts.shell import session
from pages.parts.shell.component import component
from pages.parts.tasks.text import copies

_HTML = """
<div class="box">
  <div class="text" tabindex="0" role="region"><span class="prompt"></span><span class="written"></span><span class="hint"></span></div>
  <button type="button" class="copy" hidden>Copy</button>
  <p class="about" hidden></p>
  <p class="message" aria-live="polite"></p>
</div>
"""
_BOX = component("rnn_text_box", __file__, _HTML, ("text_box.css", "copies.css"), ("copies.js", "text_box.js"))


def text_box(
    key: str,
    label: str,
    prompt: str,
    written: str,
    *,
    height: str,
    reveal: bool = False,
    hint: str = "",
    run_id: str = "",
    summary: bool = False,
    lights: dict | None = None,
) -> None:
    """Draw a box, `height` in CSS. `reveal`: the text is new, and appears bit by bit. `hint` is shown where there is no text.

    `lights`, see `pages.parts.run.lights`, are those of the timesteps that `written` was read at, lit while it appears.

    With `run_id`, what is copied from the training text of this run is marked; with `summary`, a line below says how much that is.

    The component sends nothing.
    """
    _BOX(
        key=session.TEXT_BOX(key).name,
        data={
            "label": label,
            "prompt": prompt,
            "written": written,
            "height": height,
            "reveal": reveal,
            "hint": hint,
            "has_summary": summary,
            "lights": lights,
            **copies.copies(run_id, written if run_id else ""),
        },
    )
