#!/usr/bin/env python3
"""Runs models in ONNX Runtime, for tests.

    runtime.py FOLDER

FOLDER holds `0.onnx`, `1.onnx` and so on, and `inputs.json`: for each model a list of runs, each a list of
inputs, each with its shape and its values as texts. Writes `outputs.json`: for each model the outputs of each
run, or why ONNX Runtime refuses it. Needs the packages `onnxruntime` and `numpy`.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Operator sets that the standard has and that no release of ONNX Runtime promises yet.
os.environ.setdefault("ALLOW_RELEASED_ONNX_OPSET_ONLY", "0")

import numpy as np
import onnxruntime

TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(bool)": np.bool_,
    **{f"tensor({sign}int{bits})": np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


def array(port, value):
    """An input of a model's type."""
    kind = np.dtype(TYPES[port.type])
    number = float if kind.kind == "f" else int
    return np.array([number(v) for v in value["values"]]).astype(kind).reshape(value["shape"])


def texts(output):
    """An output with its values as texts: no integer is rounded."""
    number = float if output.dtype.kind == "f" else int
    return {"shape": list(output.shape), "values": [repr(number(v)) for v in output.ravel().tolist()]}


def run(path, runs):
    options = onnxruntime.SessionOptions()
    # What the file says, not what it may be turned into.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    ports = session.get_inputs()
    feeds = [{port.name: array(port, value) for port, value in zip(ports, inputs)} for inputs in runs]
    return [[texts(output) for output in session.run(None, feed)] for feed in feeds]


def main():
    folder = pathlib.Path(sys.argv[1])
    results = []
    for position, runs in enumerate(json.loads((folder / "inputs.json").read_text())):
        try:
            results.append({"runs": run(folder / f"{position}.onnx", runs)})
        except Exception as error:
            results.append({"error": str(error)})
    (folder / "outputs.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main()
