"""Links: `?spec=...`, and `?run=...` of which only the id counts. What a link names is looked for as a page does."""

import pytest

from rnn_core import settings as settings_of
from rnn_core.data import uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.store import Store
from rnn_core.tasks import sources
from rnn_core.tasks.task import task_of
from rnn_core.tasks.text import corpora
from rnn_core.tasks.text import dataset as text
from tests.hostile import ACCEPTED, Row
from tests.hostile.inputs import marks


def enter(link: tuple[str, str]) -> None:
    settings, (kind, value) = settings_of.load(), link
    if kind == "run":
        Store.of(settings).runs.get(value)
        return
    spec = RunSpec.from_short(value)
    name = spec.data.source
    sources.label(spec.task, name, settings, {})
    task_of(spec.task).examples(name, settings)
    if spec.task == "text":
        text.check_counts(text.count(corpora.load(name, spec.data.encoding, settings).text), spec.data)
    elif uploads.is_upload(name):
        uploads.read(name, settings)


def spec(text: str) -> tuple[str, str]:
    return ("spec", text)


def good(**values) -> str:
    return RunSpec.from_options(**values).to_short()


def starred(text: str) -> str:
    return "".join(f"*{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))


def source(name: str) -> tuple[str, str]:
    """A link to data of that name; links write all bytes but letters and digits as *xx."""
    return spec(good().replace("corpus-python*2dreference", f"corpus-{starred(name)}"))


DAMAGED = "^This link is damaged"
LONG = "^This link has [\\d,]+ characters; a link has at most"
NO_RUN = "^There is no run "
NO_DATA = "There is no data called"
NO_UPLOAD = "not the name of an upload|not on this machine any more|no data called|damaged"
NAME = "must be a name of 1 to 200 characters"

ROWS = {
    "nothing": Row(lambda: spec(""), DAMAGED),
    "no link": Row(lambda: spec("hello"), DAMAGED),
    "half a link": Row(lambda: spec(good()[:60]), "^This link is damaged|^Layers must be"),
    "without its end": Row(lambda: spec(good().rpartition("-")[0]), DAMAGED),
    "twice": Row(lambda: spec(good() * 2), f"{DAMAGED}|must be"),
    "an unknown task": Row(lambda: spec("task-chess_x-1"), DAMAGED),
    "a task in capitals": Row(lambda: spec(good().replace("task-text", "task-TEXT")), DAMAGED),
    "a task of marks": Row(lambda: spec(f"task-{marks(100_000)}"), f"{DAMAGED}|{LONG}"),
    "1 MB": Row(lambda: spec("x" * 1_000_000), f"{DAMAGED}|{LONG}"),
    "an item of 1 MB": Row(lambda: spec(f"{good()}_{'x' * 1_000_000}-1"), LONG),
    "a value of 1 MB": Row(lambda: spec(f"{good()}_e-{'9' * 1_000_000}"), LONG),
    "100,000 items": Row(lambda: spec("_".join([good(), *["e-1"] * 100_000])), LONG),
    "1,000 layers": Row(lambda: spec(good() + "_layer-gru-16-0.0-0.0-tanh-0" * 1000), f"{LONG}|Layers"),
    "1,000 dense layers": Row(lambda: spec(good() + "_dense-2048-relu-0.0" * 1000), LONG),
    "5 dense layers": Row(lambda: spec(good() + "_dense-2048-relu-0.0" * 5), "Dense layers"),
    "an unknown item": Row(lambda: spec(f"{good()}_zzz-1"), "is not a known option"),
    "an unknown item of web code": Row(lambda: spec(f"{good()}_<script>alert(1)</script>-1"), "is not a known option"),
    "an unknown item of directions": Row(lambda: spec(f"{good()}_\u202eabc-1"), "is not a known option"),
    "an item of another task": Row(lambda: spec(f"{good()}_rev-1"), "is not a known option"),
    "stars that are no bytes": Row(lambda: spec(f"{good()}_*zz*-*"), "is not a known option"),
    "bytes that are no text": Row(lambda: spec(good().replace("corpus-python*2dreference", "corpus-*ff*fe*80")), NO_DATA),
    "a zero byte": Row(lambda: source("a\0b"), f"{NAME}|{NO_DATA}"),
    "a zero byte in an item": Row(lambda: spec(f"{good()}_\0-1"), "is not a known option"),
    "half of a surrogate pair": Row(lambda: spec(f"{good()}_\ud800-1"), "is not a known option"),
    "half of a surrogate pair for a name": Row(lambda: spec(good().replace("corpus-python*2dreference", "corpus-\udcff")), f"{NAME}|{NO_DATA}|{DAMAGED}"),
    "units that are no number": Row(lambda: spec(good().replace("gru-128", "gru-many")), "Units must be"),
    "units of 3,000 digits": Row(lambda: spec(good().replace("gru-128", f"gru-{'9' * 3000}")), "Units must be"),
    "units of 5,000 digits": Row(lambda: spec(good().replace("gru-128", f"gru-{'9' * 5000}")), "Units must be"),
    "units in another script": Row(lambda: spec(good().replace("gru-128", "gru-१२८")), ACCEPTED),
    "a rate that is not a number": Row(lambda: spec(f"{good()}_lr-nan"), "Learning rate must be|is not a known option"),
    "an infinite rate": Row(lambda: spec(f"{good()}_lr-inf"), "Learning rate must be|is not a known option"),
    "data that is not here": Row(lambda: source("war-and-peace"), NO_DATA),
    "data of 200 letters": Row(lambda: source("x" * 200), NO_DATA),
    "data of 201 letters": Row(lambda: source("x" * 201), NAME),
    "an upload that is not here": Row(lambda: source("upload-" + "0" * 24), NO_UPLOAD),
    "an upload without a name": Row(lambda: source("upload-"), NO_UPLOAD),
    "an upload of 190 Chinese letters": Row(lambda: source("upload-" + "漢" * 190), NO_UPLOAD),
    "an upload of 190 letters": Row(lambda: source("upload-" + "a" * 190), NO_UPLOAD),
    "an upload above its folder": Row(lambda: source("upload-../../../../etc/passwd"), NO_UPLOAD),
    "an upload with a path": Row(lambda: source("upload-/etc/passwd"), NO_UPLOAD),
    "an upload with a path of Windows": Row(lambda: source("upload-..\\..\\boot"), NO_UPLOAD),
    "an upload of another ending": Row(lambda: source("upload-abc.label"), NO_UPLOAD),
    "an upload with a zero byte": Row(lambda: source("upload-abc\0"), f"{NO_UPLOAD}|{NAME}"),
    "an upload of superscripts": Row(lambda: source("upload-²³¹" + "²" * 60), NO_UPLOAD),
    "an upload of marks": Row(lambda: source("upload-" + "e\u0301" * 60), NO_UPLOAD),
    "a device for a name": Row(lambda: source("/dev/zero"), NO_DATA),
    "a page for a name": Row(lambda: source("https://example.org/"), NO_DATA),
    "digits of text": Row(lambda: spec("task-digits_corpus-x"), "is not a known option"),
    "a run of no name": Row(lambda: ("run", ""), NO_RUN),
    "a run that is not here": Row(lambda: ("run", "0" * 16), NO_RUN),
    "a run of 1 MB": Row(lambda: ("run", "x" * 1_000_000), NO_RUN),
    "a run above its folder": Row(lambda: ("run", "../../etc"), NO_RUN),
    "a run of SQL": Row(lambda: ("run", "'; DROP TABLE runs; --"), NO_RUN),
    "a run of any letters": Row(lambda: ("run", "%_*?"), NO_RUN),
    "a run of directions": Row(lambda: ("run", "\u202e\u2066abc"), NO_RUN),
    "a run with a zero byte": Row(lambda: ("run", "a\0b"), NO_RUN),
    "a run of half a surrogate pair": Row(lambda: ("run", "\ud800"), NO_RUN),
    "a run of marks": Row(lambda: ("run", marks(200_000)), NO_RUN),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_link_is_followed_or_refused_with_a_reason(name, check_row):
    check_row(name)
