//! A dense tensor in row-major order.

use serde::{Deserialize, Serialize};

use crate::{Shape, ShapeError};

/// A dense tensor in row-major order: as many elements as its shape has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tensor<T> {
    shape: Shape,
    data: Vec<T>,
}

impl<T> Tensor<T> {
    /// A tensor of this shape; the data must fill it.
    pub fn new(shape: impl Into<Shape>, data: Vec<T>) -> Result<Self, ShapeError> {
        let shape = shape.into();
        if shape.checked_elements()? != data.len() {
            return Err(ShapeError::Elements { shape, got: data.len() });
        }
        Ok(Self { shape, data })
    }

    /// A tensor whose elements are computed from their offsets.
    pub fn from_fn(shape: impl Into<Shape>, f: impl FnMut(usize) -> T) -> Self {
        let shape = shape.into();
        let data = (0..shape.elements()).map(f).collect();
        Self { shape, data }
    }

    /// A tensor without axes.
    pub fn scalar(value: T) -> Self {
        Self { shape: Shape::scalar(), data: vec![value] }
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The elements in row-major order, owned.
    pub fn into_data(self) -> Vec<T> {
        self.data
    }

    /// The same elements under another shape.
    pub fn reshape(self, shape: impl Into<Shape>) -> Result<Self, ShapeError> {
        Self::new(shape, self.data)
    }

    /// A tensor of the same shape, element by element.
    pub fn map<U>(&self, f: impl FnMut(&T) -> U) -> Tensor<U> {
        Tensor { shape: self.shape.clone(), data: self.data.iter().map(f).collect() }
    }

    /// A tensor of the same shape, element by element, or the first error.
    pub fn try_map<U, E>(&self, f: impl FnMut(&T) -> Result<U, E>) -> Result<Tensor<U>, E> {
        let data = self.data.iter().map(f).collect::<Result<_, _>>()?;
        Ok(Tensor { shape: self.shape.clone(), data })
    }
}

impl<T: Clone> Tensor<T> {
    /// A tensor filled with one value.
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        Self::from_fn(shape, |_| value.clone())
    }

    /// This tensor broadcast to a shape.
    pub fn broadcast_to(&self, shape: &Shape) -> Result<Self, ShapeError> {
        let offsets = self.shape.broadcast_offsets(shape)?;
        Ok(Self {
            shape: shape.clone(),
            data: offsets.into_iter().map(|o| self.data[o].clone()).collect(),
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tensor<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Tensor")]
        struct Unchecked<T> {
            shape: Shape,
            data: Vec<T>,
        }
        let Unchecked { shape, data } = Unchecked::deserialize(deserializer)?;
        Self::new(shape, data).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_data_that_does_not_fill_the_shape() {
        assert!(Tensor::new([2, 2], vec![1, 2, 3]).is_err());
        let tensor = Tensor::new([2, 2], vec![1, 2, 3, 4]).unwrap();
        assert!(tensor.clone().reshape([3]).is_err());
        assert_eq!(tensor.reshape([4]).unwrap().shape(), &Shape::from([4]));
    }

    #[test]
    fn matches_broadcast_by_hand() {
        let column = Tensor::new([2, 1], vec![1, 2]).unwrap();
        assert_eq!(column.broadcast_to(&[2, 3].into()).unwrap().data(), [1, 1, 1, 2, 2, 2]);
    }
}
