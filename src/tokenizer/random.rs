//! A control: tokens that hold all of the text and show none of it (`Random[v=…]`).
//!
//! An example begins with 64 bits of a hash of its bytes; the rest is its bytes, combined with a stream of bits that
//! SHA-256 makes of that hash. So equal examples have equal tokens, and different ones have nothing in common that a
//! model could learn, not even a position's own mask: what M2 reaches on them is what it reaches on noise, at one bit
//! for one bit. It is not meant to keep anything secret.

use super::control::Meter;
use super::trace::{End, Trace};
use super::{Control, Encoded, Method, TokenWidth, TokenizeError, Tokenizer, check_symbols};
use crate::coding::{BitWriter, Symbol, pack_tokens, unpack_tokens};
use sha2::{Digest, Sha256};

/// Bits of the hash that an example begins with.
const HASH_BITS: u32 = 64;

pub(super) struct Random {
    method: Method,
    width: TokenWidth,
}

impl Random {
    pub fn new(width: TokenWidth) -> Self {
        Self { method: Method::Random { width }, width }
    }
}

impl Tokenizer for Random {
    fn method(&self) -> &Method {
        &self.method
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        check_symbols(examples, &self.method)?;
        let mut meter = Meter::new(control);
        let mut encoded = Vec::with_capacity(examples.len());
        for example in examples {
            let mut writer = BitWriter::new();
            let hash = hash(example);
            if !example.is_empty() {
                writer.push(hash, HASH_BITS);
            }
            for (&symbol, mask) in example.iter().zip(stream(hash)) {
                writer.push(u64::from(symbol as u8 ^ mask), 8);
            }
            let bits = writer.finish();
            let tokens = pack_tokens(&bits, self.width.bits());
            encoded.push(Encoded { bits: bits.len(), ..Encoded::of_tokens(tokens, example) });
            meter.advance(example.len())?;
        }
        meter.finish();
        Ok(encoded)
    }

    fn decode(&self, encoded: &Encoded, _control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let bits = unpack_tokens(&encoded.tokens, self.width.bits(), encoded.bits)?;
        let mut reader = bits.reader();
        let mut symbols = Vec::new();
        if !bits.is_empty() {
            let hash = reader.read(HASH_BITS)?;
            let mut masks = stream(hash);
            while reader.remaining() > 0 {
                let mask = masks.next().unwrap_or_default();
                symbols.push(Symbol::from(reader.read(8)? as u8 ^ mask));
            }
            if self::hash(&symbols) != hash {
                return Err(TokenizeError::Damaged { what: "the hash that the tokens begin with is another text's" });
            }
        }
        encoded.check_length(symbols)
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, _control: &Control) -> Result<Trace, TokenizeError> {
        let ends = (1..=example.len() as u64).map(|end| u64::from(HASH_BITS) + 8 * end).collect();
        Ok(Trace::of_bits(encoded, self.width, vec![8.0; example.len()], ends, vec![End::Text]))
    }
}

fn hash(symbols: &[Symbol]) -> u64 {
    let bytes: Vec<u8> = symbols.iter().map(|&symbol| symbol as u8).collect();
    first_64_bits(&Sha256::digest(&bytes))
}

fn first_64_bits(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |hash, &byte| hash << 8 | u64::from(byte))
}

/// The bytes that an example's bytes are combined with.
fn stream(hash: u64) -> impl Iterator<Item = u8> {
    (0u64..).flat_map(move |block| {
        Sha256::new().chain_update(hash.to_be_bytes()).chain_update(block.to_be_bytes()).finalize()
    })
}
