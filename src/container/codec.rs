//! What the frame asks of a method: chunks into bits and back.

use crate::coding::Bits;

/// One chunk of a text, coded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodedChunk {
    /// The code.
    pub payload: Bits,
    /// What the code leaves open, such as the lengths of ambiguous windows; in a format of the method's own.
    pub side: Vec<u8>,
}

/// A method that codes each chunk by itself. It is given many chunks at a time, and codes them side by side.
pub trait ChunkCodec {
    /// Why chunks could not be coded.
    type Error: std::error::Error + 'static;

    /// Codes chunks, none of them empty. The answer has as many, in the same order, none longer than [`most_coded_bytes`].
    ///
    /// # Errors
    /// If any of them could not be coded.
    fn encode(&self, chunks: &[&[u8]]) -> Result<Vec<CodedChunk>, Self::Error>;

    /// The raw bytes of chunks, each given with how many they are. The answer has as many, in the same order.
    ///
    /// What is given has passed its check, but anyone can compute that check: chunks that no encoder wrote must give some
    /// bytes or an error. That the bytes are right is checked afterwards.
    ///
    /// # Errors
    /// For each chunk on its own, if it could not be decoded.
    fn decode(&self, chunks: &[(CodedChunk, usize)]) -> Vec<Result<Vec<u8>, Self::Error>>;
}

/// The most bytes that the payload of a chunk may take, and its side too: 64 for each raw byte and 4096 besides. The worst
/// that a method does is a window of 256 bits for each byte, which is half of that.
pub fn most_coded_bytes(raw_bytes: usize) -> u64 {
    64 * raw_bytes as u64 + 4096
}
