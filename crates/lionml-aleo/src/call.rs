//! Calling a function; the models that it calls are proved first.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use lionml::{
    Event, Events, Fr, InputFile, Port, Proof, ProofFile, ProveOptions, Prover, Scalar, SrsOptions,
    VerifyOptions, Visibility,
};
use lionml_quant::IntegerType;
use serde::{Deserialize, Serialize};
use snarkvm_console_network::{TestnetV0, prelude::ToField};
use snarkvm_console_program::ProgramID;

use crate::{
    Account, Build, Connection, Entry, Error, Interface, Leo, Network, Origin, Parameter,
    build::Built,
    description::ON_CHAIN,
    interface::{ModelCall, Role},
    leo::Step,
    literal,
    package::Package,
    planned::Planned,
};

/// A call of a function of a package.
#[derive(Clone, Debug)]
pub struct Call {
    /// The package's directory.
    pub package: PathBuf,
    /// The function.
    pub function: String,
    /// The arguments of its own parameters: literals of Leo, or files of inputs for models.
    pub arguments: Vec<String>,
    /// Where larger powers are; the reference string is the ceremony's.
    pub srs: SrsOptions,
}

/// A call that was proved and stored, to be executed.
#[derive(Clone, Debug)]
pub struct ExecuteStored {
    /// The file.
    pub file: PathBuf,
    /// The directory of the package whose function it calls.
    pub package: PathBuf,
    /// Where larger powers are; the reference string is the ceremony's.
    pub srs: SrsOptions,
}

/// A call with its proofs: all that a transaction needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCall {
    format: String,
    version: u32,
    /// The network.
    pub network: Network,
    /// The program.
    pub program: String,
    /// The function.
    pub function: String,
    /// Who the proofs are for: nobody else can use them.
    pub caller: String,
    /// The arguments, in order.
    pub arguments: Vec<Argument>,
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// The parameter.
    pub name: String,
    /// Its value, as a literal of Leo.
    pub value: String,
}

/// What was proved for a call.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// The call.
    pub call: StoredCall,
    /// The answers of the models, in the order of their calls.
    pub answers: Vec<Answer>,
    /// How long making and checking the proofs took.
    pub prove_seconds: f64,
    /// The package in which the call can be executed.
    pub package: PathBuf,
    /// What the function returned, where it was run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
}

/// What a model answered.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The declared function.
    pub function: String,
    /// The number that answered it.
    pub number: u32,
    /// The outputs as integers.
    pub integers: Vec<Vec<i128>>,
    /// The outputs as the model means them.
    pub values: Vec<Vec<lionml::Scalar>>,
}

/// The parameter that is the ticket, and the mapping of used contexts, by the extension's rules.
const TICKET: &str = "ticket";
const CONTEXTS: &str = "lionml_contexts";

/// How all parameters begin that the extension adds, and no other.
const ADDED: &str = "lionml_";

const FORMAT: &str = "lionml-call";
const VERSION: u32 = 2;

/// No stored call is longer: sixteen arguments of arrays and proofs.
const MAX_CALL_BYTES: u64 = 4 << 20;

impl StoredCall {
    /// The literals, in order.
    pub fn literals(&self) -> Vec<String> {
        self.arguments.iter().map(|argument| argument.value.clone()).collect()
    }

