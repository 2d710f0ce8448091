"""The Series page: data and columns, training, forecasts, and the test results."""

import json
import re

import numpy as np
import pytest

from pages.parts.shell import services, session
from rnn_core.data import uploads
from rnn_core.run_spec import RunSpec
from rnn_core.runs.store.rows import FINISHED
from rnn_core.tasks.series import csv_import
from tests.conftest import tiny_spec
from tests.pages.helpers import button, chosen, ended, labels, spec_key, texts

GERMAN = "Station 7;;\nDatum;Menge (kg);Preis\n" + "".join(
    f"{np.datetime64('2023-01-01') + i};{10 + i % 7},{i % 10}0;{100 + i},5\n" for i in range(200) if i not in (50, 51)
)


def chart(at):
    """What the component of the forecast was given."""
    proto = next(element.proto for element in at.get("bidi_component") if "forecast" in str(element.proto.component_name))
    return json.loads(proto.json)


def test_every_control_has_its_fixed_name(visit):
    at = visit("series")
    assert not at.exception
    assert labels(at) >= {
        "Cell", "Units", "Bidirectional", "Dropout", "Recurrent dropout", "Epochs", "Batch size", "Learning rate", "Optimizer",
        "Seed", "Data", "Value", "Inputs", "Window", "Horizon", "Calendar", "Differences", "Loss", "Period", "Pooling", "Upload a CSV", "Train",
    }  # fmt: skip
    assert "Embedding" not in labels(at)
    assert "1,461** days from 2012-01-01 to 2015-12-31" in texts(at) and "measured by NOAA" in texts(at)


def test_other_data_has_other_columns(visit):
    at = visit("series")
    at.selectbox(key=spec_key("series", "column")).set_value("wind (m/s)").run()
    at.selectbox(key=spec_key("series", "source")).set_value("indices").run()
    assert not at.exception and at.selectbox(key=spec_key("series", "column")).value == "auto"
    assert "working days from 2005-01-03" in texts(at) and "try Differences" in texts(at)
    at.toggle(key=spec_key("series", "differences")).set_value(True).run()
    assert "try Differences" not in texts(at)


def test_a_preset_with_data_of_its_own_leaves_no_column_behind(visit):
    at = visit("series")
    at.selectbox(key=spec_key("series", "column")).set_value("wind (m/s)").run()
    chosen(at, "Preset").set_value("prices").run()
    assert not at.exception and not at.error
    assert at.selectbox(key=spec_key("series", "source")).value == "indices"
    assert at.selectbox(key=spec_key("series", "column")).value == "auto"


def test_a_window_that_is_too_long_is_a_sentence(visit):
    at = visit("series")
    at.number_input(key=spec_key("series", "window")).set_value(1000)
    at.number_input(key=spec_key("series", "horizon")).set_value(100).run()
    assert "There are 1,461 timesteps; a window of 1000 and a horizon of 100" in texts(at) and button(at, "Train").disabled


def test_training_forecasts_and_the_test(visit):
    at = visit("series", spec=tiny_spec("series").to_short())
    button(at, "Train").click().run()
    run = ended(at.query_params["run"])
    assert (run.state, run.task) == (FINISHED, "series") and run.title.startswith("Noisy sine")
    at.run()
    assert not at.exception and "<span>test " in texts(at)
    shown = chart(at)
    assert len(shown["truth"]) == 2000 and shown["edges"] == [1400, 1700] and shown["now"] == 1700
    assert len(shown["ahead"]["free"]) == 30 and shown["dates"][0] == "2000-01-01"
    low, free, high = (np.array(shown["ahead"][name]) for name in ("low", "free", "high"))
    assert (low <= high).all() and np.isfinite(free).all() and "80% of the errors in validation" in texts(at)
    assert shown["label"] == shown["unit"] == "value"
    table = next(frame.value for frame in at.dataframe if "MASE" in frame.value)
    assert set(table["Forecast"]) == {"Network", "Last value", "Seasonal naive", "Linear autoregression"}
    assert table["MASE"].is_monotonic_increasing and re.search("The network (is better|is about as good|does not beat)", texts(at))


def test_now_is_moved_and_the_last_values_are_changed(visit):
    at = visit("series", spec=tiny_spec("series").to_short())
    button(at, "Train").click().run()
    run = ended(at.query_params["run"]).id
    at.run()
    first = chart(at)
    at.session_state[session.NOW(run).name] = 1500
    at.run()
    moved = chart(at)
    assert (
        moved["now"] == 1500
        and moved["ahead"]["dates"][0] == first["dates"][1500]
        and moved["ahead"]["free"] != first["ahead"]["free"]
    )
    for nonsense in (-5, 10**9, "x", None, float("nan"), True):
        at.session_state[session.NOW(run).name] = nonsense
        at.run()
        assert not at.exception
    at.session_state[session.NOW(run).name] = 1500
    at.session_state[session.EDITED_VALUES(run, "", 1500).name] = {
        "edited_rows": {0: {moved["dates"][1499]: 3.0}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    at.run()
    assert not at.exception and chart(at)["ahead"]["free"][0] != moved["ahead"]["free"][0] and chart(at)["ahead"]["last"][0] == 3.0


def test_an_uploaded_table_with_decimal_commas_and_gaps_trains(visit):
    at = visit("series")
    imported = csv_import.import_csv(GERMAN.encode(), "auto", services.settings())
    assert imported.numbers == ["Menge (kg)", "Preis"] and uploads.is_upload(imported.upload)
    services.store().uploads.add(services.owner(), "series", imported.upload, "menge.csv")
    spec = tiny_spec("series", source=imported.upload, column="Menge", batch_size=8)
    at = visit("series", spec=spec.to_short())
    assert not at.exception and "200** days" in texts(at) and "2 missing values are filled" in texts(at)
    button(at, "Train").click().run()
    assert ended(at.query_params["run"]).state == FINISHED
    at.run()
    assert not at.exception and chart(at)["unit"] == "kg" and chart(at)["truth"][50] is None


@pytest.mark.parametrize("column", ["no such column", "x" * 190])
def test_a_link_with_a_column_that_is_not_there_is_a_sentence(visit, column):
    at = visit("series", spec=RunSpec.from_options("series", column=column).to_short())
    assert not at.exception and "There is no column called" in texts(at) and button(at, "Train").disabled
