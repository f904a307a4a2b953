//! The user's own program, checked by Leo's compiler.
//!
//! Leo knows no function without a body and no annotation of ours, and no call of an entry function
//! in its own program. So the declarations are blanked out, byte for byte, and stand as helper
//! functions behind the end of the file: every place of the rest stays what it was.

use std::ops::Range;

use crate::{
    compile::{Network, Text, analyze},
    diagnostic::{Diagnostic, Failure},
    package::Package,
    scan::{Function, Scan},
};

/// Checks a program that was scanned. Answers with warnings.
pub(crate) fn check(
    package: &Package,
    scan: &Scan,
    network: &Network,
) -> Result<Vec<Diagnostic>, Failure> {
    let (text, stubs) = check_form(&package.main.text, &scan.functions);
    let origin = |range: Range<usize>| {
        let stub = stubs.iter().zip(&scan.functions).find(|(stub, _)| stub.contains(&range.start));
        stub.map_or(range, |(_, function)| function.range.clone())
    };
    analyze(package, network, &Text { text, origin: &origin, programs: &[] })
}

/// The text that is checked, and where in it each declaration stands now.
fn check_form(source: &str, functions: &[Function]) -> (String, Vec<Range<usize>>) {
    let mut text = source.to_owned();
    for Function { range, .. } in functions {
        let blank: String = source[range.clone()]
            .bytes()
            .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' })
            .collect();
        text.replace_range(range.clone(), &blank);
    }
    let mut stubs = Vec::with_capacity(functions.len());
    for Function { name, inputs, outputs, .. } in functions {
        text.push('\n');
        let start = text.len();
        let parameters: Vec<_> = inputs
            .iter()
            .enumerate()
            .map(|(index, input)| format!("lionml_{index}: {}", input.type_))
            .collect();
        let list = |items: Vec<String>| match &items[..] {
            [item] => item.clone(),
            items => format!("({})", items.join(", ")),
        };
        let types = list(outputs.iter().map(|output| output.type_.to_string()).collect());
        let zeros = list(outputs.iter().map(|output| output.type_.zero()).collect());
        let parameters = parameters.join(", ");
        text.push_str(&format!("fn {name}({parameters}) -> {types} {{ return {zeros}; }}"));
        stubs.push(start..text.len() + 1);
    }
    text.push('\n');
    (text, stubs)
}
