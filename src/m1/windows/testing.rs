//! For tests: a model without regularity, and trees of its windows.

use super::WindowTree;
use super::build::build;
use super::nodes::Nodes;
use crate::coding::{ALPHABET, Cdf, Symbol, Termination, WindowShape};
use crate::m1::{NextSymbol, Session};
use std::sync::Mutex;

/// A model whose distributions are drawn from a hash of their prefix, with weights of 2^0 to 2^spread. It counts what it is
/// asked.
pub(super) struct Hashed {
    seed: u64,
    spread: u64,
    pub asked: Mutex<Vec<Vec<Symbol>>>,
}

pub(super) fn hashed(seed: u64, spread: u64) -> Hashed {
    Hashed { seed, spread, asked: Mutex::default() }
}

impl Hashed {
    pub fn cdf(&self, prefix: &[Symbol], precision: u8) -> Cdf {
        let mut state = self.seed;
        let mut mix = |value: u64| {
            state = (state ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_add(77);
            state
        };
        prefix.iter().for_each(|&symbol| _ = mix(symbol.into()));
        let weights: Vec<u64> = (0..ALPHABET).map(|_| 1 << (mix(2) % (self.spread + 1))).collect();
        Cdf::from_weights(&weights, precision).unwrap()
    }

    /// A text that the model finds likely in windows that begin anywhere: each symbol is at a random point of its
    /// distribution.
    pub fn text(&self, points: &[u16]) -> Vec<Symbol> {
        let mut text: Vec<Symbol> = Vec::new();
        for &point in points {
            text.push(self.cdf(&text[text.len() - text.len() % 5..], 16).find(point.into()));
        }
        text
    }
}

impl NextSymbol for Hashed {
    fn identity(&self) -> &str {
        "hashed"
    }

    fn cdfs(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf> {
        self.asked.lock().unwrap().extend(prefixes.iter().map(|prefix| prefix.to_vec()));
        prefixes.iter().map(|prefix| self.cdf(prefix, precision)).collect()
    }

    fn session(&self, _precision: u8) -> Box<dyn Session + '_> {
        unreachable!("trees ask for distributions after prefixes only")
    }
}

pub(super) fn shape(bits: u16) -> WindowShape {
    WindowShape::new(bits, Termination::Exact).unwrap()
}

pub(super) fn nodes(model: &dyn NextSymbol, bits: u16) -> Nodes {
    build(model, shape(bits), &mut |_| true).unwrap()
}

pub(super) fn tree(model: &dyn NextSymbol, bits: u16) -> WindowTree {
    WindowTree::build(model, shape(bits), &mut |_| true).unwrap()
}
