//! Choosing settings by the measured error on samples.
//!
//! Every node that rounds has a number of significant bits. First the smallest number for all of
//! them that meets the target is found; then, from one bit more, each node alone is taken down as
//! far as the target allows, the node that saves most rows first. Each step quantises the model,
//! runs the samples in integers and compares with floats: nothing is guessed. Where nothing meets the
//! target, the fewest elements are wrong, and then by the least error.
//!
//! Of many samples a quarter takes no part in the choice: the error on them is that of inputs that
//! the settings have not seen.

use lionml_ops::{Form, OpError, Properties, Role, Rounding};
use lionml_quant::{Interval, Number, QTensor, QuantError, Scale, exponent};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{
    Element, FloatSource, GraphError, Kind, Model, Outlet, Output, QuantModel, Settings,
    quantize::{Quantized, Rounded, Tables, has_own_scale, quantize_mapped},
};

impl Distance {
    /// That of settings that no circuit can have.
    const OUT_OF_REACH: Self = Self { wrong: usize::MAX, error: f64::INFINITY };
}

/// The source of the interval of a wire that is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bounds {
    /// From the inputs' intervals and the weights: no valid input can fail.
    Proven,
    /// From the samples, widened by a factor: cheaper, and an input outside is an error.
    Calibrated {
        /// The factor by which the samples' interval is widened, for example `2.0`.
        margin: f64,
    },
}

/// The accuracy that is good enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The largest error of any element of an output on any sample, relative to the span of that
    /// output over the samples.
    Error(f64),
    /// The least share of samples on which the largest elements of all outputs, along the last
    /// axis, are those of the floats: the classes of a classifier. Integers are to be equal.
    Classes(f64),
}

/// The inputs of a calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Inputs on which the error is measured; without any, random ones from the ranges.
    pub samples: Vec<Vec<Tensor<f64>>>,
    /// The declared range of each input, where it is.
    pub input_ranges: Vec<Option<(f64, f64)>>,
    /// The accuracy that is good enough.
    pub goal: Goal,
    /// Significant bits of every node, without a search; one to thirty, others count as the nearest.
    pub bits: Option<u32>,
    /// The source of intervals.
    pub bounds: Bounds,
}

/// The measured error of one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeError {
    /// The name of the node.
    pub node: String,
    /// Its operator.
    pub op: String,
    /// Scale and interval of its integers.
    pub number: Number,
    /// The largest difference from the float model on the samples.
    pub max_error: f64,
    /// That, relative to the span of the node's values over the samples.
    pub relative_error: f64,
}

/// The measured error of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationReport {
    /// Per node, in order.
    pub nodes: Vec<NodeError>,
    /// The error of the outputs on the samples that the settings were chosen by.
    pub chosen_by: Fidelity,
    /// The same on the samples that took no part in it, where there are any.
    pub held_out: Option<Fidelity>,
    /// The outputs that have no span over the samples, one number or equal ones: their errors are
    /// relative to their magnitude.
    pub without_span: Vec<String>,
    /// The number of settings that were measured.
    pub evaluations: usize,
}

impl CalibrationReport {
    /// The largest relative error of each output on all samples.
    pub fn errors(&self) -> Vec<f64> {
        let held_out = self.held_out.as_ref().map(|held_out| &held_out.errors);
        let errors = self.chosen_by.errors.iter().enumerate();
        errors.map(|(i, error)| held_out.map_or(*error, |other| error.max(other[i]))).collect()
    }

    /// The share of all samples with the same classes.
    #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
    pub fn classes(&self) -> f64 {
        let parts = [Some(&self.chosen_by), self.held_out.as_ref()];
        let same = parts.into_iter().flatten().map(|part| part.classes * part.samples as f64);
        same.sum::<f64>() / self.samples().max(1) as f64
    }

    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.chosen_by.samples + self.held_out.as_ref().map_or(0, |held_out| held_out.samples)
    }
}

/// The error of integers against floats on some samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fidelity {
    /// The number of samples.
    pub samples: usize,
    /// The largest relative error of each output.
    pub errors: Vec<f64>,
    /// The share of samples with the same classes, as in [`Goal::Classes`].
    pub classes: f64,
}

impl Fidelity {
    /// Whether they are as close as they should be.
    pub fn meets(&self, goal: Goal) -> bool {
        match goal {
            Goal::Error(most) => self.errors.iter().all(|error| *error <= most),
            Goal::Classes(least) => self.classes >= least,
        }
    }
}

