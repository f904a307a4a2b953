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
    /// The same on each of so many axes, without dilation and padding.
    pub fn uniform(axes: usize, kernel: usize, stride: usize, output: usize) -> Self {
        let all = |entry| vec![entry; axes];
        Self {
            kernel: all(kernel),
            strides: all(stride),
            dilations: all(1),
            pads_before: all(0),
            pads_after: all(0),
            output: all(output),
        }
    }

    /// Checks that the window lies over spatial axes of these sizes and that neither its reach nor
    /// the taps of all windows together pass what memory may hold.
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
        // [`Self::offsets`] lists every tap of every window: two short lists of sizes must not
        // multiply to more than a tensor has.
        Shape::new([self.output.as_slice(), &self.kernel].concat()).checked_elements()?;
        for axis in 0..rank {
            let windows = self.output[axis].checked_mul(self.strides[axis]);
            let taps = self.kernel[axis].checked_mul(self.dilations[axis]);
            let padding = self.pads_before[axis].checked_add(self.pads_after[axis]);
            for bound in [windows, taps, padding] {
                Shape::from([bound.unwrap_or(usize::MAX)]).checked_elements()?;
            }
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

    /// [`Self::taps`] of all windows in row-major order, with the coordinate as an offset on the
    /// input's spatial axes.
    pub fn offsets(&self, input: &[usize]) -> Vec<Vec<(usize, usize)>> {
        let mut windows = vec![vec![(0, 0)]];
        for (axis, &size) in input.iter().enumerate() {
            let taps_at = |position: usize| -> Vec<_> {
                (0..self.kernel[axis])
                    .filter_map(|k| {
                        let reach = position * self.strides[axis] + k * self.dilations[axis];
                        let i = reach.checked_sub(self.pads_before[axis])?;
                        (i < size).then_some((k, i))
                    })
                    .collect()
            };
            let positions: Vec<_> = (0..self.output[axis]).map(taps_at).collect();
            let extend = |window: &[(usize, usize)], taps: &[(usize, usize)]| -> Vec<_> {
                let kernel = self.kernel[axis];
                let both = window.iter().flat_map(|outer| taps.iter().map(move |tap| (outer, tap)));
                both.map(|(outer, tap)| (outer.0 * kernel + tap.0, outer.1 * size + tap.1))
                    .collect()
            };
            windows = windows
                .iter()
                .flat_map(|window| positions.iter().map(|taps| extend(window, taps)))
                .collect();
        }
        windows
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

    #[test]
    fn matches_offsets_and_taps() {
        let window = Window {
            kernel: vec![3, 2, 1],
            strides: vec![2, 1, 1],
            dilations: vec![1, 2, 1],
            pads_before: vec![1, 0, 2],
            pads_after: vec![2, 1, 0],
            output: vec![3, 4, 3],
        };
        let input = [4, 5, 2];
        window.check(&input).unwrap();
        let expected: Vec<Vec<_>> = Shape::new(window.output.clone())
            .coordinates()
            .map(|position| {
                let taps = window.taps(&position, &input).into_iter();
                taps.map(|(tap, at)| (tap, Shape::from(input).offset(&at))).collect()
            })
            .collect();
        assert_eq!(window.offsets(&input), expected);
    }

    #[test]
    fn rejects_windows_past_memory() {
        let window = |kernel, strides, pads_before| Window {
            kernel: vec![kernel],
            strides: vec![strides],
            dilations: vec![1],
            pads_before: vec![pads_before],
            pads_after: vec![0],
            output: vec![2],
        };
        assert!(window(3, 1, 0).check(&[4]).is_ok());
        for large in [window(1 << 40, 1, 0), window(1, usize::MAX, 0), window(1, 1, usize::MAX)] {
            assert!(matches!(large.check(&[4]), Err(ShapeError::TooLarge { .. })));
        }
        // A window of a million taps at a million places.
        let taps = Window { output: vec![1 << 20], ..window(1 << 20, 1, 1 << 19) };
        assert!(matches!(taps.check(&[1 << 20]), Err(ShapeError::TooLarge { .. })));
    }
}
