//! A tree of windows as a `tokenizer.json` of Hugging Face's `tokenizers`: other programs then cut text as Mullion does, and
//! models trained on its codes can be used there. A token's id is its code.
//!
//! Where every prefix of a text is a text of its own code too, coding is greedy longest match: a walk goes on while it can,
//! and may stop anywhere. So it is with windows of 16 bits under any M1 worth its name, of which only the empty prefix has
//! no code; [`WindowTree::hugging_face`] refuses trees of which it is not so. Greedy longest match is what Hugging Face's
//! `WordPiece` does with a word, given an empty prefix for continuing words. But it looks for the longest match from the
//! word's end: a whole text as one word takes five times as long with each doubling, and half a second at 4 kilobytes.
//!
//! So the text must be cut into words before, and just where windows end. A regular expression can do that: the tree itself,
//! each prefix followed by any one of its children or nothing, as in `t(?:h(?:e|a(?:t)?)?|o)?`. Every prefix is a text, so
//! the expression never goes back, and always matches. The parts of the file:
//!
//! | part | what |
//! |---|---|
//! | `pre_tokenizer` | `ByteLevel` writes each byte as a character, and does nothing else; `Split` cuts at the expression's matches |
//! | `model` | `WordPiece` finds each word in the dictionary, whole |
//! | `decoder` | `ByteLevel` reads the bytes back |
//!
//! A text has the same ids there as here, up to the end of a document: Hugging Face's texts have no such symbol, so
//! documents are encoded one by one. Texts of codes that hold it have the character [`END_OF_DOCUMENT_CHARACTER`] in its
//! place, which no byte is written as; the decoder leaves tokens with it as they stand. Nor do its texts hold bytes that are
//! not UTF-8: decoding replaces them.

use super::{Prefix, WindowTree};
use crate::coding::Symbol;
use crate::durable::{self, WriteError};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::path::Path;

/// What stands for the end of a document in the dictionary: U+2404, the symbol for "end of transmission".
pub const END_OF_DOCUMENT_CHARACTER: char = '\u{2404}';

/// Deeper nesting is more than engines for regular expressions take.
const MAX_DEPTH: usize = 250;

/// Why there is no such tokenizer.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(
        "{prefixes} texts of these windows have no code of their own, so longest match does not find the windows: export \
         a tree of shorter windows (16 bits do under a trained M1)"
    )]
    NotClosed { prefixes: usize },
    #[error(
        "the longest text of a code has {0} symbols, more than the {MAX_DEPTH} that a regular expression can nest: the model \
         finds one text all but certain; export windows of another model"
    )]
    TooDeep(usize),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl WindowTree {
    /// Writes [`Self::hugging_face`] to `path`, replacing what is there only once the new file is whole.
    ///
    /// # Errors
    /// If there is no such tokenizer, or the file cannot be written.
    pub fn save_hugging_face(&self, path: &Path) -> Result<(), ExportError> {
        let json = self.hugging_face()?.to_string();
        Ok(durable::replace(path, |file| file.write_all(json.as_bytes()))?)
    }

    /// The tokenizer of Hugging Face's that cuts text into these windows, with codes as ids.
    ///
    /// # Errors
    /// If some prefix but the empty one has no code, or the tree is deeper than engines for regular expressions take.
    pub fn hugging_face(&self) -> Result<Value, ExportError> {
        let prefixes = self.prefixes().filter(|prefix| prefix.code().is_none()).count() - 1;
        let depth = self.statistics().depth;
        if prefixes > 0 {
            return Err(ExportError::NotClosed { prefixes });
        }
        if depth > MAX_DEPTH {
            return Err(ExportError::TooDeep(depth));
        }
        let word = |prefix: &Prefix<'_>| prefix.text().into_iter().map(character).collect::<String>();
        let words = self.prefixes().filter_map(|prefix| Some((word(&prefix), prefix.code()?.into())));
        let vocabulary: Map<String, Value> = words.collect();
        let bytes =
            json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false });
        let split = json!({
            "type": "Split", "pattern": { "Regex": expression(self.root()) }, "behavior": "Isolated", "invert": false,
        });
        Ok(json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": [],
            "normalizer": null,
            "pre_tokenizer": { "type": "Sequence", "pretokenizers": [bytes, split] },
            "post_processor": null,
            "decoder": bytes,
            "model": {
                "type": "WordPiece",
                "unk_token": "",
                "continuing_subword_prefix": "",
                "max_input_chars_per_word": depth,
                "vocab": vocabulary,
            },
        }))
    }
}

/// The character that byte-level tokenizers write a symbol as (GPT-2's): printable ones in Latin-1 as they are, the others in
/// order from U+0100 on.
fn character(symbol: Symbol) -> char {
    let Ok(byte) = u8::try_from(symbol) else { return END_OF_DOCUMENT_CHARACTER };
    let shown = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    match shown(&byte) {
        true => byte.into(),
        false => char::from_u32(0x100 + (0..byte).filter(|before| !shown(before)).count() as u32).unwrap_or_default(),
    }
}

