//! Names of methods, read and printed.

use super::edit_distance::edit_distance;
use super::width::nearest;
use super::{Entropy, HuffmanSource, Method, Precision, Reset, TokenWidth};
use crate::coding::{MAX_SNAP, MAX_TOKEN_WIDTH, MAX_WINDOW_BITS, MIN_WINDOW_BITS, Termination, WindowShape};
use crate::tokenizer::subword::{LEAST_IDS, MOST_IDS, Ranks, TrainedKind};
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

/// Why a name is not a method's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    #[error("there is no method `{name}`{}; the methods are {}", close(.name), names().collect::<Vec<_>>().join(" · "))]
    Unknown { name: String },
    #[error("the bracket of `{0}` is not closed; write it as in EqualInfoAC[b=16, v=256]")]
    Bracket(String),
    #[error("`{name}` does not say {what}; write it as {like}")]
    Missing { name: String, what: &'static str, like: &'static str },
    #[error("`{setting}` is not a setting of {method}; write it as {like}")]
    Setting { setting: String, method: &'static str, like: &'static str },
    #[error("`{name}` says `{setting}` twice")]
    Twice { name: String, setting: String },
    #[error(
        "a vocabulary of v={given} is impossible: tokens have 1 to {MAX_TOKEN_WIDTH} whole bits, so v is a power of two \
         from 2 to 65536; {}", nearest(*.given)
    )]
    Vocabulary { given: u64 },
    #[error("a trained vocabulary of v={given} pieces is impossible: v is {LEAST_IDS} to {MOST_IDS}")]
    Pieces { given: u64 },
    #[error("windows of b={given} bits are impossible: b is {MIN_WINDOW_BITS} to {MAX_WINDOW_BITS}")]
    WindowBits { given: u64 },
    #[error("windows of n={given} symbols are impossible: n is 1 to {MAX_WINDOW_SYMBOLS}")]
    WindowSymbols { given: u64 },
    #[error(
        "words={given} is impossible: a window may end 1 to {MAX_SNAP} bits early, fewer than it has; leave it out for none"
    )]
    Snap { given: u64 },
    #[error("windows that end at words close by the exact rule; leave out `words=…`, or greedy and delay")]
    SnapRule,
    #[error("reset={given} is impossible: M1 starts afresh every 1 to 65535 windows, or `reset=never`")]
    Reset { given: u64 },
    #[error("a precision of p={given} bits is impossible: p is 12 to 24 (14 in the paper)")]
    Precision { given: u64 },
    #[error("a limit of h={0} bits of entropy is impossible: h is 0.001 to 8.009")]
    Entropy(String),
    #[error("`{0}` is not a number; write a whole one, as in v=256 (65k stands for 65536, 32k for 32768 and so on)")]
    Number(String),
    #[error("`{0}` is not a number of bits; write it as in h=2.5, with at most three digits after the point")]
    Decimal(String),
}

/// The longest windows of equal text, in symbols: longer ones would run M1 on prefixes that never come again.
const MAX_WINDOW_SYMBOLS: u16 = 256;

/// How each kind of method is called, an example of it, and how its name is written in full.
const KINDS: [(&str, &str, &str); 17] = [
    ("Bytes", "Bytes", "Bytes"),
    ("SentencePiece", "SentencePiece", "SentencePiece"),
    ("HuggingFace", "HuggingFace[tokenizer.json]", "HuggingFace[tokenizer.json]"),
    ("GPT-2", "GPT-2", "GPT-2"),
    ("cl100k", "cl100k", "cl100k"),
    ("o200k", "o200k", "o200k"),
    ("Unigram", "Unigram[v=8192]", "Unigram[v=8192]"),
    ("BPE", "BPE[v=8192]", "BPE[v=8192]"),
    ("AC", "AC[v=256]", "AC[v=256], or AC[v=256, p=16] for another precision"),
    ("StaticAC", "StaticAC[v=256]", "StaticAC[v=256], or StaticAC[v=256, p=16] for another precision"),
    (
        "EqualInfoAC",
        "EqualInfoAC[b=16, v=256]",
        "EqualInfoAC[b=16, v=256], with `greedy` or `delay`, `reset=2` or `reset=never`, or `words=4` added if wanted",
    ),
    ("GZip", "GZip[v=256]", "GZip[v=256], or GZip[v=256, bare] for neither header nor footer"),
    ("EqualText", "EqualText[n=8, v=256]", "EqualText[n=8, v=256], or EqualText[n=8, v=256, delimited]"),
    ("Huffman", "Huffman[v=256]", "Huffman[v=256], or Huffman[v=256, m1] for codes by M1"),
    ("ANS", "ANS[v=256]", "ANS[v=256], or ANS[v=256, p=16] for another precision"),
    ("EntropyCut", "EntropyCut[h=2.5, v=256]", "EntropyCut[h=2.5, v=256]"),
    ("Random", "Random[v=256]", "Random[v=256]"),
];

