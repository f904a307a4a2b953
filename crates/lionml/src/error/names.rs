//! Names and hints of the errors of other crates.

use lionml_codegen::LeoError;
use lionml_graph::GraphError;
use lionml_onnx::ImportError;
use lionml_ops::OpError;
use lionml_varuna::Error as Varuna;

pub(super) const TOO_LARGE: &str =
    "no circuit of this size can be proved: make the model or its inputs smaller";

const SUPPORTED: &str =
    "check that another program runs the file, such as ONNX Runtime, and report it if so";

pub(super) fn onnx_name(error: &ImportError) -> &'static str {
    match error {
        ImportError::NotOnnx { .. } => "onnx::not_onnx",
        ImportError::Ambiguous { .. } => "onnx::ambiguous",
        ImportError::Name { .. } => "onnx::name",
        ImportError::Opset { .. } => "onnx::unsupported_opset",
        ImportError::UnsupportedOps { .. } => "onnx::unsupported_op",
        ImportError::UnsupportedPart { .. } => "onnx::unsupported_part",
        ImportError::Attribute { .. } | ImportError::UnknownAttribute { .. } => {
            "onnx::unsupported_attribute"
        }
        ImportError::Operand { .. } => "onnx::unsupported_operand",
        ImportError::ConstantValue { .. } => "onnx::unsupported_constant",
        ImportError::UnreadableOutput { source, .. } => onnx_name(source),
        ImportError::UnknownOutput { .. } => "request::unknown_name",
        ImportError::TooLarge { .. } | ImportError::TooMuch { .. } => "onnx::too_large",
        ImportError::Operator { source: OpError::Size(_), .. } => "onnx::too_large",
        ImportError::Graph(error) if graph_name(error) == "model::too_large" => "onnx::too_large",
        ImportError::ElementType { .. } => "onnx::unsupported_type",
        ImportError::FreeDimension { .. } => "onnx::free_dimension",
        ImportError::NoShape { .. } => "onnx::no_shape",
        ImportError::UnknownDimension { .. } => "request::unknown_dimension",
        ImportError::UnknownInput { .. } => "request::unknown_name",
        _ => "onnx::invalid",
    }
}

pub(super) fn onnx_hint(error: &ImportError) -> String {
    match error {
        ImportError::Graph(error) => graph_hint(error).to_owned(),
        ImportError::Operator { source: OpError::Size(_), .. } => TOO_LARGE.to_owned(),
        _ => error.hint().unwrap_or_else(|| SUPPORTED.to_owned()),
    }
}

pub(super) fn graph_name(error: &GraphError) -> &'static str {
    match error {
        GraphError::Inputs { .. } => "input::count",
        GraphError::InputShape { .. } => "input::shape",
        GraphError::InputRange { .. } => "input::out_of_range",
        GraphError::InputNotFinite { .. } => "input::not_finite",
        GraphError::InputElement { .. } => "input::element",
        GraphError::Op { source: OpError::OutsideCalibration { .. }, .. } => {
            "input::outside_calibration"
        }
        GraphError::Op { source: OpError::Size(_), .. } | GraphError::TooLarge { .. } => {
            "model::too_large"
        }
        GraphError::Op { .. } => "model::operator",
        GraphError::Number { .. } => "model::number",
        GraphError::Outlet { .. } => "model::outlet",
        GraphError::InputInterval { .. } => "model::input_interval",
        GraphError::Outputs { .. } => "model::outputs",
        GraphError::Name { .. } => "model::name",
        _ => "internal::interval",
    }
}

pub(super) fn graph_hint(error: &GraphError) -> &'static str {
    match graph_name(error) {
        "input::out_of_range" => "compile with samples or an `--input-range` that cover the value",
        "input::outside_calibration" => {
            "compile with more samples, a larger `--margin`, or `--bounds proven`"
        }
        "input::not_finite" => "correct the value",
        "input::element" => {
            "correct the value: a whole number of the type, in magnitude below 2^53, beyond which the \
             numbers of a file are not exact"
        }
        name if name.starts_with("input") => {
            "`lionml inspect` shows the inputs of the model with their shapes"
        }
        "model::too_large" => TOO_LARGE,
        "model::name" => "give it another name; `--name` gives one to the model",
        "model::number" => {
            "compile with fewer `--bits`, or samples or an `--input-range` that are narrower"
        }
        name if name.starts_with("model") => SUPPORTED,
        _ => "this is a defect of lionml: report it",
    }
}

pub(super) fn leo_name(error: &LeoError) -> &'static str {
    match error {
        LeoError::Node { source, .. } => leo_name(source),
        LeoError::TooLarge { .. } => "model::too_large_for_leo",
        _ => "model::not_in_leo",
    }
}

pub(super) fn leo_hint(error: &LeoError) -> &'static str {
    match error {
        LeoError::Node { source, .. } => leo_hint(source),
        LeoError::Calibrated => "compile with `--bounds proven`",
        _ => "register the model with `lionml deploy`: Leo programs can call it by its number",
    }
}

pub(super) fn varuna_name(error: &Varuna) -> &'static str {
    use Varuna as E;
    match error {
        E::MissingPowers { .. } => "srs::missing_powers",
        E::DegreeTooLarge { .. } => "srs::too_large",
        E::DegreeTooSmall { .. } => "srs::too_small",
        E::CorruptFile { .. } => "srs::corrupt_file",
        E::Io(_) => "srs::io",
        E::OtherCircuit => "mismatch::keys",
        // The witness is right and the powers suffice: what is left is a key whose label of the
        // reference string, or whose commitments, are wrong.
        E::Proving => "mismatch::proving",
        E::CertificateRejected => "mismatch::recomputed_key",
        E::MixedSrs => "mismatch::reference_strings",
        E::Rejected => "proof::rejected",
        E::InstanceCounts { .. } | E::PublicCount { .. } | E::PublicOne { .. } => "proof::elements",
        // A file decides which circuits there are, and how many instances.
        E::EmptyPlan | E::DuplicateCircuit { .. } => "proof::elements",
        E::EmptyMatrix { .. } => "model::empty",
        E::Format(_) => "artifact::malformed",
        _ => "internal::varuna",
    }
}

pub(super) fn varuna_hint(error: &Varuna) -> String {
    let text = match (error, varuna_name(error)) {
        (Varuna::MissingPowers { power, .. }, _) => {
            return format!(
                "fetch them with `lionml fetch-srs --power {power}`, or use `--srs dev`, which is \
                 insecure, for tests"
            );
        }
        (Varuna::Io(_), _) => "check that the directory of the powers can be read",
        (_, "mismatch::recomputed_key") => "do not trust the key: it is not this model's",
        (_, name) if name.starts_with("mismatch") => "run `lionml setup` for this model again",
        (_, name) if name.starts_with("proof") => "do not trust the proof",
        (_, "model::empty") => {
            "there is nothing to prove: the model does no arithmetic on its inputs"
        }
        (_, name) if name.starts_with("artifact") => {
            "copy it again from where it came, or make it again"
        }
        (error, _) => error.hint().unwrap_or("this is a defect of lionml: report it"),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::SizeError;

    use super::*;
    use crate::{Error, ErrorKind};

    #[test]
    fn matches_circuits_that_are_too_large() {
        let source = SizeError { what: "rows", count: 5, limit: 4 }.into();
        let error = Error::from(GraphError::Op { node: "pool".to_owned(), op: "MaxPool", source });
        assert_eq!((error.name(), error.kind()), ("model::too_large", ErrorKind::Unsupported));
        assert!(error.hint().contains("smaller"));
    }
}