    /// The arguments of the function's own parameters.
    pub fn given(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| !argument.name.starts_with(ADDED))
    }

    /// The call in a file. Whoever wrote it may have written anything.
    fn read(path: &Path) -> Result<Self, Error> {
        let error = |reason: String| Error::StoredCall { path: path.to_owned(), reason };
        let io = |source| lionml::Error::Io { action: "read", path: path.to_owned(), source };
        let file = fs_err::File::open(path).map_err(io)?;
        let mut text = Vec::new();
        file.take(MAX_CALL_BYTES + 1).read_to_end(&mut text).map_err(io)?;
        if text.len() as u64 > MAX_CALL_BYTES {
            return Err(error(format!("more than {MAX_CALL_BYTES} bytes")));
        }
        let call: Self = serde_json::from_slice(&text).map_err(|e| error(e.to_string()))?;
        if call.format != FORMAT || call.version != VERSION {
            return Err(error(format!("format `{}`, version {}", call.format, call.version)));
        }
        Ok(call)
    }

    /// Writes the call into a file. It holds the private inputs: its owner alone may read it.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::Extension { reason: error.to_string() })?;
        Ok(lionml::write_file(path, &text, lionml::Readers::Owner)?)
    }

    /// Makes the execution, in the package that was built from this directory.
    fn plan(
        &self,
        package: &Path,
        connection: &Connection,
        account: &Account,
    ) -> Result<Planned, Error> {
        let package = Package::open(package)?;
        let deployed = connection.deployed(&self.program)?;
        self.check_ticket(connection, account)?;
        let planned = Planned::new(
            format!("executing `{}` of `{}`", self.function, self.program),
            &Step::Execute { function: self.function.clone(), inputs: self.literals() },
            &package.expanded(),
            (&Leo::find()?, connection, account),
        )?;
        // Leo compiled the program for it.
        if !package.is_code(&deployed)? {
            let endpoint = connection.endpoint().to_owned();
            return Err(Error::OtherProgram { program: self.program.clone(), endpoint });
        }
        Ok(planned)
    }

    /// Refuses a ticket that was used: the network would reject the call, and keep the fee.
    fn check_ticket(&self, connection: &Connection, account: &Account) -> Result<(), Error> {
        let argument = |is: &dyn Fn(&str) -> bool| self.arguments.iter().find(|a| is(&a.name));
        let calls_models = argument(&|name| name.starts_with(ADDED)).is_some();
        let ticket = argument(&|name| name == TICKET).filter(|_| calls_models);
        let Some(ticket) = ticket else { return Ok(()) };
        let Some(element) = ticket_element(&ticket.value) else { return Ok(()) };
        // With the context of the first call those of all calls are used.
        let context = context(account, &self.program, element, 0)?;
        match connection.mapping(&self.program, CONTEXTS, &literal::field(&context))? {
            None => Ok(()),
            Some(_) => Err(Error::UsedTicket {
                ticket: literal::shorten(&ticket.value),
                program: self.program.clone(),
            }),
        }
    }
}

impl ExecuteStored {
    /// Builds the package, checks the call against it, and makes the execution.
    pub fn plan(
        &self,
        connection: &Connection,
        account: &Account,
        events: &mut Events<'_>,
    ) -> Result<(Planned, StoredCall, Vec<Answer>), Error> {
        let call = StoredCall::read(&self.file)?;
        self.check_addressee(&call, connection, account)?;
        let build = Build { package: self.package.clone(), srs: self.srs.clone() };
        let built = build.built(connection, events)?;
        let answers = self.check(&call, &built, account)?;
        events(Event::Stage("making the transaction"));
        let planned = call.plan(&self.package, connection, account)?;
        Ok((planned, call, answers))
    }

    fn differs(&self, what: &'static str, expected: &str, got: &str) -> Error {
        let (path, expected) = (self.file.clone(), expected.to_owned());
        Error::OtherCall { path, what, expected, got: literal::shorten(got) }
    }

    /// Refuses a call for another network or of another account. The network would reject it, and
    /// keep the fee.
    fn check_addressee(
        &self,
        call: &StoredCall,
        connection: &Connection,
        account: &Account,
    ) -> Result<(), Error> {
        let (network, asked) = (call.network, connection.network());
        if network != asked {
            return Err(self.differs("network", &asked.to_string(), &network.to_string()));
        }
        if call.caller != account.address() {
            let (caller, account) = (literal::shorten(&call.caller), account.address());
            return Err(Error::OtherCaller { caller, account });
        }
        Ok(())
    }

