//! The list of operators.

use serde::{Deserialize, Serialize};

use crate::Op;

/// Declares the operators: a module and a variant each.
macro_rules! ops {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        $(mod $module; pub use $module::$name;)+

        /// Any operator.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyOp {
            $(
                #[doc = concat!("[`", stringify!($name), "`]")]
                $name($name),
            )+
        }

        impl AnyOp {
            /// The names of all operators.
            pub const ALL: &[&str] = &[$(stringify!($name)),+];

            /// The name of the operator.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }
        }

        impl std::ops::Deref for AnyOp {
            type Target = dyn Op;

            fn deref(&self) -> &(dyn Op + 'static) {
                match self { $(Self::$name(op) => op,)+ }
            }
        }

        $(
            impl From<$name> for AnyOp {
                fn from(op: $name) -> Self {
                    Self::$name(op)
                }
            }
        )+

        /// The source of each operator's file, for the test that every one is tested.
        #[cfg(test)]
        pub(crate) const FILES: &[(&str, &str)] =
            &[$((stringify!($name), include_str!(concat!("ops/", stringify!($module), ".rs")))),+];
    };
}

pub use cast::CastTarget;
pub use curve::{CurveFunction, CurveTable};
pub use pad::PadMode;
pub use softmax::SoftmaxTable;

ops! {
    add::Add,
    sub::Sub,
    neg::Neg,
    mul::Mul,
    square::Square,
    einsum::Einsum,
    conv::Conv,
    sum_pool::SumPool,
    max_pool::MaxPool,
    reduce_sum::ReduceSum,
    reduce_max::ReduceMax,
    reduce_min::ReduceMin,
    arg_max::ArgMax,
    cast::Cast,
    curve::Curve,
    leaky_relu::LeakyRelu,
    max::Max,
    min::Min,
    relu::Relu,
    requantize::Requantize,
    softmax::Softmax,
    reshape::Reshape,
    transpose::Transpose,
    broadcast::Broadcast,
    concat::Concat,
    slice::Slice,
    pad::Pad,
    gather::Gather,
    wrap::Wrap,
}

#[cfg(test)]
mod tests {
    #[test]
    fn pins_that_every_op_is_tested() {
        for (name, file) in super::FILES {
            for test in ["fn matches_", "fn pins_counts"] {
                assert!(file.contains(test), "`{name}` has no test `{test}…`");
            }
            // An operator without hints, or whose only hint is a product, cannot lie.
            let lies = file.contains("fn rejects_lies") || !file.contains("gadgets::");
            assert!(lies, "`{name}` has no test `rejects_lies`");
        }
    }
}
