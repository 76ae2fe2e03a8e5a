//! Files that are written and read back, under methods made up for the purpose.

mod damage;
mod golden;
mod hostile;
mod streams;
mod toy;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use toy::{Toy, ToyError};

const ALL: [Toy; 4] = [Toy::Plain, Toy::Runs, Toy::Sides, Toy::Keyed(0x5a)];

fn header(toy: Toy, chunk_bytes: usize) -> Header {
    Header::new(toy.method().to_owned(), toy.model(), chunk_bytes, b"tables".to_vec()).unwrap()
}

fn group(chunks: usize) -> NonZeroUsize {
    NonZeroUsize::new(chunks).unwrap()
}

fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn file(text: &[u8], toy: Toy, chunk_bytes: usize) -> Vec<u8> {
    let mut file = Vec::new();
    compress(text, &mut file, &header(toy, chunk_bytes), &toy, group(3), &mut go_on).unwrap();
    file
}

/// What is written, and how it ended.
fn read(mut file: &[u8], toy: Toy, chunks: usize) -> (Vec<u8>, Result<Summary, DecompressError<ToyError>>) {
    let mut text = Vec::new();
    let header = match read_header(&mut file) {
        Ok(header) => header,
        Err(error) => return (text, Err(error.into())),
    };
    let result = decompress(file, &header, &mut text, &toy, group(chunks), &mut go_on);
    (text, result)
}

fn inspected(mut file: &[u8]) -> Result<(Vec<StoredChunk>, Summary), ReadError> {
    let header = read_header(&mut file)?;
    let mut chunks = Vec::new();
    let summary = inspect(file, &header, &mut |chunk| chunks.push(chunk))?;
    Ok((chunks, summary))
}

/// Runs of bytes, and bytes of all kinds.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let run = (any::<u8>(), 1..40usize).prop_map(|(byte, length)| vec![byte; length]);
    let piece = prop_oneof![run, prop::collection::vec(any::<u8>(), 0..20)];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn toys() -> impl Strategy<Value = Toy> {
    prop::sample::select(ALL.to_vec())
}

#[test]
fn an_empty_text_is_a_file_without_chunks() {
    for toy in ALL {
        let file = file(b"", toy, 7);
        let (text, result) = read(&file, toy, 1);
        let summary = result.unwrap();
        assert_eq!((text.len(), summary.chunks, summary.raw_bytes, summary.payload_bits), (0, 0, 0, 0));
        assert_eq!((summary.file_bytes, summary.tables_bytes), (file.len() as u64, 6));
        assert_eq!(summary.framing_bytes, summary.file_bytes - 6);
    }
}

#[test]
fn the_header_says_what_made_the_file() {
    let file = file(b"some text", Toy::Keyed(7), 5);
    let mut rest = &file[..];
    let header = read_header(&mut rest).unwrap();
    assert_eq!((header.method(), header.model(), header.chunk_bytes()), ("keyed", "key 7", 5));
    assert_eq!(header.tables(), b"tables");
    assert_eq!(rest.first(), Some(&b'C'), "the header was not read to its end exactly");
    assert_eq!(header.expect("keyed", "key 7"), Ok(()));
    let error = header.expect("runs", "key 7").unwrap_err().to_string();
    assert!(error.contains("made by method \"keyed\", not \"runs\""), "{error}");
    let error = header.expect("keyed", "key 8").unwrap_err().to_string();
    assert!(error.contains("made with model \"key 7\", but model \"key 8\" was given"), "{error}");
    let error = header.expect("keyed", "").unwrap_err().to_string();
    assert!(error.contains("but no model was given: give the one"), "{error}");
}

#[test]
fn what_makes_no_header_is_refused() {
    let of = |method: usize, model: usize, chunk: usize, tables: usize| {
        Header::new("m".repeat(method), "m".repeat(model), chunk, vec![0; tables]).err()
    };
    assert_eq!(of(MAX_METHOD_BYTES, MAX_MODEL_BYTES, MAX_CHUNK_BYTES, MAX_TABLES_BYTES), None);
    assert_eq!(of(0, 0, 1, 0), Some(HeaderError::Method(0)));
    assert_eq!(of(MAX_METHOD_BYTES + 1, 0, 1, 0), Some(HeaderError::Method(MAX_METHOD_BYTES + 1)));
    assert_eq!(of(1, MAX_MODEL_BYTES + 1, 1, 0), Some(HeaderError::Model(MAX_MODEL_BYTES + 1)));
    assert_eq!(of(1, 0, 0, 0), Some(HeaderError::ChunkBytes(0)));
    assert_eq!(of(1, 0, MAX_CHUNK_BYTES + 1, 0), Some(HeaderError::ChunkBytes(MAX_CHUNK_BYTES as u64 + 1)));
    assert_eq!(of(1, 0, 1, MAX_TABLES_BYTES + 1), Some(HeaderError::Tables(MAX_TABLES_BYTES + 1)));
}

#[test]
fn the_largest_header_is_read_back() {
    let [method, model] = [MAX_METHOD_BYTES, MAX_MODEL_BYTES].map(|length| "é".repeat(length / 2));
    let header = Header::new(method, model, MAX_CHUNK_BYTES, vec![0xab; MAX_TABLES_BYTES]).unwrap();
    let mut file = Vec::new();
    compress(&b"abc"[..], &mut file, &header, &Toy::Plain, group(1), &mut go_on).unwrap();
    let mut rest = &file[..];
    assert_eq!(read_header(&mut rest).unwrap(), header);
    let mut text = Vec::new();
    decompress(rest, &header, &mut text, &Toy::Plain, group(1), &mut go_on).unwrap();
    assert_eq!(text, b"abc");
}

