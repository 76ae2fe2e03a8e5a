//! Training examples in random order, epoch after epoch, with a place that can be saved.

use super::{CorpusError, Packing, Source, Split, SplitDocuments, SplitRule, Tail, random::Generator, split_documents};
use crate::coding::Symbol;

/// Memory for examples that wait to be drawn. A corpus that fits (two bytes a symbol) is mixed completely; a larger one
/// only within this distance.
pub const POOL_BYTES: usize = 512 << 20;

/// One side of a corpus as examples of equal length, in an order that the seed and the epoch settle, without end.
///
/// Examples wait in a pool of bounded size: each draw takes one at random, and the next of the split takes its place.
pub struct ShuffledExamples {
    source: Source,
    rule: SplitRule,
    split: Split,
    length: usize,
    seed: u64,
    capacity: usize,
    pool: Vec<Vec<Symbol>>,
    stream: Packing<SplitDocuments>,
    generator: Generator,
    /// Times that the whole split has been gone through, and examples drawn since.
    epoch: u64,
    drawn_in_epoch: u64,
    drawn: u64,
}

impl ShuffledExamples {
    /// Examples of `length` symbols, going on behind the first `drawn` (0 for a new stream), with a pool of
    /// [`POOL_BYTES`].
    ///
    /// # Errors
    /// When the source cannot be read, or its split holds no whole example.
    pub fn new(
        source: Source,
        rule: SplitRule,
        split: Split,
        length: usize,
        seed: u64,
        drawn: u64,
    ) -> Result<Self, CorpusError> {
        let mut examples = Self::with_pool(source, rule, split, length, seed, POOL_BYTES)?;
        examples.skip(drawn)?;
        Ok(examples)
    }

    /// As [`Self::new`] from the start, with a pool of another size. The size is part of what settles the order.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_pool(
        source: Source,
        rule: SplitRule,
        split: Split,
        length: usize,
        seed: u64,
        pool_bytes: usize,
    ) -> Result<Self, CorpusError> {
        let mut examples = Self {
            stream: Packing::new(split_documents(&source, rule, split)?, length, Tail::Drop)?,
            source,
            rule,
            split,
            length,
            seed,
            capacity: (pool_bytes / (length * size_of::<Symbol>())).max(1),
            pool: Vec::new(),
            generator: Generator::for_stream(seed, 0),
            epoch: 0,
            drawn_in_epoch: 0,
            drawn: 0,
        };
        examples.fill()?;
        if examples.pool.is_empty() {
            return Err(CorpusError::TooSmall {
                name: examples.source.name().to_owned(),
                split: split.name(),
                length,
                available: examples.stream.symbols(),
            });
        }
        Ok(examples)
    }

    /// Times that the whole split had been gone through when the last example was drawn.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Examples drawn since the stream's start, over all epochs: the place to save.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }

    /// Draws the next example; begins a new epoch where one ends.
    ///
    /// # Errors
    /// When the source cannot be read any more.
    #[expect(clippy::should_implement_trait, reason = "without end, there is no `None` to return")]
    pub fn next(&mut self) -> Result<Vec<Symbol>, CorpusError> {
        loop {
            if let Some(example) = self.draw()? {
                self.drawn += 1;
                return Ok(example);
            }
            if self.drawn_in_epoch == 0 {
                // Not what the constructor found: the files have changed.
                return Err(CorpusError::Empty { name: self.source.name().to_owned() });
            }
            self.open(self.epoch + 1)?;
        }
    }

    /// Goes on behind the next `count` examples.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), CorpusError> {
        let mut left = count;
        while left > 0 && self.draw()?.is_some() {
            left -= 1;
        }
        self.drawn = count;
        if left == 0 {
            return Ok(());
        }
        // The first epoch has ended: it has shown how long all the others are.
        let per_epoch = self.drawn_in_epoch.max(1);
        self.open(1 + left / per_epoch)?;
        for _ in 0..left % per_epoch {
            self.draw()?;
        }
        Ok(())
    }

    fn open(&mut self, epoch: u64) -> Result<(), CorpusError> {
        let documents = split_documents(&self.source, self.rule, self.split)?;
        self.stream = Packing::new(documents, self.length, Tail::Drop)?;
        self.generator = Generator::for_stream(self.seed, epoch);
        (self.epoch, self.drawn_in_epoch) = (epoch, 0);
        self.pool.clear();
        self.fill()
    }

    fn fill(&mut self) -> Result<(), CorpusError> {
        while self.pool.len() < self.capacity
            && let Some(example) = self.stream.next()
        {
            self.pool.push(example?);
        }
        Ok(())
    }

    /// An example of this epoch; `None` at its end.
    fn draw(&mut self) -> Result<Option<Vec<Symbol>>, CorpusError> {
        if self.pool.is_empty() {
            return Ok(None);
        }
        let replacement = self.stream.next().transpose()?;
        let at = self.generator.below(self.pool.len() as u64) as usize;
        let drawn = self.pool.swap_remove(at);
        self.pool.extend(replacement);
        self.drawn_in_epoch += 1;
        Ok(Some(drawn))
    }

    /// Memory of the pool in bytes, for the bound's test.
    #[cfg(test)]
    pub(super) fn pooled(&self) -> usize {
        self.pool.iter().map(|example| example.capacity() * size_of::<Symbol>()).sum()
    }
}
