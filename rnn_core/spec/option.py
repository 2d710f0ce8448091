"""An option: one field of a spec, and what a widget, a check, the command line and a link need to know of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rnn_core.errors import UserError, quoted


@dataclass(frozen=True)
class Option:
    label: str
    code: str  # in links; never reused for something else
    help: str  # what turning it does to learning
    kind: type
    default: Any = None
    low: float | None = None
    high: float | None = None
    choices: Mapping[str, str] | None = None
    step: float | None = None
    aliases: tuple[str, ...] = ()  # names that it had before; accepted for ever, never shown
    since: int = 1  # the version of links that first had it
    before: Any = None  # what runs had when links did not have it yet; a later change of `default` leaves it alone
    exists: Callable[[Any], bool] = lambda task: True  # for a task, by its kinds; the pages, specs and links of others leave it out

    def error(self, value: Any) -> str | None:
        """One sentence naming the field if `value` is not possible, else None."""
        if self.choices is not None:
            if isinstance(value, str) and value in self.choices:
                return None
            return f"{self.label} must be one of {', '.join(self.choices)}; it is {quoted(value)}."
        if self.kind is str:
            ok = isinstance(value, str) and 0 < len(value) <= 200 and _can_be_kept(value)
            return None if ok else f"{self.label} must be a name of 1 to 200 characters; it is {quoted(value)}."
        if self.kind is bool:
            return None if isinstance(value, bool) else f"{self.label} must be true or false; it is {quoted(value)}."
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and self.low <= value <= self.high and (self.kind is float or value == int(value)):
            return None
        whole = "a whole number" if self.kind is int else "a number"
        return f"{self.label} must be {whole} from {self.low:,} to {self.high:,}; it is {quoted(value)}."


def option_field(default, label: str, code: str, help: str, **rest):
    """A dataclass field with its `Option` as metadata; the type is that of the default."""
    return field(default=default, metadata={"option": Option(label, code, help, type(default), default, **rest)})


def _can_be_kept(name: str) -> bool:
    """Not with half a character, which no file takes, nor with a NUL, which no path does."""
    return "\0" not in name and not any("\ud800" <= c <= "\udfff" for c in name)


def with_current_names(values: Mapping[str, Any], options: Mapping[str, Option]) -> dict[str, Any]:
    """`values` by the names that their options have now. Raises `UserError` for one that is given twice, with different values."""
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
    """Text from a link or a command line as the option's type; what cannot be read is left for the check to refuse."""
    try:
        if option.kind is bool:
            return {"1": True, "true": True, "0": False, "false": False}[text.lower()]
        return option.kind(text)
    except (ValueError, KeyError):
        return text
