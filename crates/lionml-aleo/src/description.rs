//! What the registry says of a model.

use lionml::{Digest, Fr, Manifest, Port, Visibility};
use lionml_quant::{IntegerType, Scale};
use serde::Serialize;

use crate::{
    Error, Profile, ProfileError,
    literal::{self, Reader},
};

/// What stands in the registry under a number, beside key and owner.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// The name, at most 31 bytes of ASCII.
    pub name: String,
    /// The digest of the manifest, as proofs show it.
    pub manifest: Fr,
    /// The SHA-256 of the ONNX file.
    pub onnx: Digest,
    /// How many public values a proof has, padding included.
    pub publics: u32,
    /// The inputs.
    pub inputs: Vec<PortDescription>,
    /// The outputs.
    pub outputs: Vec<PortDescription>,
    /// The number that this one replaces.
    pub previous: Option<u32>,
}

/// What the registry says of an input or output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PortDescription {
    /// How many values.
    pub elements: u32,
    /// Leo's type of a value.
    pub leo: IntegerType,
    /// Who sees them.
    pub visibility: Visibility,
    /// The real number that the integer one stands for: odd numerator and denominator, and the
    /// digits after the binary point.
    pub scale: (u32, u32, i16),
    /// The smallest value that can occur.
    pub low: i128,
    /// The largest.
    pub high: i128,
}

/// How many inputs, and how many outputs, the registry has room for.
pub(crate) const PORTS: usize = 4;

/// What takes models of one circuit alone.
pub(crate) const ON_CHAIN: &str = "a network";

const NAME_BYTES: usize = 31;

impl Description {
    /// What the registry is to say of the model with this manifest.
    pub fn of(manifest: &Manifest, previous: Option<u32>) -> Result<Self, Error> {
        let interface = manifest.single(ON_CHAIN).map_err(lionml::Error::from)?;
        Profile::check(interface)?;
        let name = &manifest.model;
        if !is_readable(name) || name.is_empty() || name.len() > NAME_BYTES {
            return Err(ProfileError::Name { name: name.clone(), longest: NAME_BYTES }.into());
        }
        let ports = |ports: &[Port]| -> Result<Vec<_>, Error> {
            ports.iter().map(PortDescription::of).collect()
        };
        Ok(Self {
            name: name.clone(),
            manifest: manifest.digest().map_err(lionml::Error::from)?.to_field(),
            onnx: manifest.onnx,
            publics: u32::try_from(interface.publics()).unwrap_or(u32::MAX),
            inputs: ports(&interface.inputs)?,
            outputs: ports(&interface.outputs)?,
            previous,
        })
    }

    /// The struct that `register` takes under this number.
    pub(crate) fn literal(&self, number: u32) -> String {
        let name = self.name.bytes().enumerate().fold([0; 31], |mut bytes, (index, byte)| {
            if let Some(place) = bytes.get_mut(index) {
                *place = byte;
            }
            bytes
        });
        let name = lionml_r1cs::field::from_31_bytes(&name);
        let (low, high) = halves(&self.onnx);
        let ports = |ports: &[PortDescription]| {
            let used = ports.iter().map(PortDescription::literal);
            let unused = std::iter::repeat_with(|| PORT_UNUSED.to_owned());
            literal::array(used.chain(unused).take(PORTS))
        };
        format!(
            "{{ name: {}, manifest: {}, onnx_low: {low}u128, onnx_high: {high}u128, \
             publics: {}u32, inputs: {}, outputs: {}, previous: {}u32 }}",
            literal::field(&name),
            literal::field(&self.manifest),
            self.publics,
            ports(&self.inputs),
            ports(&self.outputs),
            self.previous.unwrap_or(number),
        )
    }

    /// What a node answered about this number.
    pub(crate) fn read(reader: &Reader, number: u32) -> Result<Self, Error> {
        let bytes = lionml_r1cs::field::to_bytes(&reader.member("name")?.field()?);
        let name = bytes.into_iter().take_while(|&byte| byte != 0).collect();
        let ports = |name| -> Result<Vec<_>, Error> {
            let ports = reader.member(name)?.elements()?;
            let ports = ports.iter().map(PortDescription::read).collect::<Result<Vec<_>, _>>()?;
            Ok(ports.into_iter().flatten().collect())
        };
        let half = |name| reader.member(name)?.number::<u128>("u128");
        let mut onnx = [0; 32];
        onnx[..16].copy_from_slice(&half("onnx_low")?.to_le_bytes());
        onnx[16..].copy_from_slice(&half("onnx_high")?.to_le_bytes());
        let previous = reader.member("previous")?.number("u32")?;
        Ok(Self {
            // Anybody can register any name: no control characters on a reader's screen.
            name: String::from_utf8(name)
                .ok()
                .filter(|name| is_readable(name))
                .unwrap_or_else(|| "?".to_owned()),
            manifest: reader.member("manifest")?.field()?,
            onnx: Digest(onnx),
            publics: reader.member("publics")?.number("u32")?,
            inputs: ports("inputs")?,
            outputs: ports("outputs")?,
            previous: Some(previous).filter(|&previous| previous != number),
        })
    }
}

