"""Steps per second of the published photometry network in TensorFlow, to set beside training_steps.py.

    PYTHON_WITH_TENSORFLOW benchmarks/training_steps_tensorflow.py [steps] [rounds]

Needs only TensorFlow (in an environment of its own: it wants other versions of our requirements). The same
layers, batch and optimiser, in one compiled graph step, the data on the device.
"""

import sys
import time

import numpy as np
import tensorflow as tf

GALAXIES, INPUTS, BATCH, BINS = 7000, 11, 128, 520


def network() -> tf.keras.Sequential:
    """Twenty dense layers of 128, a latent of 8, and the estimator's 128 and 520."""
    layers = tf.keras.layers
    model = tf.keras.Sequential([tf.keras.Input((INPUTS,))])
    for _ in range(20):
        model.add(layers.Dense(128))
        model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Dense(8))
    model.add(layers.Dense(128))
    model.add(layers.LeakyReLU(negative_slope=0.2))
    model.add(layers.Dense(BINS))
    return model


def main() -> None:
    """Print the median and range over rounds."""
    steps, rounds = (int(a) for a in (sys.argv[1:] if len(sys.argv) == 3 else ("2000", "5")))
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(17, 1, (GALAXIES, INPUTS)).astype("float32"))
    label = tf.constant(rng.integers(0, BINS, GALAXIES))
    model, optimiser = network(), tf.keras.optimizers.Adam(1e-4)

    @tf.function
    def step() -> None:
        rows = tf.random.uniform((BATCH,), 0, GALAXIES, dtype=tf.int32)
        with tf.GradientTape() as tape:
            logits = model(tf.gather(x, rows), training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(label, rows), logits)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimiser.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

    for _ in range(100):
        step()
    rates = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        rates.append(steps / (time.perf_counter() - start))
    spread = f"({min(rates):.0f} to {max(rates):.0f})"
    print(f"TensorFlow {tf.__version__}, graph step : {np.median(rates):6.0f} steps/s {spread}")


if __name__ == "__main__":
    main()