/// Fewest and most significant bits that the search tries.
const MIN_BITS: u32 = 3;
const MAX_BITS: u32 = 30;

/// Most significant bits of inputs, where fewer do not tell small values from zero.
const MAX_INPUT_BITS: u32 = 48;

/// From so many samples on each fourth is held out.
const HOLDING_OUT: usize = 16;

/// Random samples where none are given.
const RANDOM_SAMPLES: usize = 16;

/// The share by which an undeclared input range is wider than the samples.
const INPUT_MARGIN: f64 = 0.25;

/// The settings for a model.
pub fn calibrate(
    model: &Model,
    request: &Calibration,
) -> Result<(Settings, CalibrationReport), GraphError> {
    let mut search = Search::new(model, request)?;
    // A scale such as 1/255 does not go with everything, with casts to integers for one.
    search.has_grids = search.quantize(&search.uniform(MIN_BITS)).is_ok();
    let mut settings = match request.bits {
        Some(bits) => search.uniform(bits.clamp(1, MAX_BITS)),
        None => search.run()?,
    };
    let rounded = search.quantize(&settings)?.rounded_factors;
    let is_integer = model.integers();
    settings
        .fraction_bits
        .retain(|node, _| rounds(model, *node, &is_integer) || rounded.contains(node));
    let settings = search.with_bounds(settings)?;
    let report = search.report(&settings, request.bits.is_none())?;
    Ok((settings, report))
}

/// The error of settings on samples; without any, on random inputs in the ranges of the settings.
pub fn measure(
    model: &Model,
    settings: &Settings,
    samples: Vec<Vec<Tensor<f64>>>,
) -> Result<CalibrationReport, GraphError> {
    let range = |Number { scale, interval }: &Number| {
        Some((scale.dequantize(interval.low()), scale.dequantize(interval.high())))
    };
    let request = Calibration {
        samples,
        input_ranges: settings.inputs.iter().map(range).collect(),
        goal: Goal::Error(0.0),
        bits: None,
        bounds: Bounds::Proven,
    };
    Search::new(model, &request)?.report(settings, false)
}

/// A node that rounds.
struct Knob {
    node: usize,
    /// The exponent of the largest magnitude: `|values| ≤ 2^exponent`.
    exponent: i32,
    /// Whether it always rounds; else only operands that are too wide to be multiplied.
    always: bool,
}

struct Search<'a> {
    model: &'a Model,
    request: &'a Calibration,
    samples: Vec<Vec<Tensor<f64>>>,
    /// Float values of every node for every sample.
    traces: Vec<Vec<Vec<Tensor<f64>>>>,
    /// [`span`] of each output.
    spans: Vec<Span>,
    knobs: Vec<Knob>,
    tables: Tables,
    evaluations: usize,
    /// The largest distance that is accepted.
    most: Distance,
    /// Whether samples on a grid give an input its scale.
    has_grids: bool,
}

/// The distance of integers from floats: the fewer wrong ones the better, then the smaller the error.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Distance {
    /// Elements that miss the target error, or samples of another class.
    wrong: usize,
    /// The largest relative error.
    error: f64,
}

impl<'a> Search<'a> {
    fn new(model: &'a Model, request: &'a Calibration) -> Result<Self, GraphError> {
        let samples = if request.samples.is_empty() {
            random_samples(model, &request.input_ranges)
        } else {
            request.samples.clone()
        };
        let traces = samples.iter().map(|s| model.trace(s)).collect::<Result<Vec<_>, _>>()?;
        let chosen_by = (0..samples.len()).filter(|sample| !is_held_out(*sample, samples.len()));
        let most =
            Distance { wrong: request.goal.most_wrong(chosen_by.count()), error: f64::INFINITY };
        let is_integer = model.integers();
        let magnitude = |outlet: Outlet| {
            let values = traces.iter().flat_map(|t| t[outlet.node][outlet.slot].data());
            exponent(values.fold(0.0f64, |m, v| m.max(v.abs())))
        };
        let knobs = (0..model.nodes().len())
            .filter_map(|node| {
                let always = rounds(model, node, &is_integer);
                let exponent = match always {
                    true => magnitude(Outlet { node, slot: 0 }),
                    // As fine as the smallest of them needs.
                    false if is_integer[node] => return None,
                    false => factors(model, node).map(magnitude).min()?,
                };
                Some(Knob { node, exponent, always })
            })
            .collect();
        let spans = model.outputs().iter().map(|o| span(model, &traces, o.outlet)).collect();
        let tables = Tables::default();
        let has_grids = true;
        Ok(Self {
            model,
            request,
            samples,
            traces,
            spans,
            knobs,
            tables,
            evaluations: 0,
            most,
            has_grids,
        })
    }

