"""Which weights of a run are tried: the newest while the run trains, then the best or the newest. The page says which."""

import streamlit as st

from pages.parts.shell import services, session
from pages.parts.shell.formatting import epoch_number
from rnn_core.nn.network import Network
from rnn_core.runs import checkpoints
from rnn_core.runs.checkpoints import Weights

_HELP = (
    "The numbers that the network has learnt. The best are those of the epoch with the lowest validation loss; they are tested and "
    "exported. Continue training starts from the newest."
)


def weights_choice(run_id: str) -> Weights | None:
    """Draw which weights are tried, with a choice after the end of a run whose best epoch is not its last. None: there are none yet."""
    store = services.store()
    version = checkpoints.version(store, run_id)
    if version is None:
        return None
    newest, best = _epochs(run_id, version)
    active, chosen = store.runs.get(run_id).active, Weights(version)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content", key=f"weights_{run_id}"):
        if active or best is None or _words(best) == _words(newest):
            state = "the newest" if active else "the last and the best" if best is not None else ""
            st.caption(f"Weights: {epoch_of(run_id, chosen)}{f', {state}' if state else ''}", help=_HELP, width="content")
        else:
            st.caption("Weights", help=_HELP, width="content")
            choice = session.WEIGHTS(run_id)
            st.segmented_control(
                "Weights", ["best", "newest"], default="best", required=True, key=choice.name, persist_state="session",
                format_func={"best": f"Best: {_words(best)}", "newest": "Newest"}.get,
                label_visibility="collapsed", width="content",
            )  # fmt: skip
            chosen = Weights(version, choice.get() == "best")
    return chosen


@st.cache_resource(max_entries=12, show_spinner=False)
def network_of(run_id: str, weights: Weights) -> Network:
    """The network with these weights; cached until the run has newer ones."""
    return checkpoints.network(services.store(), run_id, weights.best)


def epoch_of(run_id: str, weights: Weights) -> str:
    """The epoch of the weights, in words."""
    newest, best = _epochs(run_id, weights.version)
    epoch = best if weights.best and best is not None else newest
    if epoch is None:  # an example, whose weights are its best
        run = services.store().runs.get(run_id)
        epoch = run.metrics.get("best_epoch", run.epoch)
    return _words(epoch)


@st.cache_data(max_entries=256, show_spinner=False)
def _epochs(run_id: str, version: int) -> tuple[float | None, float | None]:
    """(epoch of the newest weights, epoch of the best); None where the checkpoint does not say."""
    folder = services.store().runs.folder(run_id)
    position, best = checkpoints.position(folder), checkpoints.best(folder)
    return position and position[1], best and float(best[0])


def _words(epoch: float) -> str:
    if not epoch:
        return "untrained"
    return f"epoch {epoch_number(epoch)}"
