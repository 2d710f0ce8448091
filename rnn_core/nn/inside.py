"""What flows through one layer of a network at each timestep of one input: states, gates, and what each gate is added up from."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.cells.cell import Cell
from rnn_core.nn.network import Direction, Network, Trace
from rnn_core.nn.prefix_predictions import PrefixPredictions, logits_of_prefixes, predict_prefixes

_COMPARED = 256  # timesteps in which units are compared


@dataclass(frozen=True)
class Inside:
    """One input's way through a network. `layers` has a trace, of a batch of one, for each direction of each layer."""

    vectors: np.ndarray  # (time, features): what the first layer reads
    layers: list[list[Trace]]
    predictions: PrefixPredictions  # what the network would answer if the input ended after a timestep

    def inputs(self, layer: int) -> np.ndarray:
        """What a layer reads: (time, features)."""
        if layer == 0:
            return self.vectors
        return np.concatenate([trace.outputs[0] for trace in self.layers[layer - 1]], axis=-1)


def look_inside(
    network: Network,
    inputs: np.ndarray,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Inside:
    """Read one input, ids (time,) or vectors (time, features). `progress` is told the share that is done, and what comes next."""
    traces, parts = [], sum(len(directions) for directions in network.layers)
    for i, side, trace in network.traces(inputs[None]):
        if side == 0:
            traces.append([])
        traces[-1].append(trace)
        done = sum(map(len, traces))
        progress(done / (parts + 1), f"Layer {i + 1} of {len(network.layers)} has read {len(inputs):,} timesteps")
    if any(len(directions) == 2 for directions in network.layers):
        predictions = predict_prefixes(network, inputs)
    else:
        logits = logits_of_prefixes(network, traces[-1][0].outputs[0])
        predictions = PrefixPredictions(np.arange(1, len(inputs) + 1), logits)
    return Inside(network.vectors(inputs[None])[0], traces, predictions)


@dataclass(frozen=True)
class Stretch:
    """Some units of one direction of a layer, over some timesteps: arrays (timesteps, units) by the names that `Equation.numbers` has.

    Besides states and gates by their names, `x.GATE` and `h.GATE` are what the input and the hidden state add to a gate, where the cell has
    equations; `before.STATE` is a state before the timestep.
    """

    units: np.ndarray  # numbers of the units, from 0
    arrays: dict[str, np.ndarray]


def stretch(direction: Direction, inputs: np.ndarray, trace: Trace, backwards: bool, units: np.ndarray, times: slice) -> Stretch:
    """`inputs` (time, features) are what the layer reads, `times` the timesteps that are wanted."""
    cell = CELLS[direction.spec.cell]
    times = slice(*times.indices(len(inputs)))
    arrays = {name: values[0, times][:, units] for name, values in {**trace.states, **trace.gates}.items()}
    before = {name: _before(values[0], times, backwards) for name, values in trace.states.items()}
    arrays |= {f"before.{name}": values[:, units] for name, values in before.items()}
    if cell.equations:
        hidden = before[cell.states[0]]
        for gate in cell.gates:
            at = cell.columns(gate, direction.spec.units)
            columns = np.arange(at.start, at.stop)[units]
            arrays[f"x.{gate}"] = inputs[times] @ direction.kernel[:, columns] + direction.bias[columns]
            arrays[f"h.{gate}"] = hidden @ direction.recurrent[:, columns]
            if direction.recurrent_bias is not None:
                arrays[f"h.{gate}"] += direction.recurrent_bias[columns]
    return Stretch(units, arrays)


def _before(states: np.ndarray, times: slice, backwards: bool) -> np.ndarray:
    """States (time, units) before each of some timesteps, in the order of reading: zero before the first one."""
    steps = np.arange(times.start, times.stop) + (1 if backwards else -1)
    before = states[np.clip(steps, 0, len(states) - 1)]
    before[(steps < 0) | (steps >= len(states))] = 0
    return before


def alike(hidden: np.ndarray) -> np.ndarray:
    """The order of the units of hidden states (time, units) in which those that behave alike stand together.

    It is the angle on the two main axes of the units' normalised behaviour, over at most `_COMPARED` timesteps.
    """
    some = hidden[:: -(-len(hidden) // _COMPARED)].astype(np.float64)
    centred = some - some.mean(0)
    centred /= np.maximum(np.sqrt((centred**2).sum(0)), 1e-6)
    _, axes = np.linalg.eigh(centred @ centred.T)  # (time, time) is small, however many units there are
    places = centred.T @ axes[:, -1:-3:-1]  # (units, 2)
    places = places * np.sign(places[np.abs(places).argmax(0), np.arange(places.shape[1])])  # the sign of an axis is arbitrary
    second = places[:, 1] if places.shape[1] > 1 else np.zeros(len(places))
    return np.argsort(np.arctan2(second, places[:, 0]), kind="stable")


def typical_units(hidden: np.ndarray, groups: int, wanted: Collection[int] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Units of hidden states (time, units) in groups that behave alike: the most typical unit of each, and the sizes of the groups.

    With no more units than `groups`, each unit is a group. One of the units that are `wanted` stands for its group.
    """
    order = alike(hidden)
    if len(order) <= groups:
        return order, np.ones(len(order), int)
    members = np.array_split(order, groups)
    centred = hidden - hidden.mean(0)
    typical = []
    for group in members:
        values = centred[:, group]
        mean = values.mean(1)
        similarity = mean @ values / np.maximum(np.sqrt((values**2).sum(0)), 1e-6)
        typical.append(next((unit for unit in wanted if unit in group), group[int(similarity.argmax())]))
    return np.array(typical), np.array([len(group) for group in members])


def weights_of_gate(cell: Cell, gate: str, units: int) -> str:
    """Where the weights of a gate are in Keras' layer."""
    at = cell.columns(gate, units)
    columns = f":, {at.start}:{at.stop}" if len(cell.gates) > 1 else ":"
    bias = f"bias[{columns if cell.biases == 2 else columns.removeprefix(':, ')}]"
    return f"kernel[{columns}], recurrent_kernel[{columns}], {bias}"