    /// Refuses a call of anything but a function of this package, with arguments of its types and
    /// with proofs that hold. What a file says would otherwise run, from the account of whoever
    /// executes it, whatever function of whatever program.
    fn check(
        &self,
        call: &StoredCall,
        built: &Built,
        account: &Account,
    ) -> Result<Vec<Answer>, Error> {
        let Interface { program, entries } = &built.report.interface;
        if call.program != *program {
            return Err(self.differs("program", program, &call.program));
        }
        let Some(entry) = entries.iter().find(|entry| entry.name == call.function) else {
            let known: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
            return Err(self.differs("function", &known.join("`, `"), &call.function));
        };
        let names = |names: &mut dyn Iterator<Item = &String>| {
            names.map(String::as_str).collect::<Vec<_>>().join(", ")
        };
        let expected = names(&mut entry.parameters.iter().map(|parameter| &parameter.name));
        let got = names(&mut call.arguments.iter().map(|argument| &argument.name));
        if expected != got {
            return Err(self.differs("list of arguments", &expected, &got));
        }
        let mut values = Vec::with_capacity(call.arguments.len());
        for (parameter, Argument { name, value }) in entry.parameters.iter().zip(&call.arguments) {
            if !literal::is_value(value, &parameter.leo_type) {
                let expected = format!("{name}: {}", parameter.leo_type);
                return Err(self.differs("argument", &expected, value));
            }
            values.push((name.clone(), value.clone()));
        }
        let ticket = entry.ticket.as_ref().map(|ticket| ticket_field(entry, ticket, &values));
        let ticket = ticket.transpose()?.unwrap_or_default();
        let mut answers = Vec::with_capacity(entry.calls.len());
        for (index, model) in entry.calls.iter().enumerate() {
            let prover = built.provers.get(&model.number);
            let prover = prover.ok_or(Error::NotRegistered { number: model.number })?;
            let context = context(account, program, ticket, index)?;
            let answer = verified(prover, (entry, index, model), &values, context);
            answers.push(answer.map_err(|source| Error::StoredProof {
                path: self.file.clone(),
                function: model.function.clone(),
                number: model.number,
                source: Box::new(source),
            })?);
        }
        Ok(answers)
    }
}

/// What a model answered in a stored call, if its proof shows that: of these inputs, for this
/// context, with this key.
fn verified(
    prover: &Prover,
    (entry, index, model): (&Entry, usize, &ModelCall),
    values: &[(String, String)],
    context: Fr,
) -> Result<Answer, Error> {
    let verifier = prover.verifier();
    let manifest = &verifier.manifest;
    let value =
        |name: &str| values.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    // The argument for an output, a salt or the proof.
    let added = |role: Role, port: usize| {
        let is_it = |parameter: &&Parameter| match &parameter.origin {
            Origin::Model { call, role: r, port: p } => {
                (*call, *r, p.unwrap_or(0)) == (index, role, port)
            }
            Origin::User { .. } => false,
        };
        entry.parameters.iter().find(is_it).and_then(|parameter| value(&parameter.name))
    };
    let odd = |name: &str| Error::Argument {
        parameter: name.to_owned(),
        text: literal::shorten(value(name).unwrap_or_default()),
        problem: "nothing for the model".to_owned(),
    };
    let (mut integers, mut salts) = (Vec::new(), Vec::new());
    for (number, (name, port)) in model.arguments.iter().zip(manifest.inputs()).enumerate() {
        let own = value(name).and_then(|text| literal::integers(text, port.leo));
        integers.push(own.ok_or_else(|| odd(name))?);
        if port.visibility == Visibility::Hashed {
            let salt = added(Role::Salt, number).and_then(|text| text.strip_suffix("u128"));
            salts.push(salt.and_then(|salt| salt.parse().ok()).ok_or_else(|| odd(name))?);
        }
    }
    let mut outputs = Vec::new();
    for (number, port) in manifest.outputs().into_iter().enumerate() {
        let own = added(Role::Output, number).and_then(|text| literal::integers(text, port.leo));
        outputs.push(own.ok_or_else(|| odd(&port.name))?);
    }
    integers.extend(outputs.iter().cloned());
    let interface = manifest.single(ON_CHAIN).map_err(lionml::Error::from)?;
    let elements = interface.show(&integers, &salts).ok_or_else(|| odd(&model.function))?;
    let byte = IntegerType::new(false, 8).ok_or_else(|| odd("proof"))?;
    let bytes = added(Role::Proof, 0).and_then(|text| literal::integers(text, byte));
    let bytes =
        bytes.unwrap_or_default().into_iter().map(u8::try_from).collect::<Result<Vec<_>, _>>();
    let bytes = bytes.unwrap_or_default();
    let malformed = |_| odd("proof");
    let proof = ProofFile {
        key: verifier.digest().map_err(lionml::Error::from)?,
        srs: prover.srs(),
        context,
        instances: vec![elements],
        proof: Proof::from_aleo_bytes(&bytes).map_err(malformed)?,
    };
    verifier.verify(&proof, &VerifyOptions { context: Some(context), allow_insecure: false })?;
    let ports = manifest.outputs().into_iter();
    let values = ports.zip(&outputs).map(|(port, integers)| Scalar::all(port, integers));
    Ok(Answer {
        function: model.function.clone(),
        number: model.number,
        values: values.collect(),
        integers: outputs,
    })
}

