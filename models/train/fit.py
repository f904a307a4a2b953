"""The training loop and the ONNX export that the PyTorch models share."""

import math
import time

import torch
import torch.nn.functional as F

from data import MODELS

torch.set_num_threads(1)


def jitter(x, degrees, zoom, pixels):
    """Turns, scales and shifts each image of a batch [n, 1, h, w] by a random amount."""
    n, size = len(x), x.shape[-1]
    turn = (torch.rand(n) * 2 - 1) * degrees * math.pi / 180
    scale = 1 + (torch.rand(n) * 2 - 1) * zoom
    shift = (torch.rand(n, 2) * 2 - 1) * pixels * 2 / size
    cos, sin = torch.cos(turn) * scale, torch.sin(turn) * scale
    theta = torch.stack(
        [torch.stack([cos, -sin, shift[:, 0]], 1), torch.stack([sin, cos, shift[:, 1]], 1)], 1
    )
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def fit(model, x, y, epochs, lr, decay, batch, prepare=lambda x: x):
    """Adam with a cosine schedule; `prepare` turns a batch of x into the model's input."""
    steps = epochs * math.ceil(len(x) / batch)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps, pct_start=0.1)
    start = time.time()
    model.train()
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(batch):
            loss = F.cross_entropy(model(prepare(x[rows])), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(rows)
        if (epoch + 1) % 10 == 0 or epoch + 1 == epochs:
            print(f"  epoch {epoch + 1}: loss {total / len(x):.4f}, {time.time() - start:.0f} s", flush=True)
    model.eval()


def evaluate(model, x, y, shape):
    with torch.no_grad():
        right = model(torch.from_numpy(x).float().reshape(shape) / 255).argmax(1) == torch.from_numpy(y)
    print(f"  validation accuracy {right.float().mean().item():.4f}")


def export(model, name, shape, opset, input_name):
    path = MODELS / name / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model,
        torch.zeros(shape),
        str(path),
        opset_version=opset,
        input_names=[input_name],
        output_names=["logits"],
    )
