//! A package to start from.

use std::path::{Path, PathBuf};

use lionml::{CompiledModel, Interface, Visibility, is_leo_name, leo_package_json};
use serde::Serialize;

use crate::{Error, Profile, description::ON_CHAIN, literal};

/// Makes a Leo package that calls a model.
#[derive(Clone, Debug)]
pub struct New {
    /// Its directory; the last part is the program's name.
    pub directory: PathBuf,
    /// The compiled model.
    pub model: PathBuf,
    /// The number under which it is registered.
    pub number: u32,
}

/// What was made.
#[derive(Clone, Debug, Serialize)]
pub struct NewReport {
    /// The program.
    pub program: String,
    /// The function that calls the model.
    pub function: String,
    /// The files.
    pub files: Vec<PathBuf>,
    /// What to think about.
    pub warnings: Vec<String>,
}

/// Names of programs from this length on have a small price.
const CHEAP_NAME: usize = 10;

impl New {
    /// Writes the package.
    pub fn execute(&self) -> Result<NewReport, Error> {
        let name = self.directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !is_leo_name(name) {
            let reason = format!(
                "`{name}` is no name of a program: at most 31 small letters, digits and `_`, without \
                 `aleo`, and no word of Leo's"
            );
            return Err(Error::Name { reason });
        }
        // A link that leads nowhere yet exists too.
        if fs_err::symlink_metadata(&self.directory).is_ok() {
            return Err(Error::Exists { path: self.directory.clone() });
        }
        let compiled = CompiledModel::read(&self.model)?;
        let interface = compiled.manifest.single(ON_CHAIN).map_err(lionml::Error::from)?;
        Profile::check(interface)?;
        let model = compiled.to_bytes().map_err(lionml::Error::from)?;
        let number = self.number;
        let files: [(PathBuf, Vec<u8>); 4] = [
            ("program.json".into(), leo_package_json(&format!("{name}.aleo")).into_bytes()),
            (
                "src/main.leo".into(),
                source(name, number, &compiled.manifest.model, interface).into_bytes(),
            ),
            (Path::new("models").join(format!("{number}.lion")), model),
            (".gitignore".into(), b"build/\n.env\n".to_vec()),
        ];
        let mut written = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            let path = self.directory.join(path);
            lionml::write_file(&path, &bytes, lionml::Readers::Anyone)?;
            written.push(path);
        }
        let program = format!("{name}.aleo");
        let warning = format!(
            "on a public network short names are dear: choose {CHEAP_NAME} characters or more"
        );
        let warnings = (name.len() < CHEAP_NAME).then_some(warning).into_iter().collect();
        Ok(NewReport { program, function: "ask".to_owned(), files: written, warnings })
    }
}

/// A program with one function that asks the model and stores its first answer.
fn source(name: &str, number: u32, model: &str, interface: &Interface) -> String {
    let leo_type = |port: &lionml::Port| literal::leo_type(port.leo, port.shape.elements());
    let mut comments = String::new();
    let mut inputs = Vec::new();
    for (index, port) in interface.inputs.iter().enumerate() {
        let parameter = format!("input_{index}");
        let seen = match port.visibility {
            Visibility::Hashed => "stays with the caller",
            _ => "everybody sees it",
        };
        comments += &format!(
            "    // {parameter}: `{}`, {} to {}; 1 stands for {}; {seen}\n",
            port.name,
            port.interval.low(),
            port.interval.high(),
            port.scale,
        );
        inputs.push((parameter, leo_type(port), port.visibility));
    }
    for port in &interface.outputs {
        comments += &format!(
            "    // answer: `{}`, {} to {}; 1 stands for {}\n",
            port.name,
            port.interval.low(),
            port.interval.high(),
            port.scale,
        );
    }
    let outputs: Vec<String> = interface.outputs.iter().map(leo_type).collect();
    let answer_type = match outputs.as_slice() {
        [only] => only.clone(),
        many => format!("({})", many.join(", ")),
    };
    let declared: Vec<_> = inputs.iter().map(|(name, t, _)| format!("{name}: {t}")).collect();
    let parameters: Vec<_> = inputs
        .iter()
        .map(|(name, t, visibility)| match visibility {
            Visibility::Hashed => format!("{name}: {t}"),
            _ => format!("public {name}: {t}"),
        })
        .collect();
    let arguments: Vec<_> = inputs.iter().map(|(name, ..)| name.as_str()).collect();
    let (declared, parameters, arguments) =
        (declared.join(", "), parameters.join(", "), arguments.join(", "));
    format!(
        "program {name}.aleo {{
    // What the model answered, under the ticket of the question: the last answer, whoever asked.
    mapping answers: u64 => {answer_type};

    // Number {number} of the registry, `{model}`, answers this function.
{comments}    @lionml(annotation = \"{number}\")
    fn model({declared}) -> {answer_type} {{}}

    // Each ticket is good for one question of one caller.
    fn ask(public ticket: u64, {parameters}) -> Final {{
        let answer: {answer_type} = model({arguments});
        return final {{
            Mapping::set(answers, ticket, answer);
        }};
    }}

    @noupgrade
    constructor() {{}}
}}
"
    )
}
