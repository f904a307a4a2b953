//! Registering a model.

use std::path::PathBuf;

use lionml::{CompiledModel, Event, Events, SrsKind, SrsOptions};
use serde::Serialize;

use crate::{
    Account, Connection, Description, Error, Leo, Outcome, Profile, ProfileError, Registration,
    Registry,
    description::ON_CHAIN,
    literal,
    planned::{Fee, Planned},
    registry,
};

/// Registers a compiled model under a number.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// The compiled model.
    pub model: PathBuf,
    /// The number.
    pub number: u32,
    /// The number that it replaces.
    pub previous: Option<u32>,
    /// Where larger powers are; the reference string is the ceremony's.
    pub srs: SrsOptions,
}

/// A registration that is ready to be sent, or one that is there already.
#[derive(Debug)]
pub struct PlannedDeploy {
    report: DeployReport,
    description: Description,
    key: Vec<u8>,
    planned: Option<Planned>,
    connection: Connection,
}

/// What was registered.
#[derive(Clone, Debug, Serialize)]
pub struct DeployReport {
    /// The number.
    pub number: u32,
    /// The name of the model.
    pub model: String,
    /// Who registered it.
    pub owner: String,
    /// The digest of the manifest.
    pub manifest: String,
    /// The digest of the key, as Leo programs carry it.
    pub key_digest: String,
    /// What one transaction has to carry.
    pub profile: Profile,
    /// Whether it was there before: then nothing was sent.
    pub already_registered: bool,
    /// What it costs, or would have.
    pub fee: Option<Fee>,
    /// What became of it.
    pub outcome: Option<Outcome>,
}

impl Deploy {
    /// Makes the key, asks the registry, and estimates the fee. Sends nothing.
    pub fn plan(
        &self,
        connection: &Connection,
        account: &Account,
        events: &mut Events<'_>,
    ) -> Result<PlannedDeploy, Error> {
        let leo = Leo::find()?;
        let compiled = CompiledModel::read(&self.model)?;
        if self.srs.kind != SrsKind::Ceremony {
            return Err(ProfileError::Insecure.into());
        }
        events(Event::Stage("asking the registry"));
        let registry = Registry::open(connection)?;
        if let Some(previous) = self.previous {
            let found = registry.get(previous)?;
            if found.owner != account.address() {
                let account = account.address();
                return Err(Error::NotOwner { number: previous, owner: found.owner, account });
            }
        }
        // Before the set-up, which takes long for models that will not fit.
        let interface = compiled.manifest.single(ON_CHAIN).map_err(lionml::Error::from)?;
        let profile = Profile::check(interface)?;
        events(Event::Stage("making the keys"));
        let prover = compiled.prepare(&self.srs)?;
        let verifier = prover.verifier().single(ON_CHAIN).map_err(lionml::Error::from)?;
        let description = Description::of(&compiled.manifest, self.previous)?;
        let key = verifier.key.to_aleo_bytes();
        let found = registry.find(self.number)?;
        if let Some(found) = &found {
            self.check_same(&registry, found, &description, &key)?;
        }
        events(Event::Stage("making the transaction"));
        let planned = match &found {
            Some(_) => None,
            None => Some(registry.plan(
                format!("registering `{}` as number {}", description.name, self.number),
                "register",
                vec![
                    format!("{}u32", self.number),
                    literal::bytes(&key),
                    description.literal(self.number),
                ],
                (&leo, account),
            )?),
        };
        let report = DeployReport {
            number: self.number,
            model: description.name.clone(),
            already_registered: found.is_some(),
            owner: found.map_or_else(|| account.address(), |found| found.owner),
            manifest: compiled.manifest.digest().map_err(lionml::Error::from)?.to_string(),
            key_digest: literal::field(&literal::hash_bytes(&key)),
            profile,
            fee: planned.as_ref().map(Planned::fee),
            outcome: None,
        };
        Ok(PlannedDeploy { report, description, key, planned, connection: connection.clone() })
    }

    /// Refuses a number that stands for another model than this very one, as it may after an
    /// interrupted run.
    fn check_same(
        &self,
        registry: &Registry<'_>,
        found: &Registration,
        description: &Description,
        key: &[u8],
    ) -> Result<(), Error> {
        let found_key = registry.key(self.number)?;
        if registry::compare(found, &found_key, description, key).is_err() {
            return Err(Error::Taken {
                number: self.number,
                owner: found.owner.clone(),
                name: found.description.name.clone(),
            });
        }
        Ok(())
    }
}

impl PlannedDeploy {
    /// What will be registered.
    pub fn report(&self) -> &DeployReport {
        &self.report
    }

    /// Sends the registration, waits, and reads from the node what it made of it.
    pub fn send(self) -> Result<DeployReport, Error> {
        let Self { mut report, description, key, planned, connection } = self;
        if let Some(planned) = planned {
            report.outcome = Some(planned.send()?);
            let registry = Registry::open(&connection)?;
            let found = registry.get(report.number)?;
            // Somebody else may have been faster.
            registry::compare(&found, &registry.key(report.number)?, &description, &key)?;
        }
        Ok(report)
    }
}
