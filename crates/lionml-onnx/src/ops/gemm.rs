//! Gemm and MatMul.

use lionml_ops::{
    EinsumExpression, OpError,
    ops::{Einsum, Mul},
};

use crate::{
    ImportError,
    element::Type,
    node::{NodeImport, Outputs},
    value::Value,
};

/// `alpha · A · B + beta · C`, of matrices that may be transposed.
pub(super) fn gemm(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (a, b, term) = (node.operand(0)?, node.operand(1)?, node.optional(2));
    let operands: Vec<_> = [&a, &b].into_iter().chain(&term).collect();
    let kind = node.same_type(&operands)?;
    let [alpha, beta] = [node.float("alpha", 1.0)?, node.float("beta", 1.0)?];
    let [left, right] = [node.flag("transA", false)?, node.flag("transB", false)?];
    if node.opset < 7 {
        // The third operand broadcasts whatever it says.
        node.ignore("broadcast");
    }
    let (&[rows, mut inner], &[mut other, mut columns]) = (a.shape().axes(), b.shape().axes())
    else {
        return Err(shapes(node, &a, &b, "are not two matrices"));
    };
    let rows = if left { std::mem::replace(&mut inner, rows) } else { rows };
    if right {
        std::mem::swap(&mut other, &mut columns);
    }
    if inner != other {
        return Err(shapes(node, &a, &b, "do not fit: what is multiplied is of different sizes"));
    }
    let [left, right] = [if left { "km" } else { "mk" }, if right { "nk" } else { "kn" }];
    let mut sum = node.einsum(&format!("{left},{right}->mn"), &a, &b)?;
    let factor = |node: &NodeImport<'_, '_>, factor: f32| match kind {
        Type::Float(_) => node.scalar(kind, factor.into()),
        _ if factor.fract() == 0.0 => node.scalar(kind, factor.into()),
        _ => Err(node.error(format!("integers times `{factor}`"))),
    };
    if alpha != 1.0 {
        let alpha = factor(node, alpha)?;
        sum = node.arithmetic(Mul, &[&alpha, &sum])?;
    }
    if let Some(term) = term.filter(|_| beta != 0.0) {
        if term.shape().broadcast(sum.shape()).as_ref() != Ok(sum.shape()) {
            return Err(node.error(format!(
                "its third operand of shape `{}` does not broadcast to `[{rows},{columns}]`",
                term.shape()
            )));
        }
        let beta = factor(node, beta)?;
        let term = node.product(&beta, &term)?;
        sum = node.sum(&[&sum, &term])?;
    }
    Ok(vec![sum])
}

/// Products of matrices in batches that broadcast; a vector is a row on the left and a column on the
/// right.
pub(super) fn mat_mul(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (a, b) = (node.operand(0)?, node.operand(1)?);
    node.same_type(&[&a, &b])?;
    let (Some((&inner, _)), Some(other)) = (a.shape().axes().split_last(), column(&b)) else {
        return Err(shapes(node, &a, &b, "are not matrices or vectors"));
    };
    if inner != other {
        return Err(shapes(node, &a, &b, "do not fit: what is multiplied is of different sizes"));
    }
    // Axes from behind: `k` is summed over, `m` and `n` are rows and columns, others are batches.
    let (left, right) = (a.shape().rank().saturating_sub(2), b.shape().rank().saturating_sub(2));
    let batches =
        batch_letters(left.max(right)).ok_or_else(|| node.error("it has too many axes"))?;
    let last = |count: usize| batches.get(batches.len() - count..).unwrap_or_default();
    let [row, column] = [&a, &b].map(|operand| operand.shape().rank() > 1);
    let m = if row { "m" } else { "" };
    let n = if column { "n" } else { "" };
    let (left, right) = (last(left), last(right));
    let product = node.einsum(&format!("{left}{m}k,{right}k{n}->{batches}{m}{n}"), &a, &b)?;
    Ok(vec![product])
}

/// The size of the axis of the right operand that is summed over.
fn column(value: &Value) -> Option<usize> {
    match value.shape().axes() {
        [size] | [.., size, _] => Some(*size),
        [] => None,
    }
}

/// Letters for so many batches.
fn batch_letters(count: usize) -> Option<String> {
    let letters = ('a'..='z').chain('A'..='Z').filter(|letter| !"kmn".contains(*letter));
    let batches: String = letters.take(count).collect();
    (batches.len() == count).then_some(batches)
}

fn shapes(node: &NodeImport<'_, '_>, a: &Value, b: &Value, what: &str) -> ImportError {
    node.error(format!("its operands of shapes `{}` and `{}` {what}", a.shape(), b.shape()))
}

/// `Einsum` of one or two operands.
pub(super) fn einsum(node: &mut NodeImport<'_, '_>) -> Outputs {
    let equation = node.text("equation", "")?.replace(' ', "");
    let (a, b) = (node.operand(0)?, node.optional(1));
    const SUPPORTED: &str = "one or two operands whose axes are all named by letters";
    let refused = || node.refuse_attribute("equation", equation.as_str(), SUPPORTED);
    let (operands, output) = match equation.split_once("->") {
        Some((operands, output)) => (operands.to_owned(), output.to_owned()),
        None => {
            // What occurs once, in the order of the alphabet.
            let letters = || equation.chars().filter(char::is_ascii_alphabetic);
            let mut once: Vec<_> = letters()
                .filter(|letter| letters().filter(|other| other == letter).count() == 1)
                .collect();
            once.sort_unstable();
            (equation.clone(), once.into_iter().collect())
        }
    };
    let commas = operands.matches(',').count();
    match b {
        Some(b) if commas == 1 && node.count() == 2 => {
            node.same_type(&[&a, &b])?;
            let expression = format!("{operands}->{output}");
            if expression.parse::<EinsumExpression>().is_err() {
                return Err(refused());
            }
            Ok(vec![node.einsum(&expression, &a, &b)?])
        }
        None if commas == 0 => {
            let expression = format!("{operands},->{output}");
            if expression.parse::<EinsumExpression>().is_err() {
                return Err(refused());
            }
            let one = node.scalar(a.kind(), 1.0)?;
            Ok(vec![node.einsum(&expression, &a, &one)?])
        }
        _ => Err(refused()),
    }
}

impl NodeImport<'_, '_> {
    pub(crate) fn einsum(
        &mut self,
        expression: &str,
        a: &Value,
        b: &Value,
    ) -> Result<Value, ImportError> {
        let expression: EinsumExpression =
            expression.parse().map_err(|error: OpError| self.error(error.to_string()))?;
        self.arithmetic(Einsum { expression }, &[a, b])
    }
}
