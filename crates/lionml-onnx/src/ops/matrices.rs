//! CumSum, Trilu, DepthToSpace and SpaceToDepth.

use lionml_tensor::Tensor;

use crate::node::{NodeImport, Outputs};

/// Sums up to each element along an axis: a product with ones below a diagonal.
pub(super) fn cum_sum(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let axis = match node.integers(1, "its axis")?.as_slice() {
        &[axis] => node.axis(axis, x.shape().rank())?,
        _ => return Err(node.error("its axis is not one number")),
    };
    let (exclusive, reverse) = (node.flag("exclusive", false)?, node.flag("reverse", false)?);
    let size = x.shape().axes().get(axis).copied().unwrap_or_default();
    let is_summed = |from: usize, to: usize| {
        let (from, to) = if reverse { (to, from) } else { (from, to) };
        if exclusive { from < to } else { from <= to }
    };
    node.check_room(&[size, size].into())?;
    let ones = Tensor::from_fn([size, size], |i| {
        let (from, to) = (i / size.max(1), i % size.max(1));
        if is_summed(from, to) { 1.0 } else { 0.0 }
    });
    let ones = node.number(x.kind(), &ones)?;
    let letters: Vec<_> = ('a'..='z').chain('A'..='X').take(x.shape().rank()).collect();
    if letters.len() < x.shape().rank() {
        return Err(node.error("it has too many axes"));
    }
    let named = |name: char| -> String {
        let letters = letters.iter().enumerate();
        letters.map(|(i, letter)| if i == axis { name } else { *letter }).collect()
    };
    Ok(vec![node.einsum(&format!("{},YZ->{}", named('Y'), named('Z')), &x, &ones)?])
}

/// The part of matrices above or below a diagonal, and zeros.
pub(super) fn trilu(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let diagonal = match node.optional_integers(1, "its diagonal")?.as_deref() {
        None => 0,
        Some(&[diagonal]) => diagonal,
        Some(_) => return Err(node.error("its diagonal is not one number")),
    };
    let is_upper = node.flag("upper", true)?;
    let [.., _, columns] = x.shape().axes() else {
        return Err(node.error("its operand is not a matrix"));
    };
    let zero = x.shape().elements();
    let rows = x.shape().axes().iter().rev().nth(1).copied().unwrap_or(1);
    let places = Tensor::from_fn(x.shape().clone(), |offset| {
        let (row, column) = (offset / columns % rows, offset % columns);
        let [row, column] = [row, column].map(|at| i64::try_from(at).unwrap_or(i64::MAX));
        let distance = column.saturating_sub(row);
        let is_kept = if is_upper { distance >= diagonal } else { distance <= diagonal };
        if is_kept { offset } else { zero }
    });
    let zero = node.scalar(x.kind(), 0.0)?;
    Ok(vec![node.pick(&[&x, &zero], &places)?])
}

/// Blocks of channels become blocks of space.
pub(super) fn depth_to_space(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let mode = node.text("mode", "DCR")?;
    let (block, [batch, channels, rows, columns]) = blocks(node)?;
    let Some(depth) = channels.checked_div(block * block).filter(|d| d * block * block == channels)
    else {
        return Err(
            node.error(format!("`{channels}` channels in blocks of `{block}` by `{block}`"))
        );
    };
    let shape = lionml_tensor::Shape::from([batch, depth, rows * block, columns * block]);
    let places = Tensor::from_fn(shape.clone(), |offset| match *shape.coordinate(offset) {
        [n, c, y, x_at] => {
            let within = y % block * block + x_at % block;
            let channel = match mode.as_str() {
                "CRD" => c * block * block + within,
                _ => within * depth + c,
            };
            x.shape().offset(&[n, channel, y / block, x_at / block])
        }
        _ => 0,
    });
    match mode.as_str() {
        "DCR" | "CRD" => Ok(vec![node.pick(&[&x], &places)?]),
        _ => Err(node.refuse_attribute("mode", mode, "`DCR` and `CRD`")),
    }
}

/// Blocks of space become blocks of channels.
pub(super) fn space_to_depth(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let mode = node.text("mode", "DCR")?;
    let (block, [batch, channels, rows, columns]) = blocks(node)?;
    if !rows.is_multiple_of(block) || !columns.is_multiple_of(block) {
        return Err(node.error(format!("`{rows}` by `{columns}` elements in blocks of `{block}`")));
    }
    let depth = channels * block * block;
    let shape = lionml_tensor::Shape::from([batch, depth, rows / block, columns / block]);
    let places = Tensor::from_fn(shape.clone(), |offset| match *shape.coordinate(offset) {
        [n, c, y, x_at] => {
            let (within, channel) = match mode.as_str() {
                "CRD" => (c % (block * block), c / (block * block)),
                _ => (c / channels.max(1), c % channels.max(1)),
            };
            let (y, x_at) = (y * block + within / block, x_at * block + within % block);
            x.shape().offset(&[n, channel, y, x_at])
        }
        _ => 0,
    });
    match mode.as_str() {
        "DCR" | "CRD" => Ok(vec![node.pick(&[&x], &places)?]),
        _ => Err(node.refuse_attribute("mode", mode, "`DCR` and `CRD`")),
    }
}

/// The size of blocks, and that of an image.
fn blocks(node: &NodeImport<'_, '_>) -> Result<(usize, [usize; 4]), crate::ImportError> {
    /// Its square has room.
    const MAX_BLOCK: usize = 1 << 12;
    let x = node.operand(0)?;
    let block = node.int("blocksize", 0)?;
    let size = usize::try_from(block).ok().filter(|block| (1..=MAX_BLOCK).contains(block));
    let size = size.ok_or_else(|| {
        node.refuse_attribute("blocksize", block.to_string(), "a size from `1` to `4096`")
    })?;
    match *x.shape().axes() {
        [batch, channels, rows, columns] => Ok((size, [batch, channels, rows, columns])),
        _ => Err(node.error(format!("its operand of shape `{}` is not an image", x.shape()))),
    }
}
