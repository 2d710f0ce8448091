"""What a run reads: the data section of each task's spec."""

from dataclasses import dataclass

from rnn_core.errors import UserError, quoted
from rnn_core.spec.option import TASKS, option_field

ENCODINGS = {
    "auto": "Detect", "utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252", "latin-1": "Latin-1",
    "cp1251": "Windows-1251 (Cyrillic)", "koi8-r": "KOI8-R (Cyrillic)", "cp1253": "Windows-1253 (Greek)",
    "cp1256": "Windows-1256 (Arabic)", "gb18030": "GB 18030 (Chinese)", "big5": "Big5 (Chinese)",
    "shift_jis": "Shift JIS (Japanese)", "euc_kr": "EUC-KR (Korean)",
}  # fmt: skip
READINGS = {"rows": "Rows", "columns": "Columns", "pixels": "Pixels"}
PADDINGS = {"before": "Before", "after": "After"}


@dataclass(frozen=True)
class TextData:
    corpus: str = option_field("python-reference", "Corpus", "corpus", "The text that the network learns to continue.")
    encoding: str = option_field("auto", "Encoding", "enc", "How the file's bytes become characters. Change it when the preview shows "
                          "wrong letters.", choices=ENCODINGS)  # fmt: skip
    sequence_length: int = option_field(
        64, "Sequence length", "seq", "Timesteps that errors travel back (truncated BPTT). The hidden state itself is carried on "
        "across them. Longer sees further, but makes each step slower.", low=2, high=1000, step=8)  # fmt: skip
    vocabulary: int = option_field(
        5000, "Vocabulary", "voc", "Most distinct characters kept. Rarer ones become one `unknown` character.",
        low=2, high=50_000, step=100)  # fmt: skip

    @property
    def source(self) -> str:
        """The name of where the data comes from."""
        return self.corpus


def _examples():
    return option_field(0, "Training examples", "n", "How many of the training examples are used; 0 uses all. Fewer are quicker, and are memorised "
                 "sooner.", low=0, high=1_000_000, step=1000)  # fmt: skip


@dataclass(frozen=True)
class DigitsData:
    dataset: str = option_field("mnist", "Data set", "data", "The handwritten digits that the network learns to tell apart.")
    reading: str = option_field(
        "rows", "Read by", "by", "A picture is read as a sequence: row after row, column after column, or pixel after pixel. Rows are 28 "
        "timesteps; pixels are 784, which a SimpleRNN cannot remember.", choices=READINGS)  # fmt: skip
    backwards: bool = option_field(False, "Backwards", "rev", "Read from the end to the beginning: from the bottom row up. Should that change "
                            "how well digits are told apart?")  # fmt: skip
    shuffled: bool = option_field(False, "Shuffled", "shuf", "Read the rows (columns, pixels) in a random order, the same for every picture. "
                           "You could not read them; can the network?")  # fmt: skip
    examples: int = _examples()

    @property
    def source(self) -> str:
        return self.dataset


@dataclass(frozen=True)
class ReviewsData:
    dataset: str = option_field("imdb", "Data set", "data", "The labelled reviews or sentences that the network learns from.")
    vocabulary: int = option_field(
        10_000, "Vocabulary", "voc", "Most distinct words kept, the most frequent first. Rarer ones all become one `unknown` word.",
        low=3, high=100_000, step=1000)  # fmt: skip
    length: int = option_field(
        200, "Length", "len", "Most words read of a review. Of a longer one the last words are read, because the verdict is often at the end. "
        "Longer takes more time.", low=2, high=2000, step=50)  # fmt: skip
    padding: str = option_field(
        "before", "Padding", "pad", "Where empty places go when a review is shorter than Length. Without masking, padding after the text makes "
        "the network read hundreds of empty places last, and forget.", choices=PADDINGS)  # fmt: skip
    masking: bool = option_field(True, "Masking", "mask", "Skip the empty places, so that each review ends with its own last word. Then padding "
                          "makes no difference; only on a GPU, cuDNN's fast kernel wants it after the text.")  # fmt: skip
    examples: int = _examples()

    @property
    def source(self) -> str:
        return self.dataset


DATA = {"text": TextData, "digits": DigitsData, "reviews": ReviewsData}
ITEMS = {"text": "characters", "digits": "pictures", "reviews": "reviews"}  # what a step reads


def data_of(task: object) -> type:
    """The data section of a task. Raises `UserError` for one that does not exist."""
    if not isinstance(task, str) or task not in DATA:
        raise UserError(f"Task must be one of {', '.join(TASKS)}; it is {quoted(task)}.")
    return DATA[task]
