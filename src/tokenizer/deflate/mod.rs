//! DEFLATE streams: how `GZip[v]` compresses an example (paper 3.3), and where everything lies in the result.
//!
//! [`compress`] is zlib at its default level, the zlib that is built with Mullion: the same text gives the same bytes on
//! every machine. A stream comes in two forms (paper A.4): with a header and a footer, those of the zlib format (RFC 1950), or
//! *bare*, DEFLATE alone (RFC 1951). The header is always the same two bytes, see [`HEADER`]. The footer
//! is the Adler-32 of the text.
//!
//! [`decompress`] is zlib again. [`map`] is an inflater of our own: zlib does not tell which bits stand for which byte. It is
//! slower, for viewers, and checks zlib as it goes: it must find the same text.
//!
//! A bare stream has no checksum. If it is damaged, it may well decompress to another text; all one can check is the length.
//!
//! # The order of bits
//!
//! DEFLATE fills each byte from its **least** significant bit. Mullion's strings of bits ([`crate::coding`]) are read from the
//! **most** significant, and so are tokens cut. Positions in this module are DEFLATE's: bit `i` of a stream is the bit of
//! weight `2^(i mod 8)` in byte `⌊i/8⌋`. What DEFLATE writes in a row then *is* in a row, and byte `k` is bits `8k..8k+8`
//! either way. Within a byte, the orders are opposite: an item at bits 3 to 11 is the upper five bits of byte 0 and the lower
//! three of byte 1, which in Mullion's order are bits 0 to 5 and 13 to 16: two pieces, not one. Do not compare positions
//! within a byte. Compare bytes: [`bytes_of`] gives those that an item touches, and tokens are cut from bytes.

mod bits;
mod frame;
mod inflate;
mod map;
mod prefix_code;
#[cfg(test)]
mod tests;

use frame::HEADER;
pub use map::map;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use std::borrow::Cow;
use std::io::Write;

/// How much more text to make room for at least, in bytes, while its length is only announced.
const BLOCK: usize = 1 << 14;

/// Why bytes are no stream of this module's, or not of the text that was announced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeflateError {
    #[error(
        "byte {index} of the zlib header is {found:#04x} where GZip writes {wanted:#04x}: the stream is damaged, another \
         program made it, or it is bare, without header and footer"
    )]
    Header { index: usize, found: u8, wanted: u8 },
    #[error("the stream ends after {length} bytes, inside {part}: it was cut short")]
    Truncated { part: &'static str, length: usize },
    #[error(
        "{reason} near byte {byte} of the stream: it is damaged, another method made it, or it has a header and was read as \
         bare"
    )]
    Invalid { byte: usize, reason: Cow<'static, str> },
    #[error("the stream holds more than the {wanted} bytes of text that were announced: one of the two is damaged")]
    Long { wanted: usize },
    #[error("the stream holds {found} bytes of text where {wanted} were announced: one of the two is damaged")]
    Short { wanted: usize, found: usize },
    #[error("the stream holds more than {limit} bytes of text, too many to map: map shorter examples")]
    Unmapped { limit: usize },
    #[error("the footer says Adler-32 {stored:#010x}, but the text has {computed:#010x}: the stream is damaged")]
    Checksum { stored: u32, computed: u32 },
    #[error(
        "{extra} bytes follow the end of the stream, which is {length} bytes long: they belong to something else, or the \
         stream was read as bare and is not"
    )]
    Trailing { extra: usize, length: usize },
}

/// Compresses `bytes` to one stream, without header and footer if it is to be `bare`.
///
/// # Panics
/// If there is no memory for it.
pub fn compress(bytes: &[u8], bare: bool) -> Vec<u8> {
    let before = if bare { Vec::new() } else { HEADER.to_vec() };
    let mut encoder = DeflateEncoder::new(before, Compression::default());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let mut stream = written.expect("zlib takes any bytes, and a vector takes all that zlib makes");
    if !bare {
        stream.extend(frame::footer(bytes));
    }
    stream
}

/// The text of a stream of [`compress`], which must be `expected_len` bytes long. No more than `expected_len + 1` bytes are
/// ever produced, and no memory is taken for an announced text before it comes.
///
/// # Errors
/// If the stream is damaged, cut short or not over at the end of `bytes`, or its text has another length.
pub fn decompress(bytes: &[u8], bare: bool, expected_len: usize) -> Result<Vec<u8>, DeflateError> {
    let start = frame::open(bytes, bare)?;
    let body = bytes.get(start..).unwrap_or_default();
    let (text, used) = inflate_whole(body, expected_len).map_err(|error| match error {
        DeflateError::Invalid { byte, reason } => DeflateError::Invalid { byte: start + byte, reason },
        DeflateError::Truncated { part, .. } => DeflateError::Truncated { part, length: bytes.len() },
        other => other,
    })?;
    frame::close(bytes, start + used, bare, &text)?;
    match text.len() == expected_len {
        true => Ok(text),
        false => Err(DeflateError::Short { wanted: expected_len, found: text.len() }),
    }
}

/// The text of a bare stream at the start of `body`, at most `limit` bytes, and how many bytes the stream has.
fn inflate_whole(body: &[u8], limit: usize) -> Result<(Vec<u8>, usize), DeflateError> {
    let mut inflater = Decompress::new(false);
    let (mut text, mut used) = (Vec::new(), 0);
    loop {
        let filled = text.len();
        text.resize(filled + room(filled, limit), 0);
        let (unread, unwritten) = (body.get(used..).unwrap_or_default(), text.get_mut(filled..).unwrap_or_default());
        let (read_before, written_before) = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress(unread, unwritten, FlushDecompress::None);
        let read = (inflater.total_in() - read_before) as usize;
        let written = (inflater.total_out() - written_before) as usize;
        used += read;
        text.truncate(filled + written);
        if text.len() > limit {
            return Err(DeflateError::Long { wanted: limit });
        }
        match status {
            Err(error) => {
                let reason = error.message().unwrap_or("no DEFLATE").to_owned().into();
                return Err(DeflateError::Invalid { byte: used, reason });
            }
            Ok(Status::StreamEnd) => return Ok((text, used)),
            Ok(Status::Ok | Status::BufError) if read == 0 && written == 0 => {
                return Err(DeflateError::Truncated { part: "the compressed text", length: body.len() });
            }
            Ok(Status::Ok | Status::BufError) => {}
        }
    }
}

/// How much room to make for more text after `filled` bytes of at most `limit`: one byte more than allowed, at most, which is
/// enough to see that there are too many.
fn room(filled: usize, limit: usize) -> usize {
    (limit - filled).saturating_add(1).min(filled.max(BLOCK))
}
