//! Subword tokenizers, which neural compression is compared with: T5's SentencePiece vocabulary (the paper's baseline),
//! OpenAI's byte-pair encodings, any tokenizer.json of Hugging Face's `tokenizers`, and vocabularies trained here
//! ([`train`]).
//!
//! They are made for text in UTF-8; here, a text is any sequence of [`Symbol`]s. It is cut at the ends of documents,
//! each of which is one token, and around bytes that are in no valid character. What is between goes through the
//! tokenizer. For the invalid bytes there are the tokens of single bytes, or else one unknown token for as many as are
//! side by side.
//!
//! # What comes back
//!
//! Byte-level vocabularies give every byte back ([`Subword::lossless`]). Others lose what they normalize away: T5 makes
//! line breaks spaces, joins spaces, and has no `{`. [`Encoding::lost`] counts it, and decoding gives what is left: the
//! unknown token is U+FFFD, and the space that a first word is given is taken from a document's first token again.
//!
//! Special tokens that a text spells out (`</s>`, `<|endoftext|>`) are text, and never become special ids.
//!
//! # Where documents end
//!
//! By the token that [`Subword::end_of_document`] names: T5's `</s>`, OpenAI's `<|endoftext|>`, and of a tokenizer.json
//! the first of `</s>`, `<|endoftext|>`, `<eos>`, `<|end_of_text|>` and `[SEP]` that it has as a special token. If it
//! has none, the end of a document is one id more than it has.
//!
//! # Long texts
//!
//! OpenAI's vocabularies take time linear in the text. For vocabularies trained here, and others that cut text into
//! GPT-2's words, the crate's models are given word by word. T5's is given parts that end before a space between two
//! letters or digits, where tokens end as well, so memory stays small. What the crate takes at once is then long only
//! in texts that have no spaces, which takes memory but not much time: 10 MB of the letter `a` take T5 up to 5 seconds
//! and 1.6 GB, and trained ones up to 2 seconds and 1.1 GB; 10 MB of other letters, up to 8 seconds. Other
//! tokenizer.jsons are given whole texts between ends of documents.

mod alphabet;
mod encoding;
mod error;
mod json;
mod openai;
mod segments;
mod spelling;
mod train;
mod vocabulary;
mod words;

pub use encoding::Encoding;
pub use error::SubwordError;
pub use openai::Ranks;
pub use train::{LEAST_IDS, MOST_IDS, Progress, TrainedKind, train};

use sha2::{Digest, Sha256};
use tokenizers::{Model, Tokenizer};

use crate::coding::Symbol;
use encoding::Offsets;
use json::{Feed, Json};
use segments::Part;
use vocabulary::Vocabulary;

/// T5's vocabulary, as Google published it.
const T5: &[u8] = include_bytes!("../../../assets/vocab/t5-tokenizer.json");

/// T5's ids without the 100 that its training marks gaps with: the paper's 32,000.
const T5_IDS: u32 = 32_000;

/// A part of a long text that the crate takes at once, in bytes, if it can be cut.
const PART: usize = 1 << 14;

/// A subword tokenizer.
#[derive(Debug)]
pub struct Subword {
    identity: String,
    vocabulary: Vocabulary,
    lossless: bool,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Ranks(Ranks),
    Json { tokenizer: Box<Tokenizer>, feed: Feed },
}

impl Subword {
    /// T5's SentencePiece vocabulary: Unigram, 32,000 pieces (Raffel et al. 2020). It is the paper's baseline.
    ///
    /// # Errors
    /// None: the vocabulary is in the program.
    pub fn t5() -> Result<Self, SubwordError> {
        let json = Json { feed: Feed::Sentences, ..json::read(T5, Some(T5_IDS))? };
        Ok(Self::of_json("t5", T5, json))
    }

