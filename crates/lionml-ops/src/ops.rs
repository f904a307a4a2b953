//! The list of operators.

use std::{fmt, ops::Deref};

use lionml_quant::QTensor;
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{EnumAccess, Error as _, VariantAccess, Visitor},
};

use crate::{Fact, Op, OpError, Properties, Role, Wires, elementwise, layout, reduction};

/// Declares the operators: for each its tag in stored models, its module, its name, and what it
/// shares its executions with, where it does.
macro_rules! ops {
    (@op $name:ident) => {};
    (@op $name:ident Elementwise) => { ops!(@shared $name elementwise); };
    (@op $name:ident Layout) => { ops!(@shared $name layout); };
    (@op $name:ident Reduction) => { ops!(@shared $name reduction); };
    (@shared $name:ident $shared:ident) => {
        impl Op for $name {
            fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
                $shared::infer(self, inputs)
            }

            fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
                $shared::eval_float(self, inputs)
            }

            fn eval_quant(
                &self,
                inputs: &[QTensor],
                outputs: &[Fact],
            ) -> Result<Vec<Tensor<i128>>, OpError> {
                $shared::eval_quant(self, inputs, outputs)
            }

            fn synthesize(
                &self,
                builder: &mut Builder,
                inputs: &[Wires],
                outputs: &[Fact],
            ) -> Result<Vec<Tensor<Linear>>, OpError> {
                $shared::synthesize(self, builder, inputs, outputs)
            }

            fn role(&self, operand: usize) -> Role {
                $shared::role(self, operand)
            }

            fn properties(&self) -> Properties<'_> {
                $shared::properties(self)
            }

            fn work(&self, operands: &[&[usize]]) -> usize {
                $shared::work(self, operands)
            }
        }
    };
    ($($tag:literal => $module:ident :: $name:ident $(as $shared:ident)?),+ $(,)?) => {
        $(
            mod $module;
            pub use $module::$name;
            ops!(@op $name $($shared)?);
        )+

        /// Any operator.
        #[derive(Clone, Debug, PartialEq)]
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

            /// The tags of all operators in stored models, in the order of [`Self::ALL`].
            pub const TAGS: &[u32] = &[$($tag),+];

            /// The name of the operator.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }
        }

        impl Deref for AnyOp {
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

        impl Serialize for AnyOp {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$name(op) => {
                        serializer.serialize_newtype_variant("AnyOp", $tag, stringify!($name), op)
                    })+
                }
            }
        }

        impl<'de> Visitor<'de> for AnyOpVisitor {
            type Value = AnyOp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an operator")
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<AnyOp, A::Error> {
                let (Tag(tag), content) = data.variant()?;
                match tag {
                    $($tag => content.newtype_variant().map(AnyOp::$name),)+
                    unknown => Err(A::Error::custom(format_args!("unknown operator tag `{unknown}`"))),
                }
            }
        }

        /// The engine on the cases of every operator.
        #[cfg(test)]
        mod engine {
            $(
                mod $module {
                    #[test]
                    fn matches_integers_and_floats() {
                        crate::check::run::<super::super::$name>();
                    }
                }
            )+
        }

        /// For each operator its name, that of its file, and its cases.
        #[cfg(test)]
        type Tested = (&'static str, &'static str, fn() -> Vec<crate::check::Size>);

        #[cfg(test)]
        const TESTED: &[Tested] =
            &[$((stringify!($name), stringify!($module), crate::check::sizes::<$name>)),+];
    };
}

impl<'de> Deserialize<'de> for AnyOp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("AnyOp", Self::ALL, AnyOpVisitor)
    }
}

struct AnyOpVisitor;

/// The tag of an operator; its name in text formats.
struct Tag(u32);

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagVisitor;

        impl Visitor<'_> for TagVisitor {
            type Value = Tag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the tag or the name of an operator")
            }

            fn visit_u64<E: serde::de::Error>(self, tag: u64) -> Result<Tag, E> {
                u32::try_from(tag).map(Tag).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Tag, E> {
                let mut tags = AnyOp::ALL.iter().zip(AnyOp::TAGS);
                let known = tags.find(|(known, _)| **known == name);
                known.map(|(_, tag)| Tag(*tag)).ok_or_else(|| E::unknown_variant(name, AnyOp::ALL))
            }
        }

        deserializer.deserialize_identifier(TagVisitor)
    }
}

pub use cast::CastTarget;
pub use curve::{CurveFunction, CurveTable};
pub use pad::PadMode;
pub use softmax::SoftmaxTable;

