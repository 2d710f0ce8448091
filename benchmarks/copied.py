"""Finding what a sample copies from its training text: seconds and memory for a text of 20 MB.

    RNN_DATA_DIR=... python -m benchmarks.copied

The text is the corpus again and again, in which every eighth letter or so is another each time: plain repetition would be too easy. Each
sample is half copied and half noise of the same letters. Every measurement runs in a separate process.
"""

import resource
import subprocess
import sys
import time

import numpy as np

from benchmarks import corpus, row
from rnn_core import settings as settings_of
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.copied import copied

MEGABYTES = 20
SAMPLES = (400, 2_000, 20_000)  # characters
WIDTHS = (34, 10, 18, 10)


def text() -> str:
    source = corpora.load(corpus(), "auto", settings_of.load()).text
    codes = np.frombuffer(source.encode("utf-32-le"), np.uint32)
    random = np.random.default_rng(1)
    parts = []
    while sum(map(len, parts)) < MEGABYTES * 1_000_000:
        changed = np.where(random.random(len(codes)) < 0.12, random.permutation(codes), codes)
        parts.append(changed.tobytes().decode("utf-32-le"))
    return "".join(parts)[: MEGABYTES * 1_000_000]


def sample(training: str, characters: int) -> str:
    random, parts = np.random.default_rng(2), []
    while sum(map(len, parts)) < characters:
        start = int(random.integers(len(training) - 60))
        noise = "".join(training[i] for i in random.integers(len(training), size=40))
        parts.append(training[start : start + 40] + noise)
    return "".join(parts)[:characters]


def measure(characters: int) -> None:
    training = text()
    written = sample(training, characters)
    start = time.perf_counter()
    result = copied(written, training)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    row(f"sample of {characters:,} characters", f"{seconds:.2f}", f"{memory:.0f}", f"{result.share:.0%}", widths=WIDTHS)


def main() -> None:
    row(f"{MEGABYTES} MB of text", "seconds", "most memory, MB", "copied", widths=WIDTHS)
    for characters in SAMPLES:
        subprocess.run([sys.executable, "-m", "benchmarks.copied", str(characters)], check=True)


if __name__ == "__main__":
    measure(int(sys.argv[1])) if len(sys.argv) > 1 else main()
