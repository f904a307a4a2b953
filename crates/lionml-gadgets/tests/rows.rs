//! Every gadget in a small circuit, without one of its rows: a net must show what a prover gets
//! away with. And what lies just beyond a range has no witness at all.

#![cfg(test)]

use lionml_gadgets::{
    Packing, Signal, TypedBits, arg_max, below_maximum, decompose, divide, dot, enforce_range,
    input_digest, is_non_negative, is_zero, magnitude_unchecked, max, min, piecewise, poseidon8,
    relu, requantize, requantize_relu, select,
};
use lionml_quant::{Interval, Piece, Piecewise};
use lionml_r1cs::{
    Builder, Fr, Linear,
    field::{from_i128, power_of_two},
};
use lionml_testing::{Rows, Target};

/// A circuit with one gadget: the inputs at which it is attacked, and those that it refuses.
struct Case {
    name: &'static str,
    target: Target,
    inputs: Vec<Vec<Fr>>,
    refused: Vec<Vec<Fr>>,
}

impl Case {
    fn new(name: &'static str, builder: Builder, inputs: &[&[i128]]) -> Self {
        let target = Target::new(builder.finish());
        Self { name, target, inputs: fields(inputs), refused: Vec::new() }
    }

    fn of(mut self, outputs: impl IntoIterator<Item = Linear>) -> Self {
        self.target = self.target.with_outputs(outputs);
        self
    }

    fn free(mut self, hint: &'static str) -> Self {
        self.target = self.target.with_free_hints(&[hint]);
        self
    }

    fn refuses(mut self, inputs: &[&[i128]]) -> Self {
        self.refused.extend(fields(inputs));
        self
    }
}

fn fields(inputs: &[&[i128]]) -> Vec<Vec<Fr>> {
    inputs.iter().map(|values| values.iter().map(|&v| from_i128(v)).collect()).collect()
}

fn interval(low: i128, high: i128) -> Interval {
    Interval::new(low, high).unwrap()
}

fn wires<const N: usize>(builder: &mut Builder) -> [Linear; N] {
    [(); N].map(|()| builder.private_input().into())
}

/// A variable, or a combination of two as after a linear layer.
fn wire(builder: &mut Builder, is_dense: bool) -> Linear {
    let [x] = wires(builder);
    if is_dense { &x + &builder.private_input().into() } else { x }
}

fn bits() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut builder = Builder::new();
    let x = wire(&mut builder, false);
    decompose(&mut builder, &x, -8, 4);
    let case = Case::new("bits of a variable", builder, &[&[-8], &[-1], &[5], &[7]]);
    cases.push(case.refuses(&[&[-9], &[8], &[24], &[1 << 100]]));
    let mut builder = Builder::new();
    let x = wire(&mut builder, true);
    decompose(&mut builder, &x, -8, 4);
    let case = Case::new("bits of a combination", builder, &[&[-8, 0], &[2, 3]]);
    cases.push(case.refuses(&[&[-9, 0], &[4, 4]]));
    let mut builder = Builder::new();
    let x = wire(&mut builder, false);
    decompose(&mut builder, &x, 3, 0);
    cases.push(Case::new("no bits", builder, &[&[3]]).refuses(&[&[2], &[4]]));
    // The ends of whole bits, as numbers: nobody but these rows enforces an input's interval.
    for (name, (low, high), held, beyond) in [
        ("range with a sign", (-8, 7), [-8, 7], [-9, 8]),
        ("range without a sign", (0, 9), [0, 15], [-1, 16]),
        ("range of one bit", (0, 1), [0, 1], [-1, 2]),
        ("range of a sign", (-1, 0), [-1, 0], [-2, 1]),
    ] {
        for is_dense in [false, true] {
            let mut builder = Builder::new();
            let x = wire(&mut builder, is_dense);
            let (_, bits) = enforce_range(&mut builder, &x, &interval(low, high)).unwrap();
            let spread = |v: i128| if is_dense { vec![v - 5, 5] } else { vec![v] };
            let ([low, high], [below, above]) = (held.map(spread), beyond.map(spread));
            let case = Case::new(name, builder, &[&low, &high]);
            cases.push(case.of(bits).refuses(&[&below, &above]));
        }
    }
    cases
}

fn magnitude() -> Vec<Case> {
    let mut cases = Vec::new();
    // Zero is left out: it has both signs, and whoever uses a magnitude must bear it.
    for (low, high, values, refused) in
        [(-20, 9, [-20, -5, 9], -32), (0, 9, [1, 5, 9], 16), (-9, 0, [-9, -5, -1], 1)]
    {
        let mut builder = Builder::new();
        let x = wire(&mut builder, true);
        let magnitude = magnitude_unchecked(&mut builder, &Signal::new(x, interval(low, high)));
        let [a, b, c] = values.map(|x| [x, 0]);
        let outputs = magnitude.bits.into_iter().chain([magnitude.sign]);
        let case = Case::new("magnitude", builder, &[&a, &b, &c]);
        cases.push(case.of(outputs).refuses(&[&[refused, 0]]));
    }
    cases
}

