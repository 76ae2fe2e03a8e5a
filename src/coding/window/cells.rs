//! The tree of exact windows ([`super::exact`] has the rule), one prefix at a time: for those who build it whole.

use crate::coding::{Cdf, Symbol};

use super::exact::Run;
use super::{Termination, Walk, WindowShape};

/// The cells that one prefix owns in an exact window: `[low, low + count)` out of 2^bits.
///
/// This is the encoder's and the decoder's own arithmetic, so a tree built from it agrees with
/// [`super::WindowEncoder`] and [`super::WindowDecoder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    shape: WindowShape,
    run: Run<u64>,
}

impl Cells {
    /// The cells of the empty prefix, which are all; `None` if windows of this shape are not exact, end early with words
    /// (their tree does not tell how an encoder cuts text), or have more than 63 bits.
    pub fn all(shape: WindowShape) -> Option<Self> {
        let numbered = u32::from(shape.bits()) <= Run::<u64>::MAX_BITS;
        let whole = shape.termination() == Termination::Exact && shape.snap() == 0;
        (whole && numbered).then(|| Self { shape, run: Run::root(shape.bits(), 0) })
    }

    /// The first cell: the code of a window that closes at this prefix.
    pub fn low(&self) -> u64 {
        self.run.low()
    }

    /// How many cells there are: at least 1. With 1, no symbol fits after the prefix.
    pub fn count(&self) -> u64 {
        self.run.cells()
    }

    /// Whether every distribution over all of [`WindowShape::alphabet`] divides these cells alike, so that there is no need
    /// to run the model: where there are two cells, or one.
    pub fn divide_alike(&self) -> bool {
        self.run.goes_on_alike(self.shape.alphabet())
    }

    /// Each symbol that fits after the prefix, in order, with the cells of the prefix that it makes, given the
    /// distribution after the prefix. They follow one another and end where these cells end; the prefix has an end cell
    /// (which is then [`Self::low`]) if and only if they are one cell fewer than these.
    ///
    /// # Panics
    /// If `cdf` has more symbols than [`WindowShape::alphabet`].
    pub fn parts(&self, cdf: &Cdf) -> Vec<(Symbol, Self)> {
        // Every step shrinks, so only the empty prefix has all cells.
        let is_root = self.count() == 1 << self.shape.bits();
        let first = is_root.then(|| self.shape.first_symbol(cdf));
        let cdf = first.as_deref().unwrap_or(cdf);
        let split = self.run.split(cdf);
        let part = |symbol| Some((symbol, Self { run: split.part(symbol, cdf)?, ..*self }));
        (0..cdf.symbols() as Symbol).filter_map(part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coding::window::model::{Model, close, open, shape, snapped};
    use crate::coding::{ALPHABET, Code};

    #[test]
    fn only_exact_windows_have_cells() {
        assert_eq!(Cells::all(shape(16, Termination::Greedy)), None);
        assert_eq!(Cells::all(shape(16, Termination::Delay)), None);
        assert_eq!(Cells::all(shape(64, Termination::Exact)), None);
        assert_eq!(Cells::all(snapped(16, 1)), None);
        let all = Cells::all(shape(63, Termination::Exact)).unwrap();
        assert_eq!((all.low(), all.count()), (0, 1 << 63));
    }

    /// The whole tree of a short window, against the encoder and the decoder.
    #[test]
    fn parts_are_what_the_coders_step_to() {
        let mut alike = 0;
        for (bits, symbols, spread) in [(8, 256, 9), (11, ALPHABET, 14), (10, 5, 3), (12, 2, 0), (12, 257, 40)] {
            let (shape, model) = (shape(bits, Termination::Exact), Model::hashed(7, symbols, 16, spread));
            let mut prefixes = vec![(Vec::new(), Cells::all(shape).unwrap())];
            let mut ends = 0;
            while let Some((text, cells)) = prefixes.pop() {
                let parts = cells.parts(&model.after(&text));
                let parted: u64 = parts.iter().map(|(_, part)| part.count()).sum();
                if symbols == shape.alphabet() && cells.divide_alike() {
                    assert_eq!(parts, cells.parts(&Cdf::uniform(symbols, 16).unwrap()));
                    alike += 1;
                }
                if cells.count() > parted {
                    assert_eq!(cells.count(), parted + 1);
                    ends += 1;
                    let code = Code::from_u64(cells.low(), bits).unwrap();
                    let (window, (decoded, _)) = (close(&text, shape, &model), open(code, shape, &model));
                    assert_eq!((window.code, window.symbols, decoded), (code, text.len(), text.clone()));
                }
                prefixes.extend(parts.into_iter().map(|(symbol, part)| ([&text[..], &[symbol]].concat(), part)));
            }
            assert_eq!(ends, 1 << bits);
        }
        assert!(alike > 100, "{alike}");
    }
}
