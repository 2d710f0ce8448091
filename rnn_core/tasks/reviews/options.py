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
        low=3, high=100_000, step=1000,
        older="`keras.preprocessing.text.Tokenizer()` is gone; `tf.keras.preprocessing.text.Tokenizer()` still runs, but is deprecated. Write `vec = keras.layers.TextVectorization(max_tokens=10000, "
        "output_sequence_length=200)`, then `vec.adapt(texts)`, then `ids = vec(texts)`.")  # fmt: skip
    length: int = option_field(
        200, "Length", "len", "Most words read of a review; of longer ones the last words, since the opinion is often at the end. "
        "Longer takes more time.", low=2, high=2000, step=50,
        older="`np.array(sequences)` works only if all sequences have the same length. Write `keras.utils.pad_sequences(sequences, "
        "maxlen=200)`: it pads before the text and keeps the last words, as here. No layer needs `input_length`.")  # fmt: skip
    padding: str = option_field(
        "before", "Padding", "pad", "Where empty places go if a review is shorter than Length. Without masking, places after the text lie between "
        "the text and the last state, and the network seldom learns to keep the text that long.", choices=PADDINGS)  # fmt: skip
    masking: bool = option_field(
        True, "Masking", "mask", "Skips the empty places: padding before and after the text then give the same result. Without masking, a GPU can use "
        "cuDNN's fast kernel.")  # fmt: skip
    examples: int = examples_option()