/// The expression that matches the longest text that begins with one of the prefix's children: those that end there as a
/// class, the others one by one.
fn expression(prefix: Prefix<'_>) -> String {
    let (mut class, mut longer) = (String::new(), Vec::new());
    for child in prefix.children() {
        // Texts that Hugging Face's tokenizer is given hold no end of a document.
        let Some(byte) = child.last().and_then(|symbol| u8::try_from(symbol).ok()) else { continue };
        match expression(child) {
            rest if rest.is_empty() => literal(&mut class, byte),
            rest => {
                let mut branch = String::new();
                literal(&mut branch, byte);
                longer.push(format!("{branch}(?:{rest})?"));
            }
        }
    }
    if !class.is_empty() {
        longer.push(format!("[{class}]"));
    }
    longer.join("|")
}

/// Appends the byte's character, so that it stands for itself.
fn literal(expression: &mut String, byte: u8) {
    let character = character(byte.into());
    match character.is_ascii() && !character.is_ascii_alphanumeric() {
        // Which of these have to be escaped, and how, depends on the engine; this is the same in all.
        true => _ = write!(expression, "\\x{:02x}", u32::from(character)),
        false => expression.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hashed, tree};
    use super::*;
    use crate::m1::StandIn;
    use proptest::prelude::*;
    use std::collections::HashSet;
    use std::sync::LazyLock;

    static TREE: LazyLock<(WindowTree, Value)> = LazyLock::new(|| {
        let tree = tree(&hashed(16, 14), 16);
        let json = tree.hugging_face().unwrap();
        (tree, json)
    });

    #[test]
    fn bytes_are_written_as_characters_as_elsewhere() {
        let characters: HashSet<char> = (0..=256).map(character).collect();
        assert_eq!(characters.len(), 257);
        assert_eq!(
            [b' ', b'\n', b'a', 0, 0x7f, 0xad].map(|byte| character(byte.into())),
            ['Ġ', 'Ċ', 'a', 'Ā', 'ġ', 'Ń']
        );
    }

    #[test]
    fn an_expression_is_the_tree() {
        let model = StandIn::counted(b"aaaaaaaaaaaaab".iter().map(|&byte| byte.into()));
        let tree = tree(&model, 9);
        let expression = expression(tree.root());
        assert!(expression.starts_with("a(?:a(?:"), "{expression}");
        // Bytes after which nothing fits are in one class, those that engines take for something else in hexadecimal.
        assert!(expression.ends_with(']') && expression.contains("XYZ\\x5b\\x5c"), "{expression}");
    }

    #[test]
    fn the_file_is_json_and_ids_are_codes() {
        let (tree, json) = &*TREE;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        tree.save_hugging_face(&path).unwrap();
        assert_eq!(&serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()).unwrap(), json);
        let vocabulary = json["model"]["vocab"].as_object().unwrap();
        let ids: HashSet<u64> = vocabulary.values().filter_map(Value::as_u64).collect();
        assert_eq!((ids.len(), ids.iter().max()), (1 << 16, Some(&0xffff)));
        assert!(vocabulary.keys().any(|word| word.contains(END_OF_DOCUMENT_CHARACTER)));
    }

    #[test]
    fn trees_that_it_does_not_work_for_are_refused() {
        let skewed = StandIn::counted((0..256).chain([b'e'.into(); 900]));
        assert!(matches!(tree(&skewed, 17).hugging_face(), Err(ExportError::NotClosed { prefixes: 1.. })));
        let certain = StandIn::counted(std::iter::repeat_n(7, 1 << 20));
        assert!(matches!(tree(&certain, 12).hugging_face(), Err(ExportError::TooDeep(251..))));
    }

    proptest! {
        #[test]
        fn longest_match_in_the_dictionary_finds_the_windows(points: Vec<u16>, wild in prop::collection::vec(0..256u16, 0..40)) {
            let (tree, json) = &*TREE;
            let mut text = hashed(16, 14).text(&points);
            text.retain(|&symbol| symbol < 256);
            text.extend(wild);
            let vocabulary = json["model"]["vocab"].as_object().unwrap();
            let written: Vec<char> = text.iter().map(|&symbol| character(symbol)).collect();
            let (mut ids, mut start) = (Vec::new(), 0);
            while start < written.len() {
                let longest = (1..=written.len() - start).rev().find_map(|length| {
                    let word: String = written[start..start + length].iter().collect();
                    Some((length, vocabulary.get(&word)?.as_u64()?))
                });
                let (length, id) = longest.unwrap();
                ids.push(id as u32);
                start += length;
            }
            prop_assert_eq!(tree.encode::<_, u32>(&text).unwrap(), ids);
        }
    }
}
