//! The text of the file.

use std::fmt::Write as _;

use indexmap::IndexSet;
use lionml_r1cs::{
    Circuit, Digest, Fr, Variable,
    field::{self, to_i128},
};

use super::{
    Generated, PublicValue, RustCircuit,
    sections::{Block, Place, Section, Statement, Term, sections},
};
use crate::text::{Identifiers, comment};

/// What is the same for all circuits.
const TEMPLATE: &str = include_str!("template.txt");

/// rustfmt breaks lines of arrays and arguments beyond these widths, and lines beyond the last.
const ARRAY_WIDTH: usize = 60;
const CALL_WIDTH: usize = 60;
const LINE_WIDTH: usize = 100;

/// Denominators of fractions are powers of two up to this one.
const MAX_DENOMINATOR_BITS: u32 = 100;

pub(super) fn write(circuit: &RustCircuit<'_>, max_inline_terms: usize) -> Generated {
    let sections = sections(circuit.circuit, circuit.nodes);
    let tabled: Vec<usize> = sections.iter().flat_map(|section| section.tabled.clone()).collect();
    let matrices = circuit.circuit.matrices();
    let terms: usize =
        tabled.iter().flat_map(|&row| matrices.map(|matrix| matrix.row(row).len())).sum();
    let is_whole = |row: usize| {
        let mut terms = matrices.iter().flat_map(|matrix| matrix.row(row));
        terms.all(|(_, coefficient)| to_i128(coefficient).is_some())
    };
    let is_inline = terms <= max_inline_terms && tabled.iter().all(|&row| is_whole(row));
    let data = (!is_inline).then(|| data(circuit.circuit, &tabled));
    let mut writer = Writer {
        circuit: circuit.circuit,
        is_inline,
        has_ratios: false,
        fields: IndexSet::new(),
        names: Identifiers::new(40),
        calls: String::new(),
        methods: String::new(),
        tables: String::new(),
    };
    sections.iter().for_each(|section| writer.section(section));
    let source = writer.finish(circuit, data.as_deref());
    Generated { source, data }
}

/// The file of coefficients: each that occurs, then the rows.
fn data(circuit: &Circuit, rows: &[usize]) -> Vec<u8> {
    let mut coefficients = IndexSet::new();
    let mut table = Vec::new();
    let number = |number: usize| {
        // A circuit of more variables, rows or coefficients does not fit the reference string.
        u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
    };
    for &row in rows {
        for matrix in circuit.matrices() {
            table.extend(number(matrix.row(row).len()));
            for (variable, coefficient) in matrix.row(row) {
                let kind = usize::from(!variable.is_public());
                table.extend(number(2 * variable.index() + kind));
                table.extend(number(coefficients.insert_full(*coefficient).0));
            }
        }
    }
    let mut bytes = number(coefficients.len()).to_vec();
    bytes.extend(coefficients.iter().flat_map(field::to_bytes));
    bytes.extend(table);
    bytes
}

struct Writer<'a> {
    circuit: &'a Circuit,
    is_inline: bool,
    /// Whether some coefficient is a fraction.
    has_ratios: bool,
    /// Coefficients that are neither integers nor fractions.
    fields: IndexSet<Fr>,
    names: Identifiers,
    /// The calls of the sections, the sections, and their tables.
    calls: String,
    methods: String,
    tables: String,
}

