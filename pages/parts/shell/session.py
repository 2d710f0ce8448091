"""Session state: the one table of its keys, including those of widgets. No other file of the pages uses `st.session_state`.

A widget gets `key=session.PROMPT.name`; the widget's value is set before the widget is drawn, or in a callback. A family makes a
key for each task, run or option; the comment beside a family begins with its parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.spec_form.layers import Layers
from rnn_core.data.tables import Table
from rnn_core.run_spec import RunSpec

T = TypeVar("T")
_NO_DEFAULT: Any = object()  # reading a key without a default raises KeyError until it is set


@dataclass(frozen=True)
class Key(Generic[T]):
    name: str
    default: T = _NO_DEFAULT

    def get(self) -> T:
        return st.session_state[self.name] if self.default is _NO_DEFAULT else st.session_state.get(self.name, self.default)

    def set(self, value: T) -> None:
        st.session_state[self.name] = value

    def setdefault(self, value: T) -> T:
        return st.session_state.setdefault(self.name, value)

    def pop(self) -> T:
        """Return the value and delete it."""
        value = self.get()
        st.session_state.pop(self.name, None)
        return value

    def exists(self) -> bool:
        return self.name in st.session_state

    def carry_over(self) -> None:
        """Before a widget with this key is drawn that other pages draw too: keep its value.

        Streamlit gives a value that the program has set, and nobody has changed since, to no widget of another page.
        """
        page, drawn_on = this_page(), DRAWN_ON(self.name)
        if self.exists() and drawn_on.get() != page:
            self.set(self.get())
        drawn_on.set(page)


@dataclass(frozen=True)
class KeyFamily(Generic[T]):
    name: str  # with a %s for each parameter
    default: T = _NO_DEFAULT

    def __call__(self, *parameters: object) -> Key[T]:
        return Key(self.name % parameters, self.default)  # raises TypeError for too few and for too many


def this_page() -> str:
    """What tells pages apart."""
    return get_script_run_ctx().page_script_hash


def forget_presses() -> None:
    """The page has been drawn: a press of a button that is no longer on it has no effect."""
    for name in [name for name in st.session_state if str(name).startswith(PRESSED.name.partition("%")[0])]:
        del st.session_state[name]


# The person, in class mode
PERSON = Key[str]("person.id")  # id; "" while nobody is signed in
ANONYMOUS_ID = Key[str]("person.anonymous_id")  # random: counts wrong teacher keys where nobody is signed in
WRITE_COOKIE = Key[bool]("person.write_cookie", False)  # memory.js has to write PERSON into the cookie
COOKIE_REFUSED = Key[bool]("person.cookie_refused", False)  # the browser stores no cookies
SIGN_OUT = Key[bool]("person.sign_out", False)  # memory.js has to delete the cookie and reload the page
BROWSER_MEMORY = Key[dict[str, Any]]("person.browser_memory")  # the state of the component of memory.js

# The controls of a spec: each task has its own values
SPEC = KeyFamily[Any]("spec.%s.%s")  # (task, option) the option's value; of options of a layer, that of the selected layer
FORM_TASK = Key[str | None]("form.task", None)  # the task whose controls were set last
LINK = KeyFamily[str | None]("form.link.%s", None)  # (task) `?spec=` when the controls last read or wrote it
VALID_SPEC = KeyFamily[RunSpec]("form.valid_spec.%s")  # (task) the newest valid spec
PRESET = KeyFamily[str | None]("form.preset.%s", None)  # (task) the preset that equals the options
OWN_SOURCE = KeyFamily[str | None]("form.own_source.%s", None)  # (task) the source that was chosen last, not counting presets
NEW_UPLOAD = KeyFamily[str | None]("form.new_upload.%s", None)  # (task) an upload to select when the list of sources is drawn next
LAYERS = KeyFamily[Layers]("form.layers.%s")  # (task) all layers, and the selected card
DENSE = KeyFamily[Any]("form.dense.%s.%s")  # (task, option) of the selected dense layer
SHOW_LAYER = KeyFamily[bool]("form.show_layer.%s", True)  # (task) the controls must show the selected layer's values
NETWORK = KeyFamily[dict[str, Any]]("form.network.%s")  # (task) the state of the component of network.js
ZONE = KeyFamily[str]("form.zone.%s")  # (task) on a phone, the zone on show: "watch", "try" or "setup"
MORE = KeyFamily[bool]("form.more.%s")  # (task) whether the options that are seldom changed are shown
BACK = KeyFamily[bool]("form.back.%s")  # (key of an option) the arrow back to its default

# The frame of a page
PRESSED = KeyFamily[bool]("pressed.%s.%s", False)  # (page, button) it was pressed, and has not been drawn since
DRAWN_ON = KeyFamily[str]("frame.drawn_on.%s", "")  # (key) the page that drew the widget last
SKIP_LINKS = Key[dict[str, Any]]("frame.skip_links")  # the state of the component of skip_links.js
TYPED = KeyFamily[Any]("frame.typed.%s")  # (key of a text area) the component of text_field.js, which sends nothing
TAB_TITLE = Key[dict[str, Any]]("frame.tab_title")  # the component of tab_title.js, which sends nothing
ANNOUNCED = Key[dict[str, Any]]("frame.announced")  # the state of the component of announcer.js

# One run
LIGHTS = KeyFamily[dict[str, Any]]("run.lights.%s")  # (run) the component of lights.js, which sends nothing
ACTION_ERRORS = KeyFamily[tuple[str, ...]](
    "run.action_errors.%s.%s", ()
)  # (task, run on show) why the last press of a button did nothing
RUN_CHOICE = Key[str | None]("run.choice", None)  # id of the run in the list of runs
LAST_RUN = KeyFamily[str | None]("run.last.%s", None)  # (task) id of the run that the task's page showed last
NEW_RUN = KeyFamily[str]("run.new.%s", "")  # (task) id of the run that a button created, until the page shows it
STARTED = KeyFamily[str]("run.started.%s", "")  # (task) id of the run that Train created last
PANEL_IN_PAGE = Key[bool]("run.panel_in_page", False)  # the panel is drawn with the whole page, not by a tick
WATCH_TAB = KeyFamily[str]("run.watch_tab.%s")  # (task) what the zone Watch shows: "watch", "gradient" or "code"
LOSS_UNIT = Key[str]("run.loss_unit")  # a name in `units.UNITS`
LOG_SCALE = KeyFamily[bool]("run.log_scale.%s", False)  # (task) whether losses are drawn on a logarithmic scale
EMBEDDING_MAP = KeyFamily[Any]("run.embedding_map.%s")  # (run) the component of embedding_map.js, which sends nothing
GRADIENT_PICTURE = KeyFamily[str]("run.gradient_picture.%s")  # (task) a name in `gradient.PICTURES`
TRAIN_CELLS_NOTES = KeyFamily[tuple[str, ...]](
    "run.train_cells_notes.%s.%s", ()
)  # (task, run on show) sentences on the runs that TRAIN_CELLS started
TRAIN_CELLS = KeyFamily[bool]("run.train_cells.%s")  # (task) the button that trains each cell
NEW_RATE = KeyFamily[float]("run.new_rate.%s.%s")  # (run, planned rate) learning rate for a run that trains
NEXT_RATE = KeyFamily[float]("run.next_rate.%s.%s")  # (run, planned rate) learning rate after Continue training
MORE_EPOCHS = KeyFamily[int]("run.more_epochs.%s.%s.%s")  # (run, its epochs, whether some are left) for Continue training
TEST_AGAIN = KeyFamily[bool]("run.test_again.%s.%s")  # (run, its steps) whether a continued run is tested again
NEXT_SOURCE = KeyFamily[str]("run.next_source.%s.%s")  # (run, its steps) other data to continue on; "" for the same
WEIGHTS = KeyFamily[str]("run.weights.%s")  # (run) "best" or "newest"
CURE = KeyFamily[bool]("run.cure.%s.%s")  # (run, kind of advice) the button that starts the cure
EXAMPLE = KeyFamily[int]("run.example.%s")  # (run) number of the example on show, in the generic view
CHART = KeyFamily[Any]("chart.%s")  # (content) a chart that stays the same element from tick to tick

# The menu Share
SHARE = Key[bool]("share.menu", False)  # whether it is open
SHARE_NAME = KeyFamily[str]("share.name.%s")  # (run) the field Name
SHARE_REMARK = KeyFamily[str]("share.remark.%s")  # (run) the field Note
SHARE_DELETE = KeyFamily[bool]("share.delete.%s", False)  # (run) Delete was pressed and asks whether it is meant
SHARE_ERRORS = Key[tuple[str, ...]]("share.errors", ())  # sentences of the last change, shown once
DOWNLOAD = KeyFamily[bool]("share.download.%s.%s")  # (run, format) its button

# The Compare page, and the menu Compare of other pages
COMPARE_TASK = Key[str]("compare.task")  # the task whose runs are compared
TASK_CHOICE = Key[str]("compare.task_choice")  # the list of tasks
COMPARED_RUNS = KeyFamily[tuple[str, ...]]("compare.runs.%s", ())  # (task) ids of the runs that were compared last
COMPARE_ADD = Key[str | None]("compare.add", None)  # id of the run to add
COMPARE_NOTES = Key[tuple[frozenset[str], tuple[str, ...], bool]](
    "compare.notes", (frozenset(), (), False)
)  # of the last action: its runs, sentences, and whether these are true only while a run is active
COMPARE_METRIC = KeyFamily[str]("compare.metric.%s")  # (task) a name in the task's `metrics`
COMPARE_PART = Key[str]("compare.part")  # a name in `chart.PARTS`
COMPARE_AXIS = Key[str]("compare.axis")  # a name in `comparison.AXES`
COMPARE_LOG = Key[bool]("compare.log", False)  # whether values are drawn on a logarithmic scale
COMPARE_BANDS = Key[bool]("compare.bands", True)  # whether the seeds of a setting are drawn as a band
COMPARE_MENU = KeyFamily[bool]("compare.menu.%s")  # (run) whether its menu is open
CHANGED_OPTION = KeyFamily[str]("compare.option.%s")  # (run) the option to change
NEW_VALUES = KeyFamily[list[str]]("compare.values.%s.%s")  # (run, option) its new values, as text
COMPARE_BUTTON = KeyFamily[bool]("compare.button.%s.%s")  # (what, run)

# The tab Code
CODE_NOW = KeyFamily[RunSpec | None]("code.now.%s", None)  # (task) the spec of the controls when the page was drawn last
CODE_BEFORE = KeyFamily[RunSpec | None]("code.before.%s", None)  # (task) the spec before its last change
SCRIPT_BOX = KeyFamily[Any]("code.box.%s")  # (task) the component of script_box.js, which sends nothing

# The Runs page
RUNS_WHOSE = Key[str]("runs.whose")  # for the teacher: one's own runs or everybody's
RUNS_PAGE = Key[int]("runs.page")  # of the table, from 1
RUNS_TABLE = KeyFamily[dict[str, Any]]("runs.table.%s.%s")  # (first and last run, version) names typed and rows ticked
RUNS_VERSION = Key[int]("runs.version", 0)  # of RUNS_TABLE: a new version forgets what was typed and ticked
OPEN_ZIP = KeyFamily[Any]("runs.open_zip.%s")  # (version) the file
OPEN_ZIP_MENU = KeyFamily[Any]("runs.open_zip_menu.%s")  # (version) the menu around it
OPEN_ZIP_VERSION = Key[int]("runs.open_zip_version", 0)  # of OPEN_ZIP and its menu: a new version is empty, and closed
OPENED = Key[str | None]("runs.opened", None)  # id of the run that was opened from a zip last
RUNS_ERRORS = Key[tuple[str, ...]]("runs.errors", ())  # sentences of the last change, shown once

# The Class page
CLASS_VIEW = Key[str]("class.view")  # "board", "send", "queue" or "ended"
CLASS_NAMES = Key[bool]("class.names", True)  # whether nicknames are shown
PROJECTOR = Key[bool]("class.projector", False)  # whether the page is drawn for a projector
PROJECTOR_LEFT = Key[Any]("class.projector_left")  # the state of the component of projector.js
CLASS_BOARD = Key[Any]("class.board")  # the component of board.js, which sends nothing
CLASS_STOP = KeyFamily[bool]("class.stop.%s")  # (run) its button Stop
CLASS_ENDED = Key[Any]("class.ended")  # the table of ended runs
SEND_CHOICE = KeyFamily[Any]("class.send_choice.%s", None)  # (0 for A, 1 for B) the key of the settings to send; None: none
SEND_LINK = KeyFamily[str]("class.send_link.%s", "")  # (0 for A, 1 for B) a pasted link
SEND_ERRORS = Key[tuple[str, ...]]("class.send_errors", ())  # why the last press of Send did nothing
CLASS_BANDS = Key[Any]("class.bands")  # the chart of the settings that were sent
SENT_OPEN = KeyFamily[Any]("class.sent_open.%s")  # (SENT_USED) the popover of a student with the settings that were sent
SENT_USED = Key[int]("class.sent_used", 0)  # how often its button was pressed: a new popover is closed
SENT_USE = Key[bool]("class.sent_use")  # its button
SENT_SEEN = Key[int]("class.sent_seen", 0)  # number of the newest sent settings of which this session has been told

# The Inside page
INSIDE_RUN = Key[str | None]("inside.run", None)  # id of the run in the list of runs
INSIDE_BESIDE = KeyFamily[str | None]("inside.beside.%s", None)  # (run) id of the run that is read beside it
INSIDE_TWINS = KeyFamily[tuple[str, ...]]("inside.twins.%s", ())  # (run) ids of the twins that will be shown when both can be read
INSIDE_LAYER = KeyFamily[int]("inside.layer.%s", 0)  # (run) the layer on show, from 0
INSIDE_SIDE = KeyFamily[int]("inside.side.%s", 0)  # (run) the direction on show: 0 forward, 1 backward
INSIDE_INPUT = KeyFamily[Any]("inside.input.%s.%s", None)  # (task, control) what a person chose to be read
INSIDE_CELLS = Key[Any]("inside.cells", None)  # the state of the component of inside.js
INSIDE_SAVE = KeyFamily[bool]("inside.save.%s")  # (run) the button that saves its numbers
FOLLOWING = KeyFamily[Any]("inside.following.%s.%s", None)  # (run, layer) a `Following`; None before it is measured
INSIDE_ERRORS = KeyFamily[tuple[str, ...]]("inside.errors.%s", ())  # (run) why no twins were trained

# Text
UPLOADED_TEXTS = Key[list[Any]]("text.upload")  # files
UPLOAD_ERROR = Key[str | None]("text.upload_error", None)  # why the files were refused
PROMPT = Key[str]("text.prompt", "")  # what the network continues
FIRST_PROMPT = Key[str]("text.first_prompt", "")  # the text that PROMPT started with
TRY_TAB = Key[str]("text.try_tab")  # name of the tab on show
SAMPLING = KeyFamily[Any]("text.sampling.%s")  # (option) the value of an option of `Sampling`
MORE_SAMPLING = Key[bool]("text.more_sampling")  # whether the options of sampling that are seldom changed are shown
WRITTEN = KeyFamily[tuple[str, str, str] | None]("text.written.%s", None)  # (run) caption, prompt and continuation, written last
COMPARED = KeyFamily[tuple[str, str, dict[float, str]] | None](
    "text.compared.%s", None
)  # (run) epoch, prompt, continuation by temperature
LOOKED_BACK = KeyFamily[tuple[str, dict[int, float]] | None]("text.looked_back.%s", None)  # (run) epoch, share by distance
TEXT_BOX = KeyFamily[Any]("text.box.%s")  # (which) a component of text_box.js
STEPPER = Key[Any]("text.stepper")  # the component of steps.js
STEPPED = Key[tuple[str, str]]("text.stepped", ("", ""))  # prompt, and what was chosen after it character by character
ODDS = Key[Any]("text.odds")  # the component of odds.js
LIVE_SAMPLE = KeyFamily[Any]("text.live_sample.%s")  # (run) the state of the component of live.js
LIVE_STEP = KeyFamily[Any]("text.live_step.%s", None)  # (run) the step in it; Streamlit forgets LIVE_SAMPLE on other pages

# Digits
DIGIT_TAB = Key[str]("digits.tab")  # label of the open tab
DIGIT_FROM = Key[str]("digits.from")  # "draw", "test" or "photo"
CANVAS = Key[Any]("digits.canvas")  # the state of the component of canvas.js
DRAWING = Key[str]("digits.drawing", "")  # packed by canvas.js; Streamlit forgets CANVAS on other pages
DRAWING_VERSION = Key[int]("digits.drawing_version", 0)  # counts how often the page has replaced the drawing
NO_DIGIT = Key[str | None](
    "digits.no_digit", None
)  # the drawing that is no digit, while it is on the canvas; a name in `NO_DIGITS`
PHOTO = Key[Any]("digits.photo")  # the file
TEST_PICTURE = Key[int]("digits.test_picture", 0)  # number of the picture on show
READER = Key[Any]("digits.reader")  # the state of the component of reader.js
SHIFT = KeyFamily[int]("digits.shift.%s")  # (pixels of the side) by how much pictures are moved to the right
REORDER = Key[bool]("digits.reorder", False)  # whether the rows are read in another order than in training
SHARES_RIGHT = KeyFamily[Any]("digits.shares_right.%s", None)  # (run) weights and the change whose shares were measured last
CONFUSION = KeyFamily[Any]("digits.confusion.%s.%s")  # (run, version) a new version has no cell picked
CONFUSION_VERSION = KeyFamily[int]("digits.confusion_version.%s", 0)  # (run) of CONFUSION
GALLERY = KeyFamily[Any]("digits.gallery.%s")  # (run) the state of the component of gallery.js

# Reviews
OWN_TABLE = Key[dict[str, Any]]("reviews.own_table")  # the table for typed sentences
OWN_ROWS = Key[pd.DataFrame]("reviews.own_rows")  # the rows that the table started with
OWN_EDITED = Key[pd.DataFrame]("reviews.own_edited")  # its rows now
OWN_ERRORS = Key[tuple[str, ...]]("reviews.own_errors", ())  # why typed sentences or a CSV were refused
OWN_NOTES = Key[tuple[str, ...]]("reviews.own_notes", ())  # how typed sentences or a CSV were read
CSV = Key[Any]("reviews.csv")  # the file
CSV_ENCODING = Key[str]("reviews.csv_encoding")  # a name in `ENCODINGS`
CSV_TABLE = Key[Table | None]("reviews.csv_table", None)  # the content of the file; None where it cannot be read
REVIEW_TAB = Key[str]("reviews.tab")  # label of the open tab
REVIEW = Key[str | None]("reviews.review", None)  # the text as typed
OFFERED_REVIEWS = Key[tuple[str, ...]]("reviews.offered", ())  # the texts of the examples when the field was drawn last
EXAMPLE_REVIEW = Key[str | None]("reviews.example", None)  # label of the example in the field
TEST_REVIEW = Key[int | None]("reviews.test_review", None)  # number of the test review that was put into the field last
WORD_STRIP = Key[Any]("reviews.word_strip")  # the state of the component of word_strip.js
REVIEW_EDIT = Key[Any]("reviews.edit", None)  # the change in it; Streamlit forgets WORD_STRIP on other pages
SHUFFLED_TEST = KeyFamily[tuple[str, Any] | None](
    "reviews.shuffled_test.%s", None
)  # (run) the epoch of the weights, and the result
MISTAKES = KeyFamily[Any]("reviews.mistakes.%s")  # (run) the table of mistakes

# Series
SERIES_FILE = Key[Any]("series.file")  # the CSV file
SERIES_ENCODING = Key[str]("series.encoding")  # a name in `ENCODINGS`
SERIES_COLUMNS = Key[Any]("series.columns", None)  # an `ImportedFile`: the columns of the file; None where it cannot be read
SERIES_ERRORS = Key[tuple[str, ...]]("series.errors", ())  # why the file was refused
SERIES_NOTES = Key[tuple[str, ...]]("series.notes", ())  # how the file was read
FORECAST = KeyFamily[Any]("series.forecast.%s")  # (run) the state of the component of forecast_chart.js
NOW = KeyFamily[Any]("series.now.%s", None)  # (run) the line in it; Streamlit forgets FORECAST on other pages
STEPS_AHEAD = KeyFamily[int]("series.steps_ahead.%s")  # (run) how far the network runs free
SHOWN_SERIES = KeyFamily[str]("series.shown.%s")  # (run) the series whose forecast is shown
EDITED_VALUES = KeyFamily[Mapping[str, Any]](
    "series.edited.%s.%s.%s", MappingProxyType({})
)  # (run, series, now) last values, changed by hand

# Compare: what all runs answer
COMPARED_TEXT_SEED = Key[int]("compare.text_seed", 1)  # of the random numbers
COMPARED_DIGIT_FROM = Key[str]("compare.digit_from")  # "draw" or "test"
COMPARED_NOW = KeyFamily[int]("compare.now.%s.%s")  # (series, its length) number of known timesteps
COMPARED_STEPS = Key[int]("compare.steps")  # how far the networks forecast
COMPARED_EXAMPLE = Key[int]("compare.example")  # number of the example, in the generic view

# Memory
SEQUENCE = KeyFamily[str]("memory.sequence.%s")  # (problem) the symbols as typed
TRUE_ANSWER = KeyFamily[tuple[str, int] | None](
    "memory.true_answer.%s", None
)  # (problem) the sequence that was drawn last, and the number of its answer
DISTANCE = KeyFamily[int]("memory.distance.%s.%s")  # (problem, longest) timesteps over which a drawn sequence must be remembered
