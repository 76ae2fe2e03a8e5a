//! RGB pixels as a PNG file (PNG specification, third edition).

use flate2::{Compression, Crc, write::ZlibEncoder};
use std::io::{self, Write};

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
const EIGHT_BITS: u8 = 8;
const TRUECOLOUR: u8 = 2;
/// Every row as its difference from the row above: flat figures then are mostly zeros.
const FILTER_UP: u8 = 2;

/// Encodes rows of `width` pixels, three bytes each, from the top.
pub fn encode(pixels: &[u8], width: u32) -> io::Result<Vec<u8>> {
    let row_bytes = 3 * width as usize;
    let mut compressed = ZlibEncoder::new(Vec::new(), Compression::default());
    let mut above = vec![0; row_bytes];
    let mut height = 0_u32;
    for row in pixels.chunks_exact(row_bytes) {
        let differences: Vec<u8> = row.iter().zip(&above).map(|(here, above)| here.wrapping_sub(*above)).collect();
        compressed.write_all(&[FILTER_UP])?;
        compressed.write_all(&differences)?;
        above.copy_from_slice(row);
        height += 1;
    }
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([EIGHT_BITS, TRUECOLOUR, 0, 0, 0]);
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, *b"IHDR", &header)?;
    chunk(&mut file, *b"IDAT", &compressed.finish()?)?;
    chunk(&mut file, *b"IEND", &[])?;
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) -> io::Result<()> {
    let length =
        u32::try_from(content.len()).map_err(|_| io::Error::other("the picture is too large for a PNG file"))?;
    let mut check = Crc::new();
    check.update(&kind);
    check.update(content);
    file.extend(length.to_be_bytes());
    file.extend(kind);
    file.extend(content);
    file.extend(check.sum().to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn pixels_come_back() {
        let pixels: Vec<u8> = (0..5 * 7 * 3).map(|i| (i * 37 % 256) as u8).collect();
        let file = encode(&pixels, 5).unwrap();
        assert_eq!(file[..8], SIGNATURE);
        assert_eq!(file[16..24], [0, 0, 0, 5, 0, 0, 0, 7]);
        let length = u32::from_be_bytes(file[33..37].try_into().unwrap()) as usize;
        assert_eq!(&file[37..41], b"IDAT");
        let mut rows = Vec::new();
        flate2::read::ZlibDecoder::new(&file[41..41 + length]).read_to_end(&mut rows).unwrap();
        let mut above = vec![0; 15];
        let mut decoded: Vec<u8> = Vec::new();
        for row in rows.chunks_exact(16) {
            assert_eq!(row[0], FILTER_UP);
            above.iter_mut().zip(&row[1..]).for_each(|(above, difference)| *above = difference.wrapping_add(*above));
            decoded.extend(&above);
        }
        assert_eq!(decoded, pixels);
        // The check value of the empty end chunk is the same in every PNG file.
        assert_eq!(file[file.len() - 12..], [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82]);
    }
}
