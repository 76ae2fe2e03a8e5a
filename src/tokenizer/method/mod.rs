//! Methods by the names that the paper gives them, as in `EqualInfoAC[b=16, v=65k]` (3.4).

use crate::coding::{ALPHABET, MAX_TOKEN_WIDTH, MAX_WINDOW_BITS, MIN_WINDOW_BITS, Termination, WindowShape};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A way of turning text into tokens.
///
/// Parsed and printed by its name: `Bytes`, `AC[v=256]`, `EqualInfoAC[b=16, v=65k]`,
/// `EqualInfoAC[b=16, v=256, greedy]`. In `v`, `65k` is 65,536.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Method {
    /// Every byte is a token, and end-of-document is one.
    Bytes,
    /// Arithmetic coding of the whole text (3.3).
    Ac { width: TokenWidth },
    /// Arithmetic coding in windows of equal information (3.3).
    EqualInfoAc { shape: WindowShape, width: TokenWidth },
}

/// Bits of a token: 1 to 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenWidth(u8);

/// Why a name is not a method's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    #[error(
        "there is no method `{0}`; the methods are Bytes, AC[v=256], EqualInfoAC[b=16, v=256] and the like, the last \
         also with `, greedy` or `, delay` before the bracket"
    )]
    Unknown(String),
    #[error("`{name}` does not say {what}; write it as {like}")]
    Missing { name: String, what: &'static str, like: &'static str },
    #[error("`{setting}` is not a setting of {method}; write it as {like}")]
    Setting { setting: String, method: &'static str, like: &'static str },
    #[error(
        "a vocabulary of v={given} is impossible: tokens have 1 to {MAX_TOKEN_WIDTH} whole bits, so v is a power of two \
         from 2 to 65536; {}", nearest(*.given)
    )]
    Vocabulary { given: u64 },
    #[error("windows of b={given} bits are impossible: b is {MIN_WINDOW_BITS} to {MAX_WINDOW_BITS}")]
    WindowBits { given: u64 },
    #[error("`{0}` is not a number; write a whole one, as in v=256 (65k stands for 65536)")]
    Number(String),
}

impl TokenWidth {
    /// Tokens of 8 bits: a vocabulary of 256.
    pub const BYTE: Self = Self(8);

    /// Tokens of `bits` bits.
    ///
    /// # Errors
    /// If `bits` is not 1 to 16.
    pub fn new(bits: u32) -> Result<Self, MethodError> {
        match u8::try_from(bits) {
            Ok(width) if (1..=MAX_TOKEN_WIDTH).contains(&bits) => Ok(Self(width)),
            _ => Err(MethodError::Vocabulary { given: 1u64.checked_shl(bits).unwrap_or(u64::MAX) }),
        }
    }

    /// Tokens of a vocabulary of `v`.
    ///
    /// # Errors
    /// If `v` is not a power of two from 2 to 65,536.
    pub fn of_vocabulary(v: u64) -> Result<Self, MethodError> {
        match v.is_power_of_two() && (2..=1 << MAX_TOKEN_WIDTH).contains(&v) {
            true => Ok(Self(v.trailing_zeros() as u8)),
            false => Err(MethodError::Vocabulary { given: v }),
        }
    }

    /// How many bits a token has.
    pub fn bits(self) -> u32 {
        self.0.into()
    }

    /// How many tokens there are.
    pub fn vocabulary(self) -> usize {
        1 << self.0
    }
}

impl Method {
    /// `AC[v=…]`.
    ///
    /// # Errors
    /// If `v` is impossible.
    pub fn ac(v: u64) -> Result<Self, MethodError> {
        Ok(Self::Ac { width: TokenWidth::of_vocabulary(v)? })
    }

    /// `EqualInfoAC[b=…, v=…, …]`.
    ///
    /// # Errors
    /// If `b` or `v` is impossible.
    pub fn equal_info(b: u64, v: u64, termination: Termination) -> Result<Self, MethodError> {
        let width = TokenWidth::of_vocabulary(v)?;
        let shape = u16::try_from(b).ok().and_then(|bits| WindowShape::new(bits, termination).ok());
        Ok(Self::EqualInfoAc { shape: shape.ok_or(MethodError::WindowBits { given: b })?, width })
    }

    /// How many different tokens there are. The paper says 256 for Bytes; end-of-document, which is token 256, makes it
    /// 257.
    pub fn vocabulary(&self) -> usize {
        match self {
            Self::Bytes => ALPHABET,
            Self::Ac { width } | Self::EqualInfoAc { width, .. } => width.vocabulary(),
        }
    }

