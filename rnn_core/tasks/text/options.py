"""The data section of a spec on text."""

from dataclasses import dataclass

from rnn_core.data.decode import ENCODINGS
from rnn_core.spec.option import option_field


@dataclass(frozen=True)
class TextData:
    source: str = option_field(
        "python-reference", "Data", "corpus", "The text that the network learns to continue.", aliases=("corpus",)
    )
    encoding: str = option_field("auto", "Encoding", "enc", "How the bytes of the file become characters. Change it if the preview shows "
                          "wrong letters.", choices=ENCODINGS, of_source=True)  # fmt: skip
    sequence_length: int = option_field(
        64, "Sequence length", "seq", "Timesteps that gradients flow back at most, half as many on average (truncated BPTT); the hidden state "
        "is carried on. Longer can learn longer dependencies, but makes each step slower.", low=2, high=1000, step=8)  # fmt: skip
    vocabulary: int = option_field(
        5000, "Vocabulary", "voc", "Most distinct characters. Rarer ones become one `unknown` character.",
        low=2, high=50_000, step=100)  # fmt: skip
