"""Multilayer perceptrons: digits_mlp and the three of suite S1. Arguments: names to train."""

import sys

import torch
import torch.nn.functional as F
from torch import nn

import data
from fit import evaluate, export, fit, jitter

# jitter: degrees, zoom, pixels of the 28x28 image
MNIST = {
    "784_56_10": dict(
        widths=[784, 56, 10], parameters=44_530, opset=13, jitter=(10, 0.1, 1.5),
        fit=dict(epochs=120, lr=3e-3, decay=1e-5, batch=128),
    ),
    "196_25_10": dict(
        widths=[196, 25, 10], parameters=5_185, opset=14, jitter=(6, 0.05, 0.8),
        fit=dict(epochs=150, lr=5e-3, decay=3e-5, batch=64),
    ),
    "196_24_14_10": dict(
        widths=[196, 24, 14, 10], parameters=5_228, opset=15, jitter=(6, 0.05, 0.8),
        fit=dict(epochs=150, lr=1e-2, decay=1e-5, batch=128),
    ),
}  # fmt: skip


def mlp(widths):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def digits_mlp():
    name = "digits_mlp"
    parts = data.digits()
    torch.manual_seed(0)
    model = mlp([64, 32, 10])
    x, y = parts["train"]
    fit(model, torch.from_numpy(x).float() / 16, torch.from_numpy(y), epochs=80, lr=5e-3, decay=1e-4, batch=32)
    export(model, name, (1, 64), 13, "input")
    data.write_inputs(name, parts, 1 / 16)
    data.write_test(data.MODELS / name / "test.npz", parts["test"], 1 / 16)


def mnist_mlp(name):
    config = MNIST[name]
    small = config["widths"][0] == 196
    torch.manual_seed(0)
    model = mlp(config["widths"])
    assert sum(p.numel() for p in model.parameters()) == config["parameters"]

    def prepare(x):
        x = jitter(x, *config["jitter"])
        return (F.avg_pool2d(x, 2) if small else x).flatten(1)

    parts = data.mnist()
    x, y = parts["train"]
    fit(model, torch.from_numpy(x).float().unsqueeze(1) / 255, torch.from_numpy(y), prepare=prepare, **config["fit"])
    if small:
        parts = data.halved(parts)
    evaluate(model, *parts["val"], shape=(-1, config["widths"][0]))
    export(model, name, (1, config["widths"][0]), config["opset"], "input")
    data.write_inputs(name, parts, 1 / 255)


if __name__ == "__main__":
    for name in sys.argv[1:] or ["digits_mlp", *MNIST]:
        print(name, flush=True)
        if name == "digits_mlp":
            digits_mlp()
        else:
            mnist_mlp(name)
