"""RunSpec: everything that decides a run, and nothing else.

The dataclass fields of `spec/` and of RunSpec are the one table of options: default, limits, choices, label, help and the short
code used in links. Widgets, validation, the command line and the documentation all read it through `options_of()`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

from rnn_core.cells import CELLS
from rnn_core.errors import UserError, quoted
from rnn_core.settings import Settings
from rnn_core.spec.model import MAX_DENSE, MAX_LAYERS, DenseSpec, LayerSpec, ModelSpec
from rnn_core.spec.option import Option, option_field, parse, with_current_names
from rnn_core.spec.training import TrainingSpec
from rnn_core.tasks.task import FIRST, task_names, task_of

LINK_VERSION = 3  # first item of a link; raised with every new option, whose `since` it becomes. Links of version 1 have no number
_LONGEST_LINK = 8000  # characters; twice the longest link that `to_short` writes
_LONGEST_JSON = 100_000  # characters


@dataclass(frozen=True)
class RunSpec:
    """A complete run. Raises `UserError` with one sentence for each invalid field."""

    task: str = FIRST
    data: Any = field(default_factory=lambda: task_of(FIRST).data())  # the task's own section
    model: ModelSpec = ModelSpec()
    training: TrainingSpec = TrainingSpec()
    seed: int = option_field(1, "Seed", "seed", "Start of the random numbers: the same spec and seed on the same machine give the same "
                      "losses. Before you believe that one setting is better, repeat both with seeds 2 and 3.", low=0, high=2**31 - 1, step=1)  # fmt: skip

    def __post_init__(self):
        errors = list(_errors(self))
        if errors:
            raise UserError(*errors)

    def limit_errors(self, settings: Settings) -> list[str]:
        """Sentences about values that are valid but exceed the limits of this machine."""
        if self.training.epochs > settings.max_epochs:
            return [
                f"Epochs can be at most {settings.max_epochs:,} here; it is {self.training.epochs:,}. "
                "The owner of this server can raise RNN_MAX_EPOCHS."
            ]
        return []

    @property
    def title(self) -> str:
        """A short name of the network, such as `2 × GRU 256`; layers that differ are joined by `+`."""
        names = [f"{'Bi' if layer.bidirectional else ''}{CELLS[layer.cell].label} {layer.units}" for layer in self.model.layers]
        return names[0] if len(names) == 1 else f"{len(names)} × {names[0]}" if len(set(names)) == 1 else " + ".join(names)

    @property
    def setting(self) -> "RunSpec":
        """The spec with seed 0: specs that differ in the seed alone have the same setting."""
        return replace(self, seed=0)

    # JSON

    def to_json(self, indent: int | None = None) -> str:
        return json.dumps(_tree(self, self.task), indent=indent)

    @classmethod
    def from_json(cls, source: str | Mapping) -> "RunSpec":
        """Read what `to_json` wrote. Missing fields take their defaults. Raises `UserError` for unknown ones."""
        if isinstance(source, str) and len(source) > _LONGEST_JSON:
            raise UserError(f"The spec has {len(source):,} characters; a spec has at most {_LONGEST_JSON:,}. Choose another file.")
        try:
            tree = json.loads(source) if isinstance(source, str) else source
        except ValueError as error:
            raise UserError(f"The spec is not valid JSON: {error}.") from None
        except RecursionError:
            raise UserError(
                "The spec is nested too deeply. Write it as python -m rnn_core export RUN --format json does."
            ) from None
        if isinstance(tree, Mapping):
            tree = {"data": {}, **tree}  # an empty section takes the task's defaults
        data = task_of(tree.get("task", FIRST) if isinstance(tree, Mapping) else FIRST).data
        return _build(cls, tree, "spec", {"data": data, "model": ModelSpec, "training": TrainingSpec})

    # The flat form, for widgets and the command line: one value per name, the same for all layers.

    @classmethod
    def from_options(cls, task: str = FIRST, *, layers: int | list[Mapping] = 1, dense: list[Mapping] = (), **values) -> "RunSpec":
        """Build from flat names (`units=256, epochs=3`). `layers` is a count or a list with one mapping per layer, `dense` such a list."""
        tree: dict[str, Any] = {"task": task, "data": {}, "model": {"dense": list(dense)}, "training": {}}
        layer_values, sections = {}, _sections(task)
        for name, value in with_current_names(values, options_of(task)).items():
            if name not in sections:
                raise UserError(f"The task {task!r} has no option called {quoted(name)}. It has: {', '.join(sections)}.")
            section = sections[name]
            target = layer_values if section == "layer" else tree if section == "" else tree[section]
            target[name] = value
        if isinstance(layers, int):
            if not 1 <= layers <= MAX_LAYERS:
                raise UserError(f"Layers must be a whole number from 1 to {MAX_LAYERS}; it is {quoted(layers)}.")
            layers = [{}] * layers
        tree["model"]["layers"] = [{**layer_values, **layer} for layer in layers]
        return cls.from_json(tree)

    def flat(self) -> dict[str, Any]:
        """The value of every option by its flat name; options of layers have the first layer's value."""
        parts = {"data": self.data, "layer": self.model.layers[0], "model": self.model, "training": self.training, "": self}
        return {name: getattr(parts[section], name) for name, section in _sections(self.task).items()}

    def changed(self, *, layers: int | None = None, **values) -> "RunSpec":
        """The same spec with other values for some options; options of layers change on every layer."""
        sections, values = _sections(self.task), with_current_names(values, options_of(self.task))
        changed_layer_values = {name: values.pop(name) for name in list(values) if sections.get(name) == "layer"}
        layer_values = [{**asdict(layer), **changed_layer_values} for layer in self.model.layers]
        if layers is not None:
            if not 1 <= layers <= MAX_LAYERS:
                raise UserError(f"Layers must be a whole number from 1 to {MAX_LAYERS}; it is {quoted(layers)}.")
            layer_values = (layer_values + [layer_values[-1]] * layers)[:layers]
        other_values = {name: value for name, value in self.flat().items() if sections[name] != "layer"}
        return RunSpec.from_options(
            self.task, layers=layer_values, dense=[asdict(d) for d in self.model.dense], **{**other_values, **values}
        )

    # The short form, for links. Fields that are zero, false or empty are left out, those with default values are not: a later
    # change of a default leaves old links unchanged.

    def to_short(self) -> str:
        items = [f"{LINK_VERSION}", f"task-{_escape(self.task)}"]
        for part in (self.data, self.model, self.training, self):
            for f in fields(part):
                option = f.metadata.get("option")
                if option and option.exists(task_of(self.task)) and getattr(part, f.name):
                    items.append(f"{option.code}-{_escape(getattr(part, f.name))}")
        for name, group in (("layer", self.model.layers), ("dense", self.model.dense)):
            for layer in group:
                items.append("-".join([name, *(_escape(getattr(layer, f.name)) for f in fields(layer))]))
        return "_".join(items)

    @classmethod
    def from_short(cls, short: str) -> "RunSpec":
        """Read what `to_short` of this or an earlier version wrote. Raises `UserError` for anything else."""
        if len(short) > _LONGEST_LINK:
            raise UserError(
                f"This link has {len(short):,} characters; a link has at most {_LONGEST_LINK:,}. Ask for the link again."
            )
        version, (first, *items) = _version(short)
        code, _, task = _unescape(first).partition("-")
        if code != "task" or task not in task_names():
            raise UserError("This link is damaged: it does not say which task it is for. Ask for the link again.")
        tree: dict[str, Any] = {"task": task, "data": {}, "model": {"layers": [], "dense": []}, "training": {}}
        pending = {}  # by code: options that the link has not set yet
        for name, section in _sections(task).items():
            target, option = tree.get(section, tree), options_of(task)[name]
            if section != "layer" and option.since > version:
                target[name] = option.before
            elif section != "layer":
                pending[option.code] = target, name, option
        for item in items:
            code, _, value = item.partition("-")
            if code in ("layer", "dense"):
                tree["model"]["layers" if code == "layer" else "dense"].append(_layer(value, code, version))
            elif code in pending:
                target, name, option = pending.pop(code)
                target[name] = parse(option, _unescape(value))
            else:
                raise UserError(f"This link is damaged: {quoted(item)} is not a known option. Ask for the link again.")
        for target, name, option in pending.values():
            target[name] = option.kind()  # zero, false or empty
        return cls.from_json(tree)


