"""What help texts say about Keras: every line of code in notes for people from older courses does in Keras 3 what its note claims."""

import re
import warnings

import keras
import numpy as np
import pytest

from rnn_core.run_spec import options_of
from rnn_core.spec.training import OPTIMIZERS
from rnn_core.tasks.task import task_names
from rnn_core.training.build import optimizer
from rnn_core.training.tf_import import tf
from tests.conftest import tiny_spec

WORKS, GONE, REFUSED = "works", AttributeError, ValueError
LINES = {  # what happens: it works, it raises, or it warns with these words
    "keras.layers.CuDNNLSTM(64)": GONE,
    "keras.layers.CuDNNGRU(64)": GONE,
    "keras.layers.LSTM(64)": WORKS,
    'keras.layers.LSTM(64, use_cudnn="auto")': WORKS,
    "y, h, c = keras.layers.LSTM(64, return_state=True)(x)": WORKS,
    "keras.layers.LSTMCell(64)": WORKS,
    "keras.layers.LSTM(64, dropout=0.2)": WORKS,
    "keras.layers.Dropout(0.2)": WORKS,
    'keras.layers.LSTM(128, input_shape=(28, 28), activation="relu")': "Do not pass an `input_shape`",
    "keras.Sequential([keras.Input((28, 28)), keras.layers.LSTM(128)])": WORKS,
    "keras.layers.Bidirectional(keras.layers.LSTM(64), return_sequences=True)": REFUSED,
    "keras.layers.Bidirectional(keras.layers.LSTM(64, return_sequences=True))": WORKS,
    "return_sequences=True": None,  # no line by itself
    "keras.layers.GlobalMaxPooling1D()(keras.layers.LSTM(64, return_sequences=True)(x))": WORKS,
    "keras.layers.Embedding(10000, 100, input_length=200)": "Just remove it",
    "keras.layers.Embedding(10000, 100)": WORKS,
    "keras.layers.Embedding(10000, 100, mask_zero=True)": WORKS,
    "keras.preprocessing.text.Tokenizer()": GONE,
    "tf.keras.preprocessing.text.Tokenizer()": WORKS,
    "vec = keras.layers.TextVectorization(max_tokens=10000, output_sequence_length=200)": WORKS,
    "vec.adapt(texts)": WORKS,
    "ids = vec(texts)": WORKS,
    "np.array(sequences)": REFUSED,
    "keras.utils.pad_sequences(sequences, maxlen=200)": WORKS,
    "model.fit(x, y, epochs=3, validation_data=(x_test, y_test))": WORKS,
    "model.fit(x, y, epochs=3, validation_split=0.1)": WORKS,
    "model.evaluate(x_test, y_test)": WORKS,
    "keras.optimizers.Adam(lr=0.001)": REFUSED,
    "keras.optimizers.Adam(learning_rate=0.001)": WORKS,
    "keras.optimizers.Adam(0.001, decay=1e-6)": "`decay` is no longer supported and will be ignored",
    "keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.001, 1000))": WORKS,
    "keras.optimizers.Adam(0.001, global_clipnorm=1.0)": WORKS,
    "keras.callbacks.EarlyStopping(patience=3)": WORKS,
    "keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)": WORKS,
}
NOTES = list(
    dict.fromkeys((name, option.older) for task in task_names() for name, option in options_of(task).items() if option.older)
)


def code_of(note: str) -> list[str]:
    """The code in a note's backticks; names alone are no code."""
    return [code for code in re.findall("`([^`]+)`", note) if not code.isidentifier()]


def given() -> dict:
    """The names that lines use: small data, and a model to train."""
    random = np.random.default_rng(1)
    x, y = random.normal(size=(20, 5, 3)).astype("float32"), random.normal(size=20).astype("float32")
    model = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4), keras.layers.Dense(1)])
    model.compile("adam", loss="mse")
    return {
        "keras": keras, "tf": tf, "np": np, "x": x, "y": y, "x_test": x, "y_test": y, "model": model,
        "sequences": [[5, 6, 7], [8]], "texts": ["i love dogs", "i hate cold tea"],
    }  # fmt: skip


def run(line: str, names: dict):
    """Run a line as a statement or an expression; returns what it gives."""
    if re.match(r"[\w, ]+ = ", line):
        return exec(line, names)
    return eval(line, names)


def test_every_line_of_code_in_the_notes_is_in_the_table():
    assert {code for _, note in NOTES for code in code_of(note)} == set(LINES)


def test_the_options_that_older_courses_write_differently_have_a_note():
    assert {name for name, _ in NOTES} >= {
        "bidirectional",
        "vocabulary",
        "length",
        "embedding",
        "cell",
        "clip_norm",
        "epochs",
        "patience",
    }