    /// How many bits a token has; `None` for Bytes, whose tokens are not pieces of a bit string.
    pub fn token_width(&self) -> Option<TokenWidth> {
        match self {
            Self::Bytes => None,
            Self::Ac { width } | Self::EqualInfoAc { width, .. } => Some(*width),
        }
    }

    /// What a token costs in bits, as the paper's bit compression ratio counts it (3.4): log2 of the vocabulary, but 8 for
    /// Bytes, where the paper has no end-of-document to count.
    pub fn bits_per_token(&self) -> f64 {
        f64::from(self.token_width().unwrap_or(TokenWidth::BYTE).bits())
    }

    /// How many bits a window has, if there are windows.
    pub fn window_bits(&self) -> Option<u16> {
        match self {
            Self::EqualInfoAc { shape, .. } => Some(shape.bits()),
            Self::Bytes | Self::Ac { .. } => None,
        }
    }

    /// How many tokens make up a window; `None` if there are no windows, or tokens cross their borders.
    pub fn tokens_per_window(&self) -> Option<usize> {
        match self {
            Self::EqualInfoAc { shape, width } => {
                let (bits, width) = (usize::from(shape.bits()), usize::from(width.0));
                bits.is_multiple_of(width).then(|| bits / width)
            }
            Self::Bytes | Self::Ac { .. } => None,
        }
    }

    /// How many symbols the method's texts are made of: 257, or the 256 bytes alone with windows of 8 bits, which have
    /// no code left for end-of-document.
    pub fn alphabet(&self) -> usize {
        match self {
            Self::EqualInfoAc { shape, .. } => shape.alphabet(),
            Self::Bytes | Self::Ac { .. } => ALPHABET,
        }
    }
}

impl fmt::Display for TokenWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            16 => f.write_str("65k"),
            _ => self.vocabulary().fmt(f),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes => f.write_str("Bytes"),
            Self::Ac { width } => write!(f, "AC[v={width}]"),
            Self::EqualInfoAc { shape, width } => {
                write!(f, "EqualInfoAC[b={}, v={width}", shape.bits())?;
                match shape.termination() {
                    Termination::Exact => f.write_str("]"),
                    other => write!(f, ", {other}]"),
                }
            }
        }
    }
}

const AC_LIKE: &str = "AC[v=256]";
const EQUAL_INFO_LIKE: &str = "EqualInfoAC[b=16, v=256], with `, greedy` or `, delay` before the bracket if wanted";

impl FromStr for Method {
    type Err = MethodError;

