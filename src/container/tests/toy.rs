//! Methods that code next to nothing, so that frames can be tested without models.

use crate::coding::{BitWriter, Bits, BitsError};
use crate::container::{ChunkCodec, CodedChunk, most_coded_bytes};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toy {
    /// Bytes as they are.
    Plain,
    /// Runs of up to 32 bytes, in 13 bits each.
    Runs,
    /// Seven bits of each byte in the payload, and the eighth beside it if there is any.
    Sides,
    /// Bytes under a key, which stands for a model.
    Keyed(u8),
    /// Makes one chunk too few.
    Loses,
    /// Makes chunks too long.
    Blows,
    /// Makes none.
    Fails,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ToyError {
    #[error(transparent)]
    Bits(#[from] BitsError),
    #[error("that is no code of {0} bytes")]
    Length(usize),
    #[error("it always fails")]
    Fails,
}

fn whole(bytes: Vec<u8>) -> Result<Bits, ToyError> {
    let bits = 8 * bytes.len() as u64;
    Ok(Bits::from_bytes(bytes, bits)?)
}

impl Toy {
    pub(super) fn method(self) -> &'static str {
        match self {
            Toy::Plain => "plain",
            Toy::Runs => "runs",
            Toy::Sides => "sides",
            Toy::Keyed(_) => "keyed",
            Toy::Loses => "loses",
            Toy::Blows => "blows",
            Toy::Fails => "fails",
        }
    }

    pub(super) fn model(self) -> String {
        match self {
            Toy::Keyed(key) => format!("key {key}"),
            _ => String::new(),
        }
    }

    fn code(self, text: &[u8]) -> Result<CodedChunk, ToyError> {
        let mut side = Vec::new();
        let payload = match self {
            Toy::Plain | Toy::Loses => whole(text.to_vec())?,
            Toy::Keyed(key) => whole(text.iter().map(|byte| byte ^ key).collect())?,
            Toy::Blows => whole(vec![0; most_coded_bytes(text.len()) as usize + 1])?,
            Toy::Fails => return Err(ToyError::Fails),
            Toy::Runs => {
                let mut writer = BitWriter::new();
                let runs = text.chunk_by(|before, after| before == after).flat_map(|run| run.chunks(32));
                for run in runs {
                    writer.push(run.len() as u64 - 1, 5);
                    writer.push(run[0].into(), 8);
                }
                writer.finish()
            }
            Toy::Sides => {
                if !text.is_ascii() {
                    side = text.iter().map(|byte| byte >> 7).collect();
                }
                let mut writer = BitWriter::new();
                text.iter().for_each(|&byte| writer.push(byte.into(), 7));
                writer.finish()
            }
        };
        Ok(CodedChunk { payload, side })
    }

    fn text(self, chunk: &CodedChunk, raw_bytes: usize) -> Result<Vec<u8>, ToyError> {
        let bits = &chunk.payload;
        let mut text = Vec::new();
        let mut reader = bits.reader();
        match self {
            Toy::Plain | Toy::Loses | Toy::Blows => text.extend(bits.as_bytes()),
            Toy::Keyed(key) => text.extend(bits.as_bytes().iter().map(|byte| byte ^ key)),
            Toy::Fails => return Err(ToyError::Fails),
            Toy::Runs => {
                while reader.remaining() > 0 {
                    let length = reader.read(5)? as usize + 1;
                    let byte = reader.read(8)? as u8;
                    text.extend(std::iter::repeat_n(byte, length));
                }
            }
            Toy::Sides => {
                let mut high = chunk.side.iter();
                while reader.remaining() > 0 {
                    text.push(reader.read(7)? as u8 | high.next().unwrap_or(&0) << 7);
                }
            }
        }
        if text.len() == raw_bytes { Ok(text) } else { Err(ToyError::Length(raw_bytes)) }
    }
}

impl ChunkCodec for Toy {
    type Error = ToyError;

    fn encode(&self, chunks: &[&[u8]]) -> Result<Vec<CodedChunk>, ToyError> {
        chunks.iter().skip(usize::from(*self == Toy::Loses)).map(|chunk| self.code(chunk)).collect()
    }

    fn decode(&self, chunks: &[(CodedChunk, usize)]) -> Vec<Result<Vec<u8>, ToyError>> {
        let chunks = chunks.iter().skip(usize::from(*self == Toy::Loses));
        chunks.map(|(chunk, raw_bytes)| self.text(chunk, *raw_bytes)).collect()
    }
}
