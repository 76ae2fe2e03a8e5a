//! The text that the pane cuts: typed, opened, dropped, or given by another pane.

use super::blocks;
use crate::app::format;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes up to which a text can be edited: a longer one is shown and cut, but no editor lays it out.
pub const LONGEST_EDITED: usize = 1 << 20;

/// Bytes of a file that are read; of a longer one, the beginning.
pub const LONGEST: usize = 256 << 20;

/// Shown at the first start: prose of the default corpus, and the sentence of the paper's Table 7.
pub const FIRST_TEXT: &str = "Call me Ishmael. Some years ago—never mind how long precisely—having little or no money in my purse, and nothing particular to interest me on shore, I thought I would sail about a little and see the watery part of the world. It is a way I have of driving off the spleen and regulating the circulation.

The three currently living species are: African savanna elephants, African forest elephants, and the Asian elephants.
";

/// A text and where it came from.
pub struct Text {
    bytes: Arc<[u8]>,
    /// The same for an editor, if it is text and short enough.
    edited: Option<String>,
    /// What a reader must know: why there is no editor, or that it is the beginning of something longer.
    note: Option<String>,
    /// Counts the edits that changed each block, so that what was cut before can be told from what is cut now.
    versions: Vec<u64>,
    edits: u64,
}

impl Text {
    /// A typed text.
    pub fn typed(text: &str) -> Self {
        Self::new(text.as_bytes().into(), "This text", text.len() as u64)
    }

    /// Bytes from somewhere, of `total` that there are.
    pub fn new(bytes: Arc<[u8]>, name: &str, total: u64) -> Self {
        // A character that the end of the reading broke is not the text's fault.
        let bytes = match total > bytes.len() as u64 {
            true => bytes[..blocks::whole_up_to(&bytes, bytes.len().saturating_sub(4))].into(),
            false => bytes,
        };
        let text = (bytes.len() <= LONGEST_EDITED).then(|| std::str::from_utf8(&bytes));
        let note = match &text {
            Some(Ok(_)) => None,
            Some(Err(_)) => Some(format!("{name} is not UTF-8 text: its bytes are cut as they are.")),
            None => Some(format!(
                "{name} has {}: longer than {}, so it is shown and cut but not edited here.",
                format::bytes(bytes.len() as u64),
                format::bytes(LONGEST_EDITED as u64)
            )),
        };
        let note = match total > bytes.len() as u64 {
            true => Some(format!(
                "{}Only the first {} of {} are shown.",
                note.map(|note| note + " ").unwrap_or_default(),
                format::bytes(bytes.len() as u64),
                format::bytes(total)
            )),
            false => note,
        };
        let edited = text.and_then(Result::ok).map(str::to_owned);
        let versions = vec![0; blocks::count(&bytes)];
        Self { bytes, edited, note, versions, edits: 0 }
    }

    /// Reads a file; blocks as long as the disk does.
    ///
    /// # Errors
    /// The file is missing, a folder, unreadable or empty; the message says so.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let cannot = |error: std::io::Error| format!("{shown} cannot be opened: {error}.");
        let about = std::fs::metadata(path).map_err(cannot)?;
        if about.is_dir() {
            return Err(format!("{shown} is a folder: name a file in it."));
        }
        let mut bytes = Vec::new();
        File::open(path).map_err(cannot)?.take(LONGEST as u64).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.is_empty() {
            return Err(format!("{shown} is empty: there is nothing to cut."));
        }
        let total = about.len().max(bytes.len() as u64);
        let name = path.file_name().map_or_else(|| PathBuf::from(path), PathBuf::from);
        Ok(Self::new(bytes.into(), &name.display().to_string(), total))
    }

    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// What an editor may change; call [`Text::take_edit`] once it has.
    pub fn editor(&mut self) -> Option<&mut String> {
        self.edited.as_mut()
    }

    /// Which edit last changed a block.
    pub fn version(&self, block: usize) -> u64 {
        self.versions.get(block).copied().unwrap_or_default()
    }

    /// Takes over what was edited. Blocks that are as they were keep their version.
    pub fn take_edit(&mut self) {
        let Some(edited) = &self.edited else {
            return;
        };
        let bytes: Arc<[u8]> = edited.as_bytes().into();
        self.edits += 1;
        let version = |block| {
            let (before, now) = (blocks::range(&self.bytes, block), blocks::range(&bytes, block));
            let same = before == now && self.bytes[before] == bytes[now];
            if same { self.version(block) } else { self.edits }
        };
        self.versions = (0..blocks::count(&bytes)).map(version).collect();
        self.bytes = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_to_the_editor_and_other_bytes_do_not() {
        let mut text = Text::typed("é");
        assert_eq!((text.editor().map(|text| text.clone()), text.note()), (Some("é".to_owned()), None));
        let mut broken = Text::new(b"a\xFFb"[..].into(), "x", 3);
        assert!(broken.editor().is_none() && broken.note().is_some_and(|note| note.contains("is not UTF-8 text")));
        let mut long = Text::typed(&"x".repeat(LONGEST_EDITED + 1));
        assert!(long.editor().is_none() && long.note().is_some_and(|note| note.contains("not edited")));
    }

    #[test]
    fn only_blocks_that_an_edit_changed_get_another_version() {
        let mut text = Text::typed(&"a".repeat(3 * blocks::BLOCK));
        if let Some(edited) = text.editor() {
            edited.replace_range(blocks::BLOCK..blocks::BLOCK + 1, "b");
        }
        text.take_edit();
        assert_eq!([0, 1, 2, 3].map(|block| text.version(block)), [0, 1, 0, 0]);
        if let Some(edited) = text.editor() {
            edited.push_str("at the end");
        }
        text.take_edit();
        assert_eq!([0, 1, 2, 3].map(|block| text.version(block)), [0, 1, 0, 2]);
    }

    #[test]
    fn a_beginning_says_that_it_is_one_and_breaks_no_character() {
        let mut beginning = Text::new("ab☃☃".as_bytes()[..7].into(), "x", 8);
        assert!(beginning.note().is_some_and(|note| note.contains("Only the first")), "{:?}", beginning.note());
        assert!(beginning.editor().is_some());
    }

    #[test]
    fn files_that_cannot_be_shown_say_why() {
        let folder = std::env::temp_dir();
        assert!(Text::read(&folder).is_err_and(|message| message.contains("is a folder")));
        let missing = folder.join("mullion-no-such-file");
        assert!(Text::read(&missing).is_err_and(|message| message.contains("cannot be opened")));
    }
}