// A tag is for good: models that were stored hold it. A new operator takes the next one.
ops! {
    29 => abs::Abs as Elementwise,
    0 => add::Add as Elementwise,
    12 => arg_max::ArgMax,
    23 => broadcast::Broadcast as Layout,
    13 => cast::Cast as Elementwise,
    24 => concat::Concat as Layout,
    6 => conv::Conv,
    14 => curve::Curve as Elementwise,
    5 => einsum::Einsum,
    27 => gather::Gather as Layout,
    15 => leaky_relu::LeakyRelu as Elementwise,
    16 => max::Max as Elementwise,
    8 => max_pool::MaxPool as Reduction,
    17 => min::Min as Elementwise,
    3 => mul::Mul as Elementwise,
    2 => neg::Neg as Elementwise,
    26 => pad::Pad as Layout,
    10 => reduce_max::ReduceMax as Reduction,
    11 => reduce_min::ReduceMin as Reduction,
    9 => reduce_sum::ReduceSum as Reduction,
    18 => relu::Relu as Elementwise,
    19 => requantize::Requantize,
    21 => reshape::Reshape as Layout,
    25 => slice::Slice as Layout,
    20 => softmax::Softmax,
    4 => square::Square as Elementwise,
    1 => sub::Sub as Elementwise,
    7 => sum_pool::SumPool as Reduction,
    22 => transpose::Transpose as Layout,
    30 => r#where::Where as Elementwise,
    28 => wrap::Wrap as Elementwise,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lionml_testing::REDUNDANT;

    use super::{AnyOp, TESTED};

    #[test]
    fn pins_that_every_op_is_tested() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
        for (name, module, _) in TESTED {
            let path = folder.join(format!("{}.rs", module.trim_start_matches("r#")));
            let file = fs_err::read_to_string(path).unwrap();
            assert!(file.contains("fn pins_counts"), "`{name}` has no test `pins_counts`");
            // An operator without hints, or whose only hint is a product, cannot lie.
            let gadgets = file.replace("use lionml_gadgets::Signal;", "");
            let lies = file.contains("fn rejects_lies") || !gadgets.contains("gadgets::");
            assert!(lies, "`{name}` has no test `rejects_lies`");
        }
    }

    /// Whoever stored a model holds its tags: a line may be added here, none may change.
    #[test]
    fn pins_tags() {
        let mut tags: Vec<_> = AnyOp::TAGS.iter().zip(AnyOp::ALL).collect();
        tags.sort_unstable();
        let names: Vec<_> = tags.iter().map(|(_, name)| **name).collect();
        let tags: Vec<_> = tags.iter().map(|(tag, _)| **tag as usize).collect();
        assert_eq!(tags, (0..names.len()).collect::<Vec<_>>(), "a tag is missing or used twice");
        #[rustfmt::skip]
        assert_eq!(names, [
            "Add", "Sub", "Neg", "Mul", "Square", "Einsum", "Conv", "SumPool", "MaxPool",
            "ReduceSum", "ReduceMax", "ReduceMin", "ArgMax", "Cast", "Curve", "LeakyRelu", "Max",
            "Min", "Relu", "Requantize", "Softmax", "Reshape", "Transpose", "Broadcast", "Concat",
            "Slice", "Pad", "Gather", "Wrap", "Abs", "Where",
        ]);
    }

    /// Rows are dropped, one at a time, from small circuits only.
    #[test]
    fn pins_that_every_op_drops_rows_of_a_small_case() {
        for (name, _, sizes) in TESTED {
            let rows: Vec<_> = sizes().iter().map(|size| size.rows).collect();
            let is_dropped = |rows: &usize| (1..=crate::check::SMALL).contains(rows);
            let has_none = rows.iter().all(|rows| *rows == 0);
            assert!(!rows.is_empty(), "`{name}` has no case");
            assert!(
                has_none || rows.iter().any(is_dropped),
                "`{name}` has no small case: {rows:?}"
            );
        }
    }

    /// No gadget has a redundant row, so every one that is listed is of an operator's case.
    #[test]
    fn pins_that_redundant_rows_are_of_cases() {
        let sizes = TESTED.iter().flat_map(|(_, _, sizes)| sizes());
        let circuits: BTreeSet<_> = sizes.map(|size| size.circuit).collect();
        for row in REDUNDANT {
            assert!(circuits.contains(row.circuit), "no case is named `{}`", row.circuit);
        }
    }

    #[test]
    fn rejects_operators_of_unknown_names() {
        let error = serde_json::from_str::<AnyOp>(r#"{"Frobnicate": null}"#).unwrap_err();
        assert!(error.to_string().starts_with("unknown variant `Frobnicate`"), "{error}");
    }
}