    fn quantize(&self, settings: &Settings) -> Result<Quantized, GraphError> {
        quantize_mapped(self.model, settings, &self.tables)
    }

    fn uniform(&self, bits: u32) -> Settings {
        self.settings(&vec![bits; self.knobs.len()], bits)
    }

    /// Settings with these significant bits for each knob, and for inputs off any grid.
    fn settings(&self, bits: &[u32], input_bits: u32) -> Settings {
        let fraction = |knob: &Knob, bits: u32| bits.cast_signed() - knob.exponent;
        Settings {
            inputs: self
                .model
                .inputs()
                .enumerate()
                .map(|(i, (_, _, _, element))| self.input_number(i, element, input_bits))
                .collect(),
            fraction_bits: self
                .knobs
                .iter()
                .zip(bits)
                .map(|(knob, &bits)| (knob.node, fraction(knob, bits)))
                .collect(),
            calibrated: std::collections::BTreeMap::new(),
        }
    }

    fn run(&mut self) -> Result<Settings, GraphError> {
        let mut uniform = 8;
        while uniform < MAX_BITS && !self.is_good(&self.uniform(uniform))? {
            uniform += 1;
        }
        let (start, input) = if uniform < MAX_BITS || self.is_good(&self.uniform(MAX_BITS))? {
            while uniform > MIN_BITS && self.is_good(&self.uniform(uniform - 1))? {
                uniform -= 1;
            }
            // One bit more is not always better, and whatever follows is compared with the target
            // alone.
            let more = (uniform + 1).min(MAX_BITS);
            let start = if self.is_good(&self.uniform(more))? { more } else { uniform };
            (start, start)
        } else {
            self.closest()?
        };
        // The inputs' own bits are one more knob, the last.
        let mut bits = vec![start; self.knobs.len()];
        bits.push(input);
        let split = |bits: &[u32]| (bits[..bits.len() - 1].to_vec(), bits[bits.len() - 1]);
        let rows = self.rows(&self.settings(&bits[..self.knobs.len()], input))?;
        let mut order = Vec::new();
        let is_free = |knob: usize| self.knobs.get(knob).is_none_or(|knob| knob.always);
        for knob in (0..bits.len()).filter(|knob| is_free(*knob)) {
            let mut fewer = bits.clone();
            fewer[knob] -= 1;
            let (knobs, input) = split(&fewer);
            let saved = rows.saturating_sub(self.rows(&self.settings(&knobs, input))?);
            order.push((std::cmp::Reverse(saved), knob));
        }
        order.sort_unstable();
        for (_, knob) in order {
            while bits[knob] > MIN_BITS {
                bits[knob] -= 1;
                let (knobs, input) = split(&bits);
                if !self.is_good(&self.settings(&knobs, input))? {
                    bits[knob] += 1;
                    break;
                }
            }
        }
        let (knobs, input) = split(&bits);
        Ok(self.settings(&knobs, input))
    }

    fn is_good(&mut self, settings: &Settings) -> Result<bool, GraphError> {
        let most = self.most;
        let distance = self.distance(settings, most.wrong)?;
        Ok(distance.wrong <= most.wrong && distance.error <= most.error)
    }

    /// Where no settings meet the target: the fewest bits, of all nodes and of inputs, with which the
    /// fewest elements are wrong and the error is about the least. From here on nothing worse is
    /// accepted, and nothing better is asked for.
    fn closest(&mut self) -> Result<(u32, u32), GraphError> {
        let uniform = (MIN_BITS..=MAX_BITS).map(|bits| (bits, bits));
        let finer = (MAX_BITS + 1..=MAX_INPUT_BITS).map(|input| (MAX_BITS, input));
        let mut tried = Vec::new();
        for (bits, input) in uniform.chain(finer) {
            let settings = self.settings(&vec![bits; self.knobs.len()], input);
            tried.push(((bits, input), self.distance(&settings, usize::MAX)?));
        }
        let distances = tried.iter().map(|(_, distance)| *distance);
        let least = distances.reduce(|a, b| if b < a { b } else { a });
        if let Some(Distance { wrong, error }) = least {
            self.most = Distance { wrong, error: 1.1 * error };
        }
        let is_close = |d: &Distance| d.wrong <= self.most.wrong && d.error <= self.most.error;
        let close = tried.iter().find(|(_, distance)| is_close(distance));
        Ok(close.map_or((MAX_BITS, MAX_BITS), |(bits, _)| *bits))
    }

