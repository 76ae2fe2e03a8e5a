//! The codes of windows into text.

use super::nodes::Nodes;
use super::{CodeNumber, DecodeError, TextSymbol};

/// The longest text that an entry holds, in bytes.
const INLINE: usize = 15;

/// Instead of a length: the text is in the tree only, since it is longer, or ends a document.
const ELSEWHERE: u8 = 0xff;

/// The text of each code: up to 15 bytes, and how many. One load and one store serve nearly every code.
#[derive(Debug)]
pub(super) struct Texts {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
struct Entry([u8; INLINE + 1]);

impl Entry {
    const ELSEWHERE: Self = Self([ELSEWHERE; INLINE + 1]);

    #[inline]
    fn length(&self) -> u8 {
        self.0[INLINE]
    }
}

impl Texts {
    pub fn new(nodes: &Nodes) -> Self {
        let entry = |code: u32| {
            let node = nodes.owner(code).unwrap_or(0);
            let mut entry = Entry([0; INLINE + 1]);
            if nodes.depth(node) as usize > INLINE {
                return Entry::ELSEWHERE;
            }
            let text = nodes.text(node);
            for (byte, symbol) in entry.0.iter_mut().zip(&text) {
                match u8::try_from(*symbol) {
                    Ok(symbol) => *byte = symbol,
                    Err(_) => return Entry::ELSEWHERE,
                }
            }
            entry.0[INLINE] = text.len() as u8;
            entry
        };
        Self { entries: (0..1 << nodes.shape().bits()).map(entry).collect() }
    }

    /// How many symbols the code of window `window` stands for.
    fn length<C: CodeNumber>(&self, nodes: &Nodes, window: usize, code: C) -> Result<usize, DecodeError> {
        let code = code.number();
        let bits = nodes.shape().bits();
        let entry = self.entries.get(code as usize).ok_or(DecodeError::Code { window, code, bits })?;
        Ok(match entry.length() {
            ELSEWHERE => nodes.owner(code).map_or(0, |node| nodes.depth(node) as usize),
            length => length.into(),
        })
    }

    /// The first `symbols` symbols of the texts that `codes` stand for, which end in the last.
    pub fn decode<C: CodeNumber, S: TextSymbol>(
        &self,
        nodes: &Nodes,
        codes: &[C],
        symbols: usize,
    ) -> Result<Vec<S>, DecodeError> {
        let (mut before_last, mut last) = (0usize, 0);
        for (window, &code) in codes.iter().enumerate() {
            // As many of each window as could be wanted: damaged codes then count what they do when walked.
            before_last += last.min(symbols);
            last = self.length(nodes, window, code)?;
        }
        let all = before_last + last;
        if symbols > all || symbols <= before_last && !codes.is_empty() {
            let found = if symbols > all { all } else { before_last };
            return Err(DecodeError::Length { wanted: symbols, found });
        }

        // Every entry is copied whole, so the text needs room for one more.
        let mut text = vec![S::default(); all + INLINE + 1];
        let mut at = 0;
        for (window, code) in codes.iter().enumerate() {
            let code = code.number();
            let entry = &self.entries[code as usize];
            match entry.length() {
                ELSEWHERE => {
                    let long = nodes.text(nodes.owner(code).unwrap_or(0));
                    for (place, &symbol) in text[at..symbols.max(at)].iter_mut().zip(&long) {
                        *place = S::from_symbol(symbol).ok_or(DecodeError::EndOfDocument { window })?;
                    }
                    at += long.len();
                }
                length => {
                    let place: &mut [S] = &mut text[at..at + INLINE + 1];
                    place.iter_mut().zip(entry.0).for_each(|(place, byte)| *place = S::from_byte(byte));
                    at += usize::from(length);
                }
            }
        }
        text.truncate(symbols);
        Ok(text)
    }

    /// How much memory the texts take, in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.entries[..])
    }
}