/// An example of every kind of method's name.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(_, example, _)| *example)
}

/// All methods with their settings, a line each.
pub fn method_list() -> String {
    let lines = KINDS.iter().map(|(_, _, like)| format!("  {like}\n"));
    format!("Methods:\n{}", lines.collect::<String>())
}

/// A hint at the kind that a name was probably meant to be of.
fn close(name: &str) -> String {
    let kind = name.split('[').next().unwrap_or(name).trim().to_ascii_lowercase();
    let near = KINDS.iter().map(|(known, example, _)| (edit_distance(&kind, &known.to_ascii_lowercase()), example));
    match near.min_by_key(|(distance, _)| *distance) {
        Some((1..=2, example)) if kind.len() > 2 => format!(" (is {example} meant?)"),
        _ => String::new(),
    }
}

/// The settings between a name's brackets, taken out one by one.
struct Settings<'n> {
    name: &'n str,
    method: &'static str,
    like: &'static str,
    left: Vec<String>,
}

impl Settings<'_> {
    /// The value of `key=…`, if it is there.
    fn value(&mut self, key: &str) -> Result<Option<String>, MethodError> {
        let of_key = |setting: &String| setting.split_once('=').is_some_and(|(found, _)| found == key);
        let mut found = self.left.extract_if(.., |setting| of_key(setting));
        let first = found.next().and_then(|setting| Some(setting.split_once('=')?.1.to_owned()));
        match found.next() {
            Some(setting) => Err(MethodError::Twice { name: self.name.to_owned(), setting }),
            None => Ok(first),
        }
    }

    fn number(&mut self, key: &str) -> Result<Option<u64>, MethodError> {
        self.value(key)?.map(|value| number(&value)).transpose()
    }

    fn needed(&mut self, key: &str, what: &'static str) -> Result<u64, MethodError> {
        let missing = MethodError::Missing { name: self.name.to_owned(), what, like: self.like };
        self.number(key)?.ok_or(missing)
    }

    fn width(&mut self) -> Result<TokenWidth, MethodError> {
        TokenWidth::of_vocabulary(self.needed("v", "its vocabulary v")?)
    }

    fn precision(&mut self) -> Result<Precision, MethodError> {
        self.number("p")?.map_or(Ok(Precision::default()), Precision::new)
    }

    /// Whether the word is there.
    fn word(&mut self, word: &str) -> Result<bool, MethodError> {
        let mut found = self.left.extract_if(.., |setting| setting == word);
        let first = found.next().is_some();
        match found.next() {
            Some(setting) => Err(MethodError::Twice { name: self.name.to_owned(), setting }),
            None => Ok(first),
        }
    }

    /// # Errors
    /// If there is a setting that was not asked for.
    fn end(&mut self) -> Result<(), MethodError> {
        match self.left.pop() {
            Some(setting) => Err(MethodError::Setting { setting, method: self.method, like: self.like }),
            None => Ok(()),
        }
    }
}

impl FromStr for Method {
    type Err = MethodError;

    /// Reads a name as printed; spaces, the case of letters and the order of settings do not matter (but in the names of
    /// files they do).
    fn from_str(name: &str) -> Result<Self, MethodError> {
        let name = name.trim();
        let (kind, bracket) = match name.split_once('[') {
            Some((kind, rest)) => {
                let inside = rest.strip_suffix(']').ok_or_else(|| MethodError::Bracket(name.to_owned()))?;
                (kind.trim_end(), Some(inside.trim()))
            }
            None => (name, None),
        };
        let known = KINDS.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(kind));
        let &(method, _, like) = known.ok_or_else(|| MethodError::Unknown { name: name.to_owned() })?;
        if method == "HuggingFace" {
            let missing = || MethodError::Missing { name: name.to_owned(), what: "its tokenizer.json", like };
            let file = bracket.filter(|file| !file.is_empty()).ok_or_else(missing)?;
            return Ok(Self::HuggingFace { file: file.into() });
        }
        let compact = |setting: &str| -> String {
            setting.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
        };
        let left = bracket.unwrap_or("").split(',').map(compact).filter(|setting| !setting.is_empty()).collect();
        let mut settings = Settings { name, method, like, left };
        let read = Self::of_settings(&mut settings)?;
        settings.end()?;
        Ok(read)
    }
}