fn signs() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name, gadget: &dyn Fn(&mut Builder, [Signal; 2]) -> Linear, refused: i128| {
        let mut builder = Builder::new();
        let signals = wires(&mut builder).map(|x| Signal::new(x, interval(-8, 7)));
        let output = gadget(&mut builder, signals);
        let inputs: &[&[i128]] = &[&[-8, 7], &[7, -8], &[-1, 0], &[0, 0], &[5, 2]];
        cases.push(Case::new(name, builder, inputs).of([output]).refuses(&[&[refused, 0]]));
    };
    case("is not negative", &|b, [x, _]| is_non_negative(b, &x), 8);
    case("is not negative", &|b, [x, _]| is_non_negative(b, &x), -9);
    case("relu", &|b, [x, _]| relu(b, &x).unwrap().linear, 8);
    case("max", &|b, [x, y]| max(b, &x, &y).unwrap().linear, 16);
    case("min", &|b, [x, y]| min(b, &x, &y).unwrap().linear, 17);
    cases
}

fn largest() -> Vec<Case> {
    let mut cases = Vec::new();
    // All triples of neighbours: only some orders of them need a certain row.
    let triples: Vec<[i128; 3]> = (0..27).map(|i| [i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1]).collect();
    let triples: Vec<&[i128]> = triples.iter().map(|t| &t[..]).collect();
    for select_last in [false, true] {
        let mut builder = Builder::new();
        let signals = wires::<3>(&mut builder).map(|x| Signal::new(x, interval(-2, 1)));
        let index = arg_max(&mut builder, &signals, select_last).unwrap();
        let case = Case::new("arg max", builder, &triples).of([index.linear]);
        cases.push(case.refuses(&[&[-9, 0, 0]]));
    }
    let mut builder = Builder::new();
    let signals = wires::<3>(&mut builder).map(|x| Signal::new(x, interval(-2, 1)));
    let distances = below_maximum(&mut builder, &signals).unwrap();
    let case = Case::new("below the maximum", builder, &triples);
    cases.push(case.of(distances.into_iter().flatten()).refuses(&[&[-4, 0, 0]]));
    cases
}

fn products() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut builder = Builder::new();
    let [a, b, c, d, e, f] = wires(&mut builder);
    let sum = dot(&mut builder, [(&a, &b), (&c, &d), (&e, &f)]);
    cases.push(Case::new("dot product", builder, &[&[2, -3, 4, 10, 20, -30]]).of([sum]));
    for is_dense in [false, true] {
        let mut builder = Builder::new();
        let x = wire(&mut builder, is_dense);
        let result = is_zero(&mut builder, &Signal::new(x, interval(-5, 5)));
        let inputs: &[&[i128]] = if is_dense { &[&[1, -1], &[2, 1]] } else { &[&[-5], &[0], &[1]] };
        cases.push(Case::new("is zero", builder, inputs).of([result]).free("inverse"));
    }
    cases
}

fn division() -> Vec<Case> {
    let mut cases = Vec::new();
    for is_dense in [false, true] {
        let mut builder = Builder::new();
        let [a] = wires(&mut builder);
        let b = wire(&mut builder, is_dense);
        let (a, b) = (Signal::new(a, interval(-20, 20)), Signal::new(b, interval(1, 8)));
        let quotient = divide(&mut builder, &a, &b, None).unwrap();
        let inputs: &[&[i128]] = if is_dense {
            &[&[-20, 4, 3], &[13, 4, 3], &[0, 0, 8]]
        } else {
            &[&[-20, 7], &[-1, 1], &[6, 7], &[7, 7], &[20, 3]]
        };
        let refused: &[&[i128]] =
            if is_dense { &[&[50, 1, 0]] } else { &[&[50, 1], &[-21, 1], &[0, 0], &[0, 1 << 9]] };
        let case = Case::new("division", builder, inputs);
        cases.push(case.of([quotient.linear]).refuses(refused));
    }
    cases
}

fn rounding() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, is_relu) in [("requantize", false), ("requantize with ReLU", true)] {
        let mut builder = Builder::new();
        let x = Signal::new(wire(&mut builder, true), interval(-18, 13));
        let gadget = if is_relu { requantize_relu } else { requantize };
        let y = gadget(&mut builder, &x, 2).unwrap();
        let inputs: &[&[i128]] = &[&[-18, 0], &[-2, 0], &[1, 1], &[13, 0]];
        // Five bits of the value and a rounding offset of two.
        let refused: &[&[i128]] = &[&[-19, 0], &[14, 0]];
        cases.push(Case::new(name, builder, inputs).of([y.linear]).refuses(refused));
    }
    cases
}

