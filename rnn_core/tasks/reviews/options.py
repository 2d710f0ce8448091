"""The data section of a spec on labelled reviews."""

from dataclasses import dataclass

from rnn_core.spec.option import option_field
from rnn_core.tasks.examples import examples_option

PADDINGS = {"before": "Before", "after": "After"}


@dataclass(frozen=True)
class ReviewsData:
    source: str = option_field(
        "imdb", "Data", "data", "The labelled reviews or sentences that the network learns from.", aliases=("dataset",)
    )
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
    examples: int = examples_option()