impl Call {
    /// Builds the package, proves every call of a model, and puts the arguments together.
    pub fn prove(
        &self,
        connection: &Connection,
        account: &Account,
        events: &mut Events<'_>,
    ) -> Result<CallReport, Error> {
        let build = Build { package: self.package.clone(), srs: self.srs.clone() };
        let built = build.built(connection, events)?;
        let entry = self.entry(&built)?;
        let own: Vec<&Parameter> = entry.own_parameters().collect();
        if own.len() != self.arguments.len() {
            let parameters: Vec<_> =
                own.iter().map(|p| format!("{}: {}", p.name, p.leo_type)).collect();
            return Err(Error::Arguments {
                function: entry.name.clone(),
                expected: own.len(),
                got: self.arguments.len(),
                parameters: parameters.join(", "),
            });
        }
        let mut values = Vec::with_capacity(own.len());
        for (parameter, text) in own.iter().zip(&self.arguments) {
            let value = match model_port(entry, &built, &parameter.name)? {
                Some(port) => input_value(parameter, port, text)?,
                None if literal::is_reduced(text) => text.clone(),
                None => {
                    return Err(Error::Argument {
                        parameter: parameter.name.clone(),
                        text: literal::shorten(text),
                        problem: "not written as a number below the modulus".to_owned(),
                    });
                }
            };
            values.push((parameter.name.clone(), value));
        }
        let program = &built.report.program;
        let ticket = entry.ticket.as_ref().map(|ticket| ticket_field(entry, ticket, &values));
        let ticket = ticket.transpose()?.unwrap_or_default();
        let start = std::time::Instant::now();
        let mut proved = Vec::with_capacity(entry.calls.len());
        for (index, call) in entry.calls.iter().enumerate() {
            events(Event::Stage("proving"));
            let context = context(account, program, ticket, index)?;
            let prover = built.provers.get(&call.number);
            let prover = prover.ok_or(Error::NotRegistered { number: call.number })?;
            proved.push(prove(prover, call, &values, entry, context)?);
        }
        let prove_seconds = start.elapsed().as_secs_f64();
        let mut arguments = Vec::with_capacity(entry.parameters.len());
        for parameter in &entry.parameters {
            let value = match &parameter.origin {
                Origin::User { .. } => values
                    .iter()
                    .find(|(name, _)| *name == parameter.name)
                    .map(|(_, value)| value.clone()),
                Origin::Model { call, role, port } => proved
                    .get(*call)
                    .and_then(|proved| proved.literal(*role, port.unwrap_or(0), parameter)),
            };
            let value = value.ok_or_else(|| Error::Extension {
                reason: format!("the parameter `{}` has no value", parameter.name),
            })?;
            arguments.push(Argument { name: parameter.name.clone(), value });
        }
        let call = StoredCall {
            format: FORMAT.to_owned(),
            version: VERSION,
            network: connection.network(),
            program: program.clone(),
            function: entry.name.clone(),
            caller: account.address(),
            arguments,
        };
        let answers = entry.calls.iter().zip(proved).map(|(call, proved)| Answer {
            function: call.function.clone(),
            number: call.number,
            integers: proved.outputs,
            values: proved.reals,
        });
        Ok(CallReport {
            call,
            answers: answers.collect(),
            prove_seconds,
            package: built.report.package.clone(),
            outputs: Vec::new(),
        })
    }

