"""In the zone Watch: what the embedding has learnt, as a map of its most frequent tokens that moves from epoch to epoch.

The component `embedding_map.js` draws it, and finds neighbours; it sends nothing.
"""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import streamlit as st

from pages.parts.run.weights import epoch_of, network_of
from pages.parts.shell import services, session
from pages.parts.shell.component import component
from pages.parts.shell.csv_button import csv_button
from pages.parts.shell.formatting import epoch_number, percent, visible
from pages.parts.tasks.view import view_of
from rnn_core.nn.embedding_map import MOST_TOKENS, packed, places, unpacked
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights
from rnn_core.runs.store.kinds import Embedded
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.task import task_of

_LEVELS = 32767  # of a place
_MAP = component("rnn_embedding_map", __file__)


def embedding_map(run: Run) -> None:
    """Draw the map of the newest epochs; it needs weights of the run."""
    version = checkpoints.version(services.store(), run.id)
    if version is None:
        st.info("The map appears after the first training steps.", icon=":material/hourglass_empty:")
        return
    kept = services.store().events.positions(run.id, Embedded)
    data, share = _map(run.id, version, kept[-1].step if kept else -1)
    _MAP(key=session.EMBEDDING_MAP(run.id).name, data=data, height="content")
    items, count = task_of(run.task).items if task_of(run.task).generates else "words", len(data["tokens"])
    everything = count == sum(map(bool, checkpoints.tokenizer(services.store(), run.id).tokens))
    st.caption(
        f"{f'All {count}' if everything else f'The {count} most frequent'} {items}: what the network treats alike is near. The map shows the two main "
        f"directions of {data['size']}, with {percent(share)} of the variance; the nearest of one that is clicked are found with all {data['size']}.",
        help="Principal component analysis of the vectors of all epochs on show.",
    )
    csv_button(lambda: _rows(data), "embedding.csv", "The places.")


@st.cache_data(max_entries=16, show_spinner=False)
def _map(run_id: str, version: int, _newest_step: int) -> tuple[dict[str, Any], float]:
    """What the component reads, and the share of the variance that the map shows; cached until there is another epoch or checkpoint.

    `tokens`; `kinds`: names and colours; `kind`: that of each token; `epochs`; `places`: whole numbers of 16 bits
    (epochs, tokens, 2), in base64; `vectors`, `size`: those of the newest weights, 8 bits.
    """
    store = services.store()
    weights, tokens = Weights(version), checkpoints.tokenizer(store, run_id).tokens[:MOST_TOKENS]
    newest = packed(network_of(run_id, weights).embedding)
    vectors, epochs = [], []
    for event in store.events.read(run_id, Embedded):
        found = unpacked(event.size, event.scale, event.data)
        if found.shape == (len(tokens), newest[0]):
            vectors.append(found)
            epochs.append("untrained" if not event.epoch else f"epoch {epoch_number(event.epoch)}")
    if not vectors or epochs[-1] != epoch_of(run_id, weights):
        vectors.append(unpacked(*newest))
        epochs.append(epoch_of(run_id, weights))
    shown = [i for i, token in enumerate(tokens) if token]  # not the empty place
    where, share = places([each[shown] for each in vectors])
    scaled = (where / max(float(np.abs(where).max()), 1e-9) * _LEVELS).round().astype("<i2")
    kinds, kind = view_of(store.runs.get(run_id).task).token_kinds(run_id, weights, [tokens[i] for i in shown])
    rows = np.frombuffer(base64.b64decode(newest[2]), np.int8).reshape(-1, newest[0])[shown]
    return {
        "tokens": [visible(tokens[i]) for i in shown],
        "kinds": list(kinds.items()),
        "kind": kind,
        "epochs": epochs,
        "places": base64.b64encode(scaled.tobytes()).decode(),
        "size": newest[0],
        "vectors": base64.b64encode(rows.tobytes()).decode(),
    }, share


def _rows(data: dict[str, Any]) -> Iterator[tuple]:
    where = np.frombuffer(base64.b64decode(data["places"]), "<i2").reshape(len(data["epochs"]), -1, 2) / _LEVELS
    yield "epoch", "token", "kind", "x", "y"
    for epoch, of_epoch in zip(data["epochs"], where, strict=True):
        for token, kind, (x, y) in zip(data["tokens"], data["kind"], of_epoch, strict=True):
            yield epoch, token, data["kinds"][kind][0], f"{x:.5f}", f"{y:.5f}"