def options_of(task: str) -> dict[str, Option]:
    """Every option of a task by its flat name, in the order of the page."""
    return {f.name: f.metadata["option"] for part in _parts(task).values() for f in _fields(part, task)}


def _parts(task: str) -> dict[str, type]:
    return {"data": task_of(task).data, "layer": LayerSpec, "model": ModelSpec, "training": TrainingSpec, "": RunSpec}


def _fields(part, task: str) -> list:
    return [f for f in fields(part) if "option" in f.metadata and f.metadata["option"].exists(task_of(task))]


def _sections(task: str) -> dict[str, str]:
    return {f.name: section for section, part in _parts(task).items() for f in _fields(part, task)}


def _tree(part, task: str) -> Any:
    """Dataclasses as nested mappings, without the options that the task does not have."""
    if isinstance(part, tuple):
        return [_tree(item, task) for item in part]
    if not is_dataclass(part):
        return part
    present = [f for f in fields(part) if "option" not in f.metadata or f.metadata["option"].exists(task_of(task))]
    return {f.name: _tree(getattr(part, f.name), task) for f in present}


def _errors(spec: RunSpec):
    task = task_of(spec.task)
    if not isinstance(spec.data, task.data):
        yield f"The data of {spec.task} must be a {task.data.__name__}; it is a {type(spec.data).__name__}."
    if not 1 <= len(spec.model.layers) <= MAX_LAYERS:
        yield f"Layers must be a whole number from 1 to {MAX_LAYERS}; it is {len(spec.model.layers):,}."
        return
    layers, dense = spec.model.layers, spec.model.dense
    if len(dense) > MAX_DENSE:
        yield f"Dense layers can be at most {MAX_DENSE}; this spec has {len(dense):,}. Remove some."
        return
    named = [("", spec), ("", spec.data), ("", spec.model), ("", spec.training)]
    named += [(f"Layer {i}: " if len(layers) > 1 else "", layer) for i, layer in enumerate(layers, 1)]
    named += [(f"Dense layer {i}: ", layer) for i, layer in enumerate(dense, 1)]
    for prefix, part in named:
        for f in fields(part):
            sentence = f.metadata["option"].error(getattr(part, f.name)) if "option" in f.metadata else None
            if sentence:
                yield prefix + sentence
    if task.per_timestep and any(layer.bidirectional for layer in layers):
        if task.generates:
            yield (
                "Bidirectional cannot generate text: it reads the characters that follow, which are not written yet. "
                "Switch Bidirectional off."
            )
        else:
            yield "Bidirectional cannot predict after each timestep: it reads the timesteps that follow. Switch Bidirectional off."


