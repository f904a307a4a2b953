"""keras_cnn: a convolution net from Keras (NHWC), exported through tf2onnx with a symbolic batch dimension."""

import os

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import onnx
import tensorflow as tf
from keras import layers

import data

NAME = "keras_cnn"
OPSET = 15


def net():
    return keras.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", name="probabilities"),
        ]
    )


def jitter():
    return keras.Sequential(
        [
            layers.RandomRotation(0.03, fill_mode="constant", seed=1),
            layers.RandomTranslation(0.06, 0.06, fill_mode="constant", seed=2),
            layers.RandomZoom(0.1, 0.1, fill_mode="constant", seed=3),
        ]
    )


def name_ends(path):
    """Names the output and the batch dimension, which the exporter calls "Identity:0" and "unk__N"."""
    model = onnx.load(path)
    [output] = model.graph.output
    for node in model.graph.node:
        for i, name in enumerate(node.output):
            if name == output.name:
                node.output[i] = "probabilities"
    output.name = "probabilities"
    for end in [*model.graph.input, *model.graph.output]:
        end.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.save(model, path)


if __name__ == "__main__":
    print(NAME, flush=True)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    parts = data.mnist()
    x, y = parts["train"]
    x = x.reshape(-1, 28, 28, 1) / 255.0
    val = parts["val"][0].reshape(-1, 28, 28, 1) / 255.0, parts["val"][1]

    model = net()
    training = keras.Sequential([layers.Input((28, 28, 1)), jitter(), model])
    epochs, batch = 80, 64
    rate = keras.optimizers.schedules.CosineDecay(5e-3, epochs * len(x) // batch)
    training.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    training.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
    _, accuracy = training.evaluate(*val, verbose=0)
    print(f"  validation accuracy {accuracy:.4f}")

    data.write_inputs(NAME, parts, 1 / 255)
    path = str(data.MODELS / NAME / "model.onnx")
    model.export(path, format="onnx", opset_version=OPSET, verbose=False)
    name_ends(path)
