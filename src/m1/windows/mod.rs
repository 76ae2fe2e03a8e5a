//! All windows of one shape, compiled: coding text costs a look-up a symbol, and the model is not run at all.
//!
//! The model starts afresh in every window (paper 3.3), and every code of an exact window is exactly one text. So the texts
//! of all 2^b codes make up one finite tree, and coding needs nothing else: encoding is a walk down it, decoding a table of
//! texts. A [`WindowTree`] is that tree for one model and one length of window, found once by running the model for each
//! prefix that symbols fit after ([`WindowTree::build`]), and kept in a file ([`WindowTree::save`]). It divides codes by
//! [`crate::coding::Cells`], the coders' own arithmetic, so its codes are those of [`crate::coding::WindowEncoder`].
//!
//! # What a tree costs
//!
//! A tree has 2^b nodes, and a few more. About three in ten have children, and the model is run for two in three of those
//! (in the others, two codes are left, which every distribution divides alike). In memory, a code takes about 50 bytes: the
//! tree itself 26, the automaton that encodes 8, the texts 16. Both double with each bit:
//!
//! | b | nodes | runs of the model | memory | file |
//! |---|---|---|---|---|
//! | 12 | 4,097 | about 700 | 0.2 MiB | 27 KB |
//! | 16 | 65,537 | about 13,000 | 3.1 MiB | 0.4 MB |
//! | 20 | 1,048,580 | about 220,000 | 50 MiB | 7 MB |
//!
//! So trees end at [`MAX_TREE_BITS`]; longer windows share the top of their tree in a [`crate::m1::PrefixTree`].

mod automaton;
mod build;
mod decode;
mod encode;
mod export;
mod file;
mod nodes;
mod numbers;
mod prefix;
#[cfg(test)]
mod testing;

pub use build::BuildError;
pub use export::{END_OF_DOCUMENT_CHARACTER, ExportError};
pub use numbers::{CodeNumber, TextSymbol};
pub use prefix::Prefix;

use crate::coding::{ALPHABET, Symbol, WindowShape};
use crate::m1::NextSymbol;
use automaton::Automaton;
use decode::Texts;
use encode::Encoder;
use nodes::Nodes;

/// The longest windows that trees are built for, in bits.
pub const MAX_TREE_BITS: u16 = 20;

/// All windows of one exact shape under one model.
#[derive(Debug)]
pub struct WindowTree {
    identity: String,
    nodes: Nodes,
    automaton: Automaton,
    texts: Texts,
}

/// A window of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodedWindow {
    /// Its code: a number below 2^b.
    pub code: u32,
    /// How many symbols it holds.
    pub symbols: usize,
    /// How many bits of the code are information; the rest is padding.
    pub used_bits: u16,
}

/// What a tree consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowTreeStatistics {
    /// Prefixes, the empty one among them.
    pub nodes: usize,
    /// Prefixes that further symbols fit after.
    pub inner: usize,
    /// Symbols of the longest text of a code.
    pub depth: usize,
    /// Memory, in bytes.
    pub bytes: usize,
}

/// Why a text could not be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    #[error(
        "symbol {index} is {symbol}, but these windows hold symbols below {alphabet}{}",
        if *.alphabet < ALPHABET { ": windows of 8 bits have no code for end-of-document" } else { "" }
    )]
    Symbol { index: usize, symbol: Symbol, alphabet: usize },
    #[error("codes of {bits} bits do not fit in numbers of {number} bits: ask for wider ones")]
    Narrow { bits: u16, number: u32 },
}

/// Why codes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error(
        "the code of window {window} is {code}, which is no code of {bits} bits: the codes are damaged, or of other windows"
    )]
    Code { window: usize, code: u32, bits: u16 },
    #[error(
        "the codes hold {found} symbols where {wanted} were announced: they are damaged, or another method or model made them"
    )]
    Length { wanted: usize, found: usize },
    #[error("window {window} holds the end of a document, which is no byte: decode to symbols")]
    EndOfDocument { window: usize },
}

