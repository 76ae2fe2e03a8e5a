//! Text into the codes of its windows.
//!
//! The definition is a plain walk: take symbols while they fit, else close the window and begin the next. Alone it is
//! bound by latency: each step waits for the one before to come out of the cache. So a block of text is cut into pieces,
//! which are walked side by side, each as if a window began with it. Only the first does for certain. But windows are
//! memoryless: as soon as the true walk, coming from the piece before, closes a window where the piece's own walk did too,
//! both go the same way. So at each seam the true walk goes on alone until they meet, mostly after a window or two; should
//! they not meet at all, it walks the whole piece. Either way the codes are those of the plain walk.

use super::automaton::{Automaton, State};
use super::nodes::Nodes;
use super::{CodeNumber, EncodeError, TextSymbol};
use crate::coding::Symbol;
use rayon::prelude::*;

/// Pieces that one thread walks side by side: more hide no more latency, and their states no longer fit in registers.
const LANES: usize = 8;

/// Symbols of a piece, in long texts and at the ends of texts. Their codes stay in the first cache.
const LONG: usize = 2048;
const SHORT: usize = 128;

/// Symbols of a thread's piece.
const PIECE: usize = 1 << 18;

/// A walk over a piece of text that began with a window, right or wrong.
struct Walked<'c, C> {
    /// Codes of the windows that closed.
    codes: &'c [C],
    /// The window that is open at the end.
    open: State,
}

/// Encodes with one tree.
#[derive(Clone, Copy)]
pub(super) struct Encoder<'t> {
    pub nodes: &'t Nodes,
    pub automaton: &'t Automaton,
}