impl Method {
    fn of_settings(settings: &mut Settings<'_>) -> Result<Self, MethodError> {
        Ok(match settings.method {
            "Bytes" => Self::Bytes,
            "SentencePiece" => Self::SentencePiece,
            "GPT-2" => Self::OpenAi(Ranks::Gpt2),
            "cl100k" => Self::OpenAi(Ranks::Cl100k),
            "o200k" => Self::OpenAi(Ranks::O200k),
            "Unigram" => trained(TrainedKind::Unigram, settings)?,
            "BPE" => trained(TrainedKind::Bpe, settings)?,
            "AC" => Self::Ac { width: settings.width()?, precision: settings.precision()? },
            "StaticAC" => Self::StaticAc { width: settings.width()?, precision: settings.precision()? },
            "ANS" => Self::Ans { width: settings.width()?, precision: settings.precision()? },
            "GZip" => Self::GZip { width: settings.width()?, bare: settings.word("bare")? },
            "Random" => Self::Random { width: settings.width()? },
            "Huffman" => Self::Huffman {
                width: settings.width()?,
                source: if settings.word("m1")? { HuffmanSource::M1 } else { HuffmanSource::Static },
            },
            "EqualText" => {
                let n = settings.needed("n", "how many symbols n its windows have")?;
                let symbols = u16::try_from(n).ok().filter(|n| *n <= MAX_WINDOW_SYMBOLS).and_then(NonZeroU16::new);
                Self::EqualText {
                    symbols: symbols.ok_or(MethodError::WindowSymbols { given: n })?,
                    width: settings.width()?,
                    delimited: settings.word("delimited")?,
                }
            }
            "EntropyCut" => {
                let what = "its limit of entropy h";
                let missing = MethodError::Missing { name: settings.name.to_owned(), what, like: settings.like };
                let limit = settings.value("h")?.ok_or(missing)?;
                Self::EntropyCut { limit: entropy(&limit)?, width: settings.width()? }
            }
            "EqualInfoAC" => equal_info(settings)?,
            _ => return Err(MethodError::Unknown { name: settings.name.to_owned() }),
        })
    }
}

fn trained(kind: TrainedKind, settings: &mut Settings<'_>) -> Result<Method, MethodError> {
    let given = settings.needed("v", "how many pieces v its vocabulary has")?;
    match u32::try_from(given) {
        Ok(pieces) if (LEAST_IDS..=MOST_IDS).contains(&(pieces as usize)) => Ok(Method::Trained { kind, pieces }),
        _ => Err(MethodError::Pieces { given }),
    }
}

fn equal_info(settings: &mut Settings<'_>) -> Result<Method, MethodError> {
    let b = settings.needed("b", "its window size b")?;
    let width = settings.width()?;
    let (exact, greedy, delay) = (settings.word("exact")?, settings.word("greedy")?, settings.word("delay")?);
    let termination = match (exact, greedy, delay) {
        (_, false, false) => Termination::Exact,
        (false, true, false) => Termination::Greedy,
        (false, false, true) => Termination::Delay,
        _ => {
            let setting = "exact, greedy and delay together".to_owned();
            return Err(MethodError::Setting { setting, method: settings.method, like: settings.like });
        }
    };
    let bits = u16::try_from(b).ok().filter(|bits| (MIN_WINDOW_BITS..=MAX_WINDOW_BITS).contains(bits));
    let bits = bits.ok_or(MethodError::WindowBits { given: b })?;
    let shape = match settings.number("words")? {
        None => WindowShape::new(bits, termination).map_err(|_| MethodError::WindowBits { given: b })?,
        Some(0) => return Err(MethodError::Snap { given: 0 }),
        Some(_) if termination != Termination::Exact => return Err(MethodError::SnapRule),
        Some(given) => {
            let snapped = u8::try_from(given).ok().and_then(|early| WindowShape::snapped(bits, early).ok());
            snapped.ok_or(MethodError::Snap { given })?
        }
    };
    let reset = match settings.value("reset")?.as_deref() {
        None => Reset::EveryWindow,
        Some("never") => Reset::Never,
        Some(windows) => match number(windows)? {
            1 => Reset::EveryWindow,
            given => match u16::try_from(given).ok().and_then(NonZeroU16::new) {
                Some(windows) => Reset::Every(windows),
                None => return Err(MethodError::Reset { given }),
            },
        },
    };
    Ok(Method::EqualInfoAc { shape, width, reset })
}

