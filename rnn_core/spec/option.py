"""An option: one field of a spec, as widgets, validation, the command line and links need it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rnn_core.errors import UserError, quoted


@dataclass(frozen=True)
class Option:
    label: str
    code: str  # in links; never reused for something else
    help: str  # what it is, then what turning it up does to learning
    kind: type
    default: Any = None
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, str] | None = None
    step: float | None = None
    aliases: tuple[str, ...] = ()  # earlier names; always accepted, never shown
    older: str = ""  # what older courses write, and what Keras 3 wants; code is in backticks
    of_source: bool = False  # names something in the source: presets leave it alone, other data resets it
    since: int = 1  # the first version of links that contains the option
    before: Any = None  # the value in links older than `since`; a later change of `default` leaves it alone
    exists: Callable[[Any], bool] = lambda task: (
        True
    )  # whether a task has the option; other tasks' pages, specs and links leave it out

    def error(self, value: Any) -> str | None:
        """One sentence naming the field if `value` is invalid, else None."""
        if self.choices is not None:
            if isinstance(value, str) and value in self.choices:
                return None
            return f"{self.label} must be one of {', '.join(self.choices)}; it is {quoted(value)}."
        if self.kind is str:
            ok = isinstance(value, str) and 0 < len(value) <= 200 and _is_storable(value)
            return None if ok else f"{self.label} must be a name of 1 to 200 characters; it is {quoted(value)}."
        if self.kind is bool:
            return None if isinstance(value, bool) else f"{self.label} must be true or false; it is {quoted(value)}."
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and self.low <= value <= self.high and (self.kind is float or value == int(value)):
            return None
        whole = "a whole number" if self.kind is int else "a number"
        return f"{self.label} must be {whole} from {self.low:,} to {self.high:,}; it is {quoted(value)}."

    def in_words(self, value: Any) -> str:
        """A valid value as pages write it."""
        if self.kind is bool:
            return "on" if value else "off"
        return self.choices[value] if self.choices else f"{value:g}" if isinstance(value, float) else str(value)


def option_field(default, label: str, code: str, help: str, **rest):
    """A dataclass field with its `Option` as metadata; the type is that of the default."""
    return field(default=default, metadata={"option": Option(label, code, help, type(default), default, **rest)})


def _is_storable(name: str) -> bool:
    """Whether files and paths can hold the name: without surrogates and NUL."""
    return "\0" not in name and not any("\ud800" <= c <= "\udfff" for c in name)


def with_current_names(values: Mapping[str, Any], options: Mapping[str, Option]) -> dict[str, Any]:
    """`values` by the current names of their options. Raises `UserError` if a current and an earlier name have different values."""
    names = {alias: name for name, option in options.items() for alias in option.aliases}
    renamed = {}
    for given, value in values.items():
        name = names.get(given, given)
        if name in renamed and renamed[name] != value:
            old = next(alias for alias in options[name].aliases if alias in values)
            raise UserError(f"{old} is an earlier name of {name}, and the two have different values. Give only {name}.")
        renamed[name] = value
    return renamed


def parse(option: Option, text: str) -> Any:
    """The value of a text from a link or the command line. Invalid text is returned as it is, and `Option.error` rejects it."""
    try:
        if option.kind is bool:
            return {"1": True, "true": True, "0": False, "false": False}[text.lower()]
        return option.kind(text)
    except (ValueError, KeyError):
        return text
