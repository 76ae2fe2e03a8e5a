//! The header: which method and which model made the file, and what the method needs besides.

use super::check::{self, Check};
use super::error::{HeaderError, MismatchError, Part, Problem, ReadError};
use super::number;
use super::source::{Fault, Source};
use std::io::Read;

/// The version that is written, and the newest that is read.
pub const VERSION: u64 = 1;

/// The longest name of a method, in bytes.
pub const MAX_METHOD_BYTES: usize = 64;

/// The longest identity of a model, in bytes.
pub const MAX_MODEL_BYTES: usize = 1024;

/// The largest chunks, in raw bytes: 16 MiB.
pub const MAX_CHUNK_BYTES: usize = 1 << 24;

/// The largest tables, in bytes: 1 MiB.
pub const MAX_TABLES_BYTES: usize = 1 << 20;

const MAGIC: [u8; 8] = *b"\x89MUL\r\n\x1a\n";

/// What the beginning of a compressed file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    method: String,
    model: String,
    chunk_bytes: usize,
    tables: Vec<u8>,
}

impl Header {
    /// The header of files by `method` (its name) with `model` (its identity; empty if the method uses none), which codes
    /// chunks of `chunk_bytes` raw bytes and needs `tables` to decode them, such as counts of symbols.
    ///
    /// # Errors
    /// If a name or the tables are too long, the method has no name, or chunks of this size are not supported.
    pub fn new(method: String, model: String, chunk_bytes: usize, tables: Vec<u8>) -> Result<Self, HeaderError> {
        if !(1..=MAX_METHOD_BYTES).contains(&method.len()) {
            return Err(HeaderError::Method(method.len()));
        }
        if model.len() > MAX_MODEL_BYTES {
            return Err(HeaderError::Model(model.len()));
        }
        if !(1..=MAX_CHUNK_BYTES).contains(&chunk_bytes) {
            return Err(HeaderError::ChunkBytes(chunk_bytes as u64));
        }
        if tables.len() > MAX_TABLES_BYTES {
            return Err(HeaderError::Tables(tables.len()));
        }
        Ok(Self { method, model, chunk_bytes, tables })
    }

    /// The method's name.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The model's identity; empty if the method uses none.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How many raw bytes a chunk has; the last one may have fewer.
    pub fn chunk_bytes(&self) -> usize {
        self.chunk_bytes
    }

    /// What the method needs to decode, in a format of its own.
    pub fn tables(&self) -> &[u8] {
        &self.tables
    }

    /// Whether `method` and `model` are those that made the file. Ask before decompressing: a wrong method or model is
    /// otherwise found only by what it decodes.
    ///
    /// # Errors
    /// If not: which, and what made the file.
    pub fn expect(&self, method: &str, model: &str) -> Result<(), MismatchError> {
        if method != self.method {
            return Err(MismatchError::Method { made: self.method.clone(), given: method.to_owned() });
        }
        if model != self.model {
            return Err(MismatchError::Model { made: self.model.clone(), given: model.to_owned() });
        }
        Ok(())
    }

    /// The fields of the header's record.
    pub(super) fn fields(&self) -> Vec<u8> {
        let mut fields = MAGIC.to_vec();
        number::push(VERSION, &mut fields);
        for text in [self.method.as_bytes(), self.model.as_bytes()] {
            number::push(text.len() as u64, &mut fields);
            fields.extend(text);
        }
        number::push(self.chunk_bytes as u64, &mut fields);
        number::push(self.tables.len() as u64, &mut fields);
        fields.extend(&self.tables);
        fields
    }

    /// How long the header's record is, in bytes, and its check.
    pub(super) fn record(&self) -> (u64, Check) {
        let fields = self.fields();
        let check = check::of(&fields);
        ((fields.len() + check.len()) as u64, check)
    }
}

/// Reads the header at the beginning of a compressed file, and not a byte more. The rest is for
/// [`super::decompress`] or [`super::inspect`], from the same `input`.
///
/// # Errors
/// If `input` is no compressed file, or of a newer version, or its header is cut short or damaged, or cannot be read.
pub fn read_header(input: &mut impl Read) -> Result<Header, ReadError> {
    let mut source = Source::new(input);
    let within = |fault: Fault| fault.within(Part::Header);
    for expected in MAGIC {
        if source.byte().map_err(within)? != expected {
            return Err(ReadError::Foreign);
        }
    }
    let version = source.number().map_err(within)?;
    if version > VERSION {
        return Err(ReadError::Newer { found: version });
    }
    let damaged = |problem| ReadError::Damaged { part: Part::Header, problem };
    if version < VERSION {
        return Err(damaged(Problem::Version(version)));
    }
    let method = text(&mut source, "method's name", 1, MAX_METHOD_BYTES)?;
    let model = text(&mut source, "model's identity", 0, MAX_MODEL_BYTES)?;
    let chunk_bytes = source.number().map_err(within)?;
    let tables = bytes(&mut source, "method's tables", 0, MAX_TABLES_BYTES)?;
    source.seal().map_err(within)?;
    let size = usize::try_from(chunk_bytes).map_err(|_| damaged(HeaderError::ChunkBytes(chunk_bytes).into()))?;
    Header::new(method, model, size, tables).map_err(|error| damaged(error.into()))
}

fn text<R: Read>(source: &mut Source<R>, field: &'static str, least: usize, most: usize) -> Result<String, ReadError> {
    let problem = |_| ReadError::Damaged { part: Part::Header, problem: Problem::Utf8 { field } };
    String::from_utf8(bytes(source, field, least, most)?).map_err(problem)
}

fn bytes<R: Read>(
    source: &mut Source<R>,
    field: &'static str,
    least: usize,
    most: usize,
) -> Result<Vec<u8>, ReadError> {
    let found = source.number().map_err(|fault| fault.within(Part::Header))?;
    if found < least as u64 || found > most as u64 {
        let problem = Problem::FieldLength { field, found, least, most };
        return Err(ReadError::Damaged { part: Part::Header, problem });
    }
    source.bytes(found).map_err(|fault| fault.within(Part::Header))
}