fn number(text: &str) -> Result<u64, MethodError> {
    let parse = |digits: &str| match digits.bytes().all(|digit| digit.is_ascii_digit()) {
        true => digits.parse().map_err(|_| MethodError::Number(text.to_owned())),
        false => Err(MethodError::Number(text.to_owned())),
    };
    match text.strip_suffix('k') {
        // As the paper writes 65,536.
        Some("65") => Ok(1 << 16),
        Some(thousands) => match parse(thousands)? {
            binary @ 1..=1024u64 if binary.is_power_of_two() => Ok(binary << 10),
            _ => Err(MethodError::Number(text.to_owned())),
        },
        None => parse(text),
    }
}

fn entropy(text: &str) -> Result<Entropy, MethodError> {
    let decimal = || MethodError::Decimal(text.to_owned());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) {
        return Err(decimal());
    }
    let whole: u64 = whole.parse().map_err(|_| decimal())?;
    let thousandths: u64 = format!("{fraction:0<3}").parse().map_err(|_| decimal())?;
    let all = whole.checked_mul(1000).and_then(|whole| u16::try_from(whole + thousandths).ok());
    Entropy::new(all.unwrap_or(0)).map_err(|_| MethodError::Entropy(text.to_owned()))
}

impl fmt::Display for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A precision as a setting, which the paper's is not.
struct Setting(Precision);

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 == Precision::default() {
            true => Ok(()),
            false => write!(f, ", p={}", self.0.bits()),
        }
    }
}

impl fmt::Display for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gpt2 => "GPT-2",
            Self::Cl100k => "cl100k",
            Self::O200k => "o200k",
        })
    }
}

impl fmt::Display for TrainedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unigram => "Unigram",
            Self::Bpe => "BPE",
        })
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |is: bool, word: &'static str| if is { word } else { "" };
        match self {
            Self::Bytes => f.write_str("Bytes"),
            Self::SentencePiece => f.write_str("SentencePiece"),
            Self::HuggingFace { file } => write!(f, "HuggingFace[{file}]"),
            Self::OpenAi(ranks) => ranks.fmt(f),
            Self::Trained { kind, pieces } => write!(f, "{kind}[v={pieces}]"),
            Self::Ac { width, precision } => write!(f, "AC[v={width}{}]", Setting(*precision)),
            Self::StaticAc { width, precision } => write!(f, "StaticAC[v={width}{}]", Setting(*precision)),
            Self::Ans { width, precision } => write!(f, "ANS[v={width}{}]", Setting(*precision)),
            Self::EqualInfoAc { shape, width, reset } => {
                write!(f, "EqualInfoAC[b={}, v={width}", shape.bits())?;
                match shape.termination() {
                    Termination::Exact => {}
                    other => write!(f, ", {other}")?,
                }
                match reset {
                    Reset::EveryWindow => {}
                    Reset::Every(windows) => write!(f, ", reset={windows}")?,
                    Reset::Never => f.write_str(", reset=never")?,
                }
                match shape.snap() {
                    0 => f.write_str("]"),
                    early => write!(f, ", words={early}]"),
                }
            }
            Self::GZip { width, bare } => write!(f, "GZip[v={width}{}]", word(*bare, ", bare")),
            Self::EqualText { symbols, width, delimited } => {
                write!(f, "EqualText[n={symbols}, v={width}{}]", word(*delimited, ", delimited"))
            }
            Self::Huffman { width, source } => {
                write!(f, "Huffman[v={width}{}]", word(*source == HuffmanSource::M1, ", m1"))
            }
            Self::EntropyCut { limit, width } => write!(f, "EntropyCut[h={limit}, v={width}]"),
            Self::Random { width } => write!(f, "Random[v={width}]"),
        }
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}

impl TryFrom<String> for Method {
    type Error = MethodError;

    fn try_from(name: String) -> Result<Self, MethodError> {
        name.parse()
    }
}

#[cfg(test)]
mod tests;
