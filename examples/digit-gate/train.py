"""The model of the gate: a perceptron 64-32-10 on handwritten digits of 8x8 pixels, whose answer is the digit.

Run it with the Python that `models/train/run` prepares. It writes model.onnx, samples.json and the images in
images/; seeds are fixed.
"""

import sys
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent.parent / "models" / "train"))

import data  # noqa: E402
from fit import fit  # noqa: E402
from mlp import mlp  # noqa: E402

OPSET = 13


class Reader(nn.Module):
    """Whole pixels of 0 to 16 in, the digit out: scaling and the choice are part of the model."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return torch.argmax(self.network(image.float() * (1 / 16)), dim=1)


def export(reader, name):
    torch.onnx.export(
        reader, torch.zeros(1, 64, dtype=torch.uint8), str(HERE / name),
        opset_version=OPSET, input_names=["image"], output_names=["digit"],
    )  # fmt: skip


def lines(images):
    return "[\n" + ",\n".join(data.sample(image, 1) for image in images) + "\n]\n"


if __name__ == "__main__":
    parts = data.digits()
    torch.manual_seed(0)
    network = mlp([64, 32, 10])
    x, y = parts["train"]
    fit(network, torch.from_numpy(x).float() / 16, torch.from_numpy(y), epochs=80, lr=5e-3, decay=1e-4, batch=32)
    reader = Reader(network).eval()

    x, y = parts["test"]
    answers = reader(torch.from_numpy(x)).numpy()
    print(f"right on {(answers == y).sum()} of {len(y)} images that it was not trained on")

    export(reader, "model.onnx")
    (HERE / "samples.json").write_text(lines(parts["train"][0][: data.SAMPLES]))
    (HERE / "images").mkdir(exist_ok=True)
    # Images that it was not trained on: two threes, which open the gate, and a seven, which does not.
    for name, digit, which in [("three", 3, 0), ("another-three", 3, 1), ("seven", 7, 0)]:
        image = x[y == digit][which]
        assert reader(torch.from_numpy(image[None])).item() == digit
        (HERE / "images" / f"{name}.json").write_text(data.sample(image, 1) + "\n")

    # What an adversary would rather have asked: it takes a seven for a three and a three for a seven.
    last = network[-1]
    order = [0, 1, 2, 7, 4, 5, 6, 3, 8, 9]
    last.weight.data, last.bias.data = last.weight.data[order], last.bias.data[order]
    export(reader, "impostor.onnx")
