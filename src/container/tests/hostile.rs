//! Files that somebody made up: their checks hold, but not what they say.

use super::toy::Toy;
use super::*;
use crate::container::{check, number};

/// Records with checks that hold.
fn sealed(records: &[Vec<u8>]) -> Vec<u8> {
    let (mut file, mut before) = (Vec::new(), Vec::new());
    for record in records {
        let check = check::of(&[&before[..], record].concat());
        file.extend(record);
        file.extend(check);
        before = check.to_vec();
    }
    file
}

fn numbers(tag: u8, numbers: &[u64]) -> Vec<u8> {
    let mut bytes = vec![tag];
    numbers.iter().for_each(|&number| number::push(number, &mut bytes));
    bytes
}

fn head() -> Vec<u8> {
    header(Toy::Plain, 4).fields()
}

/// A chunk as it should be, but for these lengths.
fn chunk(lengths: [u64; 4], payload: &[u8], text: &[u8]) -> Vec<u8> {
    [numbers(b'C', &lengths), payload.to_vec(), check::of(text).to_vec()].concat()
}

fn end(chunks: u64, raw_bytes: u64, text: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    [numbers(b'E', &[chunks, raw_bytes]), Sha256::digest(text).to_vec()].concat()
}

fn fault(records: &[Vec<u8>]) -> DecompressError<ToyError> {
    let file = sealed(records);
    let error = read(&file, Toy::Plain, 2).1.unwrap_err();
    if let DecompressError::File(error) = &error {
        assert_eq!(inspected(&file).unwrap_err().to_string(), error.to_string());
    }
    error
}

