"""The text task's part of the Keras script."""

from pathlib import Path

from rnn_core.settings import Settings
from rnn_core.tasks.script import ScriptData, TaskScript, file_name
from rnn_core.tasks.task import Parts
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text.dataset import check_counts, count, model_io, shift_range, split

_WRITE = """## Write
writer = network(streams=1)
writer.set_weights(weights)
random, character, written = np.random.default_rng(), {first}, ""
for _ in range(300):
    logits = writer.predict_on_batch(np.array([[character]]))[0, 0]
{never}    p = np.exp((logits - logits.max()) / 0.8)  # temperature 0.8
    character = random.choice(len(p), p=p / p.sum())
    written += characters[character]
print(written)"""
_NOTES = (
    "The text is read in parallel streams, and each batch continues the one before. The usual script cuts the text into windows and "
    "shuffles them, so each window starts without a past.",
    "The last tenth of the text validates, and there is no test set.",
)


def data(spec: Parts, settings: Settings, folder: Path | None) -> ScriptData:
    counts = count(corpora.load(spec.data.source, spec.data.encoding, settings, folder).text)
    check_counts(counts, spec.data)
    layout, tokens = split(counts.length, spec.data, spec.training.batch_size), len(counts.vocabulary(spec.data.vocabulary).tokens)
    has_unknown = len(counts.characters) > spec.data.vocabulary
    spare = shift_range(layout, spec.data)
    lines = [
        f'text = open("{_file(spec)}", "rb").read().decode()',
        "characters, ids, counts = np.unique(list(text), return_inverse=True, return_counts=True)",
        'by_frequency = np.argsort(-counts, kind="stable")  # the most frequent character is 0',
        "characters, ids = characters[by_frequency], np.argsort(by_frequency)[ids]",
    ]
    if has_unknown:
        lines += [
            "# Rare characters become one unknown character, number 0.",
            f"characters, ids = ['?', *characters], np.where(ids < {tokens - 1}, ids + 1, 0)",
        ]
    streams = "batch_size" if layout.validation_streams == layout.streams else f"streams={layout.validation_streams}"
    start = f"np.random.default_rng([seed, epoch]).integers({'timesteps' if spare == spec.data.sequence_length else spare}) if epoch else 0"
    lines += [
        "end = len(text) - int(0.1 * len(text))  # the last tenth validates",
        "",
        "",
        "def windows(ids, streams):",
        '    """Parallel streams. Each window continues the one before; targets are the next characters."""',
        "    length = (len(ids) - 1) // streams",
        "    x = ids[: streams * length].reshape(streams, length)",
        "    y = ids[1 : streams * length + 1].reshape(streams, length)",
        "    cuts = [slice(start, start + timesteps) for start in range(0, length, timesteps)]",
        "    return [(x[:, cut], y[:, cut]) for cut in cuts]",
        "",
        "",
        "def training(epoch):",
        *(
            [
                '    """Later epochs start a little later, which moves the cuts between windows."""',
                f"    start = {start}",
                "    return windows(ids[start:end], batch_size)",
            ]
            if spare > 0
            else ["    return windows(ids[:end], batch_size)"]
        ),
        "",
        "",
        f"validation = windows(ids[end:], {streams})",
    ]
    return ScriptData(
        model_io(tokens), _file(spec), "\n".join(lines), layout.streams, tests=False, notes=_NOTES,
        settings=f"timesteps = {spec.data.sequence_length}  # that errors travel back, at most",
        use=_WRITE.format(
            first=int(has_unknown), never="    logits[0] = -np.inf  # never the unknown character\n" if has_unknown else ""
        ),
    )  # fmt: skip


def content(spec: Parts, settings: Settings, folder: Path | None) -> bytes:
    return corpora.load(spec.data.source, spec.data.encoding, settings, folder).text.encode()


def _file(spec: Parts) -> str:
    return file_name(spec.data.source, "txt", "corpus")


SCRIPT = TaskScript(data, content)