    /// Reads a name as printed; spaces, the case of letters and the order of settings do not matter.
    fn from_str(name: &str) -> Result<Self, MethodError> {
        let unknown = || MethodError::Unknown(name.trim().to_owned());
        let compact: String = name.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        let (kind, settings) = match compact.split_once('[') {
            Some((kind, rest)) => (kind, rest.strip_suffix(']').ok_or_else(unknown)?),
            None => (compact.as_str(), ""),
        };
        let (method, like) = match kind {
            "bytes" => ("Bytes", "Bytes"),
            "ac" => ("AC", AC_LIKE),
            "equalinfoac" => ("EqualInfoAC", EQUAL_INFO_LIKE),
            _ => return Err(unknown()),
        };
        let (mut b, mut v, mut termination) = (None, None, None);
        for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
            let windows = method == "EqualInfoAC";
            match setting.split_once('=') {
                Some(("v", value)) if method != "Bytes" && v.is_none() => v = Some(number(value)?),
                Some(("b", value)) if windows && b.is_none() => b = Some(number(value)?),
                None if windows && termination.is_none() && setting == "exact" => {
                    termination = Some(Termination::Exact)
                }
                None if windows && termination.is_none() && setting == "greedy" => {
                    termination = Some(Termination::Greedy);
                }
                None if windows && termination.is_none() && setting == "delay" => {
                    termination = Some(Termination::Delay)
                }
                _ => return Err(MethodError::Setting { setting: setting.to_owned(), method, like }),
            }
        }
        let missing = |what| MethodError::Missing { name: name.trim().to_owned(), what, like };
        match method {
            "Bytes" => Ok(Self::Bytes),
            "AC" => Self::ac(v.ok_or_else(|| missing("its vocabulary v"))?),
            _ => Self::equal_info(
                b.ok_or_else(|| missing("its window size b"))?,
                v.ok_or_else(|| missing("its vocabulary v"))?,
                termination.unwrap_or_default(),
            ),
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

fn number(text: &str) -> Result<u64, MethodError> {
    match text {
        "65k" => Ok(1 << 16),
        _ => text.parse().map_err(|_| MethodError::Number(text.to_owned())),
    }
}

/// What would be possible near an impossible vocabulary.
fn nearest(given: u64) -> String {
    match given {
        0..=2 => "the nearest is 2".to_owned(),
        65_536.. => "the nearest is 65536 (65k)".to_owned(),
        _ => format!("the nearest are {} and {}", 1u64 << given.ilog2(), 2u64 << given.ilog2()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(name: &str) -> String {
        name.parse::<Method>().unwrap_err().to_string()
    }

    #[test]
    fn names_are_the_papers() {
        for name in [
            "Bytes",
            "AC[v=256]",
            "AC[v=65k]",
            "AC[v=2]",
            "EqualInfoAC[b=16, v=256]",
            "EqualInfoAC[b=16, v=65k]",
            "EqualInfoAC[b=24, v=65k, greedy]",
            "EqualInfoAC[b=128, v=4096, delay]",
        ] {
            assert_eq!(name.parse::<Method>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn reading_is_lenient() {
        let method = Method::equal_info(16, 65_536, Termination::Greedy).unwrap();
        for name in ["EqualInfoAC[b=16,v=65536,greedy]", " equalinfoac [ greedy, v = 65k , b=16 ] "] {
            assert_eq!(name.parse(), Ok(method), "{name}");
        }
        assert_eq!(
            "EqualInfoAC[b=16, v=256, exact]".parse::<Method>().unwrap().to_string(),
            "EqualInfoAC[b=16, v=256]"
        );
        assert_eq!("bytes".parse(), Ok(Method::Bytes));
    }

    #[test]
    fn errors_say_what_would_be_right() {
        for (name, expected) in [
            ("gzip", "EqualInfoAC[b=16, v=256]"),
            ("EqualInfoAC[b=16, v=256", "there is no method"),
            ("EqualInfoAC[v=256]", "does not say its window size b"),
            ("AC", "does not say its vocabulary v"),
            ("AC[b=16, v=256]", "`b=16` is not a setting of AC; write it as AC[v=256]"),
            ("AC[v=256, v=2]", "`v=2` is not a setting"),
            ("Bytes[v=256]", "`v=256` is not a setting of Bytes"),
            ("EqualInfoAC[b=16, v=256, lazy]", "`lazy` is not a setting"),
            ("AC[v=1000]", "the nearest are 512 and 1024"),
            ("AC[v=1]", "the nearest is 2"),
            ("AC[v=131072]", "the nearest is 65536"),
            ("EqualInfoAC[b=7, v=256]", "b is 8 to 256"),
            ("EqualInfoAC[b=65552, v=256]", "windows of b=65552 bits are impossible"),
            ("AC[v=many]", "`many` is not a number"),
        ] {
            assert!(message(name).contains(expected), "{name}: {}", message(name));
        }
    }

    #[test]
    fn numbers_follow_from_the_name() {
        let method: Method = "EqualInfoAC[b=24, v=256]".parse().unwrap();
        assert_eq!((method.vocabulary(), method.window_bits(), method.tokens_per_window()), (256, Some(24), Some(3)));
        let crossing: Method = "EqualInfoAC[b=24, v=65k]".parse().unwrap();
        assert_eq!((crossing.vocabulary(), crossing.tokens_per_window()), (65_536, None));
        assert_eq!((Method::Bytes.vocabulary(), Method::Bytes.token_width()), (257, None));
        assert_eq!("EqualInfoAC[b=8, v=256]".parse::<Method>().unwrap().alphabet(), 256);
    }

    proptest! {
        #[test]
        fn every_method_comes_back_from_its_name(b in 8..=256u64, n in 1..=16u32, termination in 0..3usize) {
            let termination = [Termination::Exact, Termination::Greedy, Termination::Delay][termination];
            for method in [Method::ac(1 << n).unwrap(), Method::equal_info(b, 1 << n, termination).unwrap()] {
                prop_assert_eq!(method.to_string().parse(), Ok(method));
                let json = serde_json::to_string(&method).unwrap();
                prop_assert_eq!(serde_json::from_str::<Method>(&json).unwrap(), method);
            }
        }

        #[test]
        fn no_name_panics(name in "(Bytes|AC|EqualInfoAC)?\\[?([bv]=[0-9k]{0,22},? ?|greedy|,){0,4}\\]?.{0,3}") {
            let _ = name.parse::<Method>();
        }
    }
}
