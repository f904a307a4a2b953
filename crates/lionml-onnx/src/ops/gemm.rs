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
        // As a matrix: circuits of earlier versions have it so.
        let ones = vec![1; 2usize.saturating_sub(term.shape().rank())];
        let shape = [ones.as_slice(), term.shape().axes()].concat();
        let term = node.reshape(term, shape)?;
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

const EQUATIONS: &str = "one or two operands whose axes are named by letters and `...`";

/// `Einsum` of one or two operands.
pub(super) fn einsum(node: &mut NodeImport<'_, '_>) -> Outputs {
    let equation = node.text("equation", "")?.replace(' ', "");
    let operands = node.all()?;
    let expression = named(&equation, &operands)
        .filter(|expression| expression.parse::<EinsumExpression>().is_ok())
        .ok_or_else(|| node.refuse_attribute("equation", equation.as_str(), EQUATIONS))?;
    match operands.as_slice() {
        [a, b] => {
            node.same_type(&[a, b])?;
            Ok(vec![node.einsum(&expression, a, b)?])
        }
        [a] => {
            let one = node.scalar(a.kind(), 1.0)?;
            Ok(vec![node.einsum(&expression, a, &one)?])
        }
        _ => Err(node.refuse_attribute("equation", equation, EQUATIONS)),
    }
}

/// An equation of two operands in which each axis has a letter, those of an ellipsis as well; a single
/// operand has a number beside it.
fn named(equation: &str, operands: &[Value]) -> Option<String> {
    const ELLIPSIS: &str = "...";
    let (terms, output) = match equation.split_once("->") {
        Some((terms, output)) => (terms, Some(output)),
        None => (equation, None),
    };
    let letters = || terms.chars().filter(char::is_ascii_alphabetic);
    let free: Vec<char> =
        ('a'..='z').chain('A'..='Z').filter(|c| !letters().any(|l| l == *c)).collect();
    let terms: Vec<&str> = terms.split(',').collect();
    if terms.len() != operands.len() {
        return None;
    }
    let mut widest = 0;
    let mut named = Vec::with_capacity(terms.len());
    for (term, operand) in terms.iter().zip(operands) {
        let own = term.chars().filter(char::is_ascii_alphabetic).count();
        let open = operand.shape().rank().checked_sub(own)?;
        widest = open.max(widest);
        // Aligned from behind, as operands that broadcast are.
        let axes: String = free.get(..open)?.iter().rev().collect();
        named.push(term.replacen(ELLIPSIS, &axes, 1));
    }
    let all: String = free.get(..widest)?.iter().rev().collect();
    let output = match output {
        Some(output) => output.replacen(ELLIPSIS, &all, 1),
        None => {
            // What occurs once, in the order of the alphabet.
            let is_once = |letter: &char| letters().filter(|other| other == letter).count() == 1;
            let mut once: Vec<_> = letters().filter(is_once).collect();
            once.sort_unstable();
            all.chars().chain(once).collect()
        }
    };
    if let [_] = operands {
        named.push(String::new());
    }
    Some(format!("{}->{output}", named.join(",")))
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