def _build(part: type, tree: Any, where: str, groups: Mapping[str, type] | None = None):
    """Build the dataclass `part` from a mapping. `groups` maps its fields to the dataclasses that they hold. Raises `UserError`."""
    groups = {"layers": LayerSpec, "dense": DenseSpec, **(groups or {})}
    if not isinstance(tree, Mapping):
        raise UserError(f"{where} must be a group of fields; it is {quoted(tree)}.")
    known = {f.name: f for f in fields(part)}
    tree = with_current_names(tree, {name: f.metadata["option"] for name, f in known.items() if "option" in f.metadata})
    unknown = sorted(set(tree) - set(known))
    if unknown:
        raise UserError(f"Unknown field {quoted(unknown[0])} in {where}. Known: {', '.join(known)}.")
    values = {}
    for name, value in tree.items():
        group = groups.get(name)
        option = known[name].metadata.get("option")
        if group and name in ("layers", "dense"):
            if not isinstance(value, list | tuple):
                raise UserError(f"{where}.{name} must be a list of layers; it is {quoted(value)}.")
            value = tuple(_build(group, item, f"{where}.{name}[{i}]") for i, item in enumerate(value))
        elif group:
            value = _build(group, value, f"{where}.{name}")
        elif option and option.kind in (int, float) and option.error(value) is None:
            value = option.kind(value)  # 3.0 and 3 are one spec
        values[name] = value
    return part(**values)


def _version(short: str) -> tuple[int, list[str]]:
    """A link's version and its other items. Raises `UserError` for a version that does not exist yet."""
    first, *items = short.split("_")
    if not re.fullmatch("[1-9][0-9]{0,8}", first):
        return 1, [first, *items]
    if int(first) > LINK_VERSION:
        raise UserError(
            f"This link was made by a newer version of this program: it is of version {first}, and this program reads links up to "
            f"version {LINK_VERSION}. Update this program, then open the link again."
        )
    return int(first), items or [""]


def _layer(text: str, code: str, version: int) -> dict[str, Any]:
    """A layer from a link, which lists the values of all fields of its version in order. Raises `UserError`."""
    options = {f.name: f.metadata["option"] for f in fields(LayerSpec if code == "layer" else DenseSpec)}
    known, values = [name for name, option in options.items() if option.since <= version], text.split("-")
    if len(values) != len(known):
        raise UserError("This link is damaged: a layer in it is incomplete. Ask for the link again.")
    layer = {name: option.before for name, option in options.items()}
    return layer | {name: parse(options[name], _unescape(value)) for name, value in zip(known, values, strict=True)}


def _escape(value: Any) -> str:
    text = str(int(value)) if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
    return re.sub(r"[^A-Za-z0-9.]", lambda m: "".join(f"*{byte:02x}" for byte in m.group().encode(errors="replace")), text)


def _unescape(text: str) -> str:
    raw = re.sub(rb"\*([0-9a-f]{2})", lambda m: bytes.fromhex(m.group(1).decode()), text.encode(errors="replace"))
    return raw.decode(errors="replace")
