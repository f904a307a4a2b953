"""Checks every model with ONNX's checker, measures it with ONNX Runtime on its held-out samples, writes index.json."""

import json
import sys

import numpy as np
import onnx
import onnxruntime

from data import MODELS

S1 = ["196_25_10", "196_24_14_10", "784_56_10", "14_5_11_80_10_3", "28_6_16_10_5", "lenet5"]
# name: (framework, dataset, test file)
LISTED = {
    "breast_cancer_logreg": ("scikit-learn", "breast_cancer", "breast_cancer_logreg/test.npz"),
    "digits_mlp": ("pytorch", "digits", "digits_mlp/test.npz"),
    "196_25_10": ("pytorch", "mnist", "mnist/test_14x14.npz"),
    "196_24_14_10": ("pytorch", "mnist", "mnist/test_14x14.npz"),
    "784_56_10": ("pytorch", "mnist", "mnist/test.npz"),
    "14_5_11_80_10_3": ("pytorch", "mnist", "mnist/test_14x14.npz"),
    "28_6_16_10_5": ("pytorch", "mnist", "mnist/test.npz"),
    "lenet5": ("pytorch", "mnist", "mnist/test.npz"),
    "keras_cnn": ("keras", "mnist", "mnist/test.npz"),
    "20_15_10": ("pytorch", "mnist", "20_15_10/test.npz"),
}


def check(name):
    framework, dataset, test = LISTED[name]
    path = MODELS / name / "model.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    [source] = session.get_inputs()
    [output] = session.get_outputs()
    shape = [d if isinstance(d, int) else 1 for d in source.shape]

    def run(x):
        return session.run(None, {source.name: x.astype(np.float32).reshape(shape)})[0][0]

    held_out = np.load(MODELS / test)
    x = held_out["x"] * held_out["scale"]
    right = sum(int(run(row).argmax() == label) for row, label in zip(x, held_out["y"]))
    samples = [s["input_data"] for s in json.loads((MODELS / name / "samples.json").read_text())]
    [first] = json.loads((MODELS / name / "input.json").read_text())["input_data"]
    outputs = [run(np.array(x)) for [x] in [*samples, [first]]]
    assert np.isfinite(outputs).all()
    assert outputs[-1].argmax() == held_out["y"][0]

    opsets = {o.domain or "ai.onnx": o.version for o in model.opset_import}
    ops = [node.op_type for node in model.graph.node]
    parameters = sum(int(np.prod(t.dims)) for t in model.graph.initializer if t.data_type == onnx.TensorProto.FLOAT)
    print(f"{name}: {right / len(x):.4f} on {len(x)}, {parameters} parameters, {path.stat().st_size} bytes")
    print(f"  {source.name} {source.shape} -> {output.name} {output.shape}, opsets {opsets}, ir {model.ir_version}")
    print(f"  {' '.join(ops)}")
    return {
        "name": name,
        "framework": framework,
        "dataset": dataset,
        "model": f"{name}/model.onnx",
        "input": f"{name}/input.json",
        "samples": f"{name}/samples.json",
        "test": test,
        "test_samples": len(x),
        "float_accuracy": round(right / len(x), 4),
        "parameters": parameters,
        "opset": opsets["ai.onnx"],
        "ops": sorted(set(ops)),
        "suite_s1": name in S1,
    }


if __name__ == "__main__":
    names = sys.argv[1:] or [name for name in LISTED if (MODELS / name / "model.onnx").exists()]
    entries = [check(name) for name in names]
    if len(sys.argv) == 1:
        lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
        (MODELS / "index.json").write_text("[\n" + lines + "\n]\n")
