//! Reading a tokenizer.json of Hugging Face's `tokenizers`.
//!
//! Special tokens written out in a text must be text. The crate can be told not to look for them, but that is not
//! enough: they are also pieces of most models, and of Unigram models even the best ones (T5's `<pad>` scores 0, better
//! than any other piece). So their names are changed before the crate sees them, to names that no text spells.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use tokenizers::Tokenizer;

use super::SubwordError;
use super::spelling::{self, Spelling};
use super::vocabulary::{UNKNOWN_TEXT, Vocabulary};

/// Ids must be below this: tables are as long as the largest.
const MOST_IDS: u32 = 1 << 24;

/// What the new names of special tokens begin with: a character that Unicode keeps free of meaning for ever. Texts are
/// cut after it, so that none spells the rest of the name together with it.
pub(super) const HIDDEN: char = '\u{10FFFE}';

/// The special tokens that end a document, best first.
const ENDS: [&str; 5] = ["</s>", "<|endoftext|>", "<eos>", "<|end_of_text|>", "[SEP]"];

/// How text is given to the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    /// GPT-2's words, each in the byte alphabet, straight to the model.
    Words,
    /// In parts that end before a space between two words, where T5's tokens end as well.
    Sentences,
    /// As it is.
    Whole,
}

/// A tokenizer.json that was read.
#[derive(Debug)]
pub(super) struct Json {
    pub(super) tokenizer: Tokenizer,
    pub(super) vocabulary: Vocabulary,
    /// Whether all bytes come back, by construction.
    pub(super) lossless: bool,
    pub(super) feed: Feed,
}

/// A token that the file names beside the model's.
struct Added {
    content: String,
    special: bool,
    strips: bool,
}

/// Reads a tokenizer.json; `most` cuts its vocabulary off.
pub(super) fn read(bytes: &[u8], most: Option<u32>) -> Result<Json, SubwordError> {
    let mut root: Value =
        serde_json::from_slice(bytes).map_err(|error| SubwordError::NotJson { reason: error.to_string() })?;
    if !root.is_object() {
        return Err(SubwordError::NotJson { reason: "it holds no JSON object".to_owned() });
    }
    let kind = model_kind(&root)?;
    if let Some(most) = most {
        cut_off(&mut root, most);
    }
    let pieces = pieces(&root)?;
    check_merges(&root, &pieces)?;
    let added = added(&root)?;
    let spelling = Spelling::read(&root, &kind);
    let hidden = hide(&mut root, &added);
    // What would make other tokens than those of the text: special tokens around it, cuts, fillings, chance.
    for key in ["truncation", "padding", "post_processor", "decoder"] {
        root[key] = Value::Null;
    }
    if kind == "BPE" {
        root["model"]["dropout"] = Value::Null;
    }
    let mut tokenizer: Tokenizer = serde_json::to_vec(&root)
        .map_err(|error| error.to_string())
        .and_then(|json| Tokenizer::from_bytes(json).map_err(|error| error.to_string()))
        .map_err(|reason| SubwordError::Crate { reason })?;
    tokenizer.set_encode_special_tokens(true);

    // An added token has the id that the crate gives it, whatever the file says.
    let ids: HashMap<&str, u32> = added
        .iter()
        .filter_map(|token| {
            let name = hidden.get(&token.content).unwrap_or(&token.content);
            Some((token.content.as_str(), tokenizer.token_to_id(name)?))
        })
        .collect();
    let is_special = |name: &str| added.iter().any(|token| token.special && token.content == name);
    let end = ENDS.iter().find(|name| is_special(name)).and_then(|name| ids.get(name).copied());
    let largest = pieces.values().chain(ids.values()).max().copied().unwrap_or(0);
    let end = end.unwrap_or(largest + 1);

    let texts = pieces.iter().map(|(piece, &id)| (id, spelling.text(piece)));
    let names = ids.iter().map(|(&name, &id)| (id, name.as_bytes().to_vec()));
    let unknown = unknown(&root, &pieces, &hidden);
    let unknown_text = unknown.map(|id| (id, UNKNOWN_TEXT.as_bytes().to_vec()));
    let mut vocabulary = Vocabulary::new(texts.chain(names).chain(unknown_text), end);
    for (piece, &id) in &pieces {
        if let Some(byte) = spelling.byte(piece) {
            vocabulary.set_byte(byte, id);
        }
    }
    if let Some(id) = unknown {
        vocabulary.set_unknown(id);
    } else if !vocabulary.has_all_bytes() && kind != "BPE" {
        return Err(SubwordError::NoUnknown);
    }
    if spelling.first_loses_space() {
        vocabulary.set_first_loses_space();
    }

    // An added token is looked for in the text itself, while a piece of the same name is spelled in the byte alphabet.
    let confused = added.iter().any(|token| match token.special {
        true => spelling.byte(&token.content).is_some(),
        false => token.strips || spelling.text(&token.content) != token.content.as_bytes(),
    });
    let lossless = !confused && is_lossless(&root, &kind, &spelling, &vocabulary);
    let only_words = is_only_words(&root) && added.iter().all(|token| token.special);
    let feed = if lossless && only_words { Feed::Words } else { Feed::Whole };
    Ok(Json { tokenizer, vocabulary, lossless, feed })
}

