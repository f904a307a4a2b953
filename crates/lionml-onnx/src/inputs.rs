//! The shapes of inputs, and the sizes that free dimensions take.

use std::collections::BTreeMap;

use lionml_graph::is_plain_name;
use lionml_tensor::Shape;

use crate::{
    Dimension, ImportError, ImportOptions,
    element::{Type, name_of},
    proto::ValueInfoProto,
};

/// A free dimension, and the size that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedDimension {
    /// The name of the input.
    pub input: String,
    /// The axis.
    pub axis: usize,
    /// The symbol by which its size can be given.
    pub symbol: String,
    /// Its size.
    pub size: usize,
    /// Where the size is from.
    pub by: FixedBy,
}

/// Where the size of a free dimension is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixedBy {
    /// It was given by name.
    Name,
    /// It is that of an input or of samples at hand.
    Shape,
    /// It is the batch: one input each.
    Batch,
}

/// The sizes that free dimensions have been given so far.
pub(crate) struct Sizes<'a> {
    options: &'a ImportOptions,
    /// By symbol.
    known: BTreeMap<String, (usize, FixedBy)>,
    pub(crate) fixed: Vec<FixedDimension>,
    /// The symbols that occur.
    free: Vec<String>,
}

impl<'a> Sizes<'a> {
    pub(crate) fn new(options: &'a ImportOptions) -> Self {
        let known =
            options.dims.iter().map(|(symbol, &size)| (symbol.clone(), (size, FixedBy::Name)));
        Self { options, known: known.collect(), fixed: Vec::new(), free: Vec::new() }
    }

    /// The type and the shape of an input.
    pub(crate) fn input(&mut self, input: &ValueInfoProto) -> Result<(Type, Shape), ImportError> {
        let name = &input.name;
        let got = |got: String| ImportError::ElementType { tensor: name.clone(), got };
        let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        let tensor = tensor.ok_or_else(|| got("not a tensor".to_owned()))?;
        let kind =
            Type::of_number(tensor.elem_type).ok_or_else(|| got(name_of(tensor.elem_type)))?;
        let axes = match &tensor.shape {
            Some(shape) => {
                let dimensions = shape.dim.iter().enumerate();
                let dimensions =
                    dimensions.map(|(axis, d)| Dimension::of(name, axis, d.value.as_ref()));
                self.stated(name, &dimensions.collect::<Vec<_>>())?
            }
            None => self.unstated(name)?,
        };
        let shape = Shape::new(axes);
        let too_large = |source| ImportError::TooLarge { tensor: name.clone(), source };
        shape.checked_elements().map_err(too_large)?;
        Ok((kind, shape))
    }

    /// The sizes of the dimensions that a file states.
    fn stated(&mut self, input: &str, dimensions: &[Dimension]) -> Result<Vec<usize>, ImportError> {
        let given = self.options.shapes.get(input);
        let mut axes = Vec::with_capacity(dimensions.len());
        for (axis, dimension) in dimensions.iter().enumerate() {
            let symbol = match dimension {
                Dimension::Fixed(size) => {
                    axes.push(*size);
                    continue;
                }
                Dimension::Free(symbol) => symbol,
            };
            // It would stand in the manifest.
            if !is_plain_name(symbol) {
                return Err(ImportError::Name { name: symbol.clone() });
            }
            if !self.free.contains(symbol) {
                self.free.push(symbol.clone());
            }
            let of_shape = || {
                let shape = given?;
                let size = match shape.as_slice() {
                    [numbers] if dimensions.len() != 1 || axis == 0 => {
                        only_free(dimensions, &self.known, symbol, *numbers)?
                    }
                    // However many inputs there are, but where there is none.
                    shape if shape.len() == dimensions.len() => {
                        shape.get(axis).copied().filter(|size| axis > 0 || *size == 0)?
                    }
                    _ => return None,
                };
                Some((size, FixedBy::Shape))
            };
            let batch = || (axis == 0).then_some((1, FixedBy::Batch));
            let found = self.known.get(symbol).copied().or_else(of_shape).or_else(batch);
            let Some((size, by)) = found else {
                let (input, symbol) = (input.to_owned(), symbol.clone());
                return Err(ImportError::FreeDimension { input, axis, symbol });
            };
            self.fix(input, axis, symbol, size, by);
            axes.push(size);
        }
        Ok(axes)
    }

