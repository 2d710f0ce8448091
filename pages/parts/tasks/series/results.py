"""The test results of a run on series: its errors beside those of simple forecasts, and what they mean."""

import pandas as pd
import streamlit as st

from pages.parts.shell import services
from pages.parts.shell.errors import showing_errors
from pages.parts.shell.formatting import outdated_test_notice
from rnn_core.runs.store.rows import Run
from rnn_core.tasks.series import baseline
from rnn_core.tasks.series.dataset import SeriesDataset

_CLOSE = 0.02  # of the mean error: a smaller difference between two forecasts is none


@showing_errors
def results_panel(run_id: str, dataset: SeriesDataset) -> None:
    """Draw the errors in the test beside those of simple forecasts, and what they mean."""
    store = services.store()
    run = store.runs.get(run_id)
    if "network_mae" not in run.results:
        st.caption("Test results appear when training ends." if run.active else "This run ended before its test.")
        return
    if run.outdated_test is not None:
        st.caption(outdated_test_notice(run))
    unit = dataset.model_io.output.quantity
    rows = [name for name in baseline.NAMES if f"{name}_mae" in run.results]
    rows.sort(key=lambda name: run.results[f"{name}_mae"])
    st.markdown(_verdict(run, rows))
    st.dataframe(
        pd.DataFrame(
            {
                "Forecast": [baseline.NAMES[name] for name in rows],
                "MAE": [run.results[f"{name}_mae"] for name in rows],
                "RMSE": [run.results[f"{name}_rmse"] for name in rows],
                "MASE": [run.results.get(f"{name}_mase") for name in rows],
            }
        ),
        hide_index=True, alt="Errors in the test, the best first",
        column_config={
            "MAE": st.column_config.NumberColumn(f"MAE ({unit})", format="%.4g", help="Mean absolute error."),
            "RMSE": st.column_config.NumberColumn(f"RMSE ({unit})", format="%.4g", help="Root mean squared error: large errors count more."),
            "MASE": st.column_config.NumberColumn(
                format="%.3f", help="The mean absolute error divided by that of the last value, on the same dates. Below 1 beats the last value.",
            ),
        },
    )  # fmt: skip
    st.caption("MAE: the mean error. RMSE: large errors count more. MASE below 1: better than the last value.")
    with st.expander("What these forecasts are"):
        data = dataset.spec.data
        period = baseline.period(dataset, 0)
        how = "as chosen" if data.period else "found by comparing the data with itself, shifted in time, or usual for such dates"
        st.markdown(
            f"- **Last value**: everything stays as it is.\n- **Seasonal naive**: the value one period ago ({period:,} timesteps, {how}).\n"
            f"- **Linear autoregression**: a weighted sum of the same window of {data.window} timesteps (ridge regression, scikit-learn).\n"
            f"- **Network**: this run, with the weights of its best epoch."
        )


def _verdict(run: Run, rows: list[str]) -> str:
    """What the table means, in words."""
    results = run.results
    network, best = results["network_mae"], next(name for name in rows if name != "network")
    rival = baseline.NAMES[best][0].lower() + baseline.NAMES[best][1:]
    if not results[f"{best}_mae"]:
        return f":material/close: The network does not beat the {rival}, which makes no error here."
    ratio = network / results[f"{best}_mae"]
    if ratio < 1 - _CLOSE:
        return f":material/check: The network is better than the others: its mean error is {1 - ratio:.1%} smaller than that of the {rival}."
    compared = f"its mean error is {abs(1 - ratio):.1%} {'smaller' if ratio < 1 else 'larger'}"
    sentence = (
        f":material/drag_handle: The network is about as good as the {rival}: {compared}."
        if ratio <= 1 + _CLOSE
        else f":material/close: The network does not beat the {rival}: {compared}."
    )
    if results.get("lag") == 1:
        sentence += (
            " Its curve seems to follow the true one, but it is most like the true curve **one step earlier**: it repeats the last value. "
            "Where changes cannot be predicted, as with prices, no network does better."
        )
    return sentence