/// The model's type, which old files leave open.
fn model_kind(root: &Value) -> Result<String, SubwordError> {
    let model = root.get("model").filter(|model| model.is_object()).ok_or(SubwordError::Missing { what: "model" })?;
    let kind = match model.get("type").and_then(Value::as_str) {
        Some(kind) => kind,
        None if model.get("merges").is_some() => "BPE",
        None if model["vocab"].is_array() => "Unigram",
        None if model.get("continuing_subword_prefix").is_some() => "WordPiece",
        None => "WordLevel",
    };
    match kind {
        "BPE" | "Unigram" | "WordPiece" | "WordLevel" => Ok(kind.to_owned()),
        _ => Err(SubwordError::Model { found: kind.to_owned() }),
    }
}

/// Leaves out the pieces of a Unigram model from id `most` on, and added tokens with such ids.
fn cut_off(root: &mut Value, most: u32) {
    if let Some(pieces) = root["model"]["vocab"].as_array_mut() {
        pieces.truncate(most as usize);
    }
    if let Some(added) = root.get_mut("added_tokens").and_then(Value::as_array_mut) {
        added.retain(|token| token["id"].as_u64().is_some_and(|id| id < most.into()));
    }
}

/// The model's pieces and their ids.
fn pieces(root: &Value) -> Result<HashMap<String, u32>, SubwordError> {
    let entry = |entry: String, wanted| SubwordError::Entry { entry, wanted };
    let pieces: Result<HashMap<_, _>, _> = match root["model"].get("vocab") {
        Some(Value::Object(ids)) => ids
            .iter()
            .map(|(piece, id)| {
                let id = id.as_u64().ok_or_else(|| entry(format!("`{piece}`"), "an id from 0"))?;
                Ok((piece.clone(), checked_id(id)?))
            })
            .collect(),
        Some(Value::Array(pieces)) => pieces
            .iter()
            .enumerate()
            .map(|(id, piece)| match (piece[0].as_str(), piece[1].as_f64()) {
                (Some(piece), Some(_)) => Ok((piece.to_owned(), checked_id(id as u64)?)),
                _ => Err(entry(id.to_string(), "a piece and its score")),
            })
            .collect(),
        _ => return Err(SubwordError::Missing { what: "vocabulary in its model" }),
    };
    match pieces? {
        pieces if pieces.is_empty() => Err(SubwordError::Missing { what: "pieces in its vocabulary" }),
        pieces => Ok(pieces),
    }
}

fn checked_id(id: u64) -> Result<u32, SubwordError> {
    let small = u32::try_from(id).ok().filter(|&id| id < MOST_IDS);
    small.ok_or(SubwordError::LargeId { id, most: MOST_IDS })
}

/// Every merge must be of pieces and make a piece: the crate takes that for granted.
fn check_merges(root: &Value, pieces: &HashMap<String, u32>) -> Result<(), SubwordError> {
    let mark = root["model"]["continuing_subword_prefix"].as_str().unwrap_or_default();
    for (rank, merge) in root["model"]["merges"].as_array().into_iter().flatten().enumerate() {
        let Some((left, right)) = merge_parts(merge) else {
            return Err(SubwordError::Entry { entry: format!("{rank} of the merges"), wanted: "two pieces" });
        };
        let going_on = right.strip_prefix(mark).ok_or_else(|| SubwordError::Merge { rank, token: right.to_owned() })?;
        for token in [left.to_owned(), right.to_owned(), format!("{left}{going_on}")] {
            if !pieces.contains_key(&token) {
                return Err(SubwordError::Merge { rank, token });
            }
        }
    }
    Ok(())
}

fn merge_parts(merge: &Value) -> Option<(&str, &str)> {
    match merge {
        Value::String(merge) => merge.split_once(' '),
        Value::Array(parts) if parts.len() == 2 => Some((parts[0].as_str()?, parts[1].as_str()?)),
        _ => None,
    }
}