    /// How far the outputs are from the floats on the samples that settings are chosen by; counting
    /// ends where more than `most_wrong` are wrong.
    fn distance(&mut self, settings: &Settings, most_wrong: usize) -> Result<Distance, GraphError> {
        self.evaluations += 1;
        let model = match self.quantize(settings) {
            Ok(quantized) => quantized.model,
            Err(error) if is_too_wide(&error) => return Ok(Distance::OUT_OF_REACH),
            Err(error) => return Err(error),
        };
        let mut distance = Distance { wrong: 0, error: 0.0 };
        for sample in (0..self.samples.len()).filter(|s| !is_held_out(*s, self.samples.len())) {
            let outputs = model.run(&clamped(&model, &self.samples[sample]))?;
            let mut is_other_class = false;
            for ((output, span), got) in self.model.outputs().iter().zip(&self.spans).zip(&outputs)
            {
                let expected = &self.traces[sample][output.outlet.node][output.outlet.slot];
                distance.error = distance.error.max(difference(expected, got) / span.size);
                match self.request.goal {
                    Goal::Error(most) => {
                        let errors = expected.data().iter().zip(got.data());
                        let is_wrong = |&(e, g): &(&f64, &f64)| (e - g).abs() / span.size > most;
                        distance.wrong += errors.filter(is_wrong).count();
                    }
                    Goal::Classes(_) => {
                        is_other_class |=
                            classes(output.element, expected) != classes(output.element, got);
                    }
                }
            }
            distance.wrong += usize::from(is_other_class);
            if distance.wrong > most_wrong {
                return Ok(distance);
            }
        }
        Ok(distance)
    }

    /// About how many rows a model takes: bits of inputs and of what is rounded.
    fn rows(&self, settings: &Settings) -> Result<usize, GraphError> {
        let model = self.quantize(settings)?.model;
        let width = |number: &Number| number.interval.signed_bits() as usize;
        let inputs: usize =
            model.inputs().map(|i| i.shape.elements() * i.number.interval.width() as usize).sum();
        let mut rows = inputs;
        for node in model.nodes() {
            if matches!(&node.kind, Kind::Op(op) if matches!(op.properties().form, Form::Bits)) {
                for outlet in &node.inputs {
                    if let Some(fact) = model.fact(*outlet).filter(|f| f.constant.is_none()) {
                        let number = fact.number.as_ref().map_or(0, width);
                        rows += fact.shape.elements() * number;
                    }
                }
            }
        }
        Ok(rows)
    }

    fn input_number(&self, input: usize, element: Element, bits: u32) -> Number {
        let values: Vec<f64> = self
            .request
            .samples
            .iter()
            .filter_map(|s| s.get(input))
            .flat_map(|t| t.data().iter().copied())
            .collect();
        let declared = self.request.input_ranges.get(input).copied().flatten();
        let grid = grid(&values).filter(|_| self.has_grids && !values.is_empty());
        let (low, high) = declared.unwrap_or_else(|| widened(&values, grid.is_some()));
        let fallback = || Number { scale: Scale::ONE, interval: Interval::BIT };
        match element {
            Element::Boolean => fallback(),
            Element::Integer { signed, bits } => {
                let all = Interval::of_type(signed, bits);
                let range = (declared.is_some() || bits > 8 && !values.is_empty())
                    .then(|| whole_bits(Scale::ONE, low, high))
                    .flatten();
                let interval = match (range, all) {
                    (Some(range), Ok(all)) if all.covers(&range) => range,
                    (_, Ok(all)) => all,
                    (Some(range), Err(_)) => range,
                    (None, Err(_)) => Interval::BIT,
                };
                Number { scale: Scale::ONE, interval }
            }
            Element::Float => {
                let scale = grid.unwrap_or_else(|| {
                    Scale::binary(bits.cast_signed() - exponent(low.abs().max(high.abs())))
                });
                whole_bits(scale, low, high)
                    .map_or_else(fallback, |interval| Number { scale, interval })
            }
        }
    }