    /// Proves, and makes the execution.
    pub fn plan(
        &self,
        connection: &Connection,
        account: &Account,
        events: &mut Events<'_>,
    ) -> Result<(Planned, CallReport), Error> {
        // Before the long work.
        connection.deployed(Package::open(&self.package)?.program())?;
        let report = self.prove(connection, account, events)?;
        events(Event::Stage("making the transaction"));
        let planned = report.call.plan(&self.package, connection, account)?;
        Ok((planned, report))
    }

    /// Proves, then runs the function here, without a network.
    pub fn run(
        &self,
        connection: &Connection,
        account: &Account,
        events: &mut Events<'_>,
    ) -> Result<CallReport, Error> {
        let leo = Leo::find()?;
        let mut report = self.prove(connection, account, events)?;
        events(Event::Stage("running the function"));
        let (package, literals) = (&report.package, report.call.literals());
        report.outputs = leo.evaluate(package, connection, account, &self.function, &literals)?;
        Ok(report)
    }

    fn entry<'a>(&self, built: &'a Built) -> Result<&'a Entry, Error> {
        let entries = &built.report.interface.entries;
        entries.iter().find(|entry| entry.name == self.function).ok_or_else(|| Error::Function {
            program: built.report.program.clone(),
            function: self.function.clone(),
            known: entries.iter().map(|entry| entry.name.clone()).collect(),
        })
    }
}

/// What a proof of a call is bound to: who calls which program, for which ticket, and which of its
/// calls it is. A proof that somebody else saw is of no use to them, and none is used twice.
fn context(account: &Account, program: &str, ticket: Fr, call: usize) -> Result<Fr, Error> {
    let odd = || Error::Extension { reason: format!("`{program}` is no name of a program") };
    let id: ProgramID<TestnetV0> = program.parse().map_err(|_| odd())?;
    let address = id.to_address().and_then(|address| address.to_field()).map_err(|_| odd())?;
    let program = literal::parse_field(&address.to_string()).ok_or_else(odd)?;
    Ok(literal::hash_fields(&[account.to_field()?, program, ticket, Fr::from(call as u64)]))
}

/// The ticket as a field element, as Leo casts it.
fn ticket_field(entry: &Entry, ticket: &str, values: &[(String, String)]) -> Result<Fr, Error> {
    let text = values
        .iter()
        .find(|(name, _)| name == ticket)
        .map(|(_, value)| value.trim())
        .unwrap_or_default();
    let bad = || Error::Argument {
        parameter: ticket.to_owned(),
        text: text.to_owned(),
        problem: "no literal of its type".to_owned(),
    };
    let leo_type = entry
        .own_parameters()
        .find(|parameter| parameter.name == ticket)
        .map_or("", |parameter| parameter.leo_type.as_str());
    Some(text).filter(|text| text.ends_with(leo_type)).and_then(ticket_element).ok_or_else(bad)
}

fn ticket_element(text: &str) -> Option<Fr> {
    match text.trim().rsplit_once('u') {
        Some((digits, _)) => digits.replace('_', "").parse().ok().map(literal::from_u128),
        None => literal::parse_field(text.trim()),
    }
}

/// The input of a model that a parameter is, if it is one.
fn model_port<'a>(
    entry: &Entry,
    built: &'a Built,
    parameter: &str,
) -> Result<Option<&'a Port>, Error> {
    let mut found: Option<&Port> = None;
    for call in &entry.calls {
        let Some(prover) = built.provers.get(&call.number) else { continue };
        let inputs = prover.compiled().manifest.inputs();
        for (_, port) in call.arguments.iter().zip(inputs).filter(|(name, _)| *name == parameter) {
            if found.is_some_and(|other| other.scale != port.scale) {
                // A file of real numbers would mean other integers to each of them.
                return Ok(None);
            }
            found = Some(port);
        }
    }
    Ok(found)
}

