//! Damage of every kind gives an error, and no byte that is not the text's.

use super::toy::Toy;
use super::*;

const TEXT: &[u8] = "aaaaaaaabbb, größer & more".as_bytes();
const CHUNK_BYTES: usize = 6;

/// No way of reading takes the file for whole, and what comes out before that shows is the text's first chunks.
#[track_caller]
fn assert_refused(damaged: &[u8], toy: Toy, what: impl Fn() -> String) {
    let (text, result) = read(damaged, toy, 2);
    assert!(result.is_err(), "{}: it decompresses", what());
    assert!(TEXT.starts_with(&text), "{}: {text:?} came out", what());
    assert!(text.len().is_multiple_of(CHUNK_BYTES) || text == TEXT, "{}: a part of a chunk came out", what());
    assert!(inspected(damaged).is_err(), "{}: it passes inspection", what());
}

/// The file cut at its records: the header, the chunks, the end.
fn records(file: &[u8]) -> Vec<Vec<u8>> {
    let (chunks, _) = inspected(file).unwrap();
    let mut cuts: Vec<usize> = chunks.iter().map(|chunk| chunk.at as usize).collect();
    // The end is `E`, two numbers of a byte each, a SHA-256 and a check.
    cuts.push(file.len() - (3 + 32 + 8));
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([file.len()]);
    starts.zip(ends).map(|(start, end)| file[start..end].to_vec()).collect()
}

#[test]
fn every_change_of_a_byte_is_found() {
    for toy in [Toy::Runs, Toy::Sides] {
        let file = file(TEXT, toy, CHUNK_BYTES);
        for index in 0..file.len() {
            for change in 1..=255 {
                let mut damaged = file.clone();
                damaged[index] ^= change;
                assert_refused(&damaged, toy, || format!("byte {index} ^ {change:#04x}"));
            }
        }
    }
}

#[test]
fn every_cut_is_found_and_called_so() {
    for toy in ALL {
        let file = file(TEXT, toy, CHUNK_BYTES);
        for length in 0..file.len() {
            assert_refused(&file[..length], toy, || format!("cut to {length} bytes"));
            let (_, result) = read(&file[..length], toy, 2);
            assert!(matches!(result, Err(DecompressError::File(ReadError::CutShort { .. }))), "cut to {length}");
        }
    }
}

#[test]
fn a_cut_after_a_chunk_says_what_is_missing() {
    let file = file(TEXT, Toy::Plain, CHUNK_BYTES);
    let at = inspected(&file).unwrap().0[2].at;
    let message = read(&file[..at as usize], Toy::Plain, 9).1.unwrap_err().to_string();
    let expected = format!(
        "the compressed file is cut short: it stops where chunk 2 (from byte {at} of the file, which is byte 12 of the text) or the \
         end record should begin. Get a whole copy"
    );
    assert_eq!(message, expected);
}

#[test]
fn every_byte_that_is_put_in_or_left_out_is_found() {
    let file = file(TEXT, Toy::Runs, CHUNK_BYTES);
    for index in 0..=file.len() {
        let near = [index.checked_sub(1), Some(index)].into_iter().flatten().filter_map(|near| file.get(near).copied());
        for byte in near.chain([0, 1, 0x7f, 0x80, 0xff, b'C', b'E']) {
            let damaged = [&file[..index], &[byte], &file[index..]].concat();
            assert_refused(&damaged, Toy::Runs, || format!("{byte:#04x} put in before byte {index}"));
        }
        for length in 1..=4.min(file.len() - index) {
            let damaged = [&file[..index], &file[index + length..]].concat();
            assert_refused(&damaged, Toy::Runs, || format!("{length} bytes from byte {index} on left out"));
        }
    }
}

#[test]
fn chunks_that_are_swapped_repeated_or_left_out_are_found() {
    // All chunks but the last hold the same text, so that only their order can tell.
    let text = &[b'x'; 4 * CHUNK_BYTES + 1][..];
    let whole = records(&file(text, Toy::Plain, CHUNK_BYTES));
    let refused = |records: &[Vec<u8>], what: String| {
        let (_, result) = read(&records.concat(), Toy::Plain, 1);
        assert!(result.is_err(), "{what}");
    };
    for one in 0..whole.len() {
        let (mut without, mut twice) = (whole.clone(), whole.clone());
        without.remove(one);
        refused(&without, format!("record {one} left out"));
        twice.insert(one, whole[one].clone());
        refused(&twice, format!("record {one} twice"));
        for other in 0..one {
            let mut swapped = whole.clone();
            swapped.swap(one, other);
            refused(&swapped, format!("records {one} and {other} swapped"));
        }
    }
}

#[test]
fn chunks_and_ends_of_other_files_are_found() {
    let text = b"one text and more";
    let [one, other] = [text, b"two texts, longer"].map(|text| records(&file(text, Toy::Plain, CHUNK_BYTES)));
    let mixed = |index: usize| {
        let mut mixed = one.clone();
        mixed[index] = other[index].clone();
        let (found, result) = read(&mixed.concat(), Toy::Plain, 1);
        assert!(matches!(result, Err(DecompressError::File(ReadError::Damaged { .. }))), "record {index}");
        found
    };
    // What follows the same header is as good as any first chunk, but then the next one does not follow it.
    assert_eq!(mixed(1), b"two te");
    for (index, before) in [(2, 6), (3, 12), (4, 17)] {
        assert_eq!(mixed(index), text[..before], "record {index} was decoded");
    }
}

#[test]
fn what_follows_a_whole_file_is_an_error() {
    let mut file = file(TEXT, Toy::Plain, CHUNK_BYTES);
    let length = file.len() as u64;
    file.push(0);
    let (text, result) = read(&file, Toy::Plain, 1);
    assert!(matches!(result, Err(DecompressError::File(ReadError::Trailing { at })) if at == length));
    assert_eq!(text.len(), TEXT.len() / CHUNK_BYTES * CHUNK_BYTES + TEXT.len() % CHUNK_BYTES);
    assert!(inspected(&[&file[..], &file[..]].concat()).is_err(), "two files in one");
}

#[test]
fn other_files_and_newer_versions_are_told_from_damage() {
    let file = file(TEXT, Toy::Plain, CHUNK_BYTES);
    for other in [b"PK\x03\x04 and so on", &b"hello"[..], b"\x89MUL\n\x1a\n and text mode"] {
        assert!(matches!(read_header(&mut &other[..]), Err(ReadError::Foreign)));
    }
    let mut newer = file.clone();
    newer[8] = 2;
    let message = read_header(&mut &newer[..]).unwrap_err().to_string();
    assert!(
        message.starts_with("the compressed file is of version 2, and this program knows versions up to 1"),
        "{message}"
    );
    let mut older = file;
    older[8] = 0;
    let message = read_header(&mut &older[..]).unwrap_err().to_string();
    assert!(message.contains("is damaged in its header: there is no version 0"), "{message}");
}