    fn with_bounds(&self, mut settings: Settings) -> Result<Settings, GraphError> {
        let Bounds::Calibrated { margin } = self.request.bounds else { return Ok(settings) };
        let Quantized { model, rounded, .. } = self.quantize(&settings)?;
        for (node, Rounded { float, fixed }) in rounded {
            let scale = model.number(fixed)?.scale;
            let values = self.traces.iter().flat_map(|t| t[float.node][float.slot].data());
            let (low, high) = values.fold((0.0f64, 0.0f64), |(l, h), &v| (l.min(v), h.max(v)));
            if let (Ok(low), Ok(high)) =
                (scale.quantize(low * margin), scale.quantize(high * margin))
                && let Ok(interval) = Interval::new(low, high)
            {
                settings.calibrated.insert(node, interval);
            }
        }
        Ok(settings)
    }

    /// What settings cost; whether they were chosen by the samples or are given.
    fn report(
        &self,
        settings: &Settings,
        is_chosen: bool,
    ) -> Result<CalibrationReport, GraphError> {
        let Quantized { model, map, .. } = self.quantize(settings)?;
        let mut errors = vec![0.0f64; self.model.nodes().len()];
        let none = || Fidelity { samples: 0, errors: vec![0.0; self.spans.len()], classes: 0.0 };
        let (mut chosen_by, mut held_out) = (none(), none());
        for (sample, floats) in self.traces.iter().enumerate() {
            let inputs = model.quantize_inputs(&clamped(&model, &self.samples[sample]))?;
            let trace = model.trace(&inputs)?;
            for (node, outlet) in map.iter().enumerate() {
                if let Some(outlet) = outlet {
                    let got = trace[outlet.node][outlet.slot].dequantize();
                    errors[node] = errors[node].max(difference(&floats[node][outlet.slot], &got));
                }
            }
            let outputs = model.outputs_of(&trace);
            let outputs: Vec<_> = outputs.iter().map(QTensor::dequantize).collect();
            match is_chosen && is_held_out(sample, self.samples.len()) {
                true => held_out.add(self, floats, &outputs),
                false => chosen_by.add(self, floats, &outputs),
            }
        }
        let mut nodes = Vec::new();
        for (index, (node, outlet)) in self.model.nodes().iter().zip(&map).enumerate() {
            let Some(outlet) = outlet else { continue };
            nodes.push(NodeError {
                node: node.name.clone(),
                op: match &node.kind {
                    Kind::Op(op) => op.name().to_owned(),
                    Kind::Source(_) => "Input".to_owned(),
                },
                number: model.number(*outlet)?,
                max_error: errors[index],
                relative_error: errors[index]
                    / span(self.model, &self.traces, Outlet { node: index, slot: 0 }).size,
            });
        }
        let outputs = self.model.outputs().iter().zip(&self.spans);
        let without_span = outputs.filter(|(_, span)| !span.is_span);
        Ok(CalibrationReport {
            nodes,
            without_span: without_span.map(|(output, _)| output.name.clone()).collect(),
            chosen_by: chosen_by.finish(),
            held_out: (held_out.samples > 0).then(|| held_out.finish()),
            evaluations: self.evaluations,
        })
    }
}