/// The literal of an input: given as one, or as a file of real numbers.
fn input_value(parameter: &Parameter, port: &Port, text: &str) -> Result<String, Error> {
    let bad = |problem: String| Error::Argument {
        parameter: parameter.name.clone(),
        text: literal::shorten(text),
        problem,
    };
    let integers = match literal::integers(text, port.leo) {
        Some(integers) => integers,
        None => {
            let path = Path::new(text);
            if !path.is_file() {
                let expected = &parameter.leo_type;
                return Err(bad(format!("neither a `{expected}` nor a file that is there")));
            }
            let file = InputFile::read(path)?;
            let bound = file.bind(&[(&port.name, &port.shape)]);
            let input = |source| lionml::Error::Input { path: path.to_owned(), source };
            let sets = bound.map_err(input)?;
            let [set] = sets.as_slice() else {
                return Err(bad(format!(
                    "a file of {} sets of inputs; a call takes one",
                    sets.len()
                )));
            };
            let reals = set.iter().flat_map(|tensor| tensor.data()).copied();
            let quantized = reals.map(|real| port.scale.quantize(real));
            quantized.collect::<Result<_, _>>().map_err(|error| bad(error.to_string()))?
        }
    };
    let expected = port.shape.elements();
    if integers.len() != expected {
        return Err(bad(format!("{} values; the model takes {expected}", integers.len())));
    }
    if let Some(value) = integers.iter().find(|value| !port.interval.contains(**value)) {
        let (low, high) = (port.interval.low(), port.interval.high());
        return Err(bad(format!("not for this model: `{value}` is not in {low} to {high}")));
    }
    let (lengths, _) = literal::array_lengths(&parameter.leo_type)
        .ok_or_else(|| bad(format!("of the odd type `{}`", parameter.leo_type)))?;
    Ok(literal::shaped(&integers, port.leo, &lengths))
}

/// A call that was proved.
struct Proved {
    salts: Vec<Option<u128>>,
    outputs: Vec<Vec<i128>>,
    reals: Vec<Vec<lionml::Scalar>>,
    types: Vec<lionml_quant::IntegerType>,
    proof: Vec<u8>,
}

impl Proved {
    fn literal(&self, role: Role, port: usize, parameter: &Parameter) -> Option<String> {
        match role {
            Role::Salt => Some(format!("{}u128", (*self.salts.get(port)?)?)),
            Role::Proof => Some(literal::bytes(&self.proof)),
            Role::Output => {
                let (lengths, _) = literal::array_lengths(&parameter.leo_type)?;
                Some(literal::shaped(self.outputs.get(port)?, *self.types.get(port)?, &lengths))
            }
        }
    }
}

