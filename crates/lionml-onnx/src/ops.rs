//! What is supported: ONNX's ops and attributes, and the ops of tract that they become.

mod arithmetic;
mod average;
mod axes;
mod cast;
mod concat;
mod conv;
mod einsum;
mod limits;
mod max_pool;
mod pad;
mod pass;
mod reduce;
mod slice;
mod softmax;
mod unary;

use lionml_graph::Outlet;

use crate::{ImportError, node::NodeImport};

/// Imports one of tract's nodes: returns its outputs, all of them that the model uses.
pub(crate) type Importer = fn(&mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError>;

/// The ops of tract's typed graph that the supported ONNX ops become, by tract's name without
/// parameters.
pub(crate) const IMPORTERS: &[(&str, Importer)] = &[
    ("Add", arithmetic::add),
    ("AddAxis", axes::reshape),
    ("Cast", cast::cast),
    ("Concat", concat::concat),
    ("Conv", conv::conv),
    ("Div", arithmetic::div),
    ("Dropout", pass::dropout),
    ("EinSum", einsum::einsum),
    ("Gather", slice::gather),
    ("Identity", pass::identity),
    ("LeakyRelu", unary::leaky_relu),
    ("Max", limits::max),
    ("MaxPool", max_pool::max_pool),
    ("Min", limits::min),
    ("MoveAxis", axes::transpose),
    ("Mul", arithmetic::mul),
    ("Neg", unary::neg),
    ("Pad", pad::pad),
    ("Reduce", reduce::reduce),
    ("Reshape", axes::reshape),
    ("RmAxis", axes::reshape),
    ("Sigmoid", unary::sigmoid),
    ("Slice", slice::slice),
    ("Softmax", softmax::softmax),
    ("StridedSlice", slice::strided_slice),
    ("Sub", arithmetic::sub),
    ("SumPool", average::average_pool),
    ("Tanh", unary::tanh),
];

/// An ONNX op that is imported.
pub(crate) struct OnnxOp {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its attributes, each with the first operator set that no longer has it.
    pub(crate) attributes: &'static [(&'static str, i64)],
}

/// Of attributes that the newest operator set has.
const STILL: i64 = i64::MAX;

const fn op(name: &'static str, attributes: &'static [(&'static str, i64)]) -> OnnxOp {
    OnnxOp { name, attributes }
}

/// The ONNX ops that are imported.
pub(crate) const ONNX_OPS: &[OnnxOp] = &[
    op("Add", &[]),
    op("ArgMax", &[("axis", STILL), ("keepdims", STILL), ("select_last_index", STILL)]),
    op(
        "AveragePool",
        &[
            ("auto_pad", STILL),
            ("ceil_mode", STILL),
            ("count_include_pad", STILL),
            ("dilations", STILL),
            ("kernel_shape", STILL),
            ("pads", STILL),
            ("strides", STILL),
        ],
    ),
    op("BatchNormalization", &[("epsilon", STILL), ("momentum", STILL), ("training_mode", STILL)]),
    op("Cast", &[("round_mode", STILL), ("saturate", STILL), ("to", STILL)]),
    op("Clip", &[("max", 11), ("min", 11)]),
    op("Concat", &[("axis", STILL)]),
    op(
        "Constant",
        &[
            ("value", STILL),
            ("value_float", STILL),
            ("value_floats", STILL),
            ("value_int", STILL),
            ("value_ints", STILL),
        ],
    ),
    op(
        "Conv",
        &[
            ("auto_pad", STILL),
            ("dilations", STILL),
            ("group", STILL),
            ("kernel_shape", STILL),
            ("pads", STILL),
            ("strides", STILL),
        ],
    ),
    op("Div", &[]),
    op("Dropout", &[("ratio", 12), ("seed", STILL)]),
    op("Flatten", &[("axis", STILL)]),
    op("Gather", &[("axis", STILL)]),
    op("Gemm", &[("alpha", STILL), ("beta", STILL), ("transA", STILL), ("transB", STILL)]),
    op("GlobalAveragePool", &[]),
    op("GlobalMaxPool", &[]),
    op("Identity", &[]),
    op("LeakyRelu", &[("alpha", STILL)]),
    op("MatMul", &[]),
    op("Max", &[]),
    op(
        "MaxPool",
        &[
            ("auto_pad", STILL),
            ("ceil_mode", STILL),
            ("dilations", STILL),
            ("kernel_shape", STILL),
            ("pads", STILL),
            ("storage_order", STILL),
            ("strides", STILL),
        ],
    ),
    op("Min", &[]),
    op("Mul", &[]),
    op("Neg", &[]),
    op("Pad", &[("mode", STILL), ("pads", 11), ("value", 11)]),
    op("ReduceMax", &[("axes", 18), ("keepdims", STILL), ("noop_with_empty_axes", STILL)]),
    op("ReduceMean", &[("axes", 18), ("keepdims", STILL), ("noop_with_empty_axes", STILL)]),
    op("ReduceMin", &[("axes", 18), ("keepdims", STILL), ("noop_with_empty_axes", STILL)]),
    op("ReduceSum", &[("axes", 13), ("keepdims", STILL), ("noop_with_empty_axes", STILL)]),
    op("Relu", &[]),
    op("Reshape", &[("allowzero", STILL)]),
    op("Sigmoid", &[]),
    op("Slice", &[("axes", 10), ("ends", 10), ("starts", 10)]),
    op("Softmax", &[("axis", STILL)]),
    op("Split", &[("axis", STILL), ("num_outputs", STILL), ("split", 13)]),
    op("Squeeze", &[("axes", 13)]),
    op("Sub", &[]),
    op("Tanh", &[]),
    op("Transpose", &[("perm", STILL)]),
    op("Unsqueeze", &[("axes", 13)]),
];

/// Ops that may compute a constant from constants and shapes: what exporters write to compute the
/// shape of a reshape.
pub(crate) const FOLDABLE_OPS: &[&str] = &[
    "And",
    "Ceil",
    "ConstantOfShape",
    "Equal",
    "Expand",
    "Floor",
    "Greater",
    "Less",
    "Mod",
    "Not",
    "Or",
    "ReduceProd",
    "Shape",
    "Size",
    "Sqrt",
    "Tile",
    "Where",
];
