"""The part of a run's text that validates, which the network was not trained on."""

from pages.parts.shell import services
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.dataset import split


def held_out(run_id: str) -> str:
    """Raises `UserError` where the text is no longer on this computer."""
    store = services.store()
    spec = store.runs.spec(run_id)
    text = corpora.load(spec.data.source, spec.data.encoding, services.settings(), store.runs.folder(run_id)).text
    return text[split(len(text), spec.data, spec.training.batch_size).train :]
