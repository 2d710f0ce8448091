"""What a 5-gram model reaches on a text, and published numbers for Tiny Shakespeare."""

import hashlib
from pathlib import Path

from rnn_core.data import download
from rnn_core.settings import Settings
from rnn_core.tasks.reference import Reference
from rnn_core.tasks.task import Parts
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.dataset import count, split
from rnn_core.tasks.text.kneser_ney import KneserNey

_ORDER = 5
_MOST_COUNTED = 3_000_000  # characters, the last of the training part: 180 MB while they are counted
_MOST_MEASURED = 1_000_000  # characters, the first of the validation part
_PUBLISHED = (
    Reference("nanoGPT, 0.8 M parameters", "loss", 1.88, "A transformer, minutes on a laptop's CPU: karpathy/nanoGPT, README.", published=True),
    Reference("nanoGPT, 10.7 M parameters", "loss", 1.4697, "A transformer, 3 minutes on an A100: karpathy/nanoGPT, README.", published=True),
)  # fmt: skip


def of_run(spec: Parts, folder: Path, settings: Settings) -> list[Reference]:
    """Raises `UserError` where the text is gone."""
    text = corpora.load(spec.data.source, spec.data.encoding, settings, folder).text
    counts = count(text)
    edge = split(counts.length, spec.data, 1).train
    vocabulary = counts.vocabulary(spec.data.vocabulary)
    before, after = (vocabulary.encode(part) for part in (text[max(0, edge - _MOST_COUNTED) : edge], text[edge:][:_MOST_MEASURED]))
    found = []
    if len(after) > 1:
        model = KneserNey(before, len(vocabulary.tokens), _ORDER)
        counted = f"the last {len(before):,} characters of the training part" if len(before) < edge else "the training part"
        how = f"How often each character follows the {_ORDER - 1} before it in {counted}, with Kneser-Ney smoothing."
        found.append(Reference(f"a {_ORDER}-gram model", "loss", model.loss(after), how))
    is_published = hashlib.sha256(text.encode()).hexdigest() == download.SHAKESPEARE.sha256
    return found + list(_PUBLISHED if is_published else ())
