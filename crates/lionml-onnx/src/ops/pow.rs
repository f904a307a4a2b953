//! Pow and Mod.

use crate::{
    constants::zip,
    element::DOUBLE,
    node::{NodeImport, Outputs},
};

const WAY_OUT: &str = "write it with `Mul`";

/// Powers of constants, and those of inputs that are products: with the exponents one, two and three.
pub(super) fn pow(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [x, exponent] = match node.opset {
        ..=6 => node.pair()?,
        _ => [node.operand(0)?, node.operand(1)?],
    };
    let Some(known) = exponent.as_constant() else {
        return Err(node.refused(
            "its exponent",
            "computed from inputs",
            "a constant",
            Some(WAY_OUT),
        ));
    };
    if let Some(constant) = x.as_constant() {
        let power = |base: i128, exponent: i128| {
            let exponent = u32::try_from(exponent).ok()?;
            base.checked_pow(exponent)
        };
        if constant.integers().is_none() || known.integers().is_some() {
            return zip(node, [&x, &exponent], libm::pow, power);
        }
        // An integer to the power of a float is computed in floats and cut off.
        let base = node.cast(&x, DOUBLE)?;
        let powers = zip(node, [&base, &exponent], libm::pow, power)?;
        let cast = powers.iter().map(|power| node.cast(power, x.kind()));
        return cast.collect();
    }
    let keeps_shape = exponent.shape().broadcast(x.shape()).as_ref() == Ok(x.shape());
    let square = |node: &mut NodeImport<'_, '_>| node.product(&x, &x);
    let power = match () {
        () if !keeps_shape => None,
        () if known.is_all(1.0) => Some(x.clone()),
        () if known.is_all(2.0) => Some(square(node)?),
        () if known.is_all(3.0) => {
            let square = square(node)?;
            Some(node.product(&square, &x)?)
        }
        () => None,
    };
    let got =
        || known.floats().data().first().map_or_else(|| "empty".to_owned(), |v| format!("`{v}`"));
    power.map(|power| vec![power]).ok_or_else(|| {
        node.refused(
            "its exponent",
            got(),
            "`1`, `2` and `3` for an operand that is computed",
            Some(WAY_OUT),
        )
    })
}

/// Remainders of constants; of the divisor's sign but where `fmod` asks for the dividend's.
pub(super) fn modulo(node: &mut NodeImport<'_, '_>) -> Outputs {
    let is_fmod = node.flag("fmod", false)?;
    let [a, b] = node.pair()?;
    if a.as_constant().is_none() || b.as_constant().is_none() {
        return Err(node.only_constants(None));
    }
    if b.as_constant().is_some_and(|b| b.integers().is_some() && b.is_any(0.0)) {
        return Err(node.refuse("its divisor", "zero", "a constant that is not"));
    }
    let floats = |a: f64, b: f64| match is_fmod {
        true => a % b,
        false => a - b * libm::floor(a / b),
    };
    let integers = |a: i128, b: i128| {
        let rest = a.checked_rem(b)?;
        match is_fmod || rest == 0 || (rest < 0) == (b < 0) {
            true => Some(rest),
            false => rest.checked_add(b),
        }
    };
    zip(node, [&a, &b], floats, integers)
}
