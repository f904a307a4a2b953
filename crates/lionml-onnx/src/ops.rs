//! The ONNX operators that are imported, each by a function.

mod activation;
mod arithmetic;
mod cast;
mod compare;
mod concat;
mod constant;
mod conv;
mod div;
mod extremes;
mod feature_extractor;
mod gather;
mod gemm;
mod identity;
mod logic;
mod matrices;
mod neg;
mod normalization;
mod pad;
mod pointwise;
mod pool;
mod pow;
mod quantize;
mod reduce;
mod repeat;
mod reshape;
mod scatter;
mod shape;
mod slice;
mod softmax;

use crate::{
    file::ONNX,
    node::{NodeImport, Outputs},
};

pub(crate) use slice::part;

/// Imports a node: returns its outputs, all of them that the file names. Attributes that it does not ask
/// for are refused.
pub(crate) type Importer = for<'a, 'b> fn(&mut NodeImport<'a, 'b>) -> Outputs;

/// The domain of classical machine learning.
pub(crate) const ML: &str = "ai.onnx.ml";

/// The importer of each operator, by domain and name.
const IMPORTERS: &[(&str, &str, Importer)] = &[
    (ONNX, "Abs", neg::abs),
    (ONNX, "Add", arithmetic::add),
    (ONNX, "And", logic::and),
    (ONNX, "ArgMax", reduce::arg_max),
    (ONNX, "ArgMin", reduce::arg_min),
    (ONNX, "AveragePool", pool::average_pool),
    (ONNX, "BatchNormalization", normalization::batch),
    (ONNX, "Cast", cast::cast),
    (ONNX, "CastLike", cast::cast_like),
    (ONNX, "Clip", extremes::clip),
    (ONNX, "Concat", concat::import),
    (ONNX, "Constant", constant::constant),
    (ONNX, "Conv", conv::import),
    (ONNX, "CumSum", matrices::cum_sum),
    (ONNX, "DepthToSpace", matrices::depth_to_space),
    (ONNX, "DequantizeLinear", quantize::dequantize),
    (ONNX, "Div", div::import),
    (ONNX, "Dropout", identity::dropout),
    (ONNX, "Einsum", gemm::einsum),
    (ONNX, "Expand", repeat::expand),
    (ONNX, "Flatten", reshape::flatten),
    (ONNX, "Gather", gather::gather),
    (ONNX, "GatherElements", gather::gather_elements),
    (ONNX, "GatherND", gather::gather_nd),
    (ONNX, "Gemm", gemm::gemm),
    (ONNX, "GlobalAveragePool", pool::global_average_pool),
    (ONNX, "GlobalMaxPool", pool::global_max_pool),
    (ONNX, "Identity", identity::identity),
    (ONNX, "IsInf", pointwise::is_inf),
    (ONNX, "IsNaN", pointwise::is_nan),
    (ONNX, "LeakyRelu", activation::leaky_relu),
    (ONNX, "MatMul", gemm::mat_mul),
    (ONNX, "Max", extremes::max),
    (ONNX, "MaxPool", pool::max_pool),
    (ONNX, "Mean", arithmetic::mean),
    (ONNX, "Min", extremes::min),
    (ONNX, "Mul", arithmetic::mul),
    (ONNX, "Neg", neg::neg),
    (ONNX, "Not", logic::not),
    (ONNX, "Or", logic::or),
    (ONNX, "PRelu", activation::prelu),
    (ONNX, "Pad", pad::import),
    (ONNX, "Pow", pow::pow),
    (ONNX, "ReduceL1", reduce::l1),
    (ONNX, "ReduceMax", reduce::max),
    (ONNX, "ReduceMean", reduce::mean),
    (ONNX, "ReduceMin", reduce::min),
    (ONNX, "ReduceSum", reduce::sum),
    (ONNX, "ReduceSumSquare", reduce::sum_square),
    (ONNX, "Relu", activation::relu),
    (ONNX, "Reshape", reshape::reshape),
    (ONNX, "ScatterElements", scatter::scatter_elements),
    (ONNX, "ScatterND", scatter::scatter_nd),
    (ONNX, "Shape", shape::shape),
    (ONNX, "Sigmoid", activation::sigmoid),
    (ONNX, "Size", shape::size),
    (ONNX, "Slice", slice::slice),
    (ONNX, "Softmax", softmax::import),
    (ONNX, "SpaceToDepth", matrices::space_to_depth),
    (ONNX, "Split", slice::split),
    (ONNX, "Squeeze", reshape::squeeze),
    (ONNX, "Sub", arithmetic::sub),
    (ONNX, "Sum", arithmetic::sum),
    (ONNX, "Tanh", activation::tanh),
    (ONNX, "Tile", repeat::tile),
    (ONNX, "Transpose", reshape::transpose),
    (ONNX, "Trilu", matrices::trilu),
    (ONNX, "Unsqueeze", reshape::unsqueeze),
    (ONNX, "Where", logic::choose),
    (ONNX, "Xor", logic::xor),
    (ML, "ArrayFeatureExtractor", feature_extractor::import),
];

