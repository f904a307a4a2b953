//! Sliding windows over the spatial axes of a tensor: convolution and pooling.

use serde::{Deserialize, Serialize};

use crate::{Shape, ShapeError};

/// A window that slides over spatial axes; one entry an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Size of the window, in taps.
    pub kernel: Vec<usize>,
    /// Steps between windows.
    pub strides: Vec<usize>,
    /// Steps between taps of one window.
    pub dilations: Vec<usize>,
    /// Padding before the first element.
    pub pads_before: Vec<usize>,
    /// Padding after the last element; beyond it windows may still reach where an exporter rounds
    /// the output size up.
    pub pads_after: Vec<usize>,
    /// Number of windows along each axis.
    pub output: Vec<usize>,
}

impl Window {
    /// Checks that the window lies over spatial axes of these sizes.
    pub fn check(&self, input: &[usize]) -> Result<(), ShapeError> {
        let rank = input.len();
        let entries = [
            &self.kernel,
            &self.strides,
            &self.dilations,
            &self.pads_before,
            &self.pads_after,
            &self.output,
        ];
        let positive = [&self.kernel, &self.strides, &self.dilations];
        if entries.iter().any(|e| e.len() != rank) || positive.iter().any(|e| e.contains(&0)) {
            return Err(ShapeError::Mismatch {
                expected: format!("{rank} spatial axes with a positive window"),
                got: Shape::new(self.kernel.clone()),
            });
        }
        Ok(())
    }

    /// The taps of the window at `position` that lie on the input: pairs of tap offset (row-major
    /// in the kernel) and coordinate on the input's spatial axes.
    pub fn taps(&self, position: &[usize], input: &[usize]) -> Vec<(usize, Vec<usize>)> {
        let kernel = Shape::new(self.kernel.clone());
        kernel
            .coordinates()
            .enumerate()
            .filter_map(|(tap, k)| {
                (0..input.len())
                    .map(|axis| {
                        let reach =
                            position[axis] * self.strides[axis] + k[axis] * self.dilations[axis];
                        reach.checked_sub(self.pads_before[axis]).filter(|&i| i < input[axis])
                    })
                    .collect::<Option<Vec<_>>>()
                    .map(|coordinate| (tap, coordinate))
            })
            .collect()
    }

    /// The number of taps of the window at `position` that lie on the input or its padding, which
    /// is what an average that counts padding divides by.
    pub fn taps_with_padding(&self, position: &[usize], input: &[usize]) -> usize {
        (0..input.len())
            .map(|axis| {
                let end = self.pads_before[axis] + input[axis] + self.pads_after[axis];
                (0..self.kernel[axis])
                    .filter(|k| {
                        position[axis] * self.strides[axis] + k * self.dilations[axis] < end
                    })
                    .count()
            })
            .product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_a_padded_window_by_hand() {
        let window = Window {
            kernel: vec![3],
            strides: vec![2],
            dilations: vec![1],
            pads_before: vec![1],
            pads_after: vec![1],
            output: vec![2],
        };
        window.check(&[4]).unwrap();
        assert_eq!(window.taps(&[0], &[4]), [(1, vec![0]), (2, vec![1])]);
        assert_eq!(window.taps(&[1], &[4]), [(0, vec![1]), (1, vec![2]), (2, vec![3])]);
        assert_eq!(window.taps_with_padding(&[0], &[4]), 3);
        assert!(window.check(&[4, 4]).is_err());
    }
}
