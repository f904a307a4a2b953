//! The registry: models under annotation numbers.

use std::path::PathBuf;

use lionml::{Digest, Events, Fidelity, Fr, Recompiled, SrsKind, SrsOptions};
use serde::Serialize;

use crate::{
    Account, Connection, Description, Error, Leo,
    description::ON_CHAIN,
    leo::Step,
    literal::{self, Reader},
    package,
    planned::Planned,
};

/// The registry on a node. Its program was compared with the one that is part of this one.
#[derive(Clone, Debug)]
pub struct Registry<'a> {
    connection: &'a Connection,
}

/// A model under its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// The number.
    pub number: u32,
    /// Who registered it.
    pub owner: String,
    /// The block in which that was.
    pub height: u32,
    /// Whether its owner retired it.
    pub retired: bool,
    /// The digest of its key.
    pub key_digest: Fr,
    /// What it is.
    pub description: Description,
}

/// A number with its model, or with why that cannot be read: anybody can register anything, and it
/// must not hide the others.
pub type Listed = (u32, Result<Registration, Error>);

/// A part of the list of all numbers.
#[derive(Debug)]
pub struct Page {
    /// Where it begins, counted from zero.
    pub first: u32,
    /// How many numbers there are in all, by the node's word.
    pub count: u32,
    /// The numbers of this part.
    pub models: Vec<Listed>,
}

/// The name of the registry's program.
pub(crate) const PROGRAM: &str = "lionml_registry.aleo";

/// Its code, as Leo compiles `registry/src/main.leo`.
pub(crate) const CODE: &str = include_str!("../../../registry/lionml_registry.aleo");

impl<'a> Registry<'a> {
    /// The registry on a node; an error where there is none, or another program of its name.
    pub fn open(connection: &'a Connection) -> Result<Self, Error> {
        connection.check_consensus()?;
        let endpoint = || connection.endpoint().to_owned();
        let code = connection
            .program(PROGRAM)?
            .ok_or_else(|| Error::NoRegistry { program: PROGRAM, endpoint: endpoint() })?;
        // Whoever deployed the name first could have deployed anything.
        if code.trim() != CODE.trim() {
            return Err(Error::OtherRegistry { program: PROGRAM, endpoint: endpoint() });
        }
        Ok(Self { connection })
    }

    /// The deployment of the registry, once for everybody on a network.
    pub fn deployment(
        leo: &Leo,
        connection: &Connection,
        account: &Account,
    ) -> Result<Planned, Error> {
        connection.check_consensus()?;
        if connection.program(PROGRAM)?.is_some() {
            let endpoint = connection.endpoint().to_owned();
            return Err(Error::RegistryExists { program: PROGRAM, endpoint });
        }
        let directory = package::temporary_directory()?;
        write_package(directory.path())?;
        let what = "deploying the registry".to_owned();
        Planned::new(what, &Step::Deploy, directory.path(), (leo, connection, account))
    }

    fn mapping(&self, mapping: &str, key: &str) -> Result<Option<String>, Error> {
        self.connection.mapping(PROGRAM, mapping, key)
    }

    /// The model under a number.
    pub fn find(&self, number: u32) -> Result<Option<Registration>, Error> {
        let key = format!("{number}u32");
        let Some(text) = self.mapping("models", &key)? else { return Ok(None) };
        let what = format!("number {number}");
        let reader = Reader::parse(&text, &what)?;
        let missing = || Error::Answer { what: what.clone(), answer: "nothing".to_owned() };
        let digest = self.mapping("key_digests", &key)?.ok_or_else(missing)?;
        Ok(Some(Registration {
            number,
            owner: reader.member("registrant")?.address()?,
            height: reader.member("height")?.number("u32")?,
            retired: match self.mapping("retired", &key)? {
                Some(retired) => Reader::parse(&retired, &what)?.boolean()?,
                None => false,
            },
            key_digest: literal::parse_field(&digest).ok_or_else(missing)?,
            description: Description::read(&reader.member("description")?, number)?,
        }))
    }

    /// The model under a number; an error where nobody registered it.
    pub fn get(&self, number: u32) -> Result<Registration, Error> {
        self.find(number)?.ok_or(Error::NotRegistered { number })
    }

    /// The verifying key under a number, in Aleo's form.
    pub fn key(&self, number: u32) -> Result<Vec<u8>, Error> {
        let text = self.mapping("keys", &format!("{number}u32"))?;
        let text = text.ok_or(Error::NotRegistered { number })?;
        let reader = Reader::parse(&text, &format!("the key of number {number}"))?;
        reader.elements()?.iter().map(|element| element.number("u8")).collect()
    }