@pytest.mark.parametrize("name, note", NOTES, ids=[name for name, _ in NOTES])
def test_the_lines_of_a_note_do_what_it_claims(name, note):
    names = given()
    for line in code_of(note):
        expected = LINES[line]
        if expected is None:
            continue
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if isinstance(expected, type):
                with pytest.raises(expected):
                    run(line, names)
                assert "is refused" in note or "is gone" in note or "are gone" in note or "works only if" in note
            else:
                run(line, names)
        said = [str(warning.message) for warning in caught if "rgument" in str(warning.message)]
        assert said == [] if expected == WORKS or isinstance(expected, type) else expected in said[0], line
        assert not said or "warns" in note


def test_what_the_notes_say_about_states_padding_and_best_weights():
    names = given()
    assert keras.layers.LSTM(64).use_cudnn == "auto"
    run("y, h, c = keras.layers.LSTM(64, return_state=True)(x)", names)
    np.testing.assert_array_equal(names["y"], names["h"])  # the output is the hidden state ...
    assert np.abs(np.array(names["c"]) - names["h"]).max() > 1e-3  # ... and the cell state another one
    padded = run("keras.utils.pad_sequences(sequences, maxlen=2)", names)
    assert padded.tolist() == [[6, 7], [0, 8]]  # the last ones, padding before
    assert not keras.callbacks.EarlyStopping(patience=3).restore_best_weights
    assert keras.layers.Embedding(10, 4).compute_mask(np.array([[0, 1]])) is None
    assert np.array(keras.layers.Embedding(10, 4, mask_zero=True).compute_mask(np.array([[0, 1]]))).tolist() == [[False, True]]


def test_dropout_of_an_lstm_drops_inputs_once_and_a_dropout_layer_drops_outputs_at_each_timestep():
    ones = np.ones((1, 50, 8), "float32")
    outputs = np.array(keras.layers.Dropout(0.5, seed=1)(ones, training=True))
    assert set(np.unique(outputs)) == {0.0, 2.0}  # the others are scaled up
    assert len({tuple(step) for step in outputs[0]}) > 20
    np.testing.assert_array_equal(keras.layers.Dropout(0.5)(ones, training=False), ones)
    cell = keras.layers.LSTM(4, dropout=0.5, seed=1).cell
    masks = [np.array(cell.get_dropout_mask(ones[:, t])) for t in range(2)]
    np.testing.assert_array_equal(*masks)


def test_recurrent_dropout_keeps_its_units_for_a_whole_sequence_and_changes_them_at_the_next_step():
    cell = keras.layers.GRU(64, recurrent_dropout=0.5, seed=1).cell
    state = np.ones((1, 64), "float32")
    one, same = (np.array(cell.get_recurrent_dropout_mask(state)) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    cell.reset_recurrent_dropout_mask()
    assert (np.array(cell.get_recurrent_dropout_mask(state)) != one).any()


def test_gradient_clipping_is_of_all_gradients_together_and_clipnorm_of_each_alone():
    def step(made: keras.optimizers.Optimizer) -> list[float]:
        """The step downhill, at a learning rate of 1, for two weights with gradients 3 and 4: together of norm 5."""
        weights = [keras.Variable([0.0]), keras.Variable([0.0])]
        made.apply([keras.ops.array([3.0]), keras.ops.array([4.0])], weights)
        return [pytest.approx(-float(weight.numpy()[0]), abs=1e-6) for weight in weights]

    assert step(keras.optimizers.SGD(1.0)) == [3.0, 4.0]
    assert step(keras.optimizers.SGD(1.0, clipnorm=1.0)) == [1.0, 1.0]
    assert step(keras.optimizers.SGD(1.0, global_clipnorm=1.0)) == [0.6, 0.8]
    assert step(optimizer(tiny_spec(optimizer="sgd", learning_rate=1.0, clip_norm=1.0).training)) == [0.6, 0.8]
    assert "global_clipnorm" in options_of("text")["clip_norm"].help


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "sgd"])
def test_the_learning_rate_that_keras_begins_with_is_what_the_help_says(name):
    made = type(optimizer(tiny_spec(optimizer=name).training))()
    assert f"{float(made.learning_rate.numpy()):.3g}" == "0.001"
    assert f"Keras' Adam and RMSprop begin with {0.001}" in options_of("text")["learning_rate"].help


def test_sgd_has_no_momentum_here_and_in_keras():
    assert keras.optimizers.SGD().momentum == 0 == optimizer(tiny_spec(optimizer="sgd").training).momentum