#[test]
fn a_model_that_codes_otherwise_is_found_by_the_text() {
    let file = file(b"twelve bytes and more", Toy::Keyed(1), 6);
    let (text, result) = read(&file, Toy::Keyed(2), 4);
    assert!(matches!(result, Err(DecompressError::Text { place: Place { chunk: 0, text_at: 0, .. } })));
    assert!(text.is_empty());
    let message = result.unwrap_err().to_string();
    assert!(message.starts_with("chunk 0 (from byte 37 of the file, which is byte 0 of the text)"), "{message}");
}

#[test]
fn a_method_that_loses_chunks_is_found() {
    let text = b"four chunks of text.";
    let compressed = compress(&text[..], Vec::new(), &header(Toy::Loses, 5), &Toy::Loses, group(4), &mut go_on);
    assert!(matches!(compressed, Err(CompressError::Count { given: 4, found: 3 })));
    let (found, result) = read(&file(text, Toy::Plain, 5), Toy::Loses, 4);
    assert!(found.is_empty() && matches!(result, Err(DecompressError::Count { given: 4, found: 3 })));
}

#[test]
fn a_method_that_blows_chunks_up_is_refused_while_writing() {
    let compressed = compress(&b"abcdef"[..], Vec::new(), &header(Toy::Blows, 3), &Toy::Blows, group(4), &mut go_on);
    let message = compressed.unwrap_err().to_string();
    assert!(message.starts_with("the method coded chunk 0, of 3 bytes, into 34312 bits and 0 bytes"), "{message}");
}

#[test]
fn what_a_method_says_names_the_chunks() {
    let compressed = compress(&b"abcdef"[..], Vec::new(), &header(Toy::Fails, 2), &Toy::Fails, group(2), &mut go_on);
    let message = compressed.unwrap_err().to_string();
    assert!(message.starts_with("could not compress chunks 0 to 1 (text from byte 0 on): "), "{message}");
    let (text, result) = read(&file(b"aaaabcdefgh", Toy::Plain, 4), Toy::Runs, 8);
    assert!(text.is_empty());
    let message = result.unwrap_err().to_string();
    assert!(message.starts_with("could not decode chunk 0 (from byte 32 of the file"), "{message}");
}

proptest! {
    #[test]
    fn what_is_compressed_is_decompressed(
        text in texts(), toy in toys(), chunk_bytes in 1..40usize, groups in (1..6usize, 1..6usize)
    ) {
        let header = header(toy, chunk_bytes);
        let (mut file, mut steps) = (Vec::new(), Vec::new());
        let mut progress = |done| {
            steps.push(done);
            ControlFlow::Continue(())
        };
        let written = compress(&text[..], &mut file, &header, &toy, group(groups.0), &mut progress).unwrap();
        prop_assert!(steps.is_sorted() && steps.last().copied().unwrap_or(0) == text.len() as u64);
        prop_assert_eq!(steps.len(), text.len().div_ceil(chunk_bytes * groups.0));

        let mut rest = &file[..];
        prop_assert_eq!(&read_header(&mut rest).unwrap(), &header);
        let (found, result) = read(&file, toy, groups.1);
        prop_assert_eq!(&found, &text);
        prop_assert_eq!(result.unwrap(), written);

        let (chunks, inspected) = inspected(&file).unwrap();
        prop_assert_eq!(inspected, written);
        prop_assert_eq!(written.chunks, text.len().div_ceil(chunk_bytes) as u64);
        prop_assert_eq!((written.raw_bytes, written.file_bytes), (text.len() as u64, file.len() as u64));
        let coded = toy.encode(&text.chunks(chunk_bytes).collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(chunks.len(), coded.len());
        let mut contents = header.tables().len();
        for ((index, chunk), coded) in (0..).zip(&chunks).zip(&coded) {
            prop_assert_eq!(chunk.index, index);
            prop_assert_eq!(file[chunk.at as usize], b'C');
            prop_assert_eq!((chunk.payload_bits, chunk.side_bytes), (coded.payload.len(), coded.side.len() as u64));
            contents += coded.payload.as_bytes().len() + coded.side.len();
        }
        prop_assert_eq!(chunks.iter().map(|chunk| chunk.raw_bytes as u64).sum::<u64>(), written.raw_bytes);
        prop_assert_eq!(chunks.iter().map(|chunk| chunk.payload_bits).sum::<u64>(), written.payload_bits);
        prop_assert_eq!(chunks.iter().map(|chunk| chunk.side_bytes).sum::<u64>(), written.side_bytes);
        prop_assert_eq!(written.framing_bytes, written.file_bytes - contents as u64);
    }

    #[test]
    fn the_size_of_groups_does_not_show(text in texts(), toy in toys(), groups in (1..9usize, 1..9usize)) {
        let [one, other] = [groups.0, groups.1].map(|size| {
            let mut file = Vec::new();
            compress(&text[..], &mut file, &header(toy, 9), &toy, group(size), &mut go_on).unwrap();
            file
        });
        prop_assert_eq!(one, other);
    }
}
