//! The text that the windows pane cuts: typed, or the head of a file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Longest text that is cut and drawn, in bytes; of a longer one the head is shown.
pub const LONGEST: usize = 64 * 1024;

/// Shown at the first start: prose of the default corpus, and the sentence of the paper's Table 7.
pub const FIRST_TEXT: &str = "Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and nothing particular to interest me on shore, I thought I would sail about a little and see the watery part of the world. It is a way I have of driving off the spleen and regulating the circulation.

The three currently living species are: African savanna elephants, African forest elephants, and the Asian elephants.
";

/// The head of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// Bytes of the whole file.
    pub total: u64,
}

/// Reads at most [`LONGEST`] bytes; blocks as long as the disk does.
///
/// # Errors
/// The file is missing, a folder, unreadable or empty; the message says so.
pub fn read_head(path: &Path) -> Result<Head, String> {
    let shown = path.display();
    let cannot = |error: std::io::Error| format!("{shown} cannot be opened: {error}.");
    let about = std::fs::metadata(path).map_err(cannot)?;
    if about.is_dir() {
        return Err(format!("{shown} is a folder: name a file in it."));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(cannot)?.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.is_empty() {
        return Err(format!("{shown} is empty: there is nothing to cut."));
    }
    let total = about.len().max(bytes.len() as u64);
    bytes.truncate(LONGEST);
    Ok(Head { path: path.to_owned(), bytes, total })
}

/// What the pane shows.
pub enum TextSource {
    /// In the editor.
    Typed(String),
    /// A file that is no UTF-8 text, so that no editor can hold it.
    Bytes { path: PathBuf, bytes: Arc<[u8]> },
}

impl TextSource {
    /// A file's head as text if it is text. A character that the cut at [`LONGEST`] broke is dropped for that.
    pub fn from_head(head: Head) -> Self {
        let cut = head.total > head.bytes.len() as u64;
        match String::from_utf8(head.bytes) {
            Ok(text) => Self::Typed(text),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let broken_by_cut = cut && error.utf8_error().error_len().is_none();
                let mut bytes = error.into_bytes();
                if broken_by_cut {
                    bytes.truncate(valid);
                    if let Ok(text) = String::from_utf8(bytes) {
                        return Self::Typed(text);
                    }
                    return Self::Typed(String::new());
                }
                Self::Bytes { path: head.path, bytes: bytes.into() }
            }
        }
    }

    /// The bytes to cut: at most [`LONGEST`], whole characters if it is text.
    pub fn bytes(&self) -> Arc<[u8]> {
        match self {
            Self::Typed(text) => text.as_bytes()[..text.floor_char_boundary(LONGEST)].into(),
            Self::Bytes { bytes, .. } => Arc::clone(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: &[u8], total: u64) -> Head {
        Head { path: "x".into(), bytes: bytes.to_vec(), total }
    }

    #[test]
    fn text_goes_to_the_editor_and_other_bytes_do_not() {
        assert!(matches!(TextSource::from_head(head("é".as_bytes(), 2)), TextSource::Typed(text) if text == "é"));
        assert!(
            matches!(TextSource::from_head(head(b"a\xFFb", 3)), TextSource::Bytes { bytes, .. } if *bytes == *b"a\xFFb")
        );
        // A whole file that ends inside a character is broken; the head of a longer one is not.
        assert!(matches!(TextSource::from_head(head(b"a\xC3", 2)), TextSource::Bytes { .. }));
        assert!(matches!(TextSource::from_head(head(b"a\xC3", 9)), TextSource::Typed(text) if text == "a"));
    }

    #[test]
    fn long_typed_text_is_cut_at_a_character() {
        let source = TextSource::Typed("é".repeat(LONGEST));
        let bytes = source.bytes();
        assert_eq!(bytes.len(), LONGEST);
        assert!(std::str::from_utf8(&bytes).is_ok());
        let odd = TextSource::Typed(format!("a{}", "é".repeat(LONGEST)));
        assert_eq!(odd.bytes().len(), LONGEST - 1);
    }

    #[test]
    fn files_that_cannot_be_shown_say_why() {
        let folder = std::env::temp_dir();
        assert!(read_head(&folder).is_err_and(|message| message.contains("is a folder")));
        let missing = folder.join("mullion-no-such-file");
        assert!(read_head(&missing).is_err_and(|message| message.contains("cannot be opened")));
    }
}
