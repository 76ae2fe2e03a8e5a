//! A trained M1 as a model to code with: 32-bit floats on the CPU, with the same bits in every result on every machine.

use super::file::M1File;
use super::forward::{Batch, Decoder, Place};
use super::positions::{Position, PositionId, Positions};
use super::quantise::quantise;
use super::{NextSymbol, Session};
use crate::coding::{ALPHABET, Cdf, Symbol};
use crate::model::{Shape, WeightsError};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Memory for remembered positions, in bytes.
const POSITION_BUDGET: usize = 256 << 20;
/// Positions that are evaluated in one pass over the weights: enough to make up for reading them.
const ROWS_PER_PASS: usize = 64;
/// Symbols of all prefixes in one pass: bounds its memory when none of them is remembered.
const SYMBOLS_PER_PASS: usize = 4096;

/// Why a file's content is no M1.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum NetworkError {
    #[error("the weights are not those of a decoder: {0}; train a new M1, or use another file")]
    Weights(#[from] WeightsError),
    #[error(
        "the model predicts {0} symbols, but M1 predicts {ALPHABET} (the bytes and end-of-document): this is another \
         kind of model, perhaps an M2"
    )]
    Vocabulary(usize),
    #[error("a model needs a context of at least one symbol, and this one's is {0}")]
    Context(usize),
    #[error("every dimension of a model must be at least one, but they are {0:?}")]
    Empty(Shape),
}

/// A trained M1.
#[derive(Debug)]
pub struct Network {
    identity: String,
    shape: Shape,
    context: usize,
    provenance: BTreeMap<String, String>,
    decoder: Decoder,
    /// The begin symbol's position, and the logits there.
    begin: (Position, Vec<f32>),
    positions: Mutex<Positions>,
}

impl Network {
    /// Makes a model of a file's content.
    ///
    /// # Errors
    /// If the weights are not those of an M1.
    pub fn new(file: M1File) -> Result<Self, NetworkError> {
        let shape = file.weights.shape;
        let Shape { embed, heads, head_dim, mlp, vocabulary, .. } = shape;
        if [embed, heads, head_dim, mlp].contains(&0) {
            return Err(NetworkError::Empty(shape));
        }
        if vocabulary != ALPHABET {
            return Err(NetworkError::Vocabulary(vocabulary));
        }
        if file.context == 0 {
            return Err(NetworkError::Context(file.context));
        }
        file.weights.check()?;
        let decoder = Decoder::new(&file.weights);
        let mut batch = Batch::default();
        batch.add(decoder.begin(), &[]);
        let evaluated = decoder.evaluate(&batch);
        let begin = (decoder.position(&evaluated, 0).into(), decoder.logits(&evaluated, 0..1));
        let per_position = decoder.position_len() * size_of::<f32>() + 128;
        Ok(Self {
            identity: file.identity(),
            shape,
            context: file.context,
            provenance: file.provenance,
            decoder,
            begin,
            positions: Mutex::new(Positions::new(POSITION_BUDGET / 2 / per_position)),
        })
    }

    /// The dimensions of the decoder.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Where the weights come from, as the file tells.
    pub fn provenance(&self) -> &BTreeMap<String, String> {
        &self.provenance
    }

    /// The symbols that the model looks at after `prefix`.
    fn visible<'p>(&self, prefix: &'p [Symbol]) -> &'p [Symbol] {
        &prefix[prefix.len() - prefix.len() % self.context..]
    }

    fn positions(&self) -> MutexGuard<'_, Positions> {
        // A panic elsewhere leaves the trie whole: every insertion is complete or has not begun.
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The distributions after a few prefixes, neither empty nor longer than the context and sorted, in one pass.
    fn pass(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf> {
        // What is remembered of each prefix, its last position left out: that one has to be evaluated for its logits.
        let mut remembered = Vec::with_capacity(prefixes.len());
        {
            let mut positions = self.positions();
            for prefix in prefixes {
                let mut path: Vec<(PositionId, Position)> = Vec::new();
                for &symbol in &prefix[..prefix.len() - 1] {
                    let parent = path.last().map_or(PositionId::BEGIN, |(id, _)| *id);
                    match positions.get(parent, symbol) {
                        Some(found) => path.push(found),
                        None => break,
                    }
                }
                remembered.push(path);
            }
        }

        // Sorted prefixes share their beginnings with their neighbours: positions that the last one has are not added
        // again.
        let mut batch = Batch::default();
        let mut known_ids = vec![PositionId::BEGIN];
        let mut path = vec![batch.know(&self.begin.0)];
        let mut parents: Vec<(Place, Symbol)> = Vec::new();
        let mut last: &[Symbol] = &[];
        let mut wanted = Vec::with_capacity(prefixes.len());
        for (&prefix, remembered) in prefixes.iter().zip(&remembered) {
            let shared = prefix.iter().zip(last).take_while(|(a, b)| a == b).count();
            path.truncate(1 + shared);
            for (i, &symbol) in prefix.iter().enumerate().skip(shared) {
                let place = match remembered.get(i) {
                    Some((id, position)) => {
                        known_ids.push(*id);
                        batch.know(position)
                    }
                    None => {
                        parents.push((path[i], symbol));
                        batch.add(usize::from(symbol), &path)
                    }
                };
                path.push(place);
            }
            last = prefix;
            wanted.push(path[prefix.len()]);
        }
        let evaluated = self.decoder.evaluate(&batch);

        {
            let mut positions = self.positions();
            let mut ids: Vec<PositionId> = Vec::with_capacity(parents.len());
            for (row, &(parent, symbol)) in parents.iter().enumerate() {
                let parent = match parent {
                    Place::Known(i) => known_ids[i as usize],
                    Place::New(i) => ids[i as usize],
                };
                ids.push(positions.insert(parent, symbol, self.decoder.position(&evaluated, row)));
            }
        }
        let rows = wanted.iter().filter_map(|place| match place {
            Place::New(row) => Some(*row as usize),
            Place::Known(_) => None,
        });
        let logits = self.decoder.logits(&evaluated, rows);
        logits.chunks_exact(ALPHABET).map(|logits| quantise(logits, precision)).collect()
    }
}