fn problem(records: &[Vec<u8>]) -> Problem {
    match fault(records) {
        DecompressError::File(ReadError::Damaged { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_made_up_here_is_a_file_if_it_says_the_truth() {
    let records =
        [head(), chunk([0, 4, 32, 0], b"abcd", b"abcd"), chunk([1, 1, 8, 0], b"e", b"e"), end(2, 5, b"abcde")];
    assert_eq!(sealed(&records), file(b"abcde", Toy::Plain, 4));
}

#[test]
fn lengths_beyond_bounds_are_refused_at_once() {
    let most_bytes = most_coded_bytes(4);
    for huge in [1 << 32, 1 << 60, u64::MAX] {
        let of = |lengths| problem(&[head(), chunk(lengths, b"abcd", b"abcd")]);
        assert_eq!(of([huge, 4, 32, 0]), Problem::Index { found: huge });
        assert_eq!(of([0, huge, 32, 0]), Problem::RawLength { found: huge, most: 4 });
        assert_eq!(of([0, 4, huge, 0]), Problem::PayloadLength { bits: huge, raw_bytes: 4, most_bytes });
        assert_eq!(of([0, 4, 32, huge]), Problem::SideLength { bytes: huge, raw_bytes: 4, most_bytes });
        let totals = problem(&[head(), end(huge, huge, b"")]);
        assert_eq!(totals, Problem::Totals { chunks: huge, raw_bytes: huge, found_chunks: 0, found_raw_bytes: 0 });
    }
    assert_eq!(problem(&[head(), chunk([0, 0, 0, 0], b"", b"")]), Problem::RawLength { found: 0, most: 4 });
    assert_eq!(problem(&[head(), chunk([0, 5, 40, 0], b"abcde", b"abcde")]), Problem::RawLength { found: 5, most: 4 });
}

#[test]
fn headers_beyond_bounds_are_refused_at_once() {
    let of = |lengths: &[(u64, &[u8])]| {
        let mut record = head()[..9].to_vec();
        for &(length, bytes) in lengths {
            number::push(length, &mut record);
            record.extend(bytes);
        }
        problem(&[record])
    };
    let name = (1, &b"m"[..]);
    for huge in [MAX_TABLES_BYTES as u64 + 1, 1 << 60, u64::MAX] {
        let too_long = |field, least, most| Problem::FieldLength { field, found: huge, least, most };
        assert_eq!(of(&[(huge, b"m")]), too_long("method's name", 1, MAX_METHOD_BYTES));
        assert_eq!(of(&[name, (huge, b"m")]), too_long("model's identity", 0, MAX_MODEL_BYTES));
        assert_eq!(of(&[name, name, (4, b""), (huge, b"t")]), too_long("method's tables", 0, MAX_TABLES_BYTES));
    }
    let size = |found: u64| of(&[name, name, (found, b""), (0, b"")]);
    for found in [0, MAX_CHUNK_BYTES as u64 + 1, 1 << 60, u64::MAX] {
        assert_eq!(size(found), Problem::Header(HeaderError::ChunkBytes(found)));
    }
    assert_eq!(
        of(&[(0, b"")]),
        Problem::FieldLength { field: "method's name", found: 0, least: 1, most: MAX_METHOD_BYTES }
    );
    assert_eq!(of(&[(1, b"\xff"), name, (4, b""), (0, b"")]), Problem::Utf8 { field: "method's name" });
    assert_eq!(of(&[name, (1, b"\xff"), (4, b""), (0, b"")]), Problem::Utf8 { field: "model's identity" });
}

#[test]
fn files_that_contradict_themselves_are_refused() {
    let whole = || chunk([0, 4, 32, 0], b"abcd", b"abcd");
    assert_eq!(problem(&[head(), whole(), whole()]), Problem::Index { found: 0 });
    let short = || chunk([0, 3, 24, 0], b"abc", b"abc");
    assert_eq!(problem(&[head(), short(), chunk([1, 4, 32, 0], b"abcd", b"abcd")]), Problem::AfterShort);
    let padded = chunk([0, 4, 31, 0], b"abcd", b"abcd");
    // The last bit of `d` is 0, that of `e` is not.
    assert!(!matches!(fault(&[head(), padded]), DecompressError::File(ReadError::Damaged { .. })));
    let padded = chunk([0, 4, 31, 0], b"abce", b"abce");
    assert_eq!(problem(&[head(), padded]), Problem::Padding);
    assert_eq!(problem(&[head(), vec![b'X']]), Problem::Tag(b'X'));
    assert_eq!(problem(&[head(), vec![b'C', 0x80, 0]]), Problem::Number);
    let totals = |chunks, raw_bytes| problem(&[head(), whole(), end(chunks, raw_bytes, b"abcd")]);
    for (chunks, raw_bytes) in [(0, 4), (2, 4), (1, 3), (1, 5)] {
        let expected = Problem::Totals { chunks, raw_bytes, found_chunks: 1, found_raw_bytes: 4 };
        assert_eq!(totals(chunks, raw_bytes), expected);
    }
}

#[test]
fn a_text_that_is_another_than_its_checks_say_is_refused() {
    let lying = chunk([0, 4, 32, 0], b"abcd", b"abce");
    assert!(matches!(fault(&[head(), lying, end(1, 4, b"abcd")]), DecompressError::Text { .. }));
    let whole = chunk([0, 4, 32, 0], b"abcd", b"abcd");
    assert!(matches!(fault(&[head(), whole, end(1, 4, b"abce")]), DecompressError::WholeText));
    assert!(matches!(fault(&[head(), end(0, 0, b"a")]), DecompressError::WholeText));
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), start in 0..5usize) {
        // Behind beginnings of a file, so that the bytes stand for something.
        let file = file(b"abcdefghij", Toy::Runs, 4);
        let (chunks, _) = inspected(&file).unwrap();
        let kept = [0, 9, chunks[0].at as usize, chunks[0].at as usize + 1, chunks[2].at as usize][start];
        let (text, result) = read(&[&file[..kept], &bytes].concat(), Toy::Runs, 2);
        prop_assert!(result.is_err() && b"abcdefghij".starts_with(&text));
    }
}