impl Writer<'_> {
    fn section(&mut self, section: &Section) {
        let name = self.names.make("rows_of_", &section.scope);
        let (scope, rows) = (comment(&section.scope), section.rows);
        let can_fail = !self.is_inline && !section.tabled.is_empty();
        self.calls += &format!("        rows.{name}(){};\n", if can_fail { "?" } else { "" });
        let result = if can_fail { " -> Result<(), SynthesisError>" } else { "" };
        let plural = if rows == 1 { "row" } else { "rows" };
        self.methods += &format!("\n    /// `{scope}`: {rows} {plural}.\n");
        self.methods += &format!("    fn {name}(&mut self){result} {{\n");
        let table = name.to_ascii_uppercase();
        let mut next = 0;
        for block in &section.blocks {
            self.block(block, &table, &mut next);
        }
        if can_fail {
            self.methods += "        Ok(())\n";
        }
        self.methods += "    }\n";
        if self.is_inline && !section.tabled.is_empty() {
            self.table(&table, &scope, &section.tabled);
        }
    }

    /// A block; the table's rows from `next` on are its.
    fn block(&mut self, block: &Block, table: &str, next: &mut usize) {
        let is_table = |statement: &&Statement| matches!(statement, Statement::Table { .. });
        let step = block.statements.iter().filter(is_table).count();
        let mut depth = 8;
        if block.times > 1 {
            self.methods += &format!("        for i in 0..{} {{\n", block.times);
            depth += 4;
        }
        let first = *next;
        let mut own = 0;
        for statement in &block.statements {
            let lines = match statement {
                Statement::Bits { first, count } => {
                    vec![format!("self.bits({}, {count});", index(first))]
                }
                Statement::Table { label } if self.is_inline => {
                    let step = if block.times > 1 { step } else { 0 };
                    let row = format!("{table}[{}]", affine(first + own, step));
                    own += 1;
                    call(&[&literal(label), &row], depth)
                }
                Statement::Table { label } => vec![format!("self.table({})?;", literal(label))],
                Statement::Row { label, parts } => self.row(label, parts, depth),
            };
            for line in lines {
                self.methods += &format!("{:depth$}{line}\n", "");
            }
        }
        if block.times > 1 {
            self.methods += "        }\n";
        }
        *next += block.times * own;
    }

    fn row(&mut self, label: &str, parts: &[Vec<Term>; 3], depth: usize) -> Vec<String> {
        let is_whole = parts.iter().flatten().all(|term| to_i128(&term.coefficient).is_some());
        let [a, b, c] = parts.each_ref().map(|part| {
            let term = |term: &Term| {
                let coefficient = self.coefficient(&term.coefficient, is_whole);
                format!("({coefficient}, {})", variable(&term.variable))
            };
            part.iter().map(term).collect::<Vec<_>>()
        });
        let inline = |terms: &[String]| format!("&[{}]", terms.join(", "));
        let all = format!("[{}, {}, {}]", inline(&a), inline(&b), inline(&c));
        let label = literal(label);
        if all.len() <= ARRAY_WIDTH && label.len() + 2 + all.len() <= CALL_WIDTH {
            return vec![format!("self.row({label}, {all});")];
        }
        let mut lines = Vec::new();
        for (name, terms) in ["a", "b", "c"].into_iter().zip([a, b, c]) {
            let one_line = inline(&terms);
            if one_line.len() <= ARRAY_WIDTH {
                lines.push(format!("let {name} = {one_line};"));
            } else {
                lines.push(format!("let {name} = &["));
                lines.extend(terms.into_iter().map(|term| format!("    {term},")));
                lines.push("];".to_owned());
            }
        }
        lines.extend(call(&[&label, "[a, b, c]"], depth));
        lines
    }

    /// A coefficient; one of a row in which not all are integers has the type of elements.
    fn coefficient(&mut self, value: &Fr, is_whole: bool) -> String {
        if let Some(integer) = to_i128(value) {
            return if is_whole { integer.to_string() } else { format!("int({integer})") };
        }
        let mut numerator = *value;
        for bits in 1..=MAX_DENOMINATOR_BITS {
            numerator += numerator;
            if let Some(numerator) = to_i128(&numerator).filter(|n| n.unsigned_abs() < 1 << 64) {
                self.has_ratios = true;
                return format!("ratio({numerator}, {})", 1u128 << bits);
            }
        }
        format!("field(FIELDS[{}])", self.fields.insert_full(*value).0)
    }

    fn table(&mut self, name: &str, scope: &str, rows: &[usize]) {
        let text = &mut self.tables;
        *text += &format!("\n/// Rows of `{scope}`.\n#[rustfmt::skip]\n");
        *text += &format!("const {name}: &[Row] = &[\n");
        for &row in rows {
            *text += "    [\n";
            for matrix in self.circuit.matrices() {
                let terms: Vec<String> = matrix.row(row).iter().map(whole_term).collect();
                let one_line = format!("        &[{}],\n", terms.join(", "));
                if one_line.len() <= LINE_WIDTH {
                    *text += &one_line;
                } else {
                    *text += &format!("        &[\n{}        ],\n", filled(&terms, 12));
                }
            }
            *text += "    ],\n";
        }
        *text += "];\n";
    }

    fn finish(self, circuit: &RustCircuit<'_>, data: Option<&[u8]>) -> String {
        let mut template = String::new();
        let mut keeps = true;
        for line in TEMPLATE.lines() {
            match line {
                "#data#" => keeps = data.is_some(),
                "#no-data#" => keeps = data.is_none(),
                "#inline#" => keeps = !self.tables.is_empty(),
                "#ratio#" => keeps = self.has_ratios,
                "#fields#" => keeps = !self.fields.is_empty(),
                "#end#" => keeps = true,
                line if keeps => template += &format!("{line}\n"),
                _ => {}
            }
        }
        // Between `@` and `@` stands what is filled in; no text that is filled in is read again.
        let mut text = String::new();
        for (index, part) in template.split('@').enumerate() {
            match index % 2 {
                0 => text += part,
                _ => text += &self.part(part, circuit, data),
            }
        }
        format!("{}\n", text.trim_end())
    }

    /// What stands in the template's place of this name.
    fn part(&self, name: &str, circuit: &RustCircuit<'_>, data: Option<&[u8]>) -> String {
        let limbs = |value: &Fr| {
            let limbs = field::limbs(value).map(|limb| format!("{limb:#018x}"));
            format!("    [{}],\n", limbs.join(", "))
        };
        let lines = |text: &str| text.trim_end().to_owned();
        match name {
            "VERSION" => env!("CARGO_PKG_VERSION").to_owned(),
            "NAME" => format!("`{}`", comment(circuit.model)),
            "NAME_LITERAL" => {
                let name = literal(circuit.model);
                let fits = |before: usize| before + name.len() < LINE_WIDTH;
                // What fits neither line stays in the first.
                let is_apart = !fits("pub const MODEL: &str = ".len()) && fits(4);
                format!("{}{name}", if is_apart { "\n    " } else { " " })
            }
            "PUBLICS" => publics(circuit),
            "FIELD_TRAITS" if self.has_ratios => "Field, PrimeField, Zero".to_owned(),
            "FIELD_TRAITS" => "PrimeField, Zero".to_owned(),
            "ANNOTATION" => format!("{:?}", circuit.annotation),
            "KEY_DIGEST" => circuit.key.to_string(),
            "VARUNA_DIGEST" => circuit.varuna_key.to_string(),
            "LEO_DIGEST" => circuit.leo_key.to_string(),
            "INSECURE" if circuit.is_insecure => INSECURE.to_owned(),
            "CIRCUIT_DIGEST" => circuit.circuit.digest().to_string(),
            "PUBLIC_COUNT" => circuit.circuit.publics().to_string(),
            "PRIVATE_COUNT" => circuit.circuit.privates().to_string(),
            "ROW_COUNT" => circuit.circuit.constraints().to_string(),
            "DATA_FILE" => literal(circuit.data_file),
            "DATA_DIGEST" => Digest::of(data.unwrap_or_default()).to_string(),
            "FIELD_COUNT" => self.fields.len().to_string(),
            "FIELDS" => lines(&self.fields.iter().map(limbs).collect::<String>()),
            "SECTION_CALLS" => lines(&self.calls),
            "SECTIONS" => lines(&self.methods),
            "TABLES" => lines(&self.tables),
            _ => String::new(),
        }
    }
}

