//! Compressed files that the fuzzer makes up, with checks that hold: no fuzzer guesses a SHA-256. Written from the
//! specification, and not with the container's own code.

use crate::packed;
use crate::{Result, Unstructured};
use sha2::{Digest, Sha256};

/// A file that is nearly always wrong somewhere.
pub fn file(fuzz: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut forge = Forge { file: Vec::new(), record: Vec::new(), before: Vec::new() };
    forge.record.extend(b"\x89MUL\r\n\x1a\n");
    forge.number(1, fuzz)?;
    for bytes in [&b"packed"[..], b"", b"table"] {
        if bytes == b"table" {
            let chunk_bytes = fuzz.int_in_range(1..=40)?;
            forge.number(chunk_bytes, fuzz)?;
        }
        let own = fuzz.ratio(1, 8)?;
        let bytes = if own { short(fuzz)? } else { bytes };
        forge.number(bytes.len() as u64, fuzz)?;
        forge.record.extend(bytes);
    }
    forge.seal(fuzz)?;

    let mut whole = Vec::new();
    let chunks = fuzz.int_in_range(0..=6)?;
    for index in 0..chunks {
        let text = short(fuzz)?;
        let coded = packed::code(text);
        forge.record.push(b'C');
        forge.number(index, fuzz)?;
        forge.number(text.len() as u64, fuzz)?;
        forge.number(coded.payload.len(), fuzz)?;
        forge.number(coded.side.len() as u64, fuzz)?;
        forge.bytes(coded.payload.as_bytes(), fuzz)?;
        forge.bytes(&coded.side, fuzz)?;
        forge.bytes(&Sha256::digest(text)[..8], fuzz)?;
        forge.seal(fuzz)?;
        whole.extend(text);
    }
    forge.record.push(b'E');
    forge.number(chunks, fuzz)?;
    forge.number(whole.len() as u64, fuzz)?;
    forge.bytes(&Sha256::digest(&whole), fuzz)?;
    forge.seal(fuzz)?;
    if fuzz.ratio(1, 16)? {
        forge.file.extend(short(fuzz)?);
    }
    Ok(forge.file)
}

fn short<'a>(fuzz: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let length = fuzz.int_in_range(0..=40)?.min(fuzz.len());
    fuzz.bytes(length)
}

struct Forge {
    file: Vec<u8>,
    record: Vec<u8>,
    before: Vec<u8>,
}

impl Forge {
    /// A number, or another one, or not in its shortest form.
    fn number(&mut self, number: u64, fuzz: &mut Unstructured<'_>) -> Result<()> {
        let wrong = fuzz.ratio(1, 24)?;
        let mut left = match wrong {
            true => fuzz.arbitrary::<u64>()? >> fuzz.int_in_range(0..=63)?,
            false => number,
        };
        let long = wrong && fuzz.ratio(1, 4)?;
        while left >= 0x80 {
            self.record.push(left as u8 | 0x80);
            left >>= 7;
        }
        self.record.push(left as u8 | if long { 0x80 } else { 0 });
        if long {
            self.record.push(0);
        }
        Ok(())
    }

    /// Bytes, or bytes with one changed.
    fn bytes(&mut self, bytes: &[u8], fuzz: &mut Unstructured<'_>) -> Result<()> {
        let start = self.record.len();
        self.record.extend(bytes);
        if !bytes.is_empty() && fuzz.ratio(1, 24)? {
            let index = fuzz.choose_index(bytes.len())?;
            self.record[start + index] ^= fuzz.arbitrary::<u8>()?;
        }
        Ok(())
    }

    fn seal(&mut self, fuzz: &mut Unstructured<'_>) -> Result<()> {
        let check = Sha256::new().chain_update(&self.before).chain_update(&self.record).finalize();
        let check = check[..8].to_vec();
        let record = std::mem::take(&mut self.record);
        self.file.extend(record);
        self.bytes(&check, fuzz)?;
        self.file.append(&mut self.record);
        self.before = check;
        Ok(())
    }
}