    /// The tokenizer of a tokenizer.json: of Hugging Face's `tokenizers`, or of [`train`].
    ///
    /// # Errors
    /// If it is none, is damaged, or has no unknown token where it needs one.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SubwordError> {
        Ok(Self::of_json("tokenizer.json", bytes, json::read(bytes, None)?))
    }

    /// One of OpenAI's vocabularies.
    pub fn openai(ranks: Ranks) -> Self {
        Self {
            identity: format!("openai-{}", ranks.name()),
            vocabulary: ranks.vocabulary(),
            lossless: true,
            engine: Engine::Ranks(ranks),
        }
    }

    fn of_json(kind: &str, bytes: &[u8], json: Json) -> Self {
        let digest: String = Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self {
            identity: format!("{kind}-{digest}"),
            vocabulary: json.vocabulary,
            lossless: json.lossless,
            engine: Engine::Json { tokenizer: Box::new(json.tokenizer), feed: json.feed },
        }
    }

    /// How many ids there are, the end of a document among them: all are below. Some may be no tokens.
    pub fn vocabulary(&self) -> usize {
        self.vocabulary.len()
    }

    /// The id of the end of a document.
    pub fn end_of_document(&self) -> u32 {
        self.vocabulary.end_of_document()
    }

    /// Whether every text comes back from its tokens, whatever its bytes are, by construction: a byte-level vocabulary
    /// with all 256 bytes and no normalizer.
    pub fn lossless(&self) -> bool {
        self.lossless
    }

    /// What tells this tokenizer from all others: its kind, and the name of the ranks or the first 12 hexadecimal
    /// digits of the SHA-256 of its tokenizer.json.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The bytes that a token stands for, to be shown. That of the end of a document is its name (it decodes to a
    /// symbol); that of the unknown token is U+FFFD; an id that is no token has none.
    #[cfg(test)]
    pub fn text_of(&self, id: u32) -> Vec<u8> {
        self.vocabulary.text(id).to_vec()
    }

    /// The tokens of a text. Many threads may encode at a time.
    pub fn encode(&self, source: &[Symbol]) -> Encoding {
        let mut encoding = Encoding::default();
        segments::for_each(source, |start, part| match part {
            Part::Text(text) => self.encode_text(text, start, &mut encoding),
            Part::Invalid(bytes) => self.encode_invalid(bytes, start, &mut encoding),
            Part::EndOfDocument => encoding.push(self.end_of_document(), start..start + 1),
            Part::NoSymbol => encoding.lost += 1,
        });
        // What one token lacks, the next may add; then nothing is lost.
        if encoding.lost > 0 && self.decode(&encoding.ids).is_ok_and(|decoded| decoded == source) {
            encoding.lost = 0;
        }
        encoding
    }

    fn encode_text(&self, text: &str, start: usize, encoding: &mut Encoding) {
        let extend = |encoding: &mut Encoding, at: usize, text: &str, ids: &[u32], offsets: &[Offsets]| {
            encoding.extend(&self.vocabulary, text.as_bytes(), start + at, ids, offsets);
        };
        match &self.engine {
            Engine::Ranks(ranks) => extend(encoding, 0, text, &ranks.encode(text), &[]),
            Engine::Json { tokenizer, feed: Feed::Words } => {
                let mut ids = Vec::new();
                for word in words::Words::gpt2().of(text) {
                    // Every byte is a piece, so there is nothing that the model could not take.
                    let tokens = tokenizer.get_model().tokenize(&alphabet::spell(word.as_bytes())).unwrap_or_default();
                    ids.extend(tokens.iter().map(|token| token.id));
                }
                extend(encoding, 0, text, &ids, &[]);
            }
            Engine::Json { tokenizer, feed } => {
                let mut at = 0;
                while at < text.len() {
                    let part = match feed {
                        Feed::Sentences => until_space(&text[at..]),
                        _ => until_hidden(&text[at..]),
                    };
                    // A text that the crate does not take is like one that is no text.
                    match tokenizer.encode(part, false) {
                        Ok(tokens) => extend(encoding, at, part, tokens.get_ids(), tokens.get_offsets()),
                        Err(_) => self.encode_invalid(part.as_bytes(), start + at, encoding),
                    }
                    at += part.len();
                }
            }
        }
    }

    fn encode_invalid(&self, bytes: &[u8], start: usize, encoding: &mut Encoding) {
        let tokens: Option<Vec<u32>> = bytes.iter().map(|&byte| self.vocabulary.byte(byte)).collect();
        match (tokens, self.vocabulary.unknown()) {
            (Some(ids), _) => {
                let offsets: Vec<_> = (0..bytes.len()).map(|at| (at, at + 1)).collect();
                encoding.extend(&self.vocabulary, bytes, start, &ids, &offsets);
            }
            (None, Some(unknown)) => encoding.extend(&self.vocabulary, bytes, start, &[unknown], &[(0, bytes.len())]),
            (None, None) => encoding.lost += bytes.len(),
        }
    }

    /// The text that tokens stand for.
    ///
    /// # Errors
    /// If an id is not below the vocabulary.
    pub fn decode(&self, ids: &[u32]) -> Result<Vec<Symbol>, SubwordError> {
        self.vocabulary.decode(ids)
    }
}

/// The text up to the first space after [`PART`] bytes that has an ASCII letter or digit on both sides. No
/// normalization joins these, and T5's pieces begin at spaces, so there a part can end: the tokens stay the same.
fn until_space(text: &str) -> &str {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric();
    let places = text.as_bytes().windows(3).skip(PART);
    let cut = places.zip(PART + 1..).find(|(place, _)| is_word(place[0]) && place[1] == b' ' && is_word(place[2]));
    &text[..cut.map_or(text.len(), |(_, cut)| cut)]
}

/// The text up to, and with, the next character that hidden names begin with.
fn until_hidden(text: &str) -> &str {
    text.split_inclusive(json::HIDDEN).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
