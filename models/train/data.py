"""Data sets, their splits, and the files a model folder holds."""

import json
import os
from pathlib import Path

import numpy as np

MODELS = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("LIONML_CACHE", Path.home() / ".cache" / "lionml"))
SAMPLES = 64


def mnist():
    """10,000 images as {"train", "val", "test"} -> (x uint8 [n, 28, 28], y int64 [n])."""
    x, y = [], []
    for digit in range(10):
        text = (CACHE / "mnist" / "package" / "src" / "digits" / f"{digit}.json").read_text()
        pixels = np.array(json.loads(text)["data"], dtype=np.float64)
        pixels = pixels[: len(pixels) // 784 * 784].reshape(-1, 28, 28)
        x.append(np.rint(pixels * 255).astype(np.uint8))
        y.append(np.full(len(pixels), digit, dtype=np.int64))
    return split(np.concatenate(x), np.concatenate(y), {"test": 1000, "val": 1000})


def halved(parts):
    """28x28 to 14x14: the mean of each 2x2 block, rounded half up to uint8."""
    result = {}
    for name, (x, y) in parts.items():
        total = x.reshape(-1, 14, 2, 14, 2).astype(np.uint16).sum(axis=(2, 4))
        result[name] = ((total + 2) // 4).astype(np.uint8), y
    return result


def digits():
    from sklearn.datasets import load_digits

    d = load_digits()
    return split(d.data.astype(np.uint8), d.target.astype(np.int64), {"test": 360})


def breast_cancer():
    from sklearn.datasets import load_breast_cancer

    d = load_breast_cancer()
    return split(d.data.astype(np.float32), d.target.astype(np.int64), {"test": 114})


def split(x, y, sizes):
    """Cuts stratified parts of the given sizes off; what is left is "train"."""
    from sklearn.model_selection import train_test_split

    parts = {}
    for name, size in sizes.items():
        x, rest_x, y, rest_y = train_test_split(x, y, test_size=size, stratify=y, random_state=0)
        parts[name] = (rest_x, rest_y)
    parts["train"] = (x, y)
    return parts


def write_test(path, part, scale):
    """Held-out samples; the model's input is x * scale in float32."""
    path.parent.mkdir(parents=True, exist_ok=True)
    x, y = part
    np.savez_compressed(path, x=x, y=y, scale=np.float32(scale))


def write_inputs(name, parts, scale):
    """input.json: the first test sample. samples.json: the first 64 training samples."""
    folder = MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "input.json").write_text(sample(parts["test"][0][0], scale) + "\n")
    lines = [sample(x, scale) for x in parts["train"][0][:SAMPLES]]
    (folder / "samples.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


def sample(x, scale):
    numbers = ",".join(number(v * scale) for v in x.astype(np.float64).ravel())
    return '{"input_data": [[' + numbers + "]]}"


def number(v):
    text = f"{v:.6f}".rstrip("0").rstrip(".")
    return text or "0"
