"""How two specs differ, in words."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from rnn_core.run_spec import RunSpec, options_of
from rnn_core.spec.option import Option

_MOST = 4  # that are listed


def changes(before: RunSpec, now: RunSpec, source_label: Callable[[str], str] = str, name: str = "run") -> list[str]:
    """What `now` has that `before` has not, such as `Units 64 (run: 128)`; the first few.

    Sources are named by `source_label`; `name` is what `before` is called.
    """
    differing = list(_differing(before, now, source_label, name))
    more = len(differing) - _MOST
    return differing[:_MOST] + ([f"and {more} more"] if more > 0 else [])


def _differing(before: RunSpec, now: RunSpec, source_label: Callable[[str], str], than: str) -> Iterator[str]:
    options, layer_names = options_of(now.task), {f.name for f in fields(now.model.layers[0])}
    old, new = before.flat(), now.flat()
    for name, option in options.items():
        if name == "source" and old[name] != new[name]:
            yield f"{option.label} {source_label(new[name])} ({than}: {source_label(old[name])})"
        elif name not in layer_names and old[name] != new[name]:
            yield _words(option, old[name], new[name], than)
    for label, olds, news in (
        ("layer", before.model.layers, now.model.layers),
        ("dense layer", before.model.dense, now.model.dense),
    ):
        if len(olds) != len(news):
            yield f"{len(news)} {label}{'' if len(news) == 1 else 's'} ({than}: {len(olds)})"
            continue
        for i, (one, other) in enumerate(zip(olds, news, strict=True)):
            which = f" of {label} {i + 1}" if len(news) > 1 else ""
            for f in fields(one):
                if getattr(one, f.name) != getattr(other, f.name):
                    yield _words(f.metadata["option"], getattr(one, f.name), getattr(other, f.name), than, which)


def _words(option: Option, old: Any, new: Any, than: str, which: str = "") -> str:
    return f"{option.label}{which} {option.in_words(new)} ({than}: {option.in_words(old)})"
