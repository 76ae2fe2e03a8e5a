//! Text as it is: every byte a token (the paper's Bytes baseline, 3.4).

use super::control::Meter;
use super::{Control, Encoded, Method, TokenizeError, Tokenizer, check_symbols, raw_bytes};
use crate::coding::Symbol;

/// Symbols between two looks at the cancel flag.
const STRIDE: usize = 1 << 16;

/// Tokens are symbols: 0 to 255 a byte, 256 end-of-document.
#[derive(Debug)]
pub(super) struct Bytes;

impl Tokenizer for Bytes {
    fn method(&self) -> &Method {
        &Method::Bytes
    }

    fn encode(&self, examples: &[&[Symbol]], control: &Control) -> Result<Vec<Encoded>, TokenizeError> {
        check_symbols(examples, self.method())?;
        let mut meter = Meter::new(control);
        let mut encoded = Vec::with_capacity(examples.len());
        for example in examples {
            let mut tokens = Vec::with_capacity(example.len());
            for piece in example.chunks(STRIDE) {
                tokens.extend(piece.iter().map(|&symbol| u32::from(symbol)));
                meter.advance(piece.len())?;
            }
            encoded.push(Encoded {
                bits: 8 * tokens.len() as u64,
                tokens,
                symbols: example.len(),
                raw_bytes: raw_bytes(example),
                windows: Vec::new(),
                hints: Vec::new(),
            });
        }
        meter.finish();
        Ok(encoded)
    }

    fn decode(&self, encoded: &Encoded, _control: &Control) -> Result<Vec<Symbol>, TokenizeError> {
        let symbol = |(index, &token): (usize, &u32)| match Symbol::try_from(token) {
            Ok(symbol) if usize::from(symbol) < Method::Bytes.vocabulary() => Ok(symbol),
            _ => Err(TokenizeError::NoSymbol { index, token }),
        };
        let symbols: Vec<Symbol> = encoded.tokens.iter().enumerate().map(symbol).collect::<Result<_, _>>()?;
        match symbols.len() == encoded.symbols {
            true => Ok(symbols),
            false => Err(TokenizeError::Length { wanted: encoded.symbols, found: symbols.len() }),
        }
    }
}
