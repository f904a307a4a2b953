//! What to do about operators that are not supported.

use crate::{
    file::ONNX,
    functions,
    ops::{self, ML},
};

const RECURRENT: &str = "export it unrolled: in Keras `unroll=True`, in PyTorch a loop over the steps with \
                         the cell; each step is then made of `Gemm`, `Sigmoid` and `Tanh`";

const ML_LINEAR: &str = "write it as a product: `MatMul` with its coefficients, `Add` of its intercepts, and \
                         `Softmax` or `Sigmoid`, for example with PyTorch";

const ML_TREES: &str = "trees are not supported yet: train a linear model or a small network on the same \
                        data";

const ML_TEXT: &str = "leave it out, and give the numbers that it makes as inputs";

const NORMALISE: &str = "train the model with `BatchNormalization` in its place, which costs nothing after a \
                         linear operator";

const CURVE: &str =
    "train the model with `Relu`, `LeakyRelu`, `HardSwish`, `Sigmoid` or `Tanh` in its place";

const LOOP: &str = "export the model with the loop unrolled";

const QUANTISED: &str = "export the model before it is quantised: LionML chooses integers itself";

const RESIZE: &str = "train the model with a pool or a convolution of a stride in its place";

const WAYS_OUT: &[(&str, &[&str], &str)] = &[
    (ONNX, &["LSTM", "GRU", "RNN"], RECURRENT),
    (ONNX, &["Loop", "Scan", "SequenceMap"], LOOP),
    (ONNX, &["LayerNormalization", "InstanceNormalization", "GroupNormalization"], NORMALISE),
    (ONNX, &["RMSNormalization", "LpNormalization", "LRN", "MeanVarianceNormalization"], NORMALISE),
    (ONNX, &["Elu", "Selu", "Celu", "Gelu", "Mish", "ThresholdedRelu", "Shrink"], CURVE),
    (
        ONNX,
        &["LogSoftmax"],
        "end the model with `Softmax`, and take the logarithm in the application",
    ),
    (ONNX, &["Hardmax", "TopK"], "end the model with its scores, or with `ArgMax`"),
    (ONNX, &["Resize", "Upsample", "GridSample", "RoiAlign"], RESIZE),
    (
        ONNX,
        &["ConvTranspose"],
        "train the model with `Conv` in its place, behind elements that are repeated with `Tile`",
    ),
    (ONNX, &["QLinearConv", "QLinearMatMul", "MatMulInteger", "ConvInteger"], QUANTISED),
    (ONNX, &["DynamicQuantizeLinear"], QUANTISED),
    (ONNX, &["OneHot"], "give the one-hot rows as an input in place of the numbers"),
    (
        ONNX,
        &["NonZero", "Compress", "Unique", "NonMaxSuppression"],
        "its output has no fixed shape: do it in the application",
    ),
    (
        ONNX,
        &["RandomNormal", "RandomUniform", "Bernoulli", "Multinomial"],
        "draw the numbers in the application and give them as an input",
    ),
    (
        ML,
        &[
            "LinearClassifier",
            "LinearRegressor",
            "Scaler",
            "Normalizer",
            "SVMClassifier",
            "SVMRegressor",
        ],
        ML_LINEAR,
    ),
    (ML, &["TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"], ML_TREES),
    (
        ML,
        &["ZipMap"],
        "convert with `options={\"zipmap\": False}`, or choose another output with `--model-output`",
    ),
    (
        ML,
        &["LabelEncoder", "CategoryMapper", "OneHotEncoder", "DictVectorizer", "Imputer"],
        ML_TEXT,
    ),
];

/// What to do about an operator that is not supported.
pub(crate) fn way_out(domain: &str, op: &str) -> String {
    if let Some((.., way_out)) =
        WAYS_OUT.iter().find(|(d, ops, _)| *d == domain && ops.contains(&op))
    {
        return (*way_out).to_owned();
    }
    let mut names: Vec<_> = ops::names().chain(functions::names()).collect();
    names.sort_unstable();
    match domain {
        ONNX => format!(
            "leave it out, choose outputs that do not need it with `--model-output`, or write it with those \
             that are supported: {}",
            names.join(", ")
        ),
        _ => format!(
            "its domain `{domain}` is not ONNX's own: export the model without optimisations of a runtime, \
             or write it with operators of ai.onnx"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_that_no_supported_operator_has_a_way_out() {
        for (domain, ops, _) in WAYS_OUT {
            for op in *ops {
                assert!(ops::importer(domain, op).is_none(), "{op}");
                assert!(functions::function(domain, op).is_none(), "{op}");
            }
        }
    }
}
