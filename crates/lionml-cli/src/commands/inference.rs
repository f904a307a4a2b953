//! What is shown of an inference.

use lionml::{InferenceReport, Sizes, SrsKind};

use crate::{format, screen::Screen};

/// The sizes of a circuit.
pub(super) fn sizes(sizes: &Sizes) -> String {
    let [a, b, c] = sizes.non_zeros.map(format::number);
    let [ka, kb, kc] = sizes.log2_non_zeros;
    let [ha, hb, hc] = sizes.headroom.map(|part| format!("{:.0} %", part * 100.0));
    format!(
        "  constraints  {} of 2^{}\n  \
           non-zeros    {a} / {b} / {c} of 2^{ka} / 2^{kb} / 2^{kc}, headroom {ha} / {hb} / {hc}\n  \
           powers       2^{} of the reference string\n",
        format::number(sizes.constraints),
        sizes.log2_constraints,
        sizes.srs_power,
    )
}

/// An inference that was proved.
pub(super) fn proved(report: &InferenceReport, screen: &Screen) -> String {
    let mut text = outputs(report, screen);
    text += &screen.heading("Proof\n");
    let instances = match report.instances {
        1 => String::new(),
        instances => format!(" of {instances} inferences"),
    };
    text += &format!(
        "  verified{instances} with Varuna over the {} reference string, {}\n",
        srs(report.srs),
        format::bytes(report.proof_bytes as u64),
    );
    text += &format!("  proven       {}\n", report.statement);
    text += &sizes(&report.sizes);
    text += &format!(
        "  seconds      keys {}, prove {}, verify {}{}\n",
        format::seconds(report.setup_seconds),
        format::seconds(report.prove_seconds),
        format::seconds(report.verify_seconds),
        if report.cached { " (model and keys from the cache)" } else { "" },
    );
    if let Some(peak) = report.peak_bytes {
        text += &format!("  memory       {}\n", format::bytes(peak));
    }
    if let Some(error) = report.max_error {
        text += &format!("  float model  differs by at most {}\n", format::float(error));
    }
    for file in &report.files {
        text += &format!("  wrote        {}\n", file.display());
    }
    text
}

/// The outputs of an inference.
pub(super) fn outputs(report: &InferenceReport, screen: &Screen) -> String {
    const SHOWN: usize = 8;
    let mut text = screen.heading(&format!("Outputs of {}\n", report.model));
    let all = report.batch.clone().unwrap_or_else(|| vec![report.outputs.clone()]);
    for (set, outputs) in all.iter().enumerate().take(SHOWN) {
        for (name, values) in report.output_names.iter().zip(outputs) {
            let mut label = String::new();
            if all.len() > 1 {
                label += &format!("{set}  ");
            }
            if outputs.len() > 1 {
                label += &format!("`{name}`  ");
            }
            text += &format!("  {label}{}\n", format::values(values));
        }
    }
    if all.len() > SHOWN {
        text += &format!("  … of {} inferences\n", all.len());
    }
    text
}

pub(super) fn srs(kind: Option<SrsKind>) -> String {
    match kind {
        Some(SrsKind::Development) => "development (INSECURE)".to_owned(),
        Some(kind) => kind.to_string(),
        None => "no".to_owned(),
    }
}
