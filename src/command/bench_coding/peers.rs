//! Tokenization speed against the field's crates: how fast text becomes token ids and text again.
//!
//! All run on one thread, on the same bytes, in turn within every round, so that whatever else the machine does falls on all
//! of them; the best round of each counts. What they give is checked: the ids of their documentation's examples, and that the
//! text comes back, but for T5, which normalises it. Peers give text that is UTF-8 back, and check that it is; windows are of bytes, and need
//! not.

use super::super::CommandError;
use super::super::table::Table;
use super::Text;
use crate::m1::WindowTree;
use crate::tokenizer::TokenizeError;
use std::time::Instant;

/// T5's vocabulary: the paper's SentencePiece baseline.
const T5: &[u8] = include_bytes!("../../../assets/vocab/t5-tokenizer.json");

/// The example of T5's own documentation, and its ids there.
const T5_EXAMPLE: (&str, [u32; 9]) =
    ("translate English to German: That is good.", [13959, 1566, 12, 2968, 10, 466, 19, 207, 5]);

/// The example of tiktoken's documentation of cl100k_base, and its ids there.
const CL100K_EXAMPLE: (&str, [u32; 6]) = ("tiktoken is great!", [83, 1609, 5963, 374, 2294, 0]);

/// The field's tokenizers, checked.
pub struct Peers {
    cl100k: &'static bpe_openai::Tokenizer,
    t5: tokenizers::Tokenizer,
}

/// Best seconds of encoding and of decoding, and the tokens.
struct Measured {
    name: String,
    encode: f64,
    decode: f64,
    tokens: usize,
}

impl Peers {
    /// # Errors
    /// If a peer does not give the ids that its documentation gives.
    pub fn new() -> Result<Self, CommandError> {
        let wrong = |name: &str, ids: &[u32]| {
            CommandError::Usage(format!(
                "{name} gives {ids:?} for its documentation's example: nothing to compare with"
            ))
        };
        let cl100k = bpe_openai::cl100k_base();
        let ids = cl100k.encode(CL100K_EXAMPLE.0);
        if ids != CL100K_EXAMPLE.1 {
            return Err(wrong("bpe-openai", &ids));
        }
        let t5 = tokenizers::Tokenizer::from_bytes(T5).map_err(|error| CommandError::Usage(error.to_string()))?;
        let ids = t5.encode(T5_EXAMPLE.0, false).map_err(|error| CommandError::Usage(error.to_string()))?;
        if ids.get_ids() != T5_EXAMPLE.1 {
            return Err(wrong("tokenizers", ids.get_ids()));
        }
        Ok(Self { cl100k, t5 })
    }

    /// One table: `tree` and the peers on `text`.
    pub fn compare(&self, tree: &WindowTree, name: &str, text: &Text, rounds: usize) -> Result<Table, CommandError> {
        let utf8 = std::str::from_utf8(&text.bytes).map_err(|error| {
            CommandError::Usage(format!("{}: the peers take UTF-8 only, and this is none ({error})", text.name))
        })?;
        let failed = |what: &str| CommandError::Usage(format!("{what} did not give the text back: nothing to compare"));
        let empty = |name: &str| Measured { name: name.to_owned(), encode: f64::MAX, decode: f64::MAX, tokens: 0 };
        let mut ours = empty(name);
        let mut threads = empty(&format!("{name}, {} threads", rayon::current_num_threads()));
        let mut cl100k = empty("bpe-openai cl100k");
        let mut t5 = empty("tokenizers T5");
        for _ in 0..rounds {
            let codes: Vec<u16> = timed(&mut ours.encode, || tree.encode(&text.bytes)).map_err(TokenizeError::from)?;
            let back: Vec<u8> =
                timed(&mut ours.decode, || tree.decode(&codes, text.bytes.len())).map_err(TokenizeError::from)?;
            ours.tokens = codes.len();
            if back != text.bytes {
                return Err(failed(name));
            }
            let parallel = timed(&mut threads.encode, || tree.encode_parallel::<_, u16>(&text.bytes));
            threads.tokens = codes.len();
            if parallel.map_err(TokenizeError::from)? != codes {
                return Err(failed(&threads.name));
            }
            let ids = timed(&mut cl100k.encode, || self.cl100k.encode(utf8));
            let back = timed(&mut cl100k.decode, || self.cl100k.decode(&ids));
            cl100k.tokens = ids.len();
            if back.as_deref() != Some(utf8) {
                return Err(failed("bpe-openai"));
            }
            // Without offsets, which nobody else gives either.
            let ids = timed(&mut t5.encode, || self.t5.encode_fast(utf8, false));
            let ids = ids.map_err(|error| CommandError::Usage(error.to_string()))?;
            t5.tokens = ids.len();
            timed(&mut t5.decode, || self.t5.decode(ids.get_ids(), true))
                .map_err(|error| CommandError::Usage(error.to_string()))?;
        }
        let bytes = text.bytes.len() as f64;
        let mut table = Table::new([
            text.name.as_str(),
            "bytes/token",
            "encode MB/s",
            "ours is faster by",
            "decode MB/s",
            "ours is faster by ",
        ]);
        let rate =
            |seconds: f64| if seconds == f64::MAX { "–".to_owned() } else { format!("{:.1}", bytes / seconds / 1e6) };
        let factor = |theirs: f64, ours: f64| {
            if theirs == f64::MAX { "–".to_owned() } else { format!("{:.1}", theirs / ours) }
        };
        for Measured { name, encode, decode, tokens } in [&ours, &threads, &cl100k, &t5] {
            table.row(vec![
                name.clone(),
                format!("{:.2}", bytes / *tokens as f64),
                rate(*encode),
                factor(*encode, ours.encode),
                rate(*decode),
                factor(*decode, ours.decode),
            ]);
        }
        Ok(table)
    }
}

/// What `work` gives; `best` becomes its seconds where they are fewer. It runs three times in a row, as what ran before has
/// filled the caches with its own.
fn timed<T>(best: &mut f64, work: impl Fn() -> T) -> T {
    let once = || {
        let start = Instant::now();
        let result = std::hint::black_box(work());
        (start.elapsed().as_secs_f64(), result)
    };
    let (first, _) = once();
    let (second, _) = once();
    let (third, result) = once();
    *best = best.min(first).min(second).min(third);
    result
}
