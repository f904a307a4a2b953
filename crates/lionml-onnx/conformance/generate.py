#!/usr/bin/env python3
"""Writes the ONNX standard's own node cases of the ops that LionML imports into a folder.

    generate.py FOLDER

Needs the packages `onnx` and `numpy`. FOLDER gets `index.json` and, for each case, a folder with
`model.onnx` and its inputs and outputs as raw little-endian 64-bit floats, in which every value of
every supported type is exact. The index says which inputs are shapes and limits, to be bound as
constants, and which cases are out of scope by one of the rules below. Any other case that does not
pass stands in `exceptions.txt` with its reason.
"""

import json
import os
import pathlib
import sys
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import onnx
from onnx import TensorProto
from onnx.backend.test.case.node import collect_testcases

# Those that are computed of constants alone.
OF_CONSTANTS = set(
    """Acos Acosh Asin Asinh Atan Atanh Ceil ConstantOfShape Cos Cosh Equal Erf Exp EyeLike Floor Greater
    GreaterOrEqual IsInf IsNaN Less LessOrEqual Log Mod Pow Range Reciprocal ReduceL2 ReduceLogSum ReduceLogSumExp
    ReduceProd Round Sign Sin Sinh Softplus Softsign Sqrt Tan""".split()
)

OPS = OF_CONSTANTS | set(
    """Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Clip Concat Constant Conv CumSum DepthToSpace
    DequantizeLinear Div Dropout Einsum Expand Flatten Gather GatherElements GatherND Gemm GlobalAveragePool
    GlobalMaxPool HardSigmoid HardSwish Identity LeakyRelu MatMul Max MaxPool Mean Min Mul Neg Not Or PRelu Pad
    ReduceL1 ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu Reshape ScatterElements ScatterND
    Shape Sigmoid Size Slice Softmax SpaceToDepth Split Squeeze Sub Sum Swish Tanh Tile Transpose Trilu
    Unsqueeze Where Xor""".split()
)

# The operator sets that the importer reads (OLDEST_OPSET and NEWEST_OPSET in src/lib.rs).
OLDEST_OPSET = 6
NEWEST_OPSET = 28

# The operands that are shapes, limits or parameters of an op, by position.
BOUND = {
    **{op: [0, 1, 2] for op in OF_CONSTANTS},
    "BatchNormalization": [1, 2, 3, 4],
    "Clip": [1, 2],
    "CumSum": [1],
    "DequantizeLinear": [1, 2],
    "Div": [1],
    "Dropout": [1, 2],
    "Expand": [1],
    "Gather": [1],
    "GatherElements": [1],
    "GatherND": [1],
    "Pad": [1, 2, 3],
    "ReduceL1": [1],
    "ReduceMax": [1],
    "ReduceMean": [1],
    "ReduceMin": [1],
    "ReduceSum": [1],
    "ReduceSumSquare": [1],
    "Reshape": [1],
    "ScatterElements": [1],
    "ScatterND": [1],
    "Slice": [1, 2, 3, 4],
    "Split": [1],
    "Squeeze": [1],
    "Tile": [1],
    "Trilu": [1],
    "Unsqueeze": [1],
}

FLOATS_BELOW_16_BITS = {
    number for name, number in TensorProto.DataType.items() if name.startswith(("FLOAT8", "FLOAT4"))
}


def element_types(model):
    """The element types of a model's inputs, outputs and casts; none for what is no tensor."""
    for info in [*model.graph.input, *model.graph.output]:
        is_tensor = info.type.HasField("tensor_type")
        yield info.type.tensor_type.elem_type if is_tensor else None
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to":
                yield attribute.i


def out_of_scope(model):
    """The rule by which a case is out of scope, if one is."""
    types = set(element_types(model))
    opset = max(i.version for i in model.opset_import if i.domain in ("", "ai.onnx"))
    if opset > NEWEST_OPSET:
        return f"operator set above {NEWEST_OPSET}"
    if opset < OLDEST_OPSET:
        return f"operator set below {OLDEST_OPSET}"
    if None in types:
        return "sequence"
    if TensorProto.STRING in types:
        return "string"
    if types & FLOATS_BELOW_16_BITS:
        return "float below 16 bits"
    return None


def bound_inputs(model):
    """The names of the inputs that some node takes as a shape, limit or parameter."""
    names = set()
    for node in model.graph.node:
        names.update(node.input[i] for i in BOUND.get(node.op_type, []) if i < len(node.input))
    return names


def as_floats(value):
    """An array as 64-bit floats; a protobuf tensor is read first."""
    if isinstance(value, TensorProto):
        value = onnx.numpy_helper.to_array(value)
    return np.asarray(value).astype("<f8")


def write(folder, kind, infos, values):
    """Writes arrays and returns what the index says of them."""
    ports = []
    for position, (info, value) in enumerate(zip(infos, values, strict=True)):
        floats = as_floats(value)
        file = f"{kind}_{position}.f64"
        (folder / file).write_bytes(floats.tobytes())
        element = TensorProto.DataType.Name(info.type.tensor_type.elem_type).lower()
        shape = list(floats.shape)
        ports.append({"name": info.name, "element": element, "shape": shape, "file": file})
    return ports


def main():
    target = pathlib.Path(sys.argv[1])
    warnings.filterwarnings("ignore")
    known = collect_testcases(None)
    cases = []
    for case in known:
        model = case.model
        if model is None or any(
            n.op_type not in OPS or n.domain not in ("", "ai.onnx") for n in model.graph.node
        ):
            continue
        # In a case of many nodes they are computed of its inputs.
        if len(model.graph.node) > 1 and any(n.op_type in OF_CONSTANTS for n in model.graph.node):
            continue
        entry = {"name": case.name, "nodes": len(model.graph.node), "skip": out_of_scope(model)}
        if entry["skip"] is None:
            folder = target / case.name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "model.onnx").write_bytes(model.SerializeToString())
            [(inputs, outputs)] = case.data_sets
            bound = bound_inputs(model)
            entry["inputs"] = write(folder, "input", model.graph.input, inputs)
            for port in entry["inputs"]:
                port["bind"] = port["name"] in bound
            entry["outputs"] = write(folder, "output", model.graph.output, outputs)
        cases.append(entry)
    target.mkdir(parents=True, exist_ok=True)
    index = {"onnx": onnx.__version__, "known": len(known), "cases": cases}
    # Last: a folder with an index is complete.
    (target / "index.json").write_text(json.dumps(index, indent=1))
    single = sum(case["nodes"] == 1 for case in cases)
    skipped = sum(case["skip"] is not None for case in cases)
    print(
        f"{len(cases)} of {len(known)} cases, {single} of one node; "
        f"{skipped} out of scope by rule: {target}"
    )


if __name__ == "__main__":
    main()
