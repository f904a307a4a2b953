//! `lionml demo`

use lionml::{Demo, DemoReport};

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Demo, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Demo { srs: args.srs.options() };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.inference.warnings, || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &DemoReport, screen: &Screen) -> String {
    let mut text = screen.heading("A handwritten digit, which only the prover sees\n");
    text += &picture(&report.pixels);
    text += &format!("The model sees a {}.\n\n", report.digit);
    text += &inference::proved(&report.inference, screen);
    text += &screen.heading("Cheating\n");
    text += &format!("  the same proof with one output changed is refused: {}\n", report.tampered);
    text
}

/// Pixels from zero to one, eight in a row.
fn picture(pixels: &[f64]) -> String {
    const SHADES: [&str; 5] = ["  ", "░░", "▒▒", "▓▓", "██"];
    let shade = |&pixel: &f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "one of five shades"
        )]
        let index = (pixel.clamp(0.0, 1.0) * 4.0).round() as usize;
        SHADES[index.min(4)]
    };
    pixels
        .chunks(8)
        .map(|row| format!("  {}\n", row.iter().map(shade).collect::<String>()))
        .collect()
}
