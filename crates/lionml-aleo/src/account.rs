//! Who pays, and who a proof is for.

use std::fmt;

use lionml::Fr;
use snarkvm_console_account::{Address, PrivateKey};
use snarkvm_console_network::{TestnetV0, prelude::ToField};

use crate::{DEVNET_KEY, Error, Network, literal};

/// A private key with its address. Its text is shown nowhere, and Leo gets it in an environment
/// variable: arguments of processes can be read by every user of a machine.
#[derive(Clone)]
pub struct Account {
    key: String,
    address: Address<TestnetV0>,
}

impl Account {
    /// The account of this private key; on a devnet without one, the account of the devnet itself.
    pub fn new(key: Option<&str>, network: Network) -> Result<Self, Error> {
        let key = match (key, network) {
            (Some(key), _) => key.trim(),
            (None, Network::Devnet) => DEVNET_KEY,
            (None, Network::Testnet | Network::Mainnet) => {
                return Err(Error::NoPrivateKey { network });
            }
        };
        let parsed: PrivateKey<TestnetV0> = key.parse().map_err(|_| Error::PrivateKey)?;
        let address = Address::try_from(&parsed).map_err(|_| Error::PrivateKey)?;
        Ok(Self { key: key.to_owned(), address })
    }

    /// The address.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn private_key(&self) -> &str {
        &self.key
    }

    /// The address as a field element, as Leo casts it.
    pub(crate) fn to_field(&self) -> Result<Fr, Error> {
        let field = self.address.to_field().map_err(|_| Error::PrivateKey)?;
        literal::parse_field(&field.to_string()).ok_or(Error::PrivateKey)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_key_of_the_devnet() {
        let account = Account::new(None, Network::Devnet).unwrap();
        assert_eq!(
            account.address(),
            "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px"
        );
        assert!(!format!("{account:?}").contains("APrivateKey"));
        assert!(account.to_field().is_ok());
    }

    #[test]
    fn rejects_what_is_no_key() {
        assert!(matches!(Account::new(Some("x"), Network::Devnet), Err(Error::PrivateKey)));
        let missing = Account::new(None, Network::Testnet);
        assert!(matches!(missing, Err(Error::NoPrivateKey { network: Network::Testnet })));
    }
}
