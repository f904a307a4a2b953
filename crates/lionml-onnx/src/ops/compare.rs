//! Comparisons of constants: Equal, Greater, GreaterOrEqual, Less, LessOrEqual.

use crate::{
    constants::compare,
    node::{NodeImport, Outputs},
};

const WAY_OUT: Option<&str> = Some(
    "give the numbers as outputs and compare them in the application, or write the choice with `Relu`, `Max` \
     and `Min`",
);

pub(super) fn equal(node: &mut NodeImport<'_, '_>) -> Outputs {
    compare(node, WAY_OUT, |a, b| a == b, |a, b| a == b)
}

pub(super) fn greater(node: &mut NodeImport<'_, '_>) -> Outputs {
    compare(node, WAY_OUT, |a, b| a > b, |a, b| a > b)
}

pub(super) fn greater_or_equal(node: &mut NodeImport<'_, '_>) -> Outputs {
    compare(node, WAY_OUT, |a, b| a >= b, |a, b| a >= b)
}

pub(super) fn less(node: &mut NodeImport<'_, '_>) -> Outputs {
    compare(node, WAY_OUT, |a, b| a < b, |a, b| a < b)
}

pub(super) fn less_or_equal(node: &mut NodeImport<'_, '_>) -> Outputs {
    compare(node, WAY_OUT, |a, b| a <= b, |a, b| a <= b)
}