impl NextSymbol for Network {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn context(&self) -> usize {
        self.context
    }

    fn cdfs(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf> {
        let mut order: Vec<(&[Symbol], usize)> =
            prefixes.iter().enumerate().map(|(i, prefix)| (self.visible(prefix), i)).collect();
        order.sort_unstable();

        let empty = order.partition_point(|(prefix, _)| prefix.is_empty());
        let sorted: Vec<&[Symbol]> = order[empty..].iter().map(|(prefix, _)| *prefix).collect();
        let rows = ROWS_PER_PASS.min(sorted.len().div_ceil(rayon::current_num_threads())).max(1);
        let mut passes = Vec::new();
        let mut rest = sorted.as_slice();
        while !rest.is_empty() {
            let mut symbols = 0;
            let fitting = rest.iter().take(rows).take_while(|prefix| {
                symbols += prefix.len();
                symbols <= SYMBOLS_PER_PASS
            });
            let (pass, later) = rest.split_at(fitting.count().max(1));
            passes.push(pass);
            rest = later;
        }
        let passes: Vec<Vec<Cdf>> = passes.par_iter().map(|pass| self.pass(pass, precision)).collect();

        let begin = (empty > 0).then(|| quantise(&self.begin.1, precision));
        let sorted = std::iter::repeat_n(begin, empty).flatten().chain(passes.into_iter().flatten());
        let mut results: Vec<(usize, Cdf)> = order.iter().map(|(_, i)| *i).zip(sorted).collect();
        results.sort_unstable_by_key(|(i, _)| *i);
        results.into_iter().map(|(_, cdf)| cdf).collect()
    }

    fn session(&self, precision: u8) -> Box<dyn Session + '_> {
        let begin = quantise(&self.begin.1, precision);
        let path = vec![self.begin.0.clone()];
        Box::new(NetworkSession { network: self, precision, path, cdf: begin.clone(), begin })
    }
}

/// A running text of a [`Network`].
struct NetworkSession<'a> {
    network: &'a Network,
    precision: u8,
    /// What comes first in an empty text.
    begin: Cdf,
    /// The text's positions since the model last forgot, that of the begin symbol first.
    path: Vec<Position>,
    cdf: Cdf,
}

impl NetworkSession<'_> {
    /// Appends symbols that the context has room for, and returns what comes next after each.
    fn pass(&mut self, symbols: &[Symbol]) -> Vec<Cdf> {
        let Network { decoder, .. } = self.network;
        let mut batch = Batch::default();
        let mut path: Vec<Place> = self.path.iter().map(|position| batch.know(position)).collect();
        for &symbol in symbols {
            path.push(batch.add(usize::from(symbol), &path));
        }
        let evaluated = decoder.evaluate(&batch);
        self.path.extend((0..symbols.len()).map(|row| Position::from(decoder.position(&evaluated, row))));
        let logits = decoder.logits(&evaluated, 0..symbols.len());
        logits.chunks_exact(ALPHABET).map(|logits| quantise(logits, self.precision)).collect()
    }
}

impl Session for NetworkSession<'_> {
    fn cdf(&mut self) -> &Cdf {
        &self.cdf
    }

    fn push(&mut self, symbol: Symbol) {
        self.follow(&[symbol]);
    }

    fn follow(&mut self, symbols: &[Symbol]) -> Vec<Cdf> {
        let mut before = Vec::with_capacity(symbols.len());
        let mut rest = symbols;
        while !rest.is_empty() {
            // The last symbol before the model forgets need not be evaluated: nothing looks back at it.
            let room = self.network.context - self.path.len();
            let (pass, later) = rest.split_at(rest.len().min(room).min(ROWS_PER_PASS));
            for cdf in self.pass(pass) {
                before.push(std::mem::replace(&mut self.cdf, cdf));
            }
            rest = later;
            if let Some((_forgotten, later)) = rest.split_first().filter(|_| self.path.len() == self.network.context) {
                before.push(self.cdf.clone());
                self.reset();
                rest = later;
            }
        }
        before
    }

    fn reset(&mut self) {
        self.path.truncate(1);
        self.cdf.clone_from(&self.begin);
    }
}
