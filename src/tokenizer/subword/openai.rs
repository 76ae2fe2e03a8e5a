//! The byte-level vocabularies of OpenAI, which are published as ranks: the id of a token is the rank of its merge.
//!
//! `bpe` encodes in time linear in the text whatever it is; `bpe-openai` brings the ranks of cl100k_base and
//! o200k_base, `tiktoken-rs` those of GPT-2.

use std::sync::LazyLock;

use bpe_openai::byte_pair_encoding::BytePairEncoding;

use super::vocabulary::Vocabulary;
use super::words::Words;

/// One of OpenAI's vocabularies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ranks {
    /// GPT-2's (`r50k_base` is the same): 50,256 tokens.
    Gpt2,
    /// `cl100k_base`, of GPT-4: 100,256 tokens.
    Cl100k,
    /// `o200k_base`, of GPT-4o: 199,998 tokens.
    O200k,
}

/// GPT-2's tokens, without `<|endoftext|>`.
const GPT2_TOKENS: u32 = 50_256;

/// Multiplies the hashes that `bpe` finds GPT-2's tokens by; with this factor, no two tokens have the same.
const GPT2_HASH_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

static GPT2: LazyLock<BytePairEncoding> = LazyLock::new(|| {
    let ranks = tiktoken_rs::r50k_base().expect("tiktoken-rs has GPT-2's ranks in it");
    let tokens = (0..GPT2_TOKENS).map(|rank| ranks.decode_bytes(&[rank]).expect("GPT-2's ranks have no gaps"));
    BytePairEncoding::from_dictionary(tokens, Some(GPT2_HASH_FACTOR))
});

impl Ranks {
    /// All of them, smaller ones first.
    pub const ALL: [Self; 3] = [Self::Gpt2, Self::Cl100k, Self::O200k];

    /// The name in tiktoken.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt2",
            Self::Cl100k => "cl100k_base",
            Self::O200k => "o200k_base",
        }
    }

    /// The id of `<|endoftext|>`.
    fn end_of_text(self) -> u32 {
        match self {
            Self::Gpt2 => GPT2_TOKENS,
            Self::Cl100k => 100_257,
            Self::O200k => 199_999,
        }
    }

    fn pairs(self) -> &'static BytePairEncoding {
        match self {
            Self::Gpt2 => &GPT2,
            Self::Cl100k => &bpe_openai::cl100k_base().bpe,
            Self::O200k => &bpe_openai::o200k_base().bpe,
        }
    }

    fn words(self) -> &'static Words {
        match self {
            Self::Gpt2 => Words::gpt2(),
            Self::Cl100k => Words::cl100k(),
            Self::O200k => Words::o200k(),
        }
    }

    /// The tokens of `text`, in which special tokens are text like any other.
    pub(super) fn encode(self, text: &str) -> Vec<u32> {
        let pairs = self.pairs();
        self.words().of(text).flat_map(|word| pairs.encode_via_backtracking(word.as_bytes())).collect()
    }

    /// What the ids stand for. It ends with `<|endoftext|>`: the other special tokens, which lie behind it, never
    /// occur.
    pub(super) fn vocabulary(self) -> Vocabulary {
        let pairs = self.pairs();
        let tokens = (0..pairs.num_tokens() as u32).map(|id| (id, pairs.token_bytes(id).to_vec()));
        let end_of_text = (self.end_of_text(), b"<|endoftext|>".to_vec());
        let mut vocabulary = Vocabulary::new(tokens.chain([end_of_text]), self.end_of_text());
        for id in 0..pairs.num_tokens() as u32 {
            if let &[byte] = pairs.token_bytes(id) {
                vocabulary.set_byte(byte, id);
            }
        }
        vocabulary
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tiktoken_rs::CoreBPE;

    use super::*;

    fn tiktoken(ranks: Ranks) -> &'static CoreBPE {
        match ranks {
            Ranks::Gpt2 => tiktoken_rs::r50k_base_singleton(),
            Ranks::Cl100k => tiktoken_rs::cl100k_base_singleton(),
            Ranks::O200k => tiktoken_rs::o200k_base_singleton(),
        }
    }

    #[test]
    fn known_ids() {
        assert_eq!(Ranks::Gpt2.encode("Hello world"), [15496, 995]);
        assert_eq!(Ranks::Cl100k.encode("hello world"), [15339, 1917]);
        assert_eq!(Ranks::O200k.encode("hello world"), [24912, 2375]);
    }

    #[test]
    fn ids_are_those_of_tiktoken() {
        let texts = [
            "",
            " ",
            "  ",
            "a",
            "\n",
            " \n",
            "\n ",
            "a\n\n  ",
            "a \n b\n\n\n  c\t\td   ",
            "\r\n\r\n x",
            "It's I'LL we'Ve they'd 'x",
            "1234567890 12 3.14159",
            "naïve café e\u{301} a\u{300}\u{301}",
            "שלום עולם مرحبا بالعالم",
            "日本語のテキスト。中文文本",
            "👩‍👩‍👧‍👦 🇩🇪 😀😀",
            "<|endoftext|></s><|fim_prefix|>",
            "x\u{a0}y\u{2003}z\u{85}w\u{feff}",
            "fn main() { let x = &mut y[..]; }//\n",
            "HelloWorld HTTPServer ÀÉîö ǅ ʰ",
            "\u{0}\u{1}\u{7f}",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ];
        for ranks in Ranks::ALL {
            for text in texts {
                assert_eq!(ranks.encode(text), tiktoken(ranks).encode_ordinary(text), "{} of {text:?}", ranks.name());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn ids_are_those_of_tiktoken_on_any_text(
            text in r"([ \n\r\t]{0,3}[a-zA-Z'sltvemdr]{0,8}[0-9.,;/]{0,4}\PC{0,3}\s{0,2}){0,8}"
        ) {
            for ranks in Ranks::ALL {
                prop_assert_eq!(ranks.encode(&text), tiktoken(ranks).encode_ordinary(&text), "{}", ranks.name());
            }
        }
    }
}
