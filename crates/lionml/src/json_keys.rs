//! What must hold of any JSON text before it is read as something.
//!
//! A member that stands twice is the first to some readers and the last to others: one text would be
//! two. And two bytes of text can be many of memory.

use std::{collections::BTreeSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The most values of a text: numbers, texts, lists and members.
pub(crate) const MAX_VALUES: usize = 1 << 24;

/// Checks that a text is JSON in which no object has a member twice, of no more values than memory
/// should hold.
pub(crate) fn check(bytes: &[u8]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut room = MAX_VALUES;
    Check { room: &mut room }.deserialize(&mut deserializer)?;
    deserializer.end()
}

struct Check<'a> {
    room: &'a mut usize,
}

impl Check<'_> {
    fn inner(&mut self) -> Check<'_> {
        Check { room: self.room }
    }

    fn take<E: Error>(&mut self, values: usize) -> Result<(), E> {
        match self.room.checked_sub(values) {
            Some(room) => {
                *self.room = room;
                Ok(())
            }
            None => Err(E::custom(format_args!("more than {MAX_VALUES} values"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.take(1)
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.take(1)
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.take(1)
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.take(1)
    }

    fn visit_i128<E: Error>(mut self, _: i128) -> Result<(), E> {
        self.take(1)
    }

    fn visit_u128<E: Error>(mut self, _: u128) -> Result<(), E> {
        self.take(1)
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.take(1)
    }

    // A text, a list and an object take as much as a few numbers.
    fn visit_str<E: Error>(mut self, _: &str) -> Result<(), E> {
        self.take(4)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.take(4)?;
        while items.next_element_seed(self.inner())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.take(4)?;
        let mut keys = BTreeSet::new();
        while let Some(key) = members.next_key::<String>()? {
            self.take(8)?;
            if keys.contains(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` stands twice")));
            }
            keys.insert(key);
            members.next_value_seed(self.inner())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_any_json() {
        for text in ["1", "null", r#"{"a": {"a": [1.5, -2, "x", true, 340282366920938463463]}}"#] {
            assert!(check(text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn rejects_keys_that_stand_twice() {
        for text in [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"x": 0, "a": 1, "\u0061": 2}}]"#] {
            let error = check(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("the key `a` stands twice"), "{error}");
        }
        for text in ["", "{", "[1,", "1 2", "{\"a\" 1}"] {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn rejects_small_texts_of_many_values() {
        let text = format!("[{}[]]", "[],".repeat(MAX_VALUES / 4));
        let error = check(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("more than 16777216 values"), "{error}");
    }
}
