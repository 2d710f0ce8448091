"""How soon the default preset writes real words: for every sample, its time and its share of real words.

    python -m benchmarks.sample_words

A word counts if it has four letters or more; and it is real if the corpus contains it.
"""

import re
import time

from benchmarks import row, scratch_home
from rnn_core import settings as settings_of
from rnn_core.presets import spec_of
from rnn_core.runs.engine.local import LocalEngine
from rnn_core.runs.store.kinds import Sample
from rnn_core.runs.store.store import Store
from rnn_core.runs.submit import submit
from rnn_core.tasks.text import corpora

WIDTHS = (8, 10, 8, 12)


def words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z]{4,}", text)]


def main() -> None:
    with scratch_home():
        settings, spec = settings_of.load(), spec_of("text")
        store = Store.of(settings)
        known = set(words(corpora.load(spec.data.source, "auto", settings).text))
        engine = LocalEngine(store, settings).start()
        time.sleep(15)  # the spare worker imports TensorFlow
        start = time.time()
        run, seen = submit(spec, store, settings), {}
        engine.wake()
        while store.runs.get(run).active:
            for sample in store.events.read(run, Sample):
                seen.setdefault(sample.step, time.time() - start)
            time.sleep(0.05)
        engine.close()
        print(f"{store.runs.get(run).title}, after the click")
        row("epoch", "seconds", "words", "real words", widths=WIDTHS)
        for sample in store.events.read(run, Sample):
            written = words(sample.text)
            share = sum(word in known for word in written) / max(1, len(written))
            row(
                f"{sample.epoch:g}",
                f"{seen.get(sample.step, time.time() - start):.1f}",
                len(written),
                f"{share:.0%}",
                widths=WIDTHS,
            )


if __name__ == "__main__":
    main()