    /// At most so many numbers from the one at this index on, in the order of their registration.
    /// How many there are is the node's word: it decides nothing about how many are asked for.
    pub fn list(&self, first: u32, most: u32) -> Result<Page, Error> {
        let count = match self.mapping("count", "0u8")? {
            Some(count) => Reader::parse(&count, "the count")?.number("u32")?,
            None => 0,
        };
        let models = (first..count.min(first.saturating_add(most))).map(|index| {
            let number = self.mapping("numbers", &format!("{index}u32"))?.unwrap_or_default();
            let number = Reader::parse(&number, "a number")?.number("u32")?;
            match self.get(number) {
                Err(error) if !matches!(error, Error::Answer { .. }) => Err(error),
                model => Ok((number, model)),
            }
        });
        Ok(Page { first, count, models: models.collect::<Result<_, _>>()? })
    }

    /// The retirement of a number.
    pub fn retirement(&self, number: u32, leo: &Leo, account: &Account) -> Result<Planned, Error> {
        let found = self.get(number)?;
        let address = account.address();
        if found.owner != address {
            return Err(Error::NotOwner { number, owner: found.owner, account: address });
        }
        if found.retired {
            return Err(Error::Retired { number });
        }
        let what = format!("retiring number {number}");
        self.plan(what, "retire", vec![format!("{number}u32")], (leo, account))
    }

    /// The execution of a function of the registry.
    pub(crate) fn plan(
        &self,
        what: String,
        function: &str,
        inputs: Vec<String>,
        (leo, account): (&Leo, &Account),
    ) -> Result<Planned, Error> {
        let step = Step::Execute { function: format!("{PROGRAM}/{function}"), inputs };
        let directory = package::temporary_directory()?;
        Planned::new(what, &step, directory.path(), (leo, self.connection, account))
    }
}

/// Writes the registry's package into a directory.
pub(crate) fn write_package(directory: &std::path::Path) -> Result<(), Error> {
    let files = [
        ("program.json", include_str!("../../../registry/program.json")),
        ("src/main.leo", include_str!("../../../registry/src/main.leo")),
    ];
    let action = "write the registry's package";
    fs_err::create_dir_all(directory.join("src"))
        .map_err(|source| Error::Process { action, source })?;
    for (name, text) in files {
        fs_err::write(directory.join(name), text)
            .map_err(|source| Error::Process { action, source })?;
    }
    Ok(())
}

/// Whether a number is a model under the settings of its manifest: its key is made again from both.
#[derive(Clone, Debug)]
pub struct RegistryVerify {
    /// The number.
    pub number: u32,
    /// The ONNX file.
    pub model: PathBuf,
    /// The manifest, with the settings.
    pub manifest: PathBuf,
    /// Where larger powers are.
    pub srs: SrsOptions,
}

/// What such a comparison found: everything is equal, or there would be an error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyReport {
    /// Always true.
    pub verified: bool,
    /// The number.
    pub number: u32,
    /// The name of the model.
    pub model: String,
    /// Who registered it.
    pub owner: String,
    /// Whether it was retired.
    pub retired: bool,
    /// The digest of the ONNX file.
    pub onnx: String,
    /// The digest of the manifest.
    pub manifest: String,
    /// What the settings of the manifest cost, which are whatever the owner chose.
    pub fidelity: Fidelity,
}

impl RegistryVerify {
    /// Makes the key again and compares it with the one in the registry.
    pub fn execute(
        &self,
        connection: &Connection,
        events: &mut Events<'_>,
    ) -> Result<VerifyReport, Error> {
        let registry = Registry::open(connection)?;
        let found = registry.get(self.number)?;
        let Recompiled { compiled, fidelity } =
            lionml::recompile(&self.model, &self.manifest, None, events)?;
        events(lionml::Event::Stage("making the keys"));
        // The registry is for keys over the ceremony's powers; others differ, and are refused.
        let srs = SrsOptions { kind: SrsKind::Ceremony, ..self.srs.clone() };
        let prover = compiled.prepare(&srs)?;
        let key = &prover.verifier().single(ON_CHAIN).map_err(lionml::Error::from)?.key;
        let key = key.to_aleo_bytes();
        let description = Description::of(&compiled.manifest, None)?;
        compare(&found, &registry.key(self.number)?, &description, &key)?;
        Ok(VerifyReport {
            verified: true,
            number: self.number,
            model: compiled.manifest.model.clone(),
            owner: found.owner,
            retired: found.retired,
            onnx: compiled.manifest.onnx.to_string(),
            manifest: compiled.manifest.digest().map_err(lionml::Error::from)?.to_string(),
            fidelity,
        })
    }
}

