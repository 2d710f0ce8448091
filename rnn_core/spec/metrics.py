"""The metrics of training, as data: curves, tables and results take their labels and formats from `METRICS`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    name: str  # curves and results put `train_`, `val_` or `test_` in front
    label: str
    meaning: str
    lower_is_better: bool
    format: str  # of `str.format`
    short: str  # label behind "Training" or "Test"

    def text(self, value: float | None, factor: float = 1.0) -> str:
        """The value times `factor`, formatted; a dash for None."""
        return "–" if value is None else self.format.format(value * factor)

    @property
    def better(self) -> str:
        return "lower is better" if self.lower_is_better else "higher is better"

    def caption(self, unit: str = "") -> str:
        """What a chart of it shows, `unit` as in "nats per character"."""
        return f"{self.label} ({unit}), {self.better}." if unit else f"{self.label}: {self.meaning}; {self.better}."

    @property
    def is_share(self) -> bool:
        """Whether values go from 0 to 1 and are shown in percent."""
        return self.format.endswith("%}")


# Of each step, besides its metrics:
GRADIENT_NORM = "gradient_norm"  # of all gradients together, before clipping
CLIPPED = "clipped"  # 1 where clipping cut the gradient, else 0; only with clipping

METRICS = {
    metric.name: metric
    for metric in (
        Metric("loss", "Loss", "what training minimises", True, "{:.3f}", "loss"),
        Metric("accuracy", "Accuracy", "the share of correct predictions", False, "{:.1%}", "accuracy"),
        Metric(
            "error",
            "Mean absolute error",
            "how far predictions are from the true values, in standard deviations",
            True,
            "{:,.4g}",
            "error",
        ),
    )
}
