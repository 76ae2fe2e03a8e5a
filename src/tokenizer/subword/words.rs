//! How GPT-2, cl100k_base and o200k_base cut text into words, in time linear in the text.
//!
//! These are tiktoken's patterns, without look-ahead and back-tracking, as `bpe-openai` runs them: the negative
//! look-ahead `\s+(?!\S)` is a pattern of its own that takes one character too many and gives it back. Backtracking
//! engines, which both `tiktoken-rs` and `tokenizers` run the patterns with, give up on runs of a million spaces.
//!
//! `bpe-openai` has patterns of its own for cl100k_base and o200k_base. That of cl100k_base is an older one than
//! tiktoken's: spaces at the end of a text that follow a line break are a word there, but one word with the line break
//! in tiktoken.

use std::sync::LazyLock;

use bpe_openai::Tokenizer;
use bpe_openai::byte_pair_encoding::BytePairEncoding;

/// Cuts text into words.
pub(super) struct Words(Tokenizer);

const GPT2: &str = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+$";

const CL100K: &str =
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+$|\s*[\r\n]";

const O200K: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|",
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+$",
);

static GPT2_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(GPT2));
static CL100K_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(CL100K));
static O200K_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(O200K));

impl Words {
    fn new(pattern: &str) -> Self {
        // The crate has patterns only as parts of tokenizers, so here is the smallest.
        let bytes = BytePairEncoding::from_dictionary((0..=u8::MAX).map(|byte| vec![byte]), None);
        // A run of white space before other text ends one character early: that character begins the next word.
        let patterns = [(pattern, false), (r"\s+\s", true), (r"\s", false)];
        Self(Tokenizer::new_lookahead(bytes, &patterns, false).expect("tiktoken's patterns are regular expressions"))
    }

    /// GPT-2's, which Hugging Face's `ByteLevel` cuts by as well.
    pub(super) fn gpt2() -> &'static Self {
        &GPT2_WORDS
    }

    /// Those of cl100k_base.
    pub(super) fn cl100k() -> &'static Self {
        &CL100K_WORDS
    }

    /// Those of o200k_base.
    pub(super) fn o200k() -> &'static Self {
        &O200K_WORDS
    }

    /// The words of `text`, in order, which put together are the text.
    pub(super) fn of<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.split(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_put_together_are_the_text() {
        for words in [Words::gpt2(), Words::cl100k(), Words::o200k()] {
            for text in [
                "",
                " ",
                "a",
                "It's 12345  x\n\n  \t y\u{301}́ \u{a0}\u{2003}z\r\n \r\n  ",
                "'LL don't",
                "日本 語\u{85}!",
            ] {
                assert_eq!(words.of(text).collect::<String>(), text);
            }
        }
    }

    #[test]
    fn white_space_ends_one_character_before_what_follows() {
        assert_eq!(Words::gpt2().of("a   b\n\n c  ").collect::<Vec<_>>(), ["a", "  ", " b", "\n\n", " c", "  "]);
        assert_eq!(Words::gpt2().of("a\n\nb\tc").collect::<Vec<_>>(), ["a", "\n", "\n", "b", "\t", "c"]);
        assert_eq!(Words::cl100k().of("a\n\n  ").collect::<Vec<_>>(), ["a", "\n\n  "]);
        assert_eq!(Words::o200k().of("a\n\n  ").collect::<Vec<_>>(), ["a", "\n\n", "  "]);
    }
}
