//! What stands around a DEFLATE stream in the zlib format (RFC 1950): a header before, a footer behind.

use super::DeflateError;

/// The zlib header of every stream: method 8 (DEFLATE) with a window of 32 KiB; the default level, no dictionary, and five bits
/// that make the two bytes, as a number, a multiple of 31.
pub const HEADER: [u8; 2] = [0x78, 0x9c];

/// The length of the zlib footer: Adler-32 of the text, four bytes, the most significant first.
pub const FOOTER_BYTES: usize = 4;

/// The footer of a stream whose text is `text`.
pub(super) fn footer(text: &[u8]) -> [u8; FOOTER_BYTES] {
    checksum(text).to_be_bytes()
}

/// Checks the header, if there should be one. Returns the byte that DEFLATE begins at.
pub(super) fn open(stream: &[u8], bare: bool) -> Result<usize, DeflateError> {
    if bare {
        return Ok(0);
    }
    for (index, (&found, &wanted)) in stream.iter().zip(&HEADER).enumerate() {
        if found != wanted {
            return Err(DeflateError::Header { index, found, wanted });
        }
    }
    match stream.len() < HEADER.len() {
        true => Err(DeflateError::Truncated { part: "the zlib header", length: stream.len() }),
        false => Ok(HEADER.len()),
    }
}

/// Checks what follows DEFLATE from byte `end` on: a footer for `text`, if there should be one, and nothing more.
pub(super) fn close(stream: &[u8], end: usize, bare: bool, text: &[u8]) -> Result<(), DeflateError> {
    let rest = stream.get(end..).unwrap_or_default();
    let rest = match (bare, rest) {
        (true, rest) => rest,
        (false, &[a, b, c, d, ref rest @ ..]) => {
            let (stored, computed) = (u32::from_be_bytes([a, b, c, d]), checksum(text));
            if stored != computed {
                return Err(DeflateError::Checksum { stored, computed });
            }
            rest
        }
        (false, _) => return Err(DeflateError::Truncated { part: "the zlib footer", length: stream.len() }),
    };
    match rest.len() {
        0 => Ok(()),
        extra => Err(DeflateError::Trailing { extra, length: stream.len() - extra }),
    }
}

/// Adler-32 (RFC 1950, 8.2): one more than the sum of all bytes, and the sum of these sums, each modulo 65,521.
fn checksum(text: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let sums = |(sum, sums): (u32, u32), &byte: &u8| {
        let sum = (sum + u32::from(byte)) % MODULUS;
        (sum, (sums + sum) % MODULUS)
    };
    let (sum, sums) = text.iter().fold((1, 0), sums);
    sums << 16 | sum
}
