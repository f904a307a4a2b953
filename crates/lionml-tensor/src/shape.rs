//! The shape of a tensor.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The size of each axis of a tensor; a scalar has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape(Vec<usize>);

/// A shape that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// Two shapes that do not broadcast together.
    #[error("shapes `{left}` and `{right}` do not broadcast")]
    Broadcast {
        /// The one shape.
        left: Shape,
        /// The other shape.
        right: Shape,
    },
    /// The number of elements is not that of the shape.
    #[error("`{got}` elements do not fill the shape `{shape}`")]
    Elements {
        /// The shape to fill.
        shape: Shape,
        /// The number of elements at hand.
        got: usize,
    },
    /// An axis that the tensor does not have.
    #[error("axis `{axis}` of a tensor of rank `{rank}`")]
    Axis {
        /// The axis asked for.
        axis: i64,
        /// The rank of the tensor.
        rank: usize,
    },
    /// A shape other than the one that is required.
    #[error("shape `{got}` where `{expected}` is required")]
    Mismatch {
        /// What is required, a shape or a phrase.
        expected: String,
        /// The shape at hand.
        got: Shape,
    },
    /// More axes than any program has.
    #[error("a shape of `{rank}` axes; a tensor has at most 64")]
    Rank {
        /// How many there are.
        rank: usize,
    },
    /// More elements than memory could hold.
    #[error("the shape `{shape}` has more elements than a tensor may have")]
    TooLarge {
        /// The shape.
        shape: Shape,
    },
}

/// No tensor of LionML may have more elements: untrusted shapes must not exhaust memory.
const MAX_ELEMENTS: usize = 1 << 26;

/// Nor more axes, as in NumPy: code runs along pairs of them.
const MAX_RANK: usize = 64;

impl Shape {
    /// The shape with these axes.
    pub fn new(axes: impl Into<Vec<usize>>) -> Self {
        Self(axes.into())
    }

    /// The shape of a scalar.
    pub fn scalar() -> Self {
        Self(Vec::new())
    }

    /// The sizes of the axes.
    pub fn axes(&self) -> &[usize] {
        &self.0
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }

    /// The number of elements, or an error where it passes what memory may hold. An axis of size
    /// zero does not excuse the others: code runs along those too.
    pub fn checked_elements(&self) -> Result<usize, ShapeError> {
        if self.rank() > MAX_RANK {
            return Err(ShapeError::Rank { rank: self.rank() });
        }
        let mut elements = 1usize;
        for &axis in &self.0 {
            elements = elements
                .checked_mul(axis.max(1))
                .filter(|&n| n <= MAX_ELEMENTS)
                .ok_or_else(|| ShapeError::TooLarge { shape: self.clone() })?;
        }
        Ok(self.elements())
    }

