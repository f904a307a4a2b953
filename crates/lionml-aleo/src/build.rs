//! Building a Leo program that calls models.

use std::{collections::BTreeMap, path::PathBuf};

use lionml::{CompiledModel, Event, Events, Port, Prover, SrsKind, SrsOptions, Visibility};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Account, Connection, Description, Error, Interface, Leo, Planned, Profile, Registration,
    Registry, description::ON_CHAIN, extension::Extension, interface::ModelFunction, leo::Step,
    literal, package::Package, registry,
};

/// Builds a package: checks its types, audits every number that it calls, and writes the program in
/// which each answer is verified.
#[derive(Clone, Debug)]
pub struct Build {
    /// The package's directory.
    pub package: PathBuf,
    /// Where larger powers are; the reference string is the ceremony's.
    pub srs: SrsOptions,
}

/// What was built.
#[derive(Clone, Debug, Serialize)]
pub struct BuildReport {
    /// The program.
    pub program: String,
    /// The models that it calls.
    pub models: Vec<BuiltModel>,
    /// Its functions, with the parameters that were added.
    pub interface: Interface,
    /// The package that was written.
    pub package: PathBuf,
    /// What to think about.
    pub warnings: Vec<String>,
}

/// A model that a program calls. Its key was made again from the compiled model and is the
/// registry's, byte by byte.
#[derive(Clone, Debug, Serialize)]
pub struct BuiltModel {
    /// The number.
    pub number: u32,
    /// The functions that it answers.
    pub functions: Vec<String>,
    /// Its name.
    pub name: String,
    /// Who registered it.
    pub owner: String,
    /// The digest of its key, which the program carries.
    pub key_digest: String,
    /// What one transaction has to carry.
    pub profile: Profile,
}

/// A package that was built, with what its calls are proved with.
pub(crate) struct Built {
    pub(crate) report: BuildReport,
    pub(crate) provers: BTreeMap<u32, Prover>,
}

impl Build {
    /// Builds the package.
    pub fn execute(
        &self,
        connection: &Connection,
        events: &mut Events<'_>,
    ) -> Result<BuildReport, Error> {
        let leo = Leo::find()?;
        let report = self.built(connection, events)?.report;
        events(Event::Stage("building the program"));
        leo.build(&report.package, connection)?;
        Ok(report)
    }

    /// Builds the package and makes the deployment of its program; none where the network has this
    /// very program, as after an interrupted run.
    pub fn deployment(
        &self,
        connection: &Connection,
        account: &Account,
        events: &mut Events<'_>,
    ) -> Result<Option<Planned>, Error> {
        let package = Package::open(&self.package)?;
        let program = package.program();
        let leo = Leo::find()?;
        let report = self.built(connection, events)?.report;
        if let Some(deployed) = connection.program(program)? {
            leo.build(&report.package, connection)?;
            if package.is_code(&deployed)? {
                return Ok(None);
            }
            let endpoint = connection.endpoint().to_owned();
            return Err(Error::ProgramExists { program: program.to_owned(), endpoint });
        }
        events(Event::Stage("making the transaction"));
        let what = format!("deploying `{}`", report.program);
        let place = (&leo, connection, account);
        Planned::new(what, &Step::Deploy, &report.package, place).map(Some)
    }

