//! Tokenizers as what codes the chunks of a compressed file.

use super::{Control, PackError, Packed, TokenizeError, Tokenizer};
use crate::coding::Symbol;
use crate::container::{ChunkCodec, CodedChunk};
use rayon::prelude::*;

/// A tokenizer that codes chunks, each an example by itself.
pub struct Chunks<'a> {
    pub tokenizer: &'a dyn Tokenizer,
    pub control: Control,
}

impl ChunkCodec for Chunks<'_> {
    type Error = PackError;

    fn encode(&self, chunks: &[&[u8]]) -> Result<Vec<CodedChunk>, PackError> {
        let symbols: Vec<Vec<Symbol>> =
            chunks.iter().map(|chunk| chunk.iter().map(|&byte| byte.into()).collect()).collect();
        let examples: Vec<&[Symbol]> = symbols.iter().map(Vec::as_slice).collect();
        let encoded = self.tokenizer.encode(&examples, &self.control)?;
        let pack =
            |encoded| Packed::new(encoded, self.tokenizer).map(|Packed { payload, side }| CodedChunk { payload, side });
        encoded.iter().map(pack).collect()
    }

    fn decode(&self, chunks: &[(CodedChunk, usize)]) -> Vec<Result<Vec<u8>, PackError>> {
        let decode = |(CodedChunk { payload, side }, raw_bytes): &(CodedChunk, usize)| {
            let packed = Packed { payload: payload.clone(), side: side.clone() };
            let encoded = packed.unpack(*raw_bytes, self.tokenizer)?;
            let symbols = self.tokenizer.decode(&encoded, &self.control)?;
            let byte = |symbol| {
                u8::try_from(symbol).map_err(|_| TokenizeError::Damaged { what: "it holds an end of a document" })
            };
            Ok(symbols.into_iter().map(byte).collect::<Result<_, _>>()?)
        };
        chunks.par_iter().map(decode).collect()
    }
}
