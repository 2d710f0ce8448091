"""From a spec to a queued run: the one door for pages and the command line."""

from rnn_core.data import corpora
from rnn_core.problem import Problem
from rnn_core.runs.store import Store
from rnn_core.settings import Settings
from rnn_core.spec import RunSpec
from rnn_core.tasks import text


def submit(spec: RunSpec, store: Store, settings: Settings, kept_for: int | None = None) -> str:
    """Check a spec against this machine's limits and its data, and queue it. Returns the run's id, or raises `Problem`.

    `kept_for` is the process that will train the run itself, if one will.
    """
    wrong = spec.limit_problems(settings)
    if wrong:
        raise Problem(*wrong)
    corpus = corpora.load(spec.data.corpus, spec.data.encoding, settings)
    text.refuse(text.count(corpus.text), spec.data)
    source = corpora.sources(settings).get(spec.data.corpus)
    label = source.label if source else corpora.upload_label(spec.data.corpus, settings)
    run_id = store.new_id()
    corpora.settle_upload(spec.data.corpus, corpus.text, store.folder(run_id))
    return store.add(spec, f"{label[:60]} · {spec.title}", run_id, kept_for)