/// Those that are computed of constants and shapes alone.
const OF_CONSTANTS: &[(&str, &str, Importer)] = &[
    (ONNX, "Acos", pointwise::acos),
    (ONNX, "Acosh", pointwise::acosh),
    (ONNX, "Asin", pointwise::asin),
    (ONNX, "Asinh", pointwise::asinh),
    (ONNX, "Atan", pointwise::atan),
    (ONNX, "Atanh", pointwise::atanh),
    (ONNX, "Ceil", pointwise::ceil),
    (ONNX, "ConstantOfShape", constant::constant_of_shape),
    (ONNX, "Cos", pointwise::cos),
    (ONNX, "Cosh", pointwise::cosh),
    (ONNX, "Equal", compare::equal),
    (ONNX, "Erf", pointwise::erf),
    (ONNX, "Exp", pointwise::exp),
    (ONNX, "EyeLike", constant::eye_like),
    (ONNX, "Floor", pointwise::floor),
    (ONNX, "Greater", compare::greater),
    (ONNX, "GreaterOrEqual", compare::greater_or_equal),
    (ONNX, "Less", compare::less),
    (ONNX, "LessOrEqual", compare::less_or_equal),
    (ONNX, "Log", pointwise::log),
    (ONNX, "Mod", pow::modulo),
    (ONNX, "QuantizeLinear", quantize::quantize),
    (ONNX, "Range", constant::range),
    (ONNX, "Reciprocal", pointwise::reciprocal),
    (ONNX, "ReduceL2", reduce::l2),
    (ONNX, "ReduceLogSum", reduce::log_sum),
    (ONNX, "ReduceLogSumExp", reduce::log_sum_exp),
    (ONNX, "ReduceProd", reduce::prod),
    (ONNX, "Round", pointwise::round),
    (ONNX, "Sign", pointwise::sign),
    (ONNX, "Sin", pointwise::sin),
    (ONNX, "Sinh", pointwise::sinh),
    (ONNX, "Softplus", pointwise::softplus),
    (ONNX, "Softsign", pointwise::softsign),
    (ONNX, "Sqrt", pointwise::sqrt),
    (ONNX, "Tan", pointwise::tan),
];

fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, Importer)> {
    IMPORTERS.iter().chain(OF_CONSTANTS)
}

/// The importer of an operator.
pub(crate) fn importer(domain: &str, name: &str) -> Option<Importer> {
    let found = all().find(|(d, n, _)| *d == domain && *n == name);
    found.map(|(.., importer)| *importer)
}

/// The names of ONNX's own operators that are imported of any operands.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    IMPORTERS.iter().filter(|(domain, ..)| *domain == ONNX).map(|(_, name, _)| *name)
}

/// The names of all of ONNX's own operators that are imported.
#[cfg(test)]
pub(crate) fn all_names() -> impl Iterator<Item = &'static str> {
    all().filter(|(domain, ..)| *domain == ONNX).map(|(_, name, _)| *name)
}
