"""The chart of next-character probabilities."""

import altair as alt

from pages.parts.run.charts import draw_chart, without_data
from pages.parts.shell import session
from pages.parts.shell.colours import ANSWER, NEUTRAL

_LEGEND = alt.Legend(
    orient="top", title=None, offset=4, labelFontSize=12, symbolSize=64
)  # close to the bars, which have little height


def _next_characters_spec() -> dict:
    return without_data(
        alt.Chart(alt.NamedData("rows"))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "character:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelFontSize=13, labelPadding=4, ticks=False)
            ),
            xOffset=alt.XOffset("at:N", sort=None),
            y=alt.Y(
                "probability:Q",
                title="Probability",  # longer than a low chart is high, it would squeeze the bars
                axis=alt.Axis(format="%", tickCount=4, labelPadding=4, titlePadding=6),
            ),
            color=alt.Color("at:N", sort=None, scale=alt.Scale(range=[NEUTRAL, ANSWER]), legend=_LEGEND),
            stroke=alt.Stroke("at:N", sort=None, scale=alt.Scale(range=[NEUTRAL, ANSWER]), legend=None),
            fillOpacity=alt.FillOpacity(
                "at:N", sort=None, scale=alt.Scale(range=[0.15, 1]), legend=None
            ),  # hollow and full, without colours
            tooltip=[
                alt.Tooltip("character:N"),
                alt.Tooltip("at:N", title="probabilities"),
                alt.Tooltip("probability:Q", format=".2%"),
            ],
        )
        .properties(
            padding={"left": 2, "top": 2, "right": 2, "bottom": 2}, autosize=alt.AutoSizeParams(type="fit", contains="padding")
        )
    )


_NEXT_CHARACTERS = _next_characters_spec()


def next_character_chart(
    characters: list[str], original: list[float], sampled: list[float], names: tuple[str, str], alt: str
) -> None:
    """Draw the probabilities of the likeliest next characters: two bars per character, original and as sampled."""
    at = [names[0]] * len(original) + [names[1]] * len(sampled)
    draw_chart(
        _NEXT_CHARACTERS,
        {"character": characters * 2, "probability": original + sampled, "at": at},
        session.CHART("odds"),
        alt,
        height="stretch",
    )
