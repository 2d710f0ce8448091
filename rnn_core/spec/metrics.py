"""What is measured while a network learns: data, from which curves, tables and results are labelled and formatted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    name: str  # in curves and results; there with `train_`, `val_` or `test_` before it
    label: str
    meaning: str
    lower_is_better: bool
    format: str  # of `str.format`

    def text(self, value: float | None, factor: float = 1.0) -> str:
        """The value in the unit that is `factor` times as small; a dash for none."""
        return "–" if value is None else self.format.format(value * factor)

    @property
    def better(self) -> str:
        return "lower is better" if self.lower_is_better else "higher is better"

    @property
    def is_share(self) -> bool:
        """Whether it goes from 0 to 1 and is shown in percent."""
        return self.format.endswith("%}")


METRICS = {
    metric.name: metric
    for metric in (
        Metric("loss", "Loss", "what training makes small", True, "{:.3f}"),
        Metric("accuracy", "Accuracy", "the share of right answers", False, "{:.1%}"),
        Metric("error", "Mean absolute error", "how far predictions are from what came", True, "{:.3f}"),
    )
}