/// Whether a name has nothing but what a reader's screen shows as it is.
fn is_readable(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}

/// A digest as two numbers, the first byte lowest.
fn halves(digest: &Digest) -> (u128, u128) {
    let half = |bytes: &[u8]| {
        bytes.iter().rev().fold(0u128, |number, &byte| number << 8 | u128::from(byte))
    };
    (half(&digest.0[..16]), half(&digest.0[16..]))
}

const PORT_UNUSED: &str = "{ elements: 0u32, bits: 0u8, signed: false, visibility: 0u8, \
    numerator: 0u32, denominator: 0u32, fraction_bits: 0i16, low: 0i128, high: 0i128 }";

const VISIBILITIES: [(u8, Visibility); 4] = [
    (1, Visibility::Public),
    (2, Visibility::Packed),
    (3, Visibility::Hashed),
    (4, Visibility::Private),
];

impl PortDescription {
    fn of(port: &Port) -> Result<Self, Error> {
        let (numerator, denominator) = port.scale.odd_ratio();
        let unusual =
            || ProfileError::Scale { port: port.name.clone(), scale: port.scale.to_string() };
        let fraction_bits = i16::try_from(port.scale.fraction_bits()).map_err(|_| unusual())?;
        Ok(Self {
            elements: u32::try_from(port.shape.elements()).unwrap_or(u32::MAX),
            leo: port.leo,
            visibility: port.visibility,
            scale: (numerator, denominator, fraction_bits),
            low: port.interval.low(),
            high: port.interval.high(),
        })
    }

    fn literal(&self) -> String {
        let visibility = VISIBILITIES.iter().find(|(_, v)| *v == self.visibility);
        format!(
            "{{ elements: {}u32, bits: {}u8, signed: {}, visibility: {}u8, numerator: {}u32, \
             denominator: {}u32, fraction_bits: {}i16, low: {}i128, high: {}i128 }}",
            self.elements,
            self.leo.bits(),
            self.leo.is_signed(),
            visibility.map_or(0, |(code, _)| *code),
            self.scale.0,
            self.scale.1,
            self.scale.2,
            self.low,
            self.high,
        )
    }

    /// None for a place that is not used.
    fn read(reader: &Reader) -> Result<Option<Self>, Error> {
        let code: u8 = reader.member("visibility")?.number("u8")?;
        if code == 0 {
            return Ok(None);
        }
        let bits: u8 = reader.member("bits")?.number("u8")?;
        let is_signed = reader.member("signed")?.boolean()?;
        let visibility = VISIBILITIES.iter().find(|(c, _)| *c == code).map(|(_, v)| *v);
        let leo = IntegerType::new(is_signed, bits.into());
        let (Some(visibility), Some(leo)) = (visibility, leo) else {
            let answer = format!("visibility {code}, {bits} bits");
            return Err(Error::Answer { what: "an input or output".to_owned(), answer });
        };
        let number = |name| reader.member(name)?.number("u32");
        Ok(Some(Self {
            elements: number("elements")?,
            leo,
            visibility,
            scale: (
                number("numerator")?,
                number("denominator")?,
                reader.member("fraction_bits")?.number("i16")?,
            ),
            low: reader.member("low")?.number("i128")?,
            high: reader.member("high")?.number("i128")?,
        }))
    }

    /// The scale, as LionML writes it; nothing where the registry holds an odd one.
    pub fn scale_text(&self) -> String {
        let (numerator, denominator, fraction_bits) = self.scale;
        serde_json::from_value::<Scale>(serde_json::json!([numerator, denominator, fraction_bits]))
            .map_or_else(|_| "?".to_owned(), |scale| scale.to_string())
    }

    /// Leo's type of the whole: `[i16; 64]`.
    pub fn leo_type(&self) -> String {
        literal::leo_type(self.leo, self.elements)
    }
}
