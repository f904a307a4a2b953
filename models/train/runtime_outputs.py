"""Writes outputs.json of every model: what ONNX Runtime computes for the first samples of samples.json.

A test compares them with the outputs of the imported models, so that it needs no Python."""

import json
import sys

import numpy as np
import onnxruntime

from data import MODELS
from verify import LISTED

SAMPLES = 4


def write(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # As the file stands: fused kernels round otherwise.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    path = MODELS / name / "model.onnx"
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    [source] = session.get_inputs()
    shape = [d if isinstance(d, int) else 1 for d in source.shape]
    samples = json.loads((MODELS / name / "samples.json").read_text())[:SAMPLES]
    outputs = []
    for sample in samples:
        [x] = sample["input_data"]
        x = np.array(x, dtype=np.float32).reshape(shape)
        outputs.append([y.ravel().tolist() for y in session.run(None, {source.name: x})])
    report = {"onnxruntime": onnxruntime.__version__, "outputs": outputs}
    (MODELS / name / "outputs.json").write_text(json.dumps(report) + "\n")


if __name__ == "__main__":
    for name in sys.argv[1:] or LISTED:
        write(name)