    /// All but Leo's own build, with which Leo begins whatever it does with a package.
    pub(crate) fn built(
        &self,
        connection: &Connection,
        events: &mut Events<'_>,
    ) -> Result<Built, Error> {
        let package = Package::open(&self.package)?;
        package.prepare()?;
        let extension = Extension::find()?;
        let scan = extension.scan(package.directory())?;
        if scan.program != package.program() {
            let (got, expected) = (scan.program, package.program());
            let reason =
                format!("`src/main.leo` is `{got}`, and `program.json` names `{expected}`");
            return Err(Error::NotPackage { path: package.directory().to_owned(), reason });
        }
        extension.check(package.directory(), connection)?;
        let registry = Registry::open(connection)?;
        let mut functions: BTreeMap<u32, Vec<&ModelFunction>> = BTreeMap::new();
        for function in &scan.functions {
            functions.entry(function.number).or_default().push(function);
        }
        let (mut models, mut provers) = (Vec::new(), BTreeMap::new());
        let (mut descriptions, mut warnings) = (serde_json::Map::new(), Vec::new());
        for (number, functions) in functions {
            let audited = self
                .audit(&package, &registry, number, events)
                .map_err(|error| error.declared(&functions))?;
            descriptions.insert(number.to_string(), audited.json()?);
            models.push(BuiltModel {
                number,
                functions: functions.iter().map(|function| function.name.clone()).collect(),
                name: audited.registration.description.name.clone(),
                owner: audited.registration.owner.clone(),
                key_digest: literal::field(&audited.registration.key_digest),
                profile: audited.profile,
            });
            provers.insert(number, audited.prover);
        }
        if models.is_empty() {
            warnings.push("no function of the program is answered by a model".to_owned());
        }
        events(Event::Stage("expanding the program"));
        let described = json!({"registry": registry::CODE, "models": descriptions});
        let (described, interface) = package.write_expanded(&described)?;
        let expanded = package.expanded();
        let interface = extension.expand(
            (package.directory(), connection),
            &described,
            &expanded.join("src").join("main.leo"),
            &interface,
        )?;
        let program = scan.program;
        let report = BuildReport { program, models, interface, package: expanded, warnings };
        Ok(Built { report, provers })
    }

    /// The model of a number, if the registry has exactly that under it.
    fn audit(
        &self,
        package: &Package,
        registry: &Registry<'_>,
        number: u32,
        events: &mut Events<'_>,
    ) -> Result<Audited, Error> {
        let registration = registry.get(number)?;
        if registration.retired {
            return Err(Error::Retired { number });
        }
        let path = package.model(number)?;
        events(Event::Stage("auditing the models"));
        let compiled = CompiledModel::read(&path)?;
        let srs = SrsOptions { kind: SrsKind::Ceremony, ..self.srs.clone() };
        let keys = package.keys(number);
        // Stored keys carry a certificate that they were made from the circuit, and it is checked.
        let prover = match compiled.stored_prover(&keys, &srs) {
            Ok(prover) if prover.srs() == SrsKind::Ceremony => prover,
            _ => {
                let prover = compiled.prepare(&srs)?;
                prover.store(&keys)?;
                prover
            }
        };
        let key = &prover.verifier().single(ON_CHAIN).map_err(lionml::Error::from)?.key;
        let interface = compiled.manifest.single(ON_CHAIN).map_err(lionml::Error::from)?;
        let profile = Profile::check(interface)?;
        let description = Description::of(&compiled.manifest, None)?;
        let found_key = registry.key(number)?;
        registry::compare(&registration, &found_key, &description, &key.to_aleo_bytes())?;
        Ok(Audited { registration, prover, profile })
    }
}

/// A number whose model is the one at hand.
struct Audited {
    registration: Registration,
    prover: Prover,
    profile: Profile,
}

impl Audited {
    /// What the extension needs to know, from the manifest and not from the registry.
    fn json(&self) -> Result<Value, Error> {
        let verifier = self.prover.verifier();
        let manifest = &verifier.manifest;
        let ports = |ports: &[Port]| ports.iter().map(port_json).collect::<Vec<_>>();
        let digest = manifest.digest().map_err(lionml::Error::from)?;
        let interface = manifest.single(ON_CHAIN).map_err(lionml::Error::from)?;
        Ok(json!({
            "name": manifest.model,
            "manifest": literal::field(&digest.to_field()),
            "key_digest": literal::field(&self.registration.key_digest),
            "publics": interface.publics(),
            "inputs": ports(&interface.inputs),
            "outputs": ports(&interface.outputs),
        }))
    }
}

fn port_json(port: &Port) -> Value {
    json!({
        "name": port.name,
        "type": port.leo,
        "elements": port.shape.elements(),
        "scale": port.scale.to_string(),
        "visibility": port.visibility,
        "lo": port.interval.low().to_string(),
        "hi": port.interval.high().to_string(),
        "packing": (port.visibility == Visibility::Packed).then(|| port.packing().widths()),
    })
}