impl WindowTree {
    /// Finds all windows of `shape` under `model`, in [`crate::m1::WINDOW_PRECISION`] bits. `progress` is told now and then
    /// for how many prefixes the model was run, and stops the search by returning `false`.
    ///
    /// # Errors
    /// If windows of this shape are not exact, end early with words or are longer than [`MAX_TREE_BITS`], or the search was
    /// stopped.
    pub fn build(
        model: &dyn NextSymbol,
        shape: WindowShape,
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Self, BuildError> {
        Ok(Self::compile(model.identity().to_owned(), build::build(model, shape, progress)?))
    }

    fn compile(identity: String, nodes: Nodes) -> Self {
        Self { identity, automaton: Automaton::new(&nodes), texts: Texts::new(&nodes), nodes }
    }

    /// The identity of the model whose windows these are.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// How the windows are.
    pub fn shape(&self) -> WindowShape {
        self.nodes.shape()
    }

    /// The codes of `text`'s windows, in order. Where the text ends, so does the last window: how many symbols there are
    /// must be kept with the codes.
    ///
    /// # Errors
    /// If a symbol is outside the windows' alphabet, or numbers of type `C` are too narrow for the codes.
    pub fn encode<S: TextSymbol, C: CodeNumber>(&self, text: &[S]) -> Result<Vec<C>, EncodeError> {
        Ok(self.encoder::<S, C>(text)?.encode(text))
    }

    /// [`Self::encode`] on all threads: for texts of megabytes.
    ///
    /// # Errors
    /// As for [`Self::encode`].
    pub fn encode_parallel<S: TextSymbol, C: CodeNumber>(&self, text: &[S]) -> Result<Vec<C>, EncodeError> {
        Ok(self.encoder::<S, C>(text)?.encode_parallel(text))
    }

    /// The windows of `text`, in order, with what each holds.
    ///
    /// # Errors
    /// If a symbol is outside the windows' alphabet.
    pub fn windows<S: TextSymbol>(&self, text: &[S]) -> Result<Vec<CodedWindow>, EncodeError> {
        let codes: Vec<u32> = self.encode(text)?;
        let mut windows = Vec::with_capacity(codes.len());
        let mut start = 0;
        for code in codes {
            // A window closes where the whole text of its code is done; only the last may end before.
            let owner = self.nodes.owner(code).unwrap_or(0);
            let left = text.len() - start;
            let node = match self.nodes.depth(owner) as usize {
                symbols if symbols <= left => owner,
                _ => {
                    text[start..].iter().fold(0, |node, symbol| self.nodes.child(node, symbol.symbol()).unwrap_or(node))
                }
            };
            let symbols = self.nodes.depth(node) as usize;
            windows.push(CodedWindow { code, symbols, used_bits: self.nodes.used_bits(node) });
            start += symbols;
        }
        Ok(windows)
    }

    fn encoder<S: TextSymbol, C: CodeNumber>(&self, text: &[S]) -> Result<Encoder<'_>, EncodeError> {
        let shape = self.shape();
        if C::BITS < shape.bits().into() {
            return Err(EncodeError::Narrow { bits: shape.bits(), number: C::BITS });
        }
        encode::check(text, shape.alphabet())?;
        Ok(Encoder { nodes: &self.nodes, automaton: &self.automaton })
    }

    /// The text of `symbols` symbols that `codes` stand for, as bytes or as symbols. The last window may hold more than are
    /// left for it.
    ///
    /// # Errors
    /// If a number is no code, the codes hold fewer or more symbols than announced, or bytes are wanted of a text that holds
    /// the end of a document.
    pub fn decode<C: CodeNumber, S: TextSymbol>(&self, codes: &[C], symbols: usize) -> Result<Vec<S>, DecodeError> {
        self.texts.decode(&self.nodes, codes, symbols)
    }

    /// The text that a code stands for; `None` if it is no code.
    pub fn text(&self, code: u32) -> Option<Vec<Symbol>> {
        self.nodes.owner(code).map(|node| self.nodes.text(node))
    }

    /// The code that stands for exactly this text, if it has one of its own: a text that is too long has none, and one after
    /// which every symbol fits needs none.
    pub fn code_of(&self, text: &[Symbol]) -> Option<u32> {
        let node = text.iter().try_fold(0, |node, &symbol| self.nodes.child(node, symbol))?;
        self.nodes.has_end(node).then(|| self.nodes.low(node))
    }

    /// The empty prefix, to look through the tree from.
    pub fn root(&self) -> Prefix<'_> {
        Prefix::root(&self.nodes)
    }

    /// All prefixes, shorter ones first; of one length, in order of their codes.
    pub fn prefixes(&self) -> impl Iterator<Item = Prefix<'_>> {
        Prefix::all(&self.nodes)
    }

    /// What the tree consists of.
    pub fn statistics(&self) -> WindowTreeStatistics {
        let nodes = self.nodes.len() as u32;
        WindowTreeStatistics {
            nodes: nodes as usize,
            inner: (0..nodes).filter(|&node| self.nodes.cells(node) > 1).count(),
            depth: self.nodes.depth(nodes - 1) as usize,
            bytes: self.nodes.bytes() + self.automaton.bytes() + self.texts.bytes(),
        }
    }
}

#[cfg(test)]
mod tests;
