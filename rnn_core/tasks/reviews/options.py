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
        10_000, "Vocabulary", "voc", "Most distinct words, the most frequent first. Rarer ones become one `unknown` word.",
        low=3, high=100_000, step=1000)  # fmt: skip
    length: int = option_field(
        200, "Length", "len", "Most words read of a review; of longer ones the last words, since the verdict is often at the end. "
        "Longer takes more time.", low=2, high=2000, step=50)  # fmt: skip
    padding: str = option_field(
        "before", "Padding", "pad", "Where empty places go if a review is shorter than Length. Without masking, a network that reads hundreds "
        "of empty places after the text forgets the text.", choices=PADDINGS)  # fmt: skip
    masking: bool = option_field(True, "Masking", "mask", "Skip the empty places. Padding then makes no difference, except that cuDNN's fast "
                          "kernel on a GPU needs it after the text.")  # fmt: skip
    examples: int = examples_option()
