"""Convolution nets of suite S1, with average pooling. Arguments: names to train."""

import sys

import torch
import torch.nn.functional as F
from torch import nn

import data
from fit import evaluate, export, fit, jitter

# jitter: degrees, zoom, pixels of the 28x28 image
MNIST = {
    "lenet5": dict(
        side=28, channels=[1, 6, 16], kernel=5, widths=[256, 120, 84, 10], parameters=44_426, opset=13,
        jitter=(12, 0.1, 2.0), fit=dict(epochs=50, lr=2e-3, decay=1e-5, batch=64),
    ),
    "28_6_16_10_5": dict(
        side=28, channels=[1, 6, 16], kernel=5, widths=[256, 10], parameters=5_142, opset=17,
        jitter=(10, 0.1, 1.5), fit=dict(epochs=50, lr=5e-3, decay=1e-5, batch=64),
    ),
    "14_5_11_80_10_3": dict(
        side=14, channels=[1, 5, 11], kernel=3, widths=[44, 80, 10], parameters=4_966, opset=16,
        jitter=(8, 0.08, 1.0), fit=dict(epochs=80, lr=5e-3, decay=1e-5, batch=64),
    ),
}  # fmt: skip


def convnet(channels, kernel, widths):
    layers = []
    for a, b in zip(channels, channels[1:]):
        layers += [nn.Conv2d(a, b, kernel), nn.ReLU(), nn.AvgPool2d(2)]
    layers.append(nn.Flatten())
    for a, b in zip(widths, widths[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train(name, parts):
    config = MNIST[name]
    side = config["side"]
    torch.manual_seed(0)
    model = convnet(config["channels"], config["kernel"], config["widths"])
    assert sum(p.numel() for p in model.parameters()) == config["parameters"]

    def prepare(x):
        x = jitter(x, *config["jitter"])
        return F.avg_pool2d(x, 2) if side == 14 else x

    x, y = parts["train"]
    fit(model, torch.from_numpy(x).float().unsqueeze(1) / 255, torch.from_numpy(y), prepare=prepare, **config["fit"])
    if side == 14:
        parts = data.halved(parts)
    evaluate(model, *parts["val"], shape=(-1, 1, side, side))
    export(model, name, (1, 1, side, side), config["opset"], "image")
    data.write_inputs(name, parts, 1 / 255)


if __name__ == "__main__":
    parts = data.mnist()
    data.write_test(data.MODELS / "mnist" / "test.npz", parts["test"], 1 / 255)
    data.write_test(data.MODELS / "mnist" / "test_14x14.npz", data.halved(parts)["test"], 1 / 255)
    for name in sys.argv[1:] or MNIST:
        print(name, flush=True)
        train(name, parts)