fn tables() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut builder = Builder::new();
    let [x] = wires(&mut builder);
    let bits = decompose(&mut builder, &x, 0, 3);
    let selectors = select(&mut builder, &bits, &[2, 0, 0, 1]);
    let case = Case::new("selection", builder, &[&[0], &[3], &[4], &[5], &[7]]);
    cases.push(case.of(selectors).refuses(&[&[8]]));
    let pieces = [(0, 5, 0), (0, -4, 2), (1, -7, 3), (2, 50, -6)];
    let pieces = pieces.map(|(bits, intercept, slope)| Piece { bits, intercept, slope });
    let function = Piecewise::new(1, pieces.to_vec()).unwrap();
    let mut builder = Builder::new();
    let [x] = wires(&mut builder);
    let bits = decompose(&mut builder, &x, 0, 4);
    let value = piecewise(&mut builder, &bits, &function).unwrap();
    let case = Case::new("pieces", builder, &[&[1], &[3], &[6], &[9], &[15]]);
    cases.push(case.of([value]).refuses(&[&[16]]));
    cases
}

fn packing() -> Vec<Case> {
    let mut builder = Builder::new();
    let signals = wires::<2>(&mut builder)
        .map(|x| enforce_range(&mut builder, &x, &interval(0, 7)).unwrap().0);
    for element in &Packing::of_signals(&signals).1 {
        builder.public_output("packed", element);
    }
    vec![Case::new("packing", builder, &[&[3, 7]]).refuses(&[&[8, 0], &[0, -1]])]
}

fn hash() -> Vec<Case> {
    let mut builder = Builder::new();
    let [x] = wires(&mut builder);
    let digest = poseidon8(&mut builder, &[x]);
    builder.public_output("digest", &digest);
    vec![Case::new("Poseidon", builder, &[&[-5]])]
}

fn digest() -> Vec<Case> {
    let mut builder = Builder::new();
    let [x, salt] = wires(&mut builder);
    let (_, bits) = enforce_range(&mut builder, &x, &interval(-4, 3)).unwrap();
    let integer_type = "i8".parse().unwrap();
    let part = TypedBits { values: vec![bits], is_signed: true, integer_type };
    let digest = input_digest(&mut builder, &[part], Some(&salt)).unwrap();
    builder.public_output("digest", &digest);
    let mut case = Case::new("digest of an input", builder, &[&[-4, 77]]).refuses(&[&[4, 77]]);
    case.refused.push(vec![from_i128(1), power_of_two(128)]);
    vec![case]
}

/// All nets at all inputs, with all rows and then without each; how many rows there are.
fn drop_rows(cases: Vec<Case>) -> usize {
    let rows = |case: Case| {
        for inputs in &case.inputs {
            case.target.assert_sound_fields(inputs, &[]);
        }
        Rows::of(case.name).drop_each(&case.target, &case.inputs, &case.refused).finish()
    };
    cases.into_iter().map(rows).sum()
}

#[test]
fn rejects_bits_without_any_row() {
    assert_eq!(drop_rows(bits()), 34);
}

#[test]
fn rejects_magnitudes_without_any_row() {
    assert_eq!(drop_rows(magnitude()), 17);
}

#[test]
fn rejects_signs_without_any_row() {
    assert_eq!(drop_rows(signs()), 27);
}

#[test]
fn rejects_the_largest_without_any_row() {
    assert_eq!(drop_rows(largest()), 41);
}

#[test]
fn rejects_products_without_any_row() {
    assert_eq!(drop_rows(products()), 8);
}

#[test]
fn rejects_divisions_without_any_row() {
    assert_eq!(drop_rows(division()), 29);
}

#[test]
fn rejects_rounding_without_any_row() {
    assert_eq!(drop_rows(rounding()), 13);
}

#[test]
fn rejects_tables_without_any_row() {
    assert_eq!(drop_rows(tables()), 12);
}

#[test]
fn rejects_packed_values_without_any_row() {
    assert_eq!(drop_rows(packing()), 7);
}

#[test]
fn rejects_a_hash_without_any_row() {
    assert_eq!(drop_rows(hash()), 561);
}

#[test]
fn rejects_a_digest_without_any_row() {
    assert_eq!(drop_rows(digest()), 693);
}

/// What the tests above say together; a row that is added is one more that something must miss.
#[test]
fn pins_how_many_rows_are_dropped() {
    let small = [bits, magnitude, signs, largest, products, division, rounding, tables, packing];
    let count = |cases: fn() -> Vec<Case>| -> usize {
        cases().iter().map(|case| case.target.circuit().constraints()).sum()
    };
    assert_eq!(small.into_iter().map(count).sum::<usize>(), 188);
    assert_eq!([hash, digest].into_iter().map(count).sum::<usize>(), 1254);
}
