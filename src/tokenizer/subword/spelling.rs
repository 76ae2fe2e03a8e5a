//! How the pieces of a tokenizer.json spell text: what each stands for when tokens are decoded one by one.
//!
//! `tokenizers` decodes to strings, and what is no UTF-8 becomes U+FFFD: tokens that are part of a character do not
//! come back. So its decoders are read here, as far as they say what a piece stands for by itself.

use serde_json::Value;

use super::alphabet;

/// How pieces spell text.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    byte_level: bool,
    byte_fallback: bool,
    replaced: Vec<(String, String)>,
    /// What marks a piece that goes on a word (`##`); pieces without it begin with a space.
    going_on: Option<String>,
    /// What marks the last piece of a word (`</w>`): a space.
    word_end: Option<String>,
    first_loses_space: bool,
}

/// The parts of a normalizer, pre-tokenizer or decoder, which may be sequences of sequences.
pub(super) fn parts(part: &Value) -> Vec<&Value> {
    let members = ["normalizers", "pretokenizers", "decoders"].iter().find_map(|key| part.get(key)?.as_array());
    match members {
        Some(members) => members.iter().flat_map(parts).collect(),
        None if part.is_object() => vec![part],
        None => Vec::new(),
    }
}

/// The type of a part.
pub(super) fn kind(part: &Value) -> &str {
    part.get("type").and_then(Value::as_str).unwrap_or_default()
}

impl Spelling {
    /// That of a tokenizer.json whose model has type `model`.
    pub(super) fn read(root: &Value, model: &str) -> Self {
        let mut spelling = Self::default();
        let [normalizers, cutters, decoders] =
            ["normalizer", "pre_tokenizer", "decoder"].map(|key| root.get(key).map(parts).unwrap_or_default());
        spelling.byte_level = normalizers.iter().chain(&cutters).chain(&decoders).any(|part| kind(part) == "ByteLevel");
        spelling.byte_fallback = root["model"]["byte_fallback"].as_bool().unwrap_or(false);
        if spelling.byte_level {
            return spelling;
        }
        // Without a decoder, a metaspace still says what it is.
        let decoders = if decoders.is_empty() { cutters } else { decoders };
        let mut is_read = false;
        for part in decoders {
            let word = |key: &str| part.get(key).and_then(Value::as_str).map(str::to_owned);
            match kind(part) {
                "Metaspace" => {
                    let mark = word("replacement").unwrap_or_else(|| "▁".to_owned());
                    spelling.replaced.push((mark, " ".to_owned()));
                    spelling.first_loses_space = part.get("add_prefix_space").and_then(Value::as_bool) != Some(false)
                        && word("prepend_scheme").as_deref() != Some("never");
                }
                "Replace" => {
                    if let Some(mark) = part["pattern"]["String"].as_str() {
                        spelling.replaced.push((mark.to_owned(), word("content").unwrap_or_default()));
                    }
                }
                "Strip" => {
                    spelling.first_loses_space |= word("content").as_deref() == Some(" ")
                        && part["start"].as_u64().is_some_and(|spaces| spaces > 0);
                }
                "WordPiece" => spelling.set_going_on(word("prefix")),
                "BPEDecoder" => spelling.word_end = word("suffix"),
                "Fuse" | "ByteFallback" => {}
                _ => continue,
            }
            is_read = true;
        }
        if !is_read {
            let mark = root["model"].get("continuing_subword_prefix").and_then(Value::as_str).map(str::to_owned);
            let mark = if model == "WordPiece" { mark.or_else(|| Some("##".to_owned())) } else { mark };
            spelling.set_going_on(mark);
        }
        spelling
    }

    /// Pieces are words with a space before them, but those that begin with `mark`. Without a mark there are none.
    fn set_going_on(&mut self, mark: Option<String>) {
        self.going_on = Some(mark.unwrap_or_default());
        self.first_loses_space = true;
    }

    /// Whether pieces are bytes in GPT-2's alphabet.
    pub(super) fn is_byte_level(&self) -> bool {
        self.byte_level
    }

    /// Whether a document's first token loses the space that its text begins with.
    pub(super) fn first_loses_space(&self) -> bool {
        self.first_loses_space
    }

    /// The byte that a piece stands for alone, whatever is around it.
    pub(super) fn byte(&self, piece: &str) -> Option<u8> {
        if self.byte_level {
            let mut characters = piece.chars();
            return alphabet::byte(characters.next()?).filter(|_| characters.next().is_none());
        }
        let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
        (self.byte_fallback && digits.len() == 2).then(|| u8::from_str_radix(digits, 16).ok()).flatten()
    }

    /// The text of a piece.
    pub(super) fn text(&self, piece: &str) -> Vec<u8> {
        if self.byte_level {
            return alphabet::bytes(piece).unwrap_or_else(|| piece.as_bytes().to_vec());
        }
        if let Some(byte) = self.byte(piece) {
            return vec![byte];
        }
        let mut text = match self.going_on.as_deref() {
            Some("") => format!(" {piece}"),
            Some(mark) => piece.strip_prefix(mark).map_or_else(|| format!(" {piece}"), str::to_owned),
            None => piece.to_owned(),
        };
        for (mark, replacement) in &self.replaced {
            text = text.replace(mark, replacement);
        }
        if let Some(word) = self.word_end.as_deref().and_then(|mark| text.strip_suffix(mark)) {
            text = format!("{word} ");
        }
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(root: &Value, pieces: &[&str]) -> (Vec<Vec<u8>>, bool) {
        let spelling = Spelling::read(root, kind(&root["model"]));
        (pieces.iter().map(|piece| spelling.text(piece)).collect(), spelling.first_loses_space())
    }

    #[test]
    fn byte_level_pieces_are_raw_bytes() {
        let root =
            json!({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]}, "model": {}});
        assert_eq!(texts(&root, &["Ġa", "Ã", "日"]), (vec![b" a".to_vec(), vec![0xC3], "日".into()], false));
    }

    #[test]
    fn llama_s_pieces_have_metaspaces_and_bytes() {
        let decoders = json!([
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}
        ]);
        let model = json!({"type": "BPE", "byte_fallback": true});
        let root = json!({"decoder": {"type": "Sequence", "decoders": decoders}, "model": model});
        assert_eq!(texts(&root, &["▁a", "<0xFF>", "<0x>"]), (vec![b" a".to_vec(), vec![0xFF], b"<0x>".to_vec()], true));
    }

    #[test]
    fn pieces_of_words_go_on_or_begin_with_a_space() {
        let root = json!({"decoder": {"type": "WordPiece", "prefix": "##"}, "model": {"type": "WordPiece"}});
        assert_eq!(texts(&root, &["a", "##b"]), (vec![b" a".to_vec(), b"b".to_vec()], true));
        let root = json!({"decoder": {"type": "BPEDecoder", "suffix": "</w>"}, "model": {"type": "BPE"}});
        assert_eq!(texts(&root, &["a", "b</w>"]), (vec![b"a".to_vec(), b"b ".to_vec()], false));
        let root = json!({"model": {"type": "WordLevel"}});
        assert_eq!(texts(&root, &["a"]), (vec![b" a".to_vec()], true));
    }
}
