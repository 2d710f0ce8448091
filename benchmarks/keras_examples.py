"""The networks that are compared, and their data, as in Keras' examples: whole arrays for `model.fit`.

Text carries its state (`stateful=True`). Reviews are padded to their full length.
"""

from rnn_core import settings as settings_of
from rnn_core.run_spec import RunSpec
from rnn_core.tasks.digits import sources as digits
from rnn_core.tasks.reviews import sources as reviews


def model_and_arrays(spec: RunSpec) -> tuple:
    """(model, loss, training arrays, validation arrays, batch, items in a step) as in Keras' examples."""
    return {"text": _text, "digits": _digits, "reviews": _reviews}[spec.task](spec)


def _text(spec: RunSpec):
    import keras
    import numpy as np
    from keras import layers

    from rnn_core.tasks.text import corpora
    from rnn_core.tasks.text.dataset import TextDataset

    task = TextDataset(spec, corpora.load(spec.data.source, "auto", settings_of.load()).text)
    streams, length = task.split.streams, spec.data.sequence_length
    ids = keras.Input(batch_shape=(streams, None), dtype="int32")
    x = layers.Embedding(len(task.vocabulary.tokens), spec.model.embedding)(ids)
    model = keras.Model(ids, layers.Dense(len(task.vocabulary.tokens))(_stack(spec, x, sequences=True, stateful=True)))

    def windows(batches):
        whole = [(x, y) for x, y in batches if x.shape == (streams, length)]
        return np.concatenate([x for x, _ in whole]), np.concatenate([y for _, y in whole])

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return model, loss, windows(task.training(0)), windows(task.validation()), streams, task.items


def _digits(spec: RunSpec):
    import keras
    from keras import layers

    from rnn_core.tasks.digits.dataset import DigitsDataset, sequences

    task = DigitsDataset(spec, digits.load(spec.data.source, settings_of.load()))
    data = task.digits
    x, y = sequences(data.train, spec.data, data.format.brightest), data.train_labels
    inputs = keras.Input(x.shape[1:])
    model = keras.Model(inputs, layers.Dense(10)(_stack(spec, inputs)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return model, loss, (x[task.train], y[task.train]), (x[task.held_out], y[task.held_out]), task.batch, task.batch


def _reviews(spec: RunSpec):
    import keras
    import numpy as np
    from keras import layers

    from rnn_core.tasks.reviews.dataset import EncodedReviews, ReviewsDataset, padded

    task = ReviewsDataset(spec, reviews.load(spec.data.source, settings_of.load()))
    encoded = EncodedReviews(task.reviews.train, task.reviews, spec.data)

    def part(which):
        return padded([encoded.ids(i) for i in which], spec.data, spec.data.length), np.asarray(task.reviews.train.labels[which])

    ids = keras.Input((spec.data.length,), dtype="int32")
    x = layers.Embedding(task.model_io.input.vocabulary, spec.model.embedding, mask_zero=spec.data.masking)(ids)
    model = keras.Model(ids, layers.Dense(1)(_stack(spec, x)))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return model, loss, part(task.train), part(task.held_out), task.batch, task.batch


def _stack(spec: RunSpec, x, sequences: bool = False, **more):
    """The recurrent layers as in Keras' examples."""
    from keras import layers

    kinds = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}
    for i, layer in enumerate(spec.model.layers):
        last = i == len(spec.model.layers) - 1
        rnn = kinds[layer.cell](layer.units, return_sequences=sequences or not last, **more)
        x = layers.Bidirectional(rnn)(x) if layer.bidirectional else rnn(x)
    return x