    /// The sizes of an input of which the file states nothing: those of the shape at hand, or those that
    /// are given by name.
    fn unstated(&mut self, input: &str) -> Result<Vec<usize>, ImportError> {
        let symbol = |axis: usize| format!("{input}.{axis}");
        self.free.push(symbol(0));
        let named = (0..).map(symbol).map_while(|symbol| self.known.get(&symbol).copied());
        let named: Vec<_> = named.collect();
        let axes: Vec<_> = match self.options.shapes.get(input) {
            _ if !named.is_empty() => named,
            Some(shape) => shape.iter().map(|size| (*size, FixedBy::Shape)).collect(),
            None => return Err(ImportError::NoShape { input: input.to_owned() }),
        };
        for (axis, (size, by)) in axes.iter().enumerate() {
            self.free.push(symbol(axis));
            self.fix(input, axis, &symbol(axis), *size, *by);
        }
        Ok(axes.into_iter().map(|(size, _)| size).collect())
    }

    fn fix(&mut self, input: &str, axis: usize, symbol: &str, size: usize, by: FixedBy) {
        self.known.insert(symbol.to_owned(), (size, by));
        let (input, symbol) = (input.to_owned(), symbol.to_owned());
        self.fixed.push(FixedDimension { input, axis, symbol, size, by });
    }

    /// Checks that every size that was given is one of the model's.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        match self.options.dims.keys().find(|symbol| !self.free.contains(symbol)) {
            Some(symbol) => {
                let mut known = self.free.clone();
                known.dedup();
                Err(ImportError::UnknownDimension { symbol: symbol.clone(), known })
            }
            None => Ok(()),
        }
    }
}

/// The size of the one free dimension with which a shape holds so many numbers.
fn only_free(
    dimensions: &[Dimension],
    known: &BTreeMap<String, (usize, FixedBy)>,
    wanted: &str,
    numbers: usize,
) -> Option<usize> {
    let mut rest = numbers;
    let mut occurrences = 0;
    for dimension in dimensions {
        let size = match dimension {
            Dimension::Fixed(size) => *size,
            Dimension::Free(symbol) if symbol == wanted => {
                occurrences += 1;
                continue;
            }
            Dimension::Free(symbol) => known.get(symbol)?.0,
        };
        if size == 0 || !rest.is_multiple_of(size) {
            return None;
        }
        rest /= size;
    }
    (occurrences == 1).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(
        dims: &[&str],
        shape: Option<&[usize]>,
        given: &[(&str, usize)],
    ) -> Option<Vec<usize>> {
        let sizes = given.iter().map(|(symbol, size)| ((*symbol).to_owned(), *size)).collect();
        let mut options = ImportOptions { dims: sizes, ..ImportOptions::default() };
        options.shapes.extend(shape.map(|shape| ("x".to_owned(), shape.to_vec())));
        let dimensions = dims.iter().map(|dim| match dim.parse() {
            Ok(size) => Dimension::Fixed(size),
            Err(_) => Dimension::Free((*dim).to_owned()),
        });
        Sizes::new(&options).stated("x", &dimensions.collect::<Vec<_>>()).ok()
    }

    #[test]
    fn matches_sizes_by_hand() {
        for (dims, shape, given, expected) in [
            (&["n", "4"][..], None, &[][..], Some(vec![1, 4])),
            (&["n", "4"], None, &[("n", 3)], Some(vec![3, 4])),
            // An array of many inputs: one each.
            (&["n", "4"], Some(&[64, 4][..]), &[], Some(vec![1, 4])),
            (&["n", "t"], Some(&[64, 5]), &[], Some(vec![1, 5])),
            (&["n", "t"], None, &[], None),
            (&["n", "n"], None, &[], Some(vec![1, 1])),
            (&["n", "4"], Some(&[0, 4]), &[], Some(vec![0, 4])),
            // A list of numbers.
            (&["n", "4"], Some(&[4]), &[], Some(vec![1, 4])),
            (&["n", "4"], Some(&[8]), &[], Some(vec![2, 4])),
            (&["n", "4"], Some(&[9]), &[], Some(vec![1, 4])),
            (&["n", "t", "2"], Some(&[6]), &[], Some(vec![1, 3, 2])),
            (&["n"], Some(&[6]), &[], Some(vec![6])),
            (&["4", "t"], Some(&[12]), &[("t", 5)], Some(vec![4, 5])),
        ] {
            assert_eq!(fixed(dims, shape, given), expected, "{dims:?} {shape:?}");
        }
    }
}
