//! An encoded example in as few bytes as a file needs to hold: its code, and beside it what the code leaves open.

use super::{Encoded, Hint, Method, TokenWidth, TokenizeError, Tokenizer};
use crate::coding::{BitWriter, Bits, pack_tokens, unpack_tokens};

/// An encoded example for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The tokens' bits, each token in as few as name them all; of the last one, only those of the code.
    pub payload: Bits,
    /// The lengths of ambiguous windows: for each, how many windows lie between it and the last such, and its symbols, as
    /// LEB128 numbers. Empty where the code says it all.
    pub side: Vec<u8>,
}

/// Why packed bits make no example.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("the lengths of ambiguous windows are cut short or damaged")]
    Side,
    #[error("{bits} bits are no whole number of tokens, {width} bits each")]
    Tokens { bits: u64, width: u32 },
    #[error("token {token} does not fit in {width} bits: files have no ends of documents")]
    Token { token: u32, width: u32 },
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
}

impl Packed {
    /// Packs what `tokenizer` encoded.
    pub fn new(encoded: &Encoded, tokenizer: &dyn Tokenizer) -> Result<Self, PackError> {
        let payload = match width(tokenizer) {
            Width::Code(width) => {
                unpack_tokens(&encoded.tokens, width.bits(), encoded.bits).map_err(TokenizeError::from)?
            }
            Width::Ids(width) => {
                let mut writer = BitWriter::new();
                for &token in &encoded.tokens {
                    if token >> width != 0 {
                        return Err(PackError::Token { token, width });
                    }
                    writer.push(token.into(), width);
                }
                writer.finish()
            }
        };
        let mut side = Vec::new();
        let mut before = 0;
        for hint in &encoded.hints {
            leb128(&mut side, hint.window - before);
            leb128(&mut side, hint.symbols);
            before = hint.window;
        }
        Ok(Self { payload, side })
    }

    /// What was encoded, of `symbols` symbols; it has what decoding needs, and no windows.
    ///
    /// # Errors
    /// If these are not an example that `tokenizer` encoded.
    pub fn unpack(&self, symbols: usize, tokenizer: &dyn Tokenizer) -> Result<Encoded, PackError> {
        let length = self.payload.len();
        let mut bits = length;
        let tokens = match width(tokenizer) {
            Width::Code(width) => pack_tokens(&self.payload, width.bits()),
            Width::Ids(width) => {
                if !length.is_multiple_of(width.into()) {
                    return Err(PackError::Tokens { bits: length, width });
                }
                let mut reader = self.payload.reader();
                let mut tokens = Vec::new();
                while reader.remaining() > 0 {
                    tokens.push(reader.read(width).map_err(TokenizeError::from)? as u32);
                }
                if let Some(width) = tokenizer.method().token_width() {
                    let pieces = tokens.iter().filter(|&&token| (token as usize) < width.vocabulary()).count();
                    bits = pieces as u64 * u64::from(width.bits());
                }
                tokens
            }
        };
        let (mut hints, mut window) = (Vec::new(), 0usize);
        let mut side = self.side.iter().copied();
        while side.len() > 0 {
            let between = read_leb128(&mut side).ok_or(PackError::Side)?;
            window = window.checked_add(between).ok_or(PackError::Side)?;
            hints.push(Hint { window, symbols: read_leb128(&mut side).ok_or(PackError::Side)? });
        }
        Ok(Encoded { tokens, bits, symbols, raw_bytes: symbols, windows: Vec::new(), hints, lost_bytes: 0 })
    }
}

enum Width {
    /// Tokens are pieces of the code.
    Code(TokenWidth),
    /// Tokens are ids, of so many bits each.
    Ids(u32),
}

fn width(tokenizer: &dyn Tokenizer) -> Width {
    let ids = usize::BITS - (tokenizer.vocabulary() - 1).leading_zeros();
    match tokenizer.method().token_width() {
        Some(width) if width.vocabulary() == tokenizer.vocabulary() => Width::Code(width),
        _ if *tokenizer.method() == Method::Bytes => Width::Ids(8),
        // Delimiters are no pieces of the code.
        _ => Width::Ids(ids),
    }
}

fn leb128(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_leb128(bytes: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut number = 0usize;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = bytes.next()?;
        number |=
            usize::from(byte & 0x7f).checked_shl(shift).filter(|part| part >> shift == usize::from(byte & 0x7f))?;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}