impl Fidelity {
    /// Adds a sample: until [`Self::finish`], `classes` counts those with the same ones.
    fn add(&mut self, search: &Search<'_>, floats: &[Vec<Tensor<f64>>], got: &[Tensor<f64>]) {
        self.samples += 1;
        let mut is_same = true;
        let outputs = search.model.outputs().iter().zip(&search.spans).zip(got);
        for (((output, span), got), error) in outputs.zip(&mut self.errors) {
            let expected = &floats[output.outlet.node][output.outlet.slot];
            *error = error.max(difference(expected, got) / span.size);
            is_same &= classes(output.element, expected) == classes(output.element, got);
        }
        self.classes += f64::from(u8::from(is_same));
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
    fn finish(mut self) -> Self {
        self.classes /= self.samples.max(1) as f64;
        self
    }
}

impl Goal {
    /// The number of elements, or samples, that may be wrong.
    #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
    fn most_wrong(self, samples: usize) -> usize {
        match self {
            Self::Error(_) => 0,
            Self::Classes(least) => (0..samples)
                .rfind(|wrong| (samples - wrong) as f64 >= least * samples as f64)
                .unwrap_or(0),
        }
    }
}

/// Whether numbers of so many bits are too wide: fewer may not be.
fn is_too_wide(error: &GraphError) -> bool {
    matches!(
        error,
        GraphError::Op { source: OpError::Quant(QuantError::Overflow), .. }
            | GraphError::Number { source: QuantError::Overflow, .. }
    )
}

/// Whether a sample takes no part in choosing settings.
fn is_held_out(sample: usize, samples: usize) -> bool {
    samples >= HOLDING_OUT && sample % 4 == 3
}

/// The index of the largest element of each row of an output; of integers, the elements themselves.
fn classes(element: Element, output: &Tensor<f64>) -> Vec<f64> {
    let axis = output.shape().axes().last().copied().unwrap_or(1);
    if element != Element::Float || axis == 0 {
        return output.data().to_vec();
    }
    let largest = |row: &[f64]| {
        let first =
            row.iter().enumerate().fold(0, |best, (i, v)| if *v > row[best] { i } else { best });
        f64::from(u32::try_from(first).unwrap_or(u32::MAX))
    };
    output.data().chunks(axis).map(largest).collect()
}

/// The scale by which errors of an output are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    size: f64,
    /// Whether the samples have more than one value there.
    is_span: bool,
}

/// The span of a wire's values over the samples, by which errors are measured. A few samples can
/// agree by chance: that of a curve is at least an eighth of its range, any at least a thousandth
/// of the values themselves. Where there is but one value, its magnitude; where that is zero, the
/// largest magnitude of what it is computed from.
fn span(model: &Model, traces: &[Vec<Vec<Tensor<f64>>>], outlet: Outlet) -> Span {
    let values = |outlet: Outlet| {
        let values = traces.iter().flat_map(move |t| t[outlet.node][outlet.slot].data());
        values.fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)))
    };
    let (low, high) = values(outlet);
    let magnitude =
        |(low, high): (f64, f64)| if low <= high { low.abs().max(high.abs()) } else { 0.0 };
    if high > low {
        let floor =
            (range(model, outlet).unwrap_or_default() / 8.0).max(magnitude((low, high)) / 1024.0);
        return Span { size: (high - low).max(floor), is_span: true };
    }
    let (mut wires, mut size) = (vec![outlet], 0.0f64);
    let mut depth = model.nodes().len();
    while size == 0.0 && depth > 0 && !wires.is_empty() {
        size = wires.iter().map(|wire| magnitude(values(*wire))).fold(0.0, f64::max);
        wires = wires.iter().flat_map(|wire| model.nodes()[wire.node].inputs.clone()).collect();
        wires.sort_unstable();
        wires.dedup();
        depth -= 1;
    }
    // Nothing but zeros, which integers have exactly.
    Span { size: if size > 0.0 { size } else { 1.0 }, is_span: false }
}

/// Whether a node has fraction bits of its own.
fn rounds(model: &Model, node: usize, is_integer: &[bool]) -> bool {
    match &model.nodes()[node].kind {
        Kind::Op(op) => !matches!(op.properties().rounding, Rounding::Never) && !is_integer[node],
        Kind::Source(FloatSource::Input(_)) => false,
        Kind::Source(FloatSource::Constant(_)) => {
            let is_output = |o: &Output| o.outlet.node == node && o.element == Element::Float;
            let mut users = model.nodes().iter().zip(is_integer).filter(|(_, exact)| !**exact);
            model.outputs().iter().any(is_output)
                || users.any(|(user, _)| {
                    let mut operands = user.inputs.iter().enumerate();
                    operands.any(|(i, outlet)| outlet.node == node && has_own_scale(model, user, i))
                })
        }
    }
}

/// The wires that a node multiplies.
fn factors(model: &Model, node: usize) -> impl Iterator<Item = Outlet> {
    let node = &model.nodes()[node];
    let operands = node.inputs.iter().copied().enumerate();
    operands.filter_map(move |(position, outlet)| match &node.kind {
        Kind::Op(op)
            if op.role(position) == Role::Factor && model.as_constant(outlet).is_none() =>
        {
            Some(outlet)
        }
        _ => None,
    })
}

