//! Why a tokenizer could not be read or trained, or tokens are no text.

/// Why a tokenizer could not be read or trained, or tokens are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubwordError {
    #[error("this is no tokenizer.json: {reason}; take the file that Hugging Face's `tokenizers` saved")]
    NotJson { reason: String },
    #[error("the tokenizer.json has no {what}: it is cut short, or another program's; save it again with `tokenizers`")]
    Missing { what: &'static str },
    #[error(
        "the tokenizer.json has a model of type `{found}`; those that work are BPE, Unigram, WordPiece and WordLevel"
    )]
    Model { found: String },
    #[error("entry {entry} of the tokenizer.json's vocabulary is not {wanted}: the file is damaged; download it again")]
    Entry { entry: String, wanted: &'static str },
    #[error("merge {rank} of the tokenizer.json names `{token}`, which is not in its vocabulary: the file is damaged")]
    Merge { rank: usize, token: String },
    #[error("the tokenizer.json names id {id}, but ids must be below {most}: the file is damaged")]
    LargeId { id: u64, most: u32 },
    #[error(
        "the tokenizer.json has no unknown token and no tokens for all bytes, so most texts have no tokens; give its model an \
         unknown token"
    )]
    NoUnknown,
    #[error("the crate `tokenizers` does not take this tokenizer.json: {reason}")]
    Crate { reason: String },
    #[error(
        "token {position} is {id}, but this tokenizer has {vocabulary} ids, from 0: another tokenizer made these tokens"
    )]
    Id { position: usize, id: u32, vocabulary: usize },
    #[error(
        "a vocabulary of {asked} ids cannot be trained: ask for {least} (the 256 bytes and the end of a document) to {most}"
    )]
    TrainVocabulary { asked: usize, least: usize, most: usize },
    #[error("there is no text to train a tokenizer on: the documents hold no valid UTF-8; choose others")]
    NoText,
    #[error("more than {most} bytes of text: the trainer counts in 31 bits; train on a part of the documents")]
    TooMuchText { most: u64 },
    #[error("stopped, as was asked")]
    Cancelled,
    #[error("training failed: {reason}; try a smaller vocabulary or more text")]
    Training { reason: String },
}