/// What is to be said of keys over the development reference string.
const INSECURE: &str = "\n///\n/// INSECURE: it is made over the development reference string, whose proofs anybody can forge.";

/// The rows of the table of public values.
fn publics(circuit: &RustCircuit<'_>) -> String {
    let mut lines = Vec::new();
    let mut next = 0;
    for PublicValue { count, meaning } in circuit.publics.iter().filter(|p| p.count > 0) {
        let last = next + count - 1;
        let range = if *count == 1 { next.to_string() } else { format!("{next} to {last}") };
        lines.push(format!("//! | {range} | {} |", comment(meaning).replace('|', "/")));
        next += count;
    }
    lines.join("\n")
}

/// A call of `self.row`, as rustfmt breaks it.
fn call(arguments: &[&str], depth: usize) -> Vec<String> {
    let all = arguments.join(", ");
    let line = format!("self.row({all});");
    if all.len() <= CALL_WIDTH && depth + line.len() <= LINE_WIDTH {
        return vec![line];
    }
    let mut lines = vec!["self.row(".to_owned()];
    lines.extend(arguments.iter().map(|argument| format!("    {argument},")));
    lines.push(");".to_owned());
    lines
}

/// A term of a table.
fn whole_term((variable, coefficient): &(Variable, Fr)) -> String {
    // Tables with other coefficients are not written inline.
    let coefficient = to_i128(coefficient).unwrap_or_default();
    let place = Place { variable: *variable, step: 0 };
    format!("({coefficient}, {})", self::variable(&place))
}

fn variable(place: &Place) -> String {
    let Place { variable, .. } = place;
    match variable.is_public() {
        true if *variable == Variable::ONE => "ONE".to_owned(),
        true => format!("X({})", index(place)),
        false => format!("W({})", index(place)),
    }
}

fn index(place: &Place) -> String {
    affine(place.variable.index(), place.step)
}

/// `base + step * i`
fn affine(base: usize, step: usize) -> String {
    let multiple = if step == 1 { "i".to_owned() } else { format!("{step} * i") };
    match (base, step) {
        (base, 0) => base.to_string(),
        (0, _) => multiple,
        (base, _) => format!("{base} + {multiple}"),
    }
}

/// Items in lines that are as long as may be.
fn filled(items: &[String], depth: usize) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for item in items {
        if !line.is_empty() && depth + line.len() + 1 + item.len() + 1 > LINE_WIDTH {
            let _ = writeln!(text, "{:depth$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += item;
        line.push(',');
    }
    let _ = writeln!(text, "{:depth$}{line}", "");
    text
}

/// A string literal.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}
