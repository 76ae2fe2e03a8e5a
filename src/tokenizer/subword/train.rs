//! Training a vocabulary on documents: byte-level BPE or Unigram, as a tokenizer.json.
//!
//! Both kinds cut text into GPT-2's words, spell those in its byte alphabet, and have all 256 bytes as pieces and no
//! normalizer, so every text comes back (`ByteLevel` in `tokenizers`). The last id is `<|endoftext|>`.
//!
//! # The same documents give the same file
//!
//! The crate's trainers keep words in hash maps whose order changes from run to run. BPE's result does not depend on
//! it: pairs are counted in integers, and of pairs that are as frequent the one with the smaller ids wins. Unigram's
//! does, in three ways, so its trainer is run by another door:
//!
//! * Sums of floats depend on the order of the words: they are given sorted.
//! * They depend on how the words are shared among threads: it runs on one.
//! * Bytes that the documents lack would be given low scores in the order of a hash set. So each byte is a word of its
//!   own that occurs once: add-one smoothing, which also guarantees that each is a piece. Pieces of the same score are
//!   then sorted.
//!
//! That door also lets words in that the trainer would overlook, the frequent ones that nothing ever follows.
//!
//! Words are cut after [`LONGEST_WORD`] bytes: on longer ones both trainers take time that is quadratic or worse, and
//! no piece needs them.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::models::unigram::{Unigram, UnigramTrainer};

use super::SubwordError;
use super::alphabet;
use super::words::Words;

/// The fewest ids that can be trained: the bytes and the end of a document.
pub const LEAST_IDS: usize = 257;

/// The most ids that can be trained.
pub const MOST_IDS: usize = 1_000_000;

/// The most text to train on, in bytes: the trainers count in 31 bits.
const MOST_TEXT: u64 = i32::MAX as u64;

/// Reading is told after this many bytes.
const TOLD_BYTES: u64 = 1 << 20;

/// How often training is told.
const TOLD_EVERY: Duration = Duration::from_millis(20);

/// Words are cut after this many bytes.
const LONGEST_WORD: usize = 256;

/// A character outside of the byte alphabet.
const AFTER: char = '\u{10FFFE}';

/// Name of the end of a document.
const END: &str = "<|endoftext|>";

/// How a vocabulary is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrainedKind {
    /// Pieces that explain the documents best if each is drawn by itself (Kudo 2018).
    Unigram,
    /// Merges of the most frequent pairs (Sennrich et al. 2016).
    Bpe,
}

/// How far training is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Documents are read and their words counted: so many bytes of so many. Can be stopped.
    Reading { done: u64, total: u64 },
    /// The crate trains, since so long. It does not say how far it is, and stops only when it is done.
    Training { elapsed: Duration },
}

/// A vocabulary that was trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trained {
    /// The tokenizer.json.
    pub json: Vec<u8>,
    /// How many ids it has: fewer than were asked for if the documents have not as many pieces.
    pub vocabulary: usize,
    /// How many ids were asked for.
    pub asked: usize,
    /// Bytes of the documents that were left out, as they are in no valid character.
    pub skipped: u64,
}

