//! What gadgets work on.

use lionml_quant::Interval;
use lionml_r1cs::{Linear, field::to_i128};

use crate::GadgetError;

/// A linear combination and the interval in which its value lies.
///
/// Whoever makes a signal vouches that rows written before enforce the interval: gadgets derive
/// their widths from it and check nothing again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The combination.
    pub linear: Linear,
    /// Where its value lies.
    pub interval: Interval,
}

impl Signal {
    /// A combination whose value rows confine to the interval.
    pub fn new(linear: Linear, interval: Interval) -> Self {
        Self { linear, interval }
    }

    /// A constant.
    pub fn constant(value: i128) -> Result<Self, GadgetError> {
        Ok(Self { linear: Linear::integer(value), interval: Interval::point(value)? })
    }

    /// The value where the combination has no variable.
    pub fn as_constant(&self) -> Option<i128> {
        self.linear.as_constant().and_then(|value| to_i128(&value))
    }

    /// The sum of two signals.
    pub fn plus(&self, other: &Self) -> Result<Self, GadgetError> {
        Ok(Self::new(&self.linear + &other.linear, self.interval.add(&other.interval)?))
    }

    /// The difference of two signals.
    pub fn minus(&self, other: &Self) -> Result<Self, GadgetError> {
        Ok(Self::new(&self.linear - &other.linear, self.interval.sub(&other.interval)?))
    }

    /// A multiple of a signal.
    pub fn times(&self, factor: i128) -> Result<Self, GadgetError> {
        Ok(Self::new(self.linear.times(factor), self.interval.times(factor)?))
    }

    /// A signal moved by a constant.
    pub fn offset(&self, by: i128) -> Result<Self, GadgetError> {
        self.plus(&Self::constant(by)?)
    }
}
