//! The part of RocksDB's interface that snarkVM names, without a database behind it.
//!
//! Leo links snarkVM's ledger on disk for `leo devnode start --storage`, and compiling RocksDB takes
//! longer than all the rest of Leo. Here a database is a type without values: [`DB::open`] is an
//! error, so whatever would read or write one is never reached, and ledgers in memory never come
//! here at all.

#![allow(clippy::missing_errors_doc, reason = "every one is `UNAVAILABLE`")]

use std::{fmt, marker::PhantomData, ops::Deref, path::Path};

const UNAVAILABLE: &str = "this `leo` keeps ledgers in memory alone: for a ledger on disk \
                           (`--storage`) install the `leo` of the Leo project";

/// Why there is no database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(());

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UNAVAILABLE)
    }
}

impl std::error::Error for Error {}

impl Error {
    /// The message.
    pub fn into_string(self) -> String {
        UNAVAILABLE.to_owned()
    }
}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.into_string()
    }
}

/// A database: none can be opened.
#[derive(Debug)]
pub enum DB {}

impl DB {
    /// Always an error.
    pub fn open<P: AsRef<Path>>(_options: &Options, _path: P) -> Result<Self, Error> {
        Err(Error(()))
    }

    /// Always an error.
    pub fn open_as_secondary<P: AsRef<Path>>(
        _options: &Options,
        _primary: P,
        _secondary: P,
    ) -> Result<Self, Error> {
        Err(Error(()))
    }

    /// Never reached.
    pub fn try_catch_up_with_primary(&self) -> Result<(), Error> {
        match *self {}
    }

    /// Never reached.
    pub fn get<K: AsRef<[u8]>>(&self, _key: K) -> Result<Option<Vec<u8>>, Error> {
        match *self {}
    }

    /// Never reached.
    pub fn get_pinned_opt<K: AsRef<[u8]>>(
        &self,
        _key: K,
        _options: &ReadOptions,
    ) -> Result<Option<DBPinnableSlice<'_>>, Error> {
        match *self {}
    }

    /// Never reached.
    pub fn put<K: AsRef<[u8]>, V: AsRef<[u8]>>(&self, _key: K, _value: V) -> Result<(), Error> {
        match *self {}
    }

    /// Never reached.
    pub fn delete<K: AsRef<[u8]>>(&self, _key: K) -> Result<(), Error> {
        match *self {}
    }

    /// Never reached.
    pub fn write(&self, _batch: WriteBatch) -> Result<(), Error> {
        match *self {}
    }

    /// Never reached.
    pub fn raw_iterator(&self) -> DBRawIterator<'_> {
        match *self {}
    }

    /// Never reached.
    pub fn prefix_iterator<P: AsRef<[u8]>>(&self, _prefix: P) -> DBIterator<'_> {
        match *self {}
    }

    /// Never reached.
    pub fn compact_range<S: AsRef<[u8]>, E: AsRef<[u8]>>(
        &self,
        _start: Option<S>,
        _end: Option<E>,
    ) {
        match *self {}
    }
}

/// Copies of a database.
pub mod checkpoint {
    use std::{marker::PhantomData, path::Path};

    use super::{DB, Error, Never};

    /// A copy that is about to be made.
    #[derive(Debug)]
    pub struct Checkpoint<'a>(Never, PhantomData<&'a DB>);

    impl<'a> Checkpoint<'a> {
        /// Never reached.
        pub fn new(database: &'a DB) -> Result<Self, Error> {
            match *database {}
        }

        /// Never reached.
        pub fn create_checkpoint<P: AsRef<Path>>(&self, _path: P) -> Result<(), Error> {
            match self.0 {}
        }
    }
}

/// What never exists, and would borrow from a database.
#[derive(Debug)]
enum Never {}

/// A value of a database.
#[derive(Debug)]
pub struct DBPinnableSlice<'a>(Never, PhantomData<&'a DB>);

impl Deref for DBPinnableSlice<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self.0 {}
    }
}

impl AsRef<[u8]> for DBPinnableSlice<'_> {
    fn as_ref(&self) -> &[u8] {
        match self.0 {}
    }
}

/// The entries of a database.
#[derive(Debug)]
pub struct DBIterator<'a>(Never, PhantomData<&'a DB>);

impl Iterator for DBIterator<'_> {
    type Item = Result<(Box<[u8]>, Box<[u8]>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0 {}
    }
}

/// A cursor of a database.
#[derive(Debug)]
pub struct DBRawIterator<'a>(Never, PhantomData<&'a DB>);

impl<'a> From<DBIterator<'a>> for DBRawIterator<'a> {
    fn from(iterator: DBIterator<'a>) -> Self {
        match iterator.0 {}
    }
}

impl DBRawIterator<'_> {
    /// Never reached.
    pub fn seek<K: AsRef<[u8]>>(&mut self, _key: K) {
        match self.0 {}
    }

    /// Never reached.
    pub fn seek_for_prev<K: AsRef<[u8]>>(&mut self, _key: K) {
        match self.0 {}
    }

    /// Never reached.
    pub fn next(&mut self) {
        match self.0 {}
    }

    /// Never reached.
    pub fn valid(&self) -> bool {
        match self.0 {}
    }

    /// Never reached.
    pub fn key(&self) -> Option<&[u8]> {
        match self.0 {}
    }

    /// Never reached.
    pub fn value(&self) -> Option<&[u8]> {
        match self.0 {}
    }

    /// Never reached.
    pub fn item(&self) -> Option<(&[u8], &[u8])> {
        match self.0 {}
    }
}

/// Writes that would be made together: nothing can take them.
#[derive(Debug, Default)]
pub struct WriteBatch(());

impl WriteBatch {
    /// Keeps nothing.
    pub fn put<K: AsRef<[u8]>, V: AsRef<[u8]>>(&mut self, _key: K, _value: V) {}

    /// Keeps nothing.
    pub fn delete<K: AsRef<[u8]>>(&mut self, _key: K) {}

    /// Keeps nothing.
    pub fn delete_range<K: AsRef<[u8]>>(&mut self, _from: K, _to: K) {}

    /// Keeps nothing.
    pub fn clear(&mut self) {}

    /// Always.
    pub fn is_empty(&self) -> bool {
        true
    }
}

/// How a database would be opened.
#[derive(Debug, Default)]
pub struct Options(());

impl Options {
    /// Without effect.
    pub fn set_compression_type(&mut self, _type: DBCompressionType) {}

    /// Without effect.
    pub fn set_stats_dump_period_sec(&mut self, _seconds: u32) {}

    /// Without effect.
    pub fn set_prefix_extractor(&mut self, _extractor: SliceTransform) {}

    /// Without effect.
    pub fn set_max_open_files(&mut self, _files: i32) {}

    /// Without effect.
    pub fn increase_parallelism(&mut self, _threads: i32) {}

    /// Without effect.
    pub fn set_max_background_jobs(&mut self, _jobs: i32) {}

    /// Without effect.
    pub fn create_if_missing(&mut self, _create: bool) {}
}

/// How a value would be read.
#[derive(Debug, Default)]
pub struct ReadOptions(());

/// How a database would be compressed.
#[derive(Clone, Copy, Debug)]
pub enum DBCompressionType {
    /// By LZ4.
    Lz4,
}

/// Which part of a key would be its prefix.
#[derive(Debug)]
pub struct SliceTransform(());

impl SliceTransform {
    /// Without effect.
    pub fn create_fixed_prefix(_length: usize) -> Self {
        Self(())
    }
}