/// Trains a vocabulary of `vocabulary` ids, the 256 bytes and the end of a document among them. `bytes_total` is how
/// many bytes `documents` have, to tell `progress`, which stops by returning `false`.
///
/// # Errors If the vocabulary is out of bounds, the documents have no text or more than 2 GiB, `progress` stops, or the
/// crate fails.
pub fn train(
    kind: TrainedKind,
    vocabulary: usize,
    documents: impl Iterator<Item = Vec<u8>>,
    bytes_total: u64,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Trained, SubwordError> {
    if !(LEAST_IDS..=MOST_IDS).contains(&vocabulary) {
        return Err(SubwordError::TrainVocabulary { asked: vocabulary, least: LEAST_IDS, most: MOST_IDS });
    }
    let (words, skipped) = count_words(documents, bytes_total, progress)?;
    let (model, pieces) = fit_and_tell(kind, &words, vocabulary - 1, progress)?;
    let json = serde_json::to_vec(&file(model, pieces)).map_err(failed)?;
    Ok(Trained { json, vocabulary: pieces + 1, asked: vocabulary, skipped })
}

/// Runs the trainer on a thread of its own, and tells how long it has been running. A wish to stop is met at its end.
fn fit_and_tell(
    kind: TrainedKind,
    words: &BTreeMap<String, u32>,
    pieces: usize,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<(Value, usize), SubwordError> {
    let started = Instant::now();
    std::thread::scope(|scope| {
        let trainer = scope.spawn(|| fit(kind, words, pieces));
        let mut goes_on = true;
        loop {
            goes_on &= progress(Progress::Training { elapsed: started.elapsed() });
            if trainer.is_finished() {
                break;
            }
            std::thread::park_timeout(TOLD_EVERY);
        }
        // The crate panics where numbers get out of hand.
        let fitted = trainer.join().unwrap_or_else(|_| Err(failed("the crate's trainer broke off")));
        if goes_on { fitted } else { Err(SubwordError::Cancelled) }
    })
}

/// A model of at most so many pieces, and how many it has.
fn fit(kind: TrainedKind, words: &BTreeMap<String, u32>, pieces: usize) -> Result<(Value, usize), SubwordError> {
    match kind {
        TrainedKind::Unigram => unigram(words, pieces),
        TrainedKind::Bpe => bpe(words, pieces),
    }
}

/// How often each word of the documents occurs, in the byte alphabet, and how many bytes are in no word.
fn count_words(
    documents: impl Iterator<Item = Vec<u8>>,
    total: u64,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<(BTreeMap<String, u32>, u64), SubwordError> {
    let mut counts: HashMap<Vec<u8>, u32> = HashMap::new();
    let (mut done, mut told, mut skipped) = (0, 0, 0);
    for document in documents {
        for chunk in document.utf8_chunks() {
            for word in Words::gpt2().of(chunk.valid()).flat_map(|word| word.as_bytes().chunks(LONGEST_WORD)) {
                match counts.get_mut(word) {
                    Some(count) => *count += 1,
                    None => _ = counts.insert(word.to_vec(), 1),
                }
                done += word.len() as u64;
                if done >= told + TOLD_BYTES {
                    told = done;
                    tell(done, total.max(done), progress)?;
                }
            }
            skipped += chunk.invalid().len() as u64;
            done += chunk.invalid().len() as u64;
        }
    }
    if counts.is_empty() {
        return Err(SubwordError::NoText);
    }
    tell(done, done, progress)?;
    Ok((counts.into_iter().map(|(word, count)| (alphabet::spell(&word), count)).collect(), skipped))
}

/// Tells how much is read.
fn tell(done: u64, total: u64, progress: &mut dyn FnMut(Progress) -> bool) -> Result<(), SubwordError> {
    match progress(Progress::Reading { done, total }) {
        _ if done > MOST_TEXT => Err(SubwordError::TooMuchText { most: MOST_TEXT }),
        true => Ok(()),
        false => Err(SubwordError::Cancelled),
    }
}

fn bpe(words: &BTreeMap<String, u32>, pieces: usize) -> Result<(Value, usize), SubwordError> {
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(pieces)
        .initial_alphabet((0..=u8::MAX).map(alphabet::character).collect())
        .build();
    let words = words.iter().map(|(word, &count)| (word.as_str().into(), count.into())).collect();
    let mut model = BPE::default();
    trainer.do_train(&words, &mut model).map_err(failed)?;
    let size = model.get_vocab().len();
    Ok((serde_json::to_value(model).map_err(failed)?, size))
}

fn unigram(words: &BTreeMap<String, u32>, pieces: usize) -> Result<(Value, usize), SubwordError> {
    let mut words = words.clone();
    for byte in 0..=u8::MAX {
        *words.entry(alphabet::character(byte).to_string()).or_default() += 1;
    }
    let trainer =
        UnigramTrainer::builder().show_progress(false).vocab_size(pieces as u32 + 1).build().map_err(failed)?;
    let thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(failed)?;
    let trained = thread.install(|| {
        let mut model = Unigram::default();
        trainer.do_train(sentences(words), &mut model).map(|_| model)
    });
    let mut scores: Vec<(String, f64)> = trained.map_err(failed)?.iter().cloned().collect();
    scores.retain(|(piece, _)| !piece.contains(AFTER));
    scores.sort_by(|(piece, score), (other, other_score)| other_score.total_cmp(score).then_with(|| piece.cmp(other)));
    // With a vocabulary of bytes only, the trainer forgets to stop.
    let others = pieces.saturating_sub(256);
    let mut taken = 0;
    scores.retain(|(piece, _)| {
        taken += usize::from(piece.chars().nth(1).is_some());
        piece.chars().nth(1).is_none() || taken <= others
    });
    let size = scores.len();
    Ok((json!({"type": "Unigram", "unk_id": null, "vocab": scores, "byte_fallback": false}), size))
}

/// The words for Unigram's trainer, in order. It takes for seeds what is found before two different characters, so of a
/// word that only ever ends, as `Ġthat` does, it would never have all as a piece, however frequent. Such words are
/// given once more, before [`AFTER`], as often as makes no difference otherwise: no times.
fn sentences(words: BTreeMap<String, u32>) -> Vec<(String, u32)> {
    let mut sentences = Vec::with_capacity(words.len() * 2);
    let mut words = words.into_iter().peekable();
    while let Some((word, count)) = words.next() {
        let goes_on = words.peek().is_some_and(|(next, _)| next.starts_with(&word));
        if count > 1 && !goes_on {
            sentences.push((format!("{word}{AFTER}"), 0));
        }
        sentences.push((word, count));
    }
    sentences.push((AFTER.to_string(), 1));
    sentences
}

fn failed(error: impl std::fmt::Display) -> SubwordError {
    SubwordError::Training { reason: error.to_string() }
}

/// The tokenizer.json of a model with so many pieces.
fn file(model: Value, pieces: usize) -> Value {
    let byte_level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true});
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [{
            "id": pieces, "content": END, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true,
        }],
        "normalizer": null,
        "pre_tokenizer": byte_level,
        "post_processor": null,
        "decoder": byte_level,
        "model": model,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [TrainedKind; 2] = [TrainedKind::Unigram, TrainedKind::Bpe];

    fn documents() -> Vec<Vec<u8>> {
        let line =
            |i: usize| format!("The quick brown fox {} jumps over the lazy dog; that is what they said, {i}.\n", i % 7);
        (0..40).map(|i| (i..i + 5).map(line).collect::<String>().into_bytes()).collect()
    }

    fn trained(kind: TrainedKind, vocabulary: usize, documents: Vec<Vec<u8>>) -> Result<Trained, SubwordError> {
        train(kind, vocabulary, documents.into_iter(), 0, &mut |_| true)
    }

    #[test]
    fn the_same_documents_give_the_same_file_whatever_the_threads() {
        for kind in KINDS {
            let (words, _) = count_words(documents().into_iter(), 0, &mut |_| true).unwrap();
            let json = |threads| {
                let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                serde_json::to_vec(&threads.install(|| fit(kind, &words, 330).unwrap().0)).unwrap()
            };
            let first = json(1);
            for threads in [1, 2, 5] {
                assert!(json(threads) == first, "{kind:?} on {threads} threads");
            }
        }
    }

    #[test]
    fn the_vocabulary_is_as_large_as_asked_if_the_text_has_as_many_pieces() {
        for kind in KINDS {
            for asked in [LEAST_IDS, LEAST_IDS + 1, 300, 320] {
                let trained = trained(kind, asked, documents()).unwrap();
                assert_eq!((trained.vocabulary, trained.asked), (asked, asked), "{kind:?}");
                let file: Value = serde_json::from_slice(&trained.json).unwrap();
                assert_eq!(file["added_tokens"][0]["id"], asked - 1);
            }
            let small = trained(kind, 5000, vec![b"a ab abc abc".to_vec()]).unwrap();
            assert!(
                (LEAST_IDS..LEAST_IDS + 20).contains(&small.vocabulary) && small.asked == 5000,
                "{kind:?}: {small:?}"
            );
        }
    }

    #[test]
    fn a_frequent_word_that_nothing_follows_is_a_piece_of_both_kinds() {
        for kind in KINDS {
            let json = String::from_utf8(trained(kind, 400, documents()).unwrap().json).unwrap();
            assert!(json.contains("\"Ġthat\"") && !json.contains(AFTER), "{kind:?}");
        }
    }

    #[test]
    fn long_words_and_invalid_bytes_do_not_stop_training() {
        let mut document = vec![b'x'; 100_000];
        document.extend(b"\xFFthe end\xE2\x82");
        for kind in KINDS {
            let trained = trained(kind, 300, vec![document.clone()]).unwrap();
            assert_eq!(trained.skipped, 3, "{kind:?}");
        }
    }

    #[test]
    fn reading_is_told_and_can_be_stopped() {
        let document = documents().concat().repeat(200);
        let total = document.len() as u64;
        let mut told = Vec::new();
        let mut stop_at = |most: u64| {
            let stop = &mut |progress| {
                told.push(progress);
                !matches!(progress, Progress::Reading { done, .. } if done > most)
            };
            train(TrainedKind::Bpe, 300, [document.clone()].into_iter(), total, stop)
        };
        assert!(total > 2 * TOLD_BYTES);
        assert_eq!(stop_at(total / 2).unwrap_err(), SubwordError::Cancelled);
        assert!(stop_at(total).is_ok());
        assert!(told.contains(&Progress::Reading { done: total, total }));
        assert!(matches!(told.last(), Some(Progress::Training { elapsed }) if *elapsed > Duration::ZERO));
        let refuse_training = &mut |progress| matches!(progress, Progress::Reading { .. });
        let stopped = train(TrainedKind::Bpe, 300, documents().into_iter(), total, refuse_training);
        assert_eq!(stopped.unwrap_err(), SubwordError::Cancelled);
    }

    #[test]
    fn what_cannot_be_trained_says_what_can() {
        for asked in [0, 256, 1_000_001] {
            let error = trained(TrainedKind::Bpe, asked, documents()).unwrap_err().to_string();
            assert!(error.contains("ask for 257") && error.contains("1000000"), "{error}");
        }
        assert_eq!(trained(TrainedKind::Bpe, 300, vec![b"\xFF".to_vec()]).unwrap_err(), SubwordError::NoText);
    }
}
