"""A small perceptron on features of MNIST: 20-15-10 with 338 weights that are not zero.

The shape is that of a published MLP that a transpiler wrote in Leo: 18 Haar-like features and two of
the digit's outline, pruned after training. The features here are chosen from a random pool.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data
from fit import evaluate, export, fit

NAME = "20_15_10"
HAAR = 18
WEIGHTS = 338
POOL = 1500


def rectangles(rng):
    """Rectangles with a sign each: two, three or four beside each other, as Viola and Jones have them."""
    while True:
        columns, rows = [(2, 1), (1, 2), (3, 1), (1, 3), (2, 2)][rng.integers(5)]
        width, height = rng.integers(2, 10, 2)
        left, top = rng.integers(0, 28, 2)
        if left + columns * width <= 28 and top + rows * height <= 28:
            break
    return [
        ((-1) ** (i + j), left + i * width, top + j * height, width, height)
        for i in range(columns)
        for j in range(rows)
    ]


def haar(x, parts):
    """The signed means of the rectangles of each image."""
    return sum(s * x[:, t : t + h, c : c + w].mean(axis=(1, 2)) for s, c, t, w, h in parts)


def outline(x):
    """How wide a digit is for its height, and how much of the image is ink."""
    ink = x > 64
    columns, rows = ink.any(axis=1).sum(axis=1), ink.any(axis=2).sum(axis=1)
    return np.stack([columns / np.maximum(rows, 1), ink.mean(axis=(1, 2))], axis=1)


def chosen(x, y, pool):
    """A network learns to do with fewer and fewer of the pool, whose weights cost together."""
    values = np.stack([haar(x, parts) for parts in pool], axis=1)
    values = torch.from_numpy((values - values.mean(axis=0)) / (values.std(axis=0) + 1e-9)).float()
    labels, kept = torch.from_numpy(y), torch.arange(len(pool))
    for size in [200, 80, 40, 28, 22, HAAR]:
        model = perceptron(len(kept))
        optimiser = torch.optim.Adam(model.parameters(), 5e-3)
        for _ in range(8):
            for rows in torch.randperm(len(values)).split(128):
                loss = F.cross_entropy(model(values[rows][:, kept]), labels[rows])
                loss = loss + 1e-3 * model[0].weight.norm(dim=0).sum()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        order = model[0].weight.norm(dim=0).argsort(descending=True)
        kept = kept[order[:size]]
    return [pool[i] for i in sorted(kept.tolist())]


def perceptron(inputs):
    return nn.Sequential(nn.Linear(inputs, 15), nn.ReLU(), nn.Linear(15, 10))


def features(parts):
    """All images as 20 bytes each, scaled by the range of the training images."""
    x, y = parts["train"]
    rng = np.random.default_rng(0)
    pool = chosen(x.astype(np.float64), y, [rectangles(rng) for _ in range(POOL)])

    def raw(x):
        x = x.astype(np.float64)
        return np.concatenate([np.stack([haar(x, p) for p in pool], axis=1), outline(x)], axis=1)

    low, high = np.quantile(raw(x), [0.001, 0.999], axis=0)

    def scaled(x):
        return np.rint(np.clip((raw(x) - low) / (high - low), 0, 1) * 255).astype(np.uint8)

    return {name: (scaled(x), y) for name, (x, y) in parts.items()}


if __name__ == "__main__":
    torch.manual_seed(1)
    parts = features(data.mnist())
    model = perceptron(20)
    x, y = (torch.from_numpy(part) for part in parts["train"])
    x = x.float() / 255
    fit(model, x, y, epochs=100, lr=1e-2, decay=1e-5, batch=64)

    layers = [model[0].weight, model[2].weight]
    sizes = torch.cat([w.detach().abs().flatten() for w in layers])
    least = sizes.sort(descending=True).values[WEIGHTS - 1]
    masks = [w.detach().abs() >= least for w in layers]
    for weight, mask in zip(layers, masks):
        weight.register_hook(lambda gradient, mask=mask: gradient * mask)
        weight.data *= mask
    fit(model, x, y, epochs=100, lr=5e-3, decay=0, batch=64)
    assert sum(int((w != 0).sum()) for w in layers) == WEIGHTS

    evaluate(model, *parts["val"], shape=(-1, 20))
    export(model, NAME, (1, 20), 13, "features")
    data.write_inputs(NAME, parts, 1 / 255)
    data.write_test(data.MODELS / NAME / "test.npz", parts["test"], 1 / 255)
