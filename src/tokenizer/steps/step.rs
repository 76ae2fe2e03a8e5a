//! One step of the coder, and all of them.

use super::walk::Walk;
use crate::coding::{Cdf, Extent, Termination, WindowShape};
use crate::tokenizer::{End, Method};
use serde::Serialize;
use std::cmp::Reverse;

/// How the coder narrows what it codes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Coding {
    /// Runs of the 2^`bits` cells of an exact window; each cell is a code.
    Cells { bits: u16 },
    /// Intervals of a greedy or delayed window of `bits` bits, in units of 2^−(`bits` + 32).
    Interval { bits: u16 },
    /// The interval of a stream of any length, seen through a register of 62 bits that doubles when bits are settled.
    Register,
}

impl Coding {
    pub(super) fn of(shape: WindowShape) -> Self {
        let bits = shape.bits();
        match shape.termination() {
            Termination::Exact => Self::Cells { bits },
            Termination::Greedy | Termination::Delay => Self::Interval { bits },
        }
    }
}

/// A passage of text followed through the coder. Everything in it is exact but the costs, which are floats.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Steps {
    pub method: Method,
    pub coding: Coding,
    /// One for each byte of the passage.
    pub steps: Vec<Step>,
    pub ending: Ending,
}

/// What one byte does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// How the coder's place was split, and what the byte got.
    #[serde(flatten)]
    pub split: Split,
    /// Where the coder stands afterwards: the byte's part, which in a register has been doubled as bits were settled.
    pub after: Extent,
    /// The bits of the code that this byte settles, as zeros and ones; often none.
    pub settled: String,
    /// How many bits of the passage's code are settled now.
    pub settled_bits: u64,
    /// In a register, how many bits are pending: the next one to be settled is followed by so many of its opposite.
    pub pending_bits: u64,
    /// How many bits the code would take, if it ended here.
    pub used_bits: u64,
}

/// How a place of the coder is split among the symbols that may come next, and what one of them gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Split {
    /// The byte that comes.
    pub byte: u8,
    /// Where the coder stands.
    pub before: Extent,
    /// Whether the first cell was set aside for "the window ends here", and only the others are split.
    pub end_cell: bool,
    /// The byte's share of the distribution that is coded with: `low..high` out of 2^`precision`.
    pub low: u32,
    pub high: u32,
    pub precision: u8,
    /// −log2 of the byte's probability by the model, in bits, before anything is rounded.
    pub cost_bits: f64,
    /// What the byte gets: nothing, where it is too unlikely for the cells that are left.
    pub part: Extent,
    /// What it costs in what is split, in bits: log2 of how many times smaller its part is than `before`; none if that is
    /// empty.
    pub rounded_bits: Option<f64>,
    /// How many bits a window's code would need with it; none if it gets nothing, and in streams.
    pub needed_bits: Option<u16>,
    /// Whether the coder can take it.
    pub fits: bool,
    /// The symbols with the largest parts, and the byte that comes, in the alphabet's order.
    pub choices: Vec<Choice>,
    /// All other symbols together.
    pub rest: Rest,
}

/// A symbol that may come next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// A byte, or 256 for the end of the document.
    pub symbol: u16,
    /// Its frequency, out of 2^precision.
    pub frequency: u32,
    /// What it would get.
    pub part: Extent,
    /// Whether the coder could take it.
    pub fits: bool,
}

/// The symbols that no [`Choice`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rest {
    pub symbols: usize,
    /// Their frequencies' sum, out of 2^precision.
    pub frequency: u32,
    /// How many of them the coder could take.
    pub fitting: usize,
}

/// How a passage ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ending {
    /// Why; none for a part of a stream whose code goes on.
    pub why: Option<End>,
    /// What the byte after the passage would have got, if there is one.
    pub next: Option<Split>,
    /// The passage's code as zeros and ones: a window's with its padding; of a stream that goes on, the settled bits.
    pub code: String,
    /// How many bits of the code are information.
    pub used_bits: u64,
}

/// Symbols that a split names.
const NAMED: usize = 12;

impl Split {
    /// `walk` stands before `byte`, which `cdf` distributes.
    pub(super) fn new(walk: &Walk, byte: u8, cdf: &Cdf) -> Self {
        let parts = walk.parts(cdf);
        let symbols = parts.cdf().symbols();
        let mut all: Vec<Choice> = (0..symbols as u16)
            .map(|symbol| {
                let frequency = parts.cdf().frequency(symbol);
                Choice { symbol, frequency, part: parts.part(symbol), fits: parts.fits(symbol) }
            })
            .collect();
        all.sort_by_key(|choice| Reverse((choice.part.length, choice.frequency)));
        let (mut choices, mut rest) = (Vec::new(), Rest { symbols: 0, frequency: 0, fitting: 0 });
        for (place, choice) in all.into_iter().enumerate() {
            if place < NAMED || choice.symbol == u16::from(byte) {
                choices.push(choice);
            } else {
                rest.symbols += 1;
                rest.frequency += choice.frequency;
                rest.fitting += usize::from(choice.fits);
            }
        }
        choices.sort_by_key(|choice| choice.symbol);
        let symbol = byte.into();
        let (before, part) = (walk.extent(), parts.part(symbol));
        Self {
            byte,
            before,
            end_cell: parts.has_end_cell(),
            low: parts.cdf().low(symbol),
            high: parts.cdf().high(symbol),
            precision: parts.cdf().precision(),
            cost_bits: cdf.cost_bits(symbol),
            part,
            rounded_bits: (!part.is_empty()).then(|| part.cost_within(&before)),
            needed_bits: parts.needed_bits(symbol),
            fits: parts.fits(symbol),
            choices,
            rest,
        }
    }

    /// The byte's probability as it is coded.
    pub fn probability(&self) -> f64 {
        f64::from(self.high - self.low) / f64::from(1u32 << self.precision)
    }
}

impl Steps {
    /// The bits of the passage's code that are settled after the first `steps` bytes.
    pub fn settled_after(&self, steps: usize) -> String {
        self.steps.iter().take(steps).map(|step| step.settled.as_str()).collect()
    }

    /// What the model alone asks for the first `steps` bytes, in bits.
    pub fn cost_after(&self, steps: usize) -> f64 {
        self.steps.iter().take(steps).fold(0.0, |sum, step| sum + step.split.cost_bits)
    }
}
