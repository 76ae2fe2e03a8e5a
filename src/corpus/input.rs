//! One file as a stream of lines, whatever it is packed in.

use std::{
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use super::{CorpusError, source::Part};

/// Block size of reads from the file and out of the decompressor.
const BLOCK: usize = 64 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Text,
    JsonLines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstandard,
}

/// What a file's name says about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub layout: Layout,
    compression: Compression,
}

impl Format {
    const TEXT_ENDINGS: [&str; 3] = ["txt", "text", "md"];
    const JSON_ENDINGS: [&str; 3] = ["json", "jsonl", "ndjson"];

    /// `.gz` and `.zst` are taken off first; of what is left, `.json`, `.jsonl` and `.ndjson` are JSON lines (C4's
    /// own files are `.json.gz`), and any other name is plain text.
    pub fn of(path: &Path) -> Self {
        let (compression, inner) = Self::unpacked(path);
        let layout = if has_ending(inner, &Self::JSON_ENDINGS) { Layout::JsonLines } else { Layout::Text };
        Self { layout, compression }
    }

    /// Whether a folder's file is taken for text by its name.
    pub fn ends_like_text(path: &Path) -> bool {
        let (_, inner) = Self::unpacked(path);
        has_ending(inner, &Self::TEXT_ENDINGS) || has_ending(inner, &Self::JSON_ENDINGS)
    }

    /// The endings that [`Self::ends_like_text`] knows, for messages.
    pub fn endings() -> String {
        Self::TEXT_ENDINGS.iter().chain(&Self::JSON_ENDINGS).map(|e| format!(".{e}")).collect::<Vec<_>>().join(", ")
    }

    fn unpacked(path: &Path) -> (Compression, &Path) {
        let inner = || path.file_stem().map_or(path, Path::new);
        if has_ending(path, &["gz"]) {
            (Compression::Gzip, inner())
        } else if has_ending(path, &["zst"]) {
            (Compression::Zstandard, inner())
        } else {
            (Compression::None, path)
        }
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|own| endings.iter().any(|ending| own.eq_ignore_ascii_case(ending)))
}

/// Beginnings of files that are no text, in spite of their names.
const FOREIGN: [(&[u8], &str, &str); 6] = [
    (b"\x1f\x8b", "it begins like gzip data", "let its name end in .gz"),
    (b"\x28\xb5\x2f\xfd", "it begins like zstd data", "let its name end in .zst"),
    (b"PK\x03\x04", "it begins like a zip archive", "unpack it, and give the text files or their folder"),
    (b"%PDF", "it begins like a PDF", "save its text as a .txt file, and give that"),
    (b"\xff\xfe", "it begins like UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "it begins like UTF-16", "save it as UTF-8"),
];
const LONGEST_FOREIGN: u64 = 4;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An open, unpacked file.
pub(super) struct Input {
    reader: Box<dyn BufRead + Send>,
    compression: Compression,
    name: String,
}

impl Input {
    /// Opens a file and looks at its first bytes, so that a wrong file is refused before anything is read of it. A
    /// UTF-8 byte order mark is taken off.
    pub fn open(part: &Part) -> Result<Self, CorpusError> {
        let compression = part.format().compression;
        let name = part.name();
        let broken = |source| failure(&name, compression, source);
        let (stored, _) = part.open()?;
        let stored = BufReader::with_capacity(BLOCK, stored);
        let mut unpacked: Box<dyn BufRead + Send> = match compression {
            Compression::None => Box::new(stored),
            // C4's files, and whatever `cat a.gz b.gz` makes, are several gzip members in a row.
            Compression::Gzip => Box::new(BufReader::with_capacity(BLOCK, MultiGzDecoder::new(stored))),
            Compression::Zstandard => {
                let decoder = zstd::stream::read::Decoder::with_buffer(stored).map_err(broken)?;
                Box::new(BufReader::with_capacity(BLOCK, decoder))
            }
        };
        let mut head = Vec::new();
        unpacked.by_ref().take(LONGEST_FOREIGN).read_to_end(&mut head).map_err(broken)?;
        if let Some((_, evidence, advice)) = FOREIGN.iter().find(|(magic, ..)| head.starts_with(magic)) {
            return Err(CorpusError::Binary { name, evidence: (*evidence).to_owned(), advice: (*advice).to_owned() });
        }
        if head.starts_with(BYTE_ORDER_MARK) {
            head.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Self { reader: Box::new(Cursor::new(head).chain(unpacked)), compression, name })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Puts the next line, with the `\n` that ends it, behind what `line` holds, but at most `limit` bytes of it: the
    /// rest is then the next line. Returns the number of bytes, 0 at the end of the file.
    pub fn read_line(&mut self, line: &mut Vec<u8>, limit: usize) -> Result<usize, CorpusError> {
        let mut length = 0;
        // A chain of readers ends `read_until` where its first reader ends, if that does not end in a line break.
        while length < limit {
            let read = (&mut self.reader)
                .take((limit - length) as u64)
                .read_until(b'\n', line)
                .map_err(|source| failure(&self.name, self.compression, source))?;
            length += read;
            if read == 0 || line.last() == Some(&b'\n') {
                break;
            }
        }
        Ok(length)
    }
}

/// The disk's own failures have a number of the operating system's; any other comes from the decompressor.
fn failure(name: &str, compression: Compression, source: io::Error) -> CorpusError {
    let name = name.to_owned();
    match compression {
        Compression::Gzip if source.raw_os_error().is_none() => {
            CorpusError::BrokenCompression { name, compression: "gzip", source }
        }
        Compression::Zstandard if source.raw_os_error().is_none() => {
            CorpusError::BrokenCompression { name, compression: "zstd", source }
        }
        _ => CorpusError::Unreadable { name, source },
    }
}