/// Refuses a registration that is not exactly this model with this key.
pub(crate) fn compare(
    found: &Registration,
    found_key: &[u8],
    description: &Description,
    key: &[u8],
) -> Result<(), Error> {
    let number = found.number;
    let differs = |what, expected: String, got: String| {
        Err(Error::OtherModel { number, what, expected, got })
    };
    let registered = &found.description;
    if registered.onnx != description.onnx {
        return differs("ONNX file", description.onnx.to_string(), registered.onnx.to_string());
    }
    if registered.manifest != description.manifest {
        let (expected, got) = (description.manifest, registered.manifest);
        return differs("manifest", expected.to_string(), got.to_string());
    }
    if found_key != key {
        let digest = |bytes: &[u8]| Digest::of(bytes).to_string();
        return differs("verifying key", digest(key), digest(found_key));
    }
    if found.key_digest != literal::hash_bytes(key) {
        let (expected, got) = (literal::hash_bytes(key), found.key_digest);
        return differs("digest of the key", expected.to_string(), got.to_string());
    }
    // What the registry says of types and scales is its owner's word; it must be that of the
    // manifest.
    let comparable = Description { previous: registered.previous, ..description.clone() };
    if *registered != comparable {
        return differs("description", format!("{comparable:?}"), format!("{registered:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Network,
        lying::{Node, Said},
    };

    const PORT: &str = "{ elements: 3u32, bits: 8u8, signed: true, visibility: 3u8, numerator: 1u32, \
        denominator: 1u32, fraction_bits: 5i16, low: -32i128, high: 32i128 }";
    const UNUSED: &str = "{ elements: 0u32, bits: 0u8, signed: false, visibility: 0u8, \
        numerator: 0u32, denominator: 0u32, fraction_bits: 0i16, low: 0i128, high: 0i128 }";
    const OWNER: &str = "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px";
    /// What snarkVM takes for zero.
    const MODULUS: &str =
        "8444461749428370424248824938781546531375899335154063827935233455917409239041";

    /// What a node says of every number, with this owner and this digest of the manifest.
    fn registration(owner: &str, manifest: &str) -> String {
        let ports = format!("[{PORT}, {UNUSED}, {UNUSED}, {UNUSED}]");
        format!(
            "{{ registrant: {owner}, height: 5u32, description: {{ name: 97field, \
             manifest: {manifest}, onnx_low: 1u128, onnx_high: 2u128, publics: 8u32, \
             inputs: {ports}, outputs: {ports}, previous: 7u32 }} }}"
        )
    }

    fn node(count: &'static str, registration: String) -> Node {
        Node::new(move |path| -> Said {
            let mapping = path.rsplit('/').nth(1).unwrap();
            let text = match mapping {
                "count" => count,
                "numbers" => "7u32",
                "models" => &registration,
                "key_digests" => "1field",
                "retired" => return Some((200, "null".to_owned())),
                other => panic!("{other}"),
            };
            Some((200, serde_json::to_string(text).unwrap()))
        })
    }

    fn find(registration: String) -> Result<Option<Registration>, Error> {
        let node = node("1u32", registration).connection(Network::Devnet);
        Registry { connection: &node }.find(7)
    }

    #[test]
    fn rejects_owners_and_numbers_that_are_none() {
        let found = find(registration(OWNER, "3field")).unwrap().unwrap();
        assert_eq!((found.owner.as_str(), found.description.manifest), (OWNER, Fr::from(3u64)));
        for (owner, manifest) in [
            ("\"\u{202e}aleo1\"", "3field"),
            ("7u8", "3field"),
            (OWNER, &format!("{MODULUS}field")),
            (OWNER, "03field"),
            (OWNER, "3group"),
        ] {
            let refused = find(registration(owner, manifest));
            assert!(
                matches!(refused, Err(Error::Answer { .. })),
                "{owner}, {manifest}: {refused:?}"
            );
        }
    }

    /// A node that counts to the end of 32 bits would have a list that never ends.
    #[test]
    fn rejects_lists_without_an_end() {
        let node = node("4294967295u32", registration(OWNER, "3field"));
        let connection = node.connection(Network::Devnet);
        let page = Registry { connection: &connection }.list(10, 3).unwrap();
        assert_eq!((page.first, page.count, page.models.len()), (10, u32::MAX, 3));
        let numbers = |asked: &[String]| {
            asked.iter().filter(|path| path.contains("/numbers/")).cloned().collect::<Vec<_>>()
        };
        let asked = numbers(&node.asked());
        assert_eq!(asked.len(), 3);
        assert!(asked[0].ends_with("/numbers/10u32"), "{asked:?}");
        let page = Registry { connection: &connection }.list(u32::MAX, u32::MAX).unwrap();
        assert!(page.models.is_empty());
    }
}