fn added(root: &Value) -> Result<Vec<Added>, SubwordError> {
    let tokens = root["added_tokens"].as_array().into_iter().flatten().enumerate();
    tokens
        .map(|(index, token)| {
            let entry = || SubwordError::Entry { entry: format!("{index} of the added tokens"), wanted: "a token" };
            let content = token["content"].as_str().filter(|content| !content.is_empty()).ok_or_else(entry)?.to_owned();
            checked_id(token["id"].as_u64().ok_or_else(entry)?)?;
            let is = |key: &str| token[key].as_bool().unwrap_or(false);
            Ok(Added { content, special: is("special"), strips: is("lstrip") || is("rstrip") })
        })
        .collect()
}

/// Gives all special tokens names that no text spells, and says which.
fn hide(root: &mut Value, added: &[Added]) -> HashMap<String, String> {
    let hidden = |name: &str| format!("{HIDDEN} {name}");
    let special: HashSet<&str> =
        added.iter().filter(|token| token.special).map(|token| token.content.as_str()).collect();
    let rename = |name: &mut Value| {
        if let Some(known) = name.as_str().filter(|&name| special.contains(name)) {
            *name = Value::String(hidden(known));
        }
    };
    for token in root.get_mut("added_tokens").and_then(Value::as_array_mut).into_iter().flatten() {
        rename(&mut token["content"]);
    }
    let model = &mut root["model"];
    if let Some(unknown) = model.get_mut("unk_token") {
        rename(unknown);
    }
    match model.get_mut("vocab") {
        Some(Value::Object(ids)) => {
            for &name in &special {
                if let Some(id) = ids.remove(name) {
                    ids.insert(hidden(name), id);
                }
            }
        }
        Some(Value::Array(pieces)) => pieces.iter_mut().for_each(|piece| rename(&mut piece[0])),
        _ => {}
    }
    // Merges that make or take a special token are of no use any more.
    if let Some(merges) = model.get_mut("merges").and_then(Value::as_array_mut) {
        merges.retain(|merge| {
            let Some((left, right)) = merge_parts(merge) else { return true };
            !special.contains(left) && !special.contains(right) && !special.contains(format!("{left}{right}").as_str())
        });
    }
    special.into_iter().map(|name| (name.to_owned(), hidden(name))).collect()
}

/// The unknown token's id.
fn unknown(root: &Value, pieces: &HashMap<String, u32>, hidden: &HashMap<String, String>) -> Option<u32> {
    let model = &root["model"];
    if let Some(id) = model["unk_id"].as_u64() {
        return u32::try_from(id).ok().filter(|id| pieces.values().any(|piece| piece == id));
    }
    let name = model["unk_token"].as_str()?;
    let name = hidden.iter().find(|(_, hidden)| *hidden == name).map_or(name, |(name, _)| name);
    pieces.get(name).copied()
}

/// Whether the text is cut into GPT-2's words and nothing else is done to it.
fn is_only_words(root: &Value) -> bool {
    match spelling::parts(&root["pre_tokenizer"])[..] {
        [part] => spelling::kind(part) == "ByteLevel" && part["use_regex"].as_bool() != Some(false),
        _ => false,
    }
}

/// Whether every text's tokens are its bytes: byte-level pieces, all 256 among them, of text that is only cut.
fn is_lossless(root: &Value, kind: &str, spelling: &Spelling, vocabulary: &Vocabulary) -> bool {
    let model = &root["model"];
    let marks = ["continuing_subword_prefix", "end_of_word_suffix"];
    let cutters = spelling::parts(&root["pre_tokenizer"]);
    let keeps = |part: &&Value| match spelling::kind(part) {
        "ByteLevel" => part["add_prefix_space"].as_bool() == Some(false),
        "Split" => part["behavior"].as_str().is_some_and(|behavior| behavior != "Removed"),
        "Digits" => true,
        _ => false,
    };
    let is_last_byte_level = cutters.last().is_some_and(|part| spelling::kind(part) == "ByteLevel");
    matches!(kind, "BPE" | "Unigram")
        && spelling.is_byte_level()
        && vocabulary.has_all_bytes()
        && (0..=u8::MAX).all(|byte| vocabulary.byte(byte).is_some_and(|id| vocabulary.text(id) == [byte]))
        && spelling::parts(&root["normalizer"]).is_empty()
        && marks.iter().all(|&mark| model[mark].as_str().unwrap_or_default().is_empty())
        && is_last_byte_level
        && cutters.iter().all(keeps)
}