    /// Row-major strides, in elements.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (0..self.rank().saturating_sub(1)).rev() {
            strides[axis] = strides[axis + 1] * self.0[axis + 1];
        }
        strides
    }

    /// The offset of a coordinate in row-major order.
    pub fn offset(&self, coordinate: &[usize]) -> usize {
        coordinate.iter().zip(&self.0).fold(0, |offset, (&c, &n)| offset * n + c)
    }

    /// The coordinate at an offset in row-major order.
    pub fn coordinate(&self, mut offset: usize) -> Vec<usize> {
        let mut coordinate = vec![0; self.rank()];
        for axis in (0..self.rank()).rev() {
            coordinate[axis] = offset % self.0[axis];
            offset /= self.0[axis];
        }
        coordinate
    }

    /// Every coordinate in row-major order.
    pub fn coordinates(&self) -> impl Iterator<Item = Vec<usize>> + '_ {
        (0..self.elements()).map(|offset| self.coordinate(offset))
    }

    /// An axis counted from the end where negative, as ONNX counts them.
    pub fn axis(&self, axis: i64) -> Result<usize, ShapeError> {
        let error = ShapeError::Axis { axis, rank: self.rank() };
        let rank = i64::try_from(self.rank()).map_err(|_| error.clone())?;
        let index = if axis < 0 { axis + rank } else { axis };
        usize::try_from(index).ok().filter(|&i| i < self.rank()).ok_or(error)
    }

    /// The shape that both broadcast to (NumPy's rule). Two long axes of two small tensors make one
    /// that memory may not hold: an error.
    pub fn broadcast(&self, other: &Self) -> Result<Self, ShapeError> {
        let rank = self.rank().max(other.rank());
        let size = |shape: &Self, axis: usize| -> usize {
            (axis + shape.rank()).checked_sub(rank).map_or(1, |a| shape.0[a])
        };
        let shape = (0..rank)
            .map(|axis| match (size(self, axis), size(other, axis)) {
                (l, r) if l == r => Ok(l),
                (1, r) => Ok(r),
                (l, 1) => Ok(l),
                _ => Err(ShapeError::Broadcast { left: self.clone(), right: other.clone() }),
            })
            .collect::<Result<_, _>>()
            .map(Self)?;
        shape.checked_elements()?;
        Ok(shape)
    }

    /// For each element of `target`, the offset of the element of `self` that is broadcast there.
    pub fn broadcast_offsets(&self, target: &Self) -> Result<Vec<usize>, ShapeError> {
        if self.broadcast(target)? != *target {
            return Err(ShapeError::Broadcast { left: self.clone(), right: target.clone() });
        }
        let strides = self.strides().into_iter().zip(&self.0);
        let steps = strides.map(|(stride, &n)| if n == 1 { 0 } else { stride });
        let steps = vec![0; target.rank() - self.rank()].into_iter().chain(steps);
        Ok(steps.zip(&target.0).fold(vec![0], |offsets, (step, &size)| {
            offsets.iter().flat_map(|start| (0..size).map(move |i| start + i * step)).collect()
        }))
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(axes: [usize; N]) -> Self {
        Self(axes.to_vec())
    }
}

impl From<Vec<usize>> for Shape {
    fn from(axes: Vec<usize>) -> Self {
        Self(axes)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[")?;
        for (i, axis) in self.0.iter().enumerate() {
            write!(f, "{}{axis}", if i == 0 { "" } else { "," })?;
        }
        write!(f, "]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_numpy_broadcasting() {
        let shape = Shape::from([2, 1, 3]).broadcast(&Shape::from([4, 1])).unwrap();
        assert_eq!(shape, Shape::from([2, 4, 3]));
        assert_eq!(
            Shape::from([4, 1]).broadcast_offsets(&shape).unwrap(),
            [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3].repeat(2)
        );
        assert!(Shape::from([2]).broadcast(&Shape::from([3])).is_err());
        assert_eq!(Shape::scalar().broadcast_offsets(&Shape::from([2])).unwrap(), [0, 0]);
    }

    #[test]
    fn rejects_shapes_past_memory() {
        assert!(Shape::from([usize::MAX, 2]).checked_elements().is_err());
        assert!(Shape::from([1 << 20, 1 << 20]).checked_elements().is_err());
        assert!(Shape::from([0, 1 << 40]).checked_elements().is_err());
        assert_eq!(Shape::from([0, 5]).checked_elements(), Ok(0));
        // Each tensor is small, what they broadcast to is not; nor does the product fit an integer.
        let (column, row) = (Shape::from([1 << 26, 1]), Shape::from([1, 1 << 26]));
        assert!(matches!(column.broadcast(&row), Err(ShapeError::TooLarge { .. })));
        let cube = Shape::from([1 << 26, 1, 1]).broadcast(&Shape::from([1, 1 << 24, 1 << 2]));
        assert!(matches!(cube, Err(ShapeError::TooLarge { .. })));
        assert!(Shape::new(vec![1; 64]).checked_elements().is_ok());
        let long = Shape::new(vec![1; 65]).checked_elements();
        assert_eq!(long, Err(ShapeError::Rank { rank: 65 }));
    }

    #[test]
    fn matches_negative_axes() {
        let shape = Shape::from([2, 3]);
        assert_eq!(shape.axis(-1), Ok(1));
        assert!(shape.axis(2).is_err());
        assert!(shape.axis(-3).is_err());
        assert_eq!(shape.offset(&[1, 2]), 5);
        assert_eq!(shape.coordinate(5), [1, 2]);
    }
}
