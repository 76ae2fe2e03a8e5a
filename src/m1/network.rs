//! A frozen M1 as a model to code with: the integer network on the CPU, with what it has seen remembered.

use super::distribution::from_logits;
use super::file::M1File;
use super::integer::ModelError;
use super::integer::engine::{Engine, Place};
use super::positions::{Position, PositionId, Positions};
use super::{NextSymbol, Session};
use crate::coding::{ALPHABET, Cdf, Symbol};
use crate::model::Shape;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Memory for remembered positions, in bytes.
const POSITION_BUDGET: usize = 256 << 20;
/// Positions that are evaluated in one pass over the weights: enough to make up for reading them.
const ROWS_PER_PASS: usize = 64;
/// Symbols of all prefixes in one pass: bounds its memory when none of them is remembered.
const SYMBOLS_PER_PASS: usize = 4096;

/// A frozen M1.
#[derive(Debug)]
pub struct Network {
    identity: String,
    shape: Shape,
    engine: Arc<Engine>,
    /// The begin symbol's position, and the logits there.
    begin: (Position, Vec<i32>),
    positions: Mutex<Positions>,
}

impl Network {
    /// Makes a model of a file's content.
    ///
    /// # Errors
    /// If the weights are not those of an M1.
    pub fn new(file: M1File) -> Result<Self, ModelError> {
        file.model.check()?;
        let engine = Engine::new(&file.model);
        let mut batch = engine.batch();
        batch.add(engine.begin(), 0, &[]);
        let evaluated = engine.evaluate(&batch);
        let begin = (engine.position(&evaluated, 0).into(), engine.logits(&evaluated, 0..1));
        let per_position = engine.position_len() + 128;
        Ok(Self {
            identity: file.identity(),
            shape: file.model.shape,
            engine: Arc::new(engine),
            begin,
            positions: Mutex::new(Positions::new(POSITION_BUDGET / 2 / per_position)),
        })
    }

    /// The same model with nothing remembered, for measurements that begin cold.
    pub fn forgetful(&self) -> Self {
        Self {
            identity: self.identity.clone(),
            shape: self.shape,
            engine: self.engine.clone(),
            begin: self.begin.clone(),
            positions: Mutex::new(self.positions().emptied()),
        }
    }

    /// The dimensions of the decoder.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    fn positions(&self) -> MutexGuard<'_, Positions> {
        // A panic elsewhere leaves the trie whole: every insertion is complete or has not begun.
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The distributions after a few prefixes, none empty, sorted, in one pass.
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
        let mut batch = self.engine.batch();
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
                        batch.add(usize::from(symbol), path.len(), &path)
                    }
                };
                path.push(place);
            }
            last = prefix;
            wanted.push(path[prefix.len()]);
        }
        let evaluated = self.engine.evaluate(&batch);

        {
            let mut positions = self.positions();
            let mut ids: Vec<PositionId> = Vec::with_capacity(parents.len());
            for (row, &(parent, symbol)) in parents.iter().enumerate() {
                let parent = match parent {
                    Place::Known(i) => known_ids[i as usize],
                    Place::New(i) => ids[i as usize],
                };
                ids.push(positions.insert(parent, symbol, self.engine.position(&evaluated, row)));
            }
        }
        let rows = wanted.iter().filter_map(|place| match place {
            Place::New(row) => Some(*row as usize),
            Place::Known(_) => None,
        });
        let logits = self.engine.logits(&evaluated, rows);
        logits.chunks_exact(ALPHABET).map(|logits| from_logits(logits, precision)).collect()
    }
}

impl NextSymbol for Network {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn cdfs(&self, prefixes: &[&[Symbol]], precision: u8) -> Vec<Cdf> {
        let mut order: Vec<(&[Symbol], usize)> = prefixes.iter().enumerate().map(|(i, prefix)| (*prefix, i)).collect();
        order.sort_unstable();

        let empty = order.partition_point(|(prefix, _)| prefix.is_empty());
        let sorted: Vec<&[Symbol]> = order[empty..].iter().map(|(prefix, _)| *prefix).collect();
        let rows = ROWS_PER_PASS.min(sorted.len().div_ceil(rayon::current_num_threads())).max(1);
        let mut passes = Vec::new();
        let mut rest = sorted.as_slice();
        while !rest.is_empty() {
            let mut symbols = 0;
            let fitting = rest.iter().enumerate().take(ROWS_PER_PASS).take_while(|(row, prefix)| {
                // A prefix that goes on from the one before stays with it: another pass would evaluate both.
                let goes_on = row.checked_sub(1).is_some_and(|before| prefix.starts_with(rest[before]));
                symbols += prefix.len();
                symbols <= SYMBOLS_PER_PASS && (*row < rows || goes_on)
            });
            let (pass, later) = rest.split_at(fitting.count().max(1));
            passes.push(pass);
            rest = later;
        }
        let passes: Vec<Vec<Cdf>> = passes.par_iter().map(|pass| self.pass(pass, precision)).collect();

        let begin = (empty > 0).then(|| from_logits(&self.begin.1, precision));
        let sorted = std::iter::repeat_n(begin, empty).flatten().chain(passes.into_iter().flatten());
        let mut results: Vec<(usize, Cdf)> = order.iter().map(|(_, i)| *i).zip(sorted).collect();
        results.sort_unstable_by_key(|(i, _)| *i);
        results.into_iter().map(|(_, cdf)| cdf).collect()
    }

    fn session(&self, precision: u8) -> Box<dyn Session + '_> {
        let begin = from_logits(&self.begin.1, precision);
        Box::new(NetworkSession {
            network: self,
            precision,
            recent: VecDeque::new(),
            symbols: 0,
            cdf: begin.clone(),
            begin,
        })
    }
}

/// A running text of a [`Network`].
#[derive(Clone)]
struct NetworkSession<'a> {
    network: &'a Network,
    precision: u8,
    /// What comes first in an empty text.
    begin: Cdf,
    /// The last positions, as many as the model sees beside the begin symbol's.
    recent: VecDeque<Position>,
    symbols: usize,
    cdf: Cdf,
}

impl NetworkSession<'_> {
    /// Appends symbols, and returns what comes next after each.
    fn pass(&mut self, symbols: &[Symbol]) -> Vec<Cdf> {
        let Network { engine, begin, .. } = self.network;
        let mut batch = engine.batch();
        let mut path: Vec<Place> = Vec::with_capacity(1 + self.recent.len() + symbols.len());
        path.push(batch.know(&begin.0));
        path.extend(self.recent.iter().map(|position| batch.know(position)));
        for (i, &symbol) in symbols.iter().enumerate() {
            path.push(batch.add(usize::from(symbol), self.symbols + i + 1, &path));
        }
        let evaluated = engine.evaluate(&batch);
        let logits = engine.logits(&evaluated, 0..symbols.len());
        let new = (0..symbols.len()).map(|row| Position::from(engine.position(&evaluated, row)));
        self.recent.extend(new);
        self.recent.drain(..self.recent.len().saturating_sub(engine.context() - 2));
        self.symbols += symbols.len();
        logits.chunks_exact(ALPHABET).map(|logits| from_logits(logits, self.precision)).collect()
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
        for pass in symbols.chunks(ROWS_PER_PASS) {
            for cdf in self.pass(pass) {
                before.push(std::mem::replace(&mut self.cdf, cdf));
            }
        }
        before
    }

    fn reset(&mut self) {
        self.recent.clear();
        self.symbols = 0;
        self.cdf.clone_from(&self.begin);
    }

    fn fork(&self) -> Box<dyn Session + '_> {
        Box::new(self.clone())
    }
}