impl Encoder<'_> {
    /// The codes of `text`'s windows, on this thread.
    pub fn encode<S: TextSymbol, C: CodeNumber>(&self, text: &[S]) -> Vec<C> {
        let mut codes = Vec::with_capacity(self.guess(text.len()));
        let open = self.encode_open(text, &mut codes);
        codes.extend(open.map(|state| C::new(state.code())));
        codes
    }

    /// The codes of `text`'s windows, on all threads.
    pub fn encode_parallel<S: TextSymbol, C: CodeNumber>(&self, text: &[S]) -> Vec<C> {
        let walk = |piece: &[S]| {
            let mut codes: Vec<C> = Vec::with_capacity(self.guess(piece.len()));
            let open = self.encode_open(piece, &mut codes);
            (codes, open)
        };
        let pieces: Vec<(Vec<C>, Option<State>)> = text.par_chunks(PIECE).map(walk).collect();
        let mut codes = Vec::with_capacity(pieces.iter().map(|(codes, _)| codes.len() + 1).sum());
        let mut open = None;
        for (piece, (walked, end)) in text.chunks(PIECE).zip(&pieces) {
            if let Some(end) = *end {
                open = Some(self.join(open, piece, Walked { codes: walked, open: end }, &mut codes));
            }
        }
        codes.extend(open.map(|state| C::new(state.code())));
        codes
    }

    /// About how many codes `symbols` symbols take; a little more, so that there is room for them.
    fn guess(&self, symbols: usize) -> usize {
        symbols / 3 + 16
    }

    /// Appends the codes of the windows that close before `text` ends, and returns the one that is open then; none if the
    /// text is empty.
    fn encode_open<S: TextSymbol, C: CodeNumber>(&self, text: &[S], codes: &mut Vec<C>) -> Option<State> {
        let (open, rest) = self.encode_blocks::<S, C, LONG>(None, text, codes);
        let (open, rest) = self.encode_blocks::<S, C, SHORT>(open, rest, codes);
        self.walk(open, rest, codes)
    }

    /// The plain walk: goes on from `open` through `text`.
    fn walk<S: TextSymbol, C: CodeNumber>(
        &self,
        mut open: Option<State>,
        text: &[S],
        codes: &mut Vec<C>,
    ) -> Option<State> {
        for &symbol in text {
            open = Some(match open {
                None => self.automaton.first(symbol.symbol()),
                Some(state) => {
                    let (next, closed) = self.automaton.step(state, symbol.symbol());
                    if closed {
                        codes.push(C::new(state.code()));
                    }
                    next
                }
            });
        }
        open
    }

    /// Goes on from `open` through as many blocks of pieces as `text` has. Returns the window that is open then, and the
    /// rest of the text.
    fn encode_blocks<'s, S: TextSymbol, C: CodeNumber, const LENGTH: usize>(
        &self,
        mut open: Option<State>,
        text: &'s [S],
        codes: &mut Vec<C>,
    ) -> (Option<State>, &'s [S]) {
        let (pieces, _) = text.as_chunks::<LENGTH>();
        let (blocks, _) = pieces.as_chunks::<LANES>();
        if !blocks.is_empty() {
            let mut buffers = Box::new([[C::default(); LENGTH]; LANES]);
            for block in blocks {
                let walked = self.side_by_side(block, &mut buffers);
                for (piece, walked) in block.iter().zip(walked) {
                    open = Some(self.join(open, piece, walked, codes));
                }
            }
        }
        (open, &text[blocks.len() * LANES * LENGTH..])
    }

    /// Walks each of `pieces` as if a window began with it.
    fn side_by_side<'c, S: TextSymbol, C: CodeNumber, const LENGTH: usize>(
        &self,
        pieces: &[[S; LENGTH]; LANES],
        buffers: &'c mut [[C; LENGTH]; LANES],
    ) -> [Walked<'c, C>; LANES] {
        let mut states = pieces.each_ref().map(|piece| self.automaton.first(piece[0].symbol()));
        let mut counts = [0; LANES];
        for at in 1..LENGTH {
            for (((piece, state), count), buffer) in
                pieces.iter().zip(&mut states).zip(&mut counts).zip(buffers.iter_mut())
            {
                let (next, closed) = self.automaton.step(*state, piece[at].symbol());
                // Written whether the window closed or not: what is not counted is overwritten. Fewer windows close than
                // there are symbols, so the remainder changes nothing; it spares a check.
                buffer[*count % LENGTH] = C::new(state.code());
                *count += usize::from(closed);
                *state = next;
            }
        }
        let buffers: &'c [[C; LENGTH]; LANES] = buffers;
        std::array::from_fn(|lane| Walked { codes: &buffers[lane][..counts[lane]], open: states[lane] })
    }

    /// Goes on from `open` through `piece`, which was walked as if a window began with it. Returns the window that is open
    /// at its end.
    fn join<S: TextSymbol, C: CodeNumber>(
        &self,
        open: Option<State>,
        piece: &[S],
        walked: Walked<'_, C>,
        codes: &mut Vec<C>,
    ) -> State {
        let Some(mut state) = open else {
            codes.extend_from_slice(walked.codes);
            return walked.open;
        };
        // Where the piece's own walk began its next window, and how many came before.
        let (mut began, mut before) = (0, 0);
        for (at, &symbol) in piece.iter().enumerate() {
            let (next, closed) = self.automaton.step(state, symbol.symbol());
            if closed {
                codes.push(C::new(state.code()));
                while began < at && before < walked.codes.len() {
                    began += self.symbols(walked.codes[before]);
                    before += 1;
                }
                if began == at {
                    codes.extend_from_slice(&walked.codes[before..]);
                    return walked.open;
                }
            }
            state = next;
        }
        state
    }

    /// How many symbols a code stands for.
    fn symbols<C: CodeNumber>(&self, code: C) -> usize {
        self.nodes.owner(code.number()).map_or(0, |node| self.nodes.depth(node) as usize)
    }
}

/// Checks that all symbols are among `alphabet`.
pub(super) fn check<S: TextSymbol>(text: &[S], alphabet: usize) -> Result<(), EncodeError> {
    let last = text.iter().map(|symbol| symbol.symbol()).max().unwrap_or(0);
    match usize::from(last) < alphabet {
        true => Ok(()),
        false => {
            let wrong = |symbol: &S| usize::from(symbol.symbol()) >= alphabet;
            let index = text.iter().position(wrong).unwrap_or(0);
            let symbol: Symbol = text[index].symbol();
            Err(EncodeError::Symbol { index, symbol, alphabet })
        }
    }
}
