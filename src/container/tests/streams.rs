//! Readers and writers that fail, stop or dawdle.

use std::cell::Cell;
use std::io::{self, Read, Write};

use super::toy::Toy;
use super::*;

const TEXT: &[u8] = b"Some forty bytes of text, for six chunks";

/// Gives and takes one byte at a time, with interruptions, and fails at a byte if it is to.
struct Slow<S> {
    inner: S,
    left: usize,
    interrupted: bool,
}

impl<S> Slow<S> {
    fn new(inner: S, fails_after: Option<usize>) -> Self {
        Self { inner, left: fails_after.unwrap_or(usize::MAX), interrupted: false }
    }

    fn turn(&mut self) -> io::Result<()> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::ConnectionReset)?;
        Ok(())
    }
}

impl<R: Read> Read for Slow<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.turn()?;
        let length = into.len().min(1);
        self.inner.read(&mut into[..length])
    }
}

impl<W: Write> Write for Slow<W> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.turn()?;
        self.inner.write(&from[..from.len().min(1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn small(text: &[u8]) -> Vec<u8> {
    file(text, Toy::Runs, 7)
}

#[test]
fn one_byte_at_a_time_is_as_good_as_all() {
    let mut slow = Vec::new();
    let writer = Slow::new(&mut slow, None);
    compress(Slow::new(TEXT, None), writer, &header(Toy::Runs, 7), &Toy::Runs, group(4), &mut go_on).unwrap();
    assert_eq!(slow, small(TEXT));

    let mut reader = Slow::new(&slow[..], None);
    let header = read_header(&mut reader).unwrap();
    let mut text = Vec::new();
    decompress(reader, &header, Slow::new(&mut text, None), &Toy::Runs, group(4), &mut go_on).unwrap();
    assert_eq!(text, TEXT);
}

#[test]
fn readers_that_fail_are_named_wherever_they_fail() {
    for length in 0..=TEXT.len() {
        let reader = Slow::new(TEXT, Some(length));
        let result = compress(reader, io::sink(), &header(Toy::Runs, 7), &Toy::Runs, group(4), &mut go_on);
        assert!(matches!(result, Err(CompressError::Read { at, .. }) if at == length as u64));
    }
    let file = small(TEXT);
    for length in 0..=file.len() {
        let mut reader = Slow::new(&file[..], Some(length));
        let mut text = Vec::new();
        let error = match read_header(&mut reader) {
            Err(error) => error,
            Ok(header) => match decompress(reader, &header, &mut text, &Toy::Runs, group(2), &mut go_on) {
                Err(DecompressError::File(error)) => error,
                other => panic!("byte {length}: {other:?}"),
            },
        };
        // Where the field begins that could not be read, at least; the longest is a SHA-256.
        let near = length.saturating_sub(31) as u64..=length as u64;
        assert!(matches!(error, ReadError::Read { at, .. } if near.contains(&at)), "byte {length}: {error}");
        assert!(TEXT.starts_with(&text));
    }
}

#[test]
fn writers_that_fail_are_named_wherever_they_fail() {
    let file = small(TEXT);
    for length in 0..file.len() {
        let mut written = Vec::new();
        let writer = Slow::new(&mut written, Some(length));
        let result = compress(TEXT, writer, &header(Toy::Runs, 7), &Toy::Runs, group(1), &mut go_on);
        assert!(matches!(result, Err(CompressError::Write { .. })), "byte {length}");
        assert_eq!(written, file[..length]);
    }
    for length in 0..TEXT.len() {
        let mut rest = &file[..];
        let header = read_header(&mut rest).unwrap();
        let mut written = Vec::new();
        let writer = Slow::new(&mut written, Some(length));
        let result = decompress(rest, &header, writer, &Toy::Runs, group(3), &mut go_on);
        let before = (length / 7 * 7) as u64;
        assert!(matches!(result, Err(DecompressError::Write { at, .. }) if at == before), "byte {length}");
        assert_eq!(written, TEXT[..length]);
    }
}

/// Forgets what it is told until it is flushed, and cannot be.
struct Unflushable;

impl Write for Unflushable {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn writers_are_flushed_before_all_is_well() {
    let result = compress(TEXT, Unflushable, &header(Toy::Runs, 7), &Toy::Runs, group(3), &mut go_on);
    assert!(matches!(result, Err(CompressError::Write { .. })));
    let file = small(TEXT);
    let mut rest = &file[..];
    let header = read_header(&mut rest).unwrap();
    let result = decompress(rest, &header, Unflushable, &Toy::Runs, group(3), &mut go_on);
    assert!(matches!(result, Err(DecompressError::Write { at: 40, .. })));
}

#[test]
fn progress_can_stop_after_each_group() {
    let stop_at = |end: u64| move |done| if done >= end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let mut written = Vec::new();
    let header = header(Toy::Runs, 7);
    let result = compress(TEXT, &mut written, &header, &Toy::Runs, group(2), &mut stop_at(20));
    assert!(matches!(result, Err(CompressError::Stopped { raw_bytes: 28 })));
    let (text, result) = read(&written, Toy::Runs, 1);
    assert_eq!(text, TEXT[..28]);
    assert!(matches!(result, Err(DecompressError::File(ReadError::CutShort { part: Part::Next(_) }))));

    let (file, mut text) = (small(TEXT), Vec::new());
    let mut rest = &file[..];
    read_header(&mut rest).unwrap();
    let result = decompress(rest, &header, &mut text, &Toy::Runs, group(2), &mut stop_at(1));
    assert!(matches!(result, Err(DecompressError::Stopped { raw_bytes: 14 })));
    assert_eq!(text, TEXT[..14]);
}

/// Counts how many bytes were read.
struct Counting<'a, R>(R, &'a Cell<usize>);

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(into)?;
        self.1.set(self.1.get() + length);
        Ok(length)
    }
}

#[test]
fn no_more_than_a_group_is_read_before_it_is_coded() {
    let chunk_bytes = 1 << 18;
    let text = vec![7; 6 * chunk_bytes];
    let header = header(Toy::Runs, chunk_bytes);
    let (seen, mut steps) = (Cell::new(0), Vec::new());
    let mut progress = |done| {
        steps.push((seen.get() / chunk_bytes, done as usize / chunk_bytes));
        ControlFlow::Continue(())
    };
    let mut file = Vec::new();
    compress(Counting(&text[..], &seen), &mut file, &header, &Toy::Runs, group(2), &mut progress).unwrap();
    assert_eq!(steps, [(2, 2), (4, 4), (6, 6)]);

    let mut rest = &file[..];
    read_header(&mut rest).unwrap();
    let coded_bytes = rest.len() / 6;
    seen.set(0);
    steps.clear();
    let mut progress = |done| {
        steps.push((seen.get() / coded_bytes, done as usize / chunk_bytes));
        ControlFlow::Continue(())
    };
    decompress(Counting(rest, &seen), &header, io::sink(), &Toy::Runs, group(2), &mut progress).unwrap();
    assert_eq!(steps, [(2, 2), (4, 4), (6, 6)]);
}
