//! DEFLATE of each example (`GZip[v=…]`; paper 3.3 and A.4).

use super::alone::encode_each;
use super::deflate;
use super::trace::{End, Trace};
use super::{Control, Encoded, Method, TokenWidth, TokenizeError, Tokenizer};
use crate::coding::{Bits, Symbol, pack_tokens, unpack_tokens};

pub(super) struct GZip {
    method: Method,
    width: TokenWidth,
    bare: bool,
}

impl GZip {
    pub fn new(width: TokenWidth, bare: bool) -> Self {
        Self { method: Method::GZip { width, bare }, width, bare }
    }

    fn encode_one(&self, example: &[Symbol]) -> Result<Encoded, TokenizeError> {
        if example.is_empty() {
            return Ok(Encoded::of_tokens(Vec::new(), example));
        }
        let text: Vec<u8> = example.iter().map(|&symbol| symbol as u8).collect();
        let compressed = deflate::compress(&text, self.bare);
        let length = 8 * compressed.len() as u64;
        let tokens = pack_tokens(&Bits::from_bytes(compressed, length)?, self.width.bits());
        Ok(Encoded { bits: length, ..Encoded::of_tokens(tokens, example) })
    }

    fn compressed(&self, encoded: &Encoded) -> Result<Vec<u8>, TokenizeError> {
        let bits = unpack_tokens(&encoded.tokens, self.width.bits(), encoded.bits)?;
        match bits.len() % 8 {
            0 => Ok(bits.as_bytes().to_vec()),
            _ => Err(TokenizeError::Damaged { what: "a DEFLATE stream has whole bytes" }),
        }
    }
}

impl Tokenizer for GZip {
    fn method(&self) -> &Method {
        &self.method
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        encode_each(&self.method, examples, control, |example, _| self.encode_one(example))
    }

    fn decode(&self, encoded: &Encoded, _control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        if encoded.tokens.is_empty() {
            return encoded.check_length(Vec::new());
        }
        let text = deflate::decompress(&self.compressed(encoded)?, self.bare, encoded.symbols)?;
        encoded.check_length(text.into_iter().map(Symbol::from).collect())
    }

    fn trace(&self, example: &[Symbol], encoded: &Encoded, _control: &Control) -> Result<Trace, TokenizeError> {
        if encoded.tokens.is_empty() {
            return Ok(Trace::of_bits(encoded, self.width, Vec::new(), Vec::new(), vec![End::Text]));
        }
        let map = deflate::map(&self.compressed(encoded)?, self.bare)?;
        let (mut costs, mut ends) = (Vec::with_capacity(example.len()), Vec::with_capacity(example.len()));
        for item in map.items() {
            let bits = item.bits.end - item.bits.start;
            let bytes = item.text.len() as u64;
            for byte in 1..=bytes {
                costs.push(bits as f64 / bytes as f64);
                // DEFLATE fills bytes from their lowest bit: what lies in a byte of the stream is told to the byte.
                ends.push((item.bits.start + bits * byte / bytes).next_multiple_of(8));
            }
        }
        Ok(Trace::of_bits(encoded, self.width, costs, ends, vec![End::Text]))
    }
}
