"""The data section of a spec on a series of numbers."""

from dataclasses import dataclass

from rnn_core.spec.option import option_field

AUTO, ALL = "auto", "all"
INPUTS = {"value": "The value alone", "all": "All columns"}
LOSSES = {"squared": "Squared error", "huber": "Huber"}


@dataclass(frozen=True)
class SeriesData:
    source: str = option_field("weather", "Data", "data", "The numbers that the network learns from: one row for each date.")
    column: str = option_field(
        AUTO, "Value", "col", "The column that is predicted. `auto` is the first column, or one named close, value or price.",
        of_source=True)  # fmt: skip
    series: str = option_field(
        ALL, "Series", "ser", "Which series of a file with several, such as one share or one station. All train one network together, each "
        "scaled by itself.", of_source=True)  # fmt: skip
    inputs: str = option_field(
        "value", "Inputs", "in", "What the network reads at each timestep. More columns may help, but also give more to memorise.",
        choices=INPUTS)  # fmt: skip
    calendar: bool = option_field(
        False, "Calendar", "cal", "Adds the day of the year to the inputs, as a sine and a cosine. The network then knows the season even from a "
        "short window.")  # fmt: skip
    window: int = option_field(
        30, "Window", "win", "Timesteps that the network reads before it predicts. A longer window shows more of the past, but takes more time.",
        low=1, high=1000, step=10)  # fmt: skip
    horizon: int = option_field(
        1, "Horizon", "hor", "Timesteps that are predicted at once. Those further ahead are harder.", low=1, high=100, step=1)  # fmt: skip
    differences: bool = option_field(
        False, "Differences", "diff", "Reads and predicts changes instead of values. A trend then becomes a constant, which a network can continue "
        "beyond all values that it has seen.")  # fmt: skip
    loss: str = option_field(
        "squared", "Loss", "loss", "Squared error punishes large errors most. Huber counts errors above one standard deviation only linearly, "
        "so outliers matter less.", choices=LOSSES)  # fmt: skip
    period: int = option_field(
        0, "Period", "per", "Timesteps of the seasonal naive forecast that stands beside the result; 0: found by comparing the data with itself, shifted in time (autocorrelation). Training does not "
        "use it.", low=0, high=10_000, step=1)  # fmt: skip