fn prove(
    prover: &Prover,
    call: &ModelCall,
    values: &[(String, String)],
    entry: &Entry,
    context: Fr,
) -> Result<Proved, Error> {
    let manifest = &prover.compiled().manifest;
    let mut inputs = Vec::new();
    for (name, port) in call.arguments.iter().zip(manifest.inputs()) {
        let text = values.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
        let no_value = || Error::Argument {
            parameter: name.clone(),
            text: literal::shorten(text),
            problem: format!("no value for the model of `{}`", entry.name),
        };
        inputs.push(literal::integers(text, port.leo).ok_or_else(no_value)?);
    }
    let options = ProveOptions { context, salt: None };
    let proven = prover.prove_integers(&[inputs], &options)?;
    // As the network will see it.
    let demand = VerifyOptions { context: Some(context), allow_insecure: false };
    let verified = prover.verifier().verify(&proven.file, &demand)?;
    let instance = verified.instances.into_iter().next().unwrap_or_default();
    let opened = proven.opened.first().cloned().unwrap_or_default();
    let salts = manifest.inputs().into_iter().map(|port| {
        opened.iter().find(|opened| opened.name == port.name).map(|opened| opened.salt)
    });
    Ok(Proved {
        salts: salts.collect(),
        outputs: instance.outputs.iter().filter_map(|port| port.integers.clone()).collect(),
        reals: instance.outputs.iter().filter_map(|port| port.values.clone()).collect(),
        types: manifest.outputs().iter().map(|port| port.leo).collect(),
        proof: proven.file.proof.to_aleo_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use lionml::{CompileOptions, CompiledModel, SrsKind, Visibility};

    use super::*;
    use crate::BuildReport;

    const TYPES: [(&str, Origin); 5] = [
        ("ticket", Origin::User { user: true }),
        ("input", Origin::User { user: true }),
        ("lionml_0_salt", Origin::Model { call: 0, role: Role::Salt, port: Some(0) }),
        ("lionml_0_output", Origin::Model { call: 0, role: Role::Output, port: Some(0) }),
        ("lionml_0_proof", Origin::Model { call: 0, role: Role::Proof, port: None }),
    ];

    /// A package as it is built: one function that asks model 7.
    fn built(input: Visibility) -> Built {
        const ONNX: &[u8] = include_bytes!("../../lionml/tests/fixtures/any_size.onnx");
        let options = CompileOptions {
            dims: [("n".to_owned(), 3)].into(),
            input_range: Some((-1.0, 1.0)),
            bits: Some(6),
            input_visibility: input,
            output_visibility: Visibility::Packed,
            ..CompileOptions::default()
        };
        let (compiled, _) = CompiledModel::compile(ONNX, None, &options).unwrap();
        let srs = SrsOptions { kind: SrsKind::Ceremony, ..SrsOptions::default() };
        let prover = compiled.prepare(&srs).unwrap();
        let [x, y] = [compiled.manifest.inputs()[0], compiled.manifest.outputs()[0]]
            .map(|port| literal::leo_type(port.leo, 3));
        let types = ["u64".to_owned(), x, "u128".to_owned(), y, "[u8; 957]".to_owned()];
        let parameters = TYPES.iter().zip(types).map(|((name, origin), leo_type)| Parameter {
            name: (*name).to_owned(),
            leo_type,
            mode: "private".to_owned(),
            origin: origin.clone(),
        });
        let parameters = parameters.filter(|p| p.leo_type != "u128" || input == Visibility::Hashed);
        let entry = Entry {
            name: "ask".to_owned(),
            parameters: parameters.collect(),
            calls: vec![ModelCall {
                function: "model".to_owned(),
                number: 7,
                arguments: vec!["input".to_owned()],
            }],
            ticket: Some("ticket".to_owned()),
        };
        let program = "gate_keeper.aleo".to_owned();
        let interface = Interface { program: program.clone(), entries: vec![entry] };
        let report = BuildReport {
            program,
            models: Vec::new(),
            interface,
            package: PathBuf::new(),
            warnings: Vec::new(),
        };
        Built { report, provers: [(7, prover)].into() }
    }

    fn account() -> Account {
        Account::new(None, Network::Devnet).unwrap()
    }

    /// An honest call of the function.
    fn honest(built: &Built) -> StoredCall {
        let entry = &built.report.interface.entries[0];
        let prover = &built.provers[&7];
        let input = literal::shaped(&[1, -2, 3], prover.compiled().manifest.inputs()[0].leo, &[3]);
        let mut values =
            vec![("ticket".to_owned(), "5u64".to_owned()), ("input".to_owned(), input)];
        let ticket = ticket_field(entry, "ticket", &values).unwrap();
        let context = context(&account(), &built.report.program, ticket, 0).unwrap();
        let proved = prove(prover, &entry.calls[0], &values, entry, context).unwrap();
        for parameter in &entry.parameters {
            if let Origin::Model { role, port, .. } = parameter.origin {
                let value = proved.literal(role, port.unwrap_or(0), parameter).unwrap();
                values.push((parameter.name.clone(), value));
            }
        }
        StoredCall {
            format: FORMAT.to_owned(),
            version: VERSION,
            network: Network::Devnet,
            program: built.report.program.clone(),
            function: "ask".to_owned(),
            caller: account().address(),
            arguments: values.into_iter().map(|(name, value)| Argument { name, value }).collect(),
        }
    }

    fn request() -> ExecuteStored {
        let (file, package) = ("call.json".into(), ".".into());
        ExecuteStored { file, package, srs: SrsOptions::default() }
    }

    /// What the error is about, if the call is refused.
    fn refused(call: &StoredCall, built: &Built) -> Option<&'static str> {
        let connection = Connection::new(Network::Devnet, None).unwrap();
        let checked = request()
            .check_addressee(call, &connection, &account())
            .and_then(|()| request().check(call, built, &account()).map(drop));
        Some(match checked.err()? {
            Error::OtherCall { what, path, .. } if path == Path::new("call.json") => what,
            Error::OtherCaller { .. } => "caller",
            Error::StoredProof { path, number: 7, .. } if path == Path::new("call.json") => "proof",
            Error::Argument { .. } => "ticket",
            other => panic!("{other:?}"),
        })
    }

    /// A file that somebody sent would run any function of any program, from the account of whoever
    /// executes it.
    #[test]
    fn rejects_stored_calls_of_anything_but_the_package() {
        let built = built(Visibility::Hashed);
        let call = honest(&built);
        assert_eq!(refused(&call, &built), None);
        let answers = request().check(&call, &built, &account()).unwrap();
        assert_eq!((answers[0].number, answers[0].integers.len()), (7, 1));
        let given: Vec<_> = call.given().map(|argument| argument.name.as_str()).collect();
        assert_eq!(given, ["ticket", "input"]);

        let other = |change: &dyn Fn(&mut StoredCall)| {
            let mut call = call.clone();
            change(&mut call);
            refused(&call, &built)
        };
        assert_eq!(other(&|call| call.network = Network::Mainnet), Some("network"));
        assert_eq!(other(&|call| call.caller = "aleo1".to_owned()), Some("caller"));
        assert_eq!(other(&|call| call.program = "credits.aleo".to_owned()), Some("program"));
        for function in ["credits.aleo/transfer_public", "gate_keeper.aleo/ask", "", "--yes"] {
            assert_eq!(other(&|call| call.function = function.to_owned()), Some("function"));
        }
        assert_eq!(other(&|call| drop(call.arguments.pop())), Some("list of arguments"));
        assert_eq!(other(&|call| call.arguments.swap(0, 1)), Some("list of arguments"));
        let put = |index: usize, value: &str| {
            other(&|call| value.clone_into(&mut call.arguments[index].value))
        };
        assert_eq!(put(0, "5u32"), Some("argument"));
        assert_eq!(put(4, "[1u8, 2u8]"), Some("argument"));
        assert_eq!(put(3, "--yes"), Some("argument"));
        // Of the right types, and nothing that was proved.
        assert_eq!(put(0, "6u64"), Some("proof"));
        assert_eq!(put(2, "6u128"), Some("proof"));
        assert_eq!(put(4, &literal::bytes(&[1; 957])), Some("proof"));
        for index in [1, 3] {
            let value = call.arguments[index].value.replacen("[1", "[2", 1);
            let value = value.replacen("[3", "[2", 1).replacen("[0", "[2", 1);
            assert_ne!(value, call.arguments[index].value);
            assert_eq!(put(index, &value), Some("proof"));
        }
    }

    #[test]
    fn accepts_stored_proofs_of_inputs_that_everybody_sees() {
        for input in [Visibility::Public, Visibility::Packed] {
            let built = built(input);
            assert_eq!(refused(&honest(&built), &built), None);
        }
    }

    #[test]
    fn rejects_files_that_are_no_stored_calls() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("call.json");
        let call = honest(&built(Visibility::Packed));
        call.write(&path).unwrap();
        assert_eq!(StoredCall::read(&path).unwrap(), call);
        let text = fs_err::read_to_string(&path).unwrap();
        let long = " ".repeat(usize::try_from(MAX_CALL_BYTES).unwrap() + 1);
        for text in [
            text.replace("\"version\": 2", "\"version\": 1"),
            text.replace("lionml-call", "call"),
            text.replace("\"caller\"", "\"payer\""),
            text.replacen('{', "{\"program\": \"credits.aleo\",", 1),
            long,
        ] {
            fs_err::write(&path, text).unwrap();
            assert!(matches!(StoredCall::read(&path), Err(Error::StoredCall { .. })));
        }
    }
}