/// The range of the values that a node can have, moved or not, where that is known.
fn range(model: &Model, outlet: Outlet) -> Option<f64> {
    let node = &model.nodes()[outlet.node];
    let Kind::Op(op) = &node.kind else { return None };
    match (op.properties(), &node.inputs[..]) {
        (Properties { form: Form::Moves, .. }, [operand]) => range(model, *operand),
        (Properties { range, .. }, _) => range,
    }
}

fn difference(expected: &Tensor<f64>, got: &Tensor<f64>) -> f64 {
    expected.data().iter().zip(got.data()).fold(0.0, |m, (e, g)| (e - g).abs().max(m))
}

/// The range of values and of zero, wider than that where they lie on no grid, whose whole bits hold
/// more already.
fn widened(values: &[f64], is_grid: bool) -> (f64, f64) {
    let (low, high) = values.iter().fold((0.0f64, 0.0f64), |(l, h), &v| (l.min(v), h.max(v)));
    if is_grid {
        return (low, high);
    }
    (low * (1.0 + INPUT_MARGIN), high * (1.0 + INPUT_MARGIN))
}

fn whole_bits(scale: Scale, low: f64, high: f64) -> Option<Interval> {
    let interval = Interval::new(scale.quantize(low).ok()?, scale.quantize(high).ok()?).ok()?;
    interval.to_whole_bits().ok()
}

/// The grid `k / d` on which all values lie, where there are enough different ones to believe it.
fn grid(values: &[f64]) -> Option<Scale> {
    const DENOMINATORS: [u32; 11] = [2, 4, 8, 10, 15, 16, 32, 64, 100, 128, 255];
    const MIN_DISTINCT: usize = 9;
    DENOMINATORS.into_iter().find_map(|denominator| {
        let d = f64::from(denominator);
        let on_grid = values.iter().all(|v| (v * d - libm::round(v * d)).abs() < 1e-3);
        if !on_grid {
            return None;
        }
        let mut steps: Vec<f64> = values.iter().map(|v| libm::round(v * d)).collect();
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        let enough = MIN_DISTINCT.max(denominator as usize / 8);
        (steps.len() >= enough).then(|| Scale::reciprocal(denominator))
    })
}

/// Samples moved into the range that the inputs declare: a sample may lie a step outside.
fn clamped(model: &QuantModel, sample: &[Tensor<f64>]) -> Vec<Tensor<f64>> {
    model
        .inputs()
        .zip(sample)
        .map(|(input, values)| {
            let Number { scale, interval } = input.number;
            let (low, high) = (scale.dequantize(interval.low()), scale.dequantize(interval.high()));
            values.map(|v| v.clamp(low, high))
        })
        .collect()
}

fn random_samples(model: &Model, ranges: &[Option<(f64, f64)>]) -> Vec<Vec<Tensor<f64>>> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        #[expect(clippy::cast_precision_loss, reason = "a random float")]
        let unit = (state >> 11) as f64 / (1u64 << 53) as f64;
        unit
    };
    (0..RANDOM_SAMPLES)
        .map(|_| {
            let inputs = model.inputs().enumerate();
            inputs
                .map(|(i, (_, _, shape, element))| {
                    let range = ranges.get(i).copied().flatten();
                    let (low, high) = range.unwrap_or(match element {
                        Element::Boolean | Element::Integer { signed: false, .. } => (0.0, 1.0),
                        _ => (-1.0, 1.0),
                    });
                    Tensor::from_fn(shape.clone(), |_| {
                        let value = low + (high - low) * next();
                        match element {
                            Element::Float => value,
                            _ if element.holds(libm::round(value)) => libm::round(value),
                            _ => 0.0,
                        }
                    })
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_grids() {
        let pixels: Vec<f64> = (0..=255).map(|k| f64::from(k) / 255.0).collect();
        assert_eq!(grid(&pixels), Some(Scale::reciprocal(255)));
        let rounded: Vec<f64> = pixels.iter().map(|v| (v * 1e6).round() / 1e6).collect();
        assert_eq!(grid(&rounded), Some(Scale::reciprocal(255)));
        let sixteenths: Vec<f64> = (0..=16).map(|k| f64::from(k) / 16.0).collect();
        assert_eq!(grid(&sixteenths), Some(Scale::reciprocal(16)));
        // Two values prove no grid.
        assert_eq!(grid(&[0.0, 1.0, 1.0, 0.0]), None);
        assert_eq!(grid(&[0.123_456, 0.77]), None);
    }
}
