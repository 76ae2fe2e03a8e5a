//! Text into exact windows, all on the device: it reads symbols and writes codes, a block of steps at a time.

use super::GpuModel;
use super::device::Pending;
use super::error::GpuError;
use super::lanes::{Call, Grid, Lanes, Run};
use super::schedule::{Plan, Reading, plan};
use crate::coding::{BitWriter, ClosedWindow, Code, Symbol, Termination, WindowShape};
use crate::m1::WINDOW_PRECISION;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a submission should take: drivers end those that take seconds, and between them work can be stopped.
const TARGET: Duration = Duration::from_millis(150);
/// Steps of a block. Two symbols share a word, so there are always an even number.
const FIRST_STEPS: usize = 4;
const MOST_STEPS: usize = 512;
/// Bytes of closed windows that a block may have, more or less.
const BLOCK_BYTES: usize = 32 << 20;
/// Blocks under way: one that the device works on, and one that waits for it.
const BLOCKS: usize = 2;
/// Words of an open window. GPU twin: `WINDOW` in `shaders/m1/window.wgsl`.
const WINDOW_WORDS: usize = 19;

impl GpuModel {
    /// Cuts every stream into exact windows: the same that [`crate::coding::WindowEncoder`] cuts with this model's
    /// distributions, when both start afresh in each window.
    ///
    /// `progress` is told from time to time how many symbols have been coded in all, and ends the work by returning
    /// false.
    ///
    /// # Errors
    /// If windows of this shape are not exact ones or end early with words, a stream holds a symbol that they cannot (in windows of 8 bits,
    /// end-of-document), the device fails, or the work was stopped.
    pub fn encode_windows(
        &self,
        shape: WindowShape,
        streams: &[&[Symbol]],
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Vec<Vec<ClosedWindow>>, GpuError> {
        if shape.termination() != Termination::Exact {
            return Err(GpuError::Termination(shape.termination()));
        }
        if shape.snap() > 0 {
            return Err(GpuError::Snapped(shape.snap()));
        }
        super::check_symbols(streams, shape.alphabet())?;
        let plans = plan(streams, self.network.most_lanes()?);
        let mut collected = Collected::new(streams, &plans, shape);
        if plans.is_empty() {
            return Ok(collected.windows);
        }
        let coder = Coder::new(self, shape, plans.len())?;
        let mut readings: Vec<Reading<'_>> = plans.iter().map(|plan| Reading::new(streams, plan)).collect();
        // One step more than symbols, which closes the last window.
        let all_steps = plans[0].symbols + 1;
        let mut done = 0;
        let mut pace = Pace::new(coder.most_steps);
        let mut under_way: VecDeque<(Block, Pending)> = VecDeque::new();
        let mut at_rest = coder.blocks(self)?;
        loop {
            if done < all_steps
                && let Some(block) = at_rest.pop()
            {
                let steps = pace.steps.min((all_steps - done).next_multiple_of(2));
                let lanes = plans.partition_point(|plan| plan.symbols + 1 > done);
                let pending = coder.submit(self, &block, &mut readings[..lanes], steps)?;
                under_way.push_back((Block { steps, lanes, ..block }, pending));
                done += steps;
                continue;
            }
            let Some((block, pending)) = under_way.pop_front() else {
                return collected.finish();
            };
            let found = self.network.gpu.wait(pending)?;
            pace.finished(block.steps);
            collected.take(&found, block.lanes, block.steps)?;
            at_rest.push(block);
            if !progress(collected.symbols) {
                return Err(GpuError::Stopped);
            }
        }
    }
}

/// The coder's buffers that all blocks share.
struct Coder {
    shape: WindowShape,
    lanes: Lanes,
    first_bounds: wgpu::Buffer,
    windows: wgpu::Buffer,
    most_steps: usize,
}

/// The buffers of one block of steps.
struct Block {
    text: wgpu::Buffer,
    run: wgpu::Buffer,
    closed: wgpu::Buffer,
    call: Call,
    /// What was submitted last.
    steps: usize,
    lanes: usize,
}

impl Coder {
    /// Lanes that have seen the begin symbol.
    fn new(model: &GpuModel, shape: WindowShape, count: usize) -> Result<Self, GpuError> {
        let gpu = &model.network.gpu;
        // Shorter windows than the alphabet needs hold its first symbols alone.
        let begin = match shape.alphabet() {
            symbols if symbols < model.begin.symbols() => model.begin.first(symbols),
            _ => model.begin.clone(),
        };
        let first =
            begin.requantised(first_precision(shape)).map_err(|_| GpuError::Impossible { what: "distribution" })?;
        let lanes = model.network.lanes(count, [model.vocabulary, 0])?;
        gpu.submit(|encoder| {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            lanes.record(&mut pass, count);
        })?;
        let most_steps = (BLOCK_BYTES / (count * record_words(shape) * 4)).clamp(FIRST_STEPS, MOST_STEPS) & !1;
        Ok(Self {
            shape,
            first_bounds: gpu.upload("bounds of a first symbol", &first.bounds().collect::<Vec<u32>>())?,
            windows: gpu.zeros("open windows", (count * WINDOW_WORDS * 4) as u64)?,
            most_steps,
            lanes,
        })
    }

    fn blocks(&self, model: &GpuModel) -> Result<Vec<Block>, GpuError> {
        (0..BLOCKS).map(|_| self.block(model)).collect()
    }

    fn block(&self, model: &GpuModel) -> Result<Block, GpuError> {
        let (gpu, most) = (&model.network.gpu, self.lanes.count * self.most_steps);
        let text = gpu.zeros("text", (most * 2) as u64)?;
        let run = gpu.uniform("run", size_of::<Run>() as u64)?;
        let closed = gpu.zeros("closed windows", (most * record_words(self.shape) * 4) as u64)?;
        let Lanes { logits, progress, inputs, .. } = &self.lanes;
        let table = &model.network.exp2_table;
        let buffers = [logits, table, &run, progress, &self.first_bounds, &text, &self.windows, &closed, inputs];
        let call = Call::new(gpu, &model.network.pipelines.window, &buffers, Grid::Lanes)?;
        Ok(Block { text, run, closed, call, steps: 0, lanes: 0 })
    }

    /// Submits `steps` steps of the lanes that are read, an even number.
    fn submit(
        &self,
        model: &GpuModel,
        block: &Block,
        readings: &mut [Reading<'_>],
        steps: usize,
    ) -> Result<Pending, GpuError> {
        let (gpu, lanes) = (&model.network.gpu, readings.len());
        let text: Vec<u16> = readings.iter_mut().flat_map(|reading| reading.take(steps)).collect();
        gpu.write(&block.text, &text)?;
        let run = Run {
            precision: WINDOW_PRECISION.into(),
            steps: steps as u32,
            window_bits: self.shape.bits().into(),
            first_precision: first_precision(self.shape).into(),
        };
        gpu.write(&block.run, &[run])?;
        let closed = (lanes * steps * record_words(self.shape) * 4) as u64;
        gpu.submit_and_read(&[(&self.lanes.progress, lanes as u64 * 8), (&block.closed, closed)], |encoder| {
            encoder.clear_buffer(&self.lanes.progress, 0, None);
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for _ in 0..steps {
                block.call.record(&mut pass, lanes);
                self.lanes.record(&mut pass, lanes);
            }
        })
    }
}

/// Bits of precision of a window's first symbol: no more than the window has.
fn first_precision(shape: WindowShape) -> u8 {
    u8::try_from(shape.bits()).map_or(WINDOW_PRECISION, |bits| bits.min(WINDOW_PRECISION))
}

/// Words of a closed window: symbols, used bits, and the code's limbs.
fn record_words(shape: WindowShape) -> usize {
    2 + usize::from(shape.bits()).div_ceil(32)
}

/// Steps of a block, so many that it takes about [`TARGET`].
struct Pace {
    steps: usize,
    most: usize,
    last: Instant,
}

impl Pace {
    fn new(most: usize) -> Self {
        Self { steps: FIRST_STEPS, most, last: Instant::now() }
    }

    /// Notes that a block of `steps` steps is done.
    fn finished(&mut self, steps: usize) {
        let took = self.last.elapsed().max(Duration::from_micros(1));
        self.last = Instant::now();
        let wanted = (steps as f64 * TARGET.as_secs_f64() / took.as_secs_f64()) as usize;
        // Growing slowly, as a first block's time tells little.
        self.steps = wanted.clamp(2, (4 * steps).min(self.most)) & !1;
    }
}

/// What came back so far.
struct Collected {
    shape: WindowShape,
    windows: Vec<Vec<ClosedWindow>>,
    /// For each lane its streams that are not complete, the next one last, and how many symbols each still lacks.
    lacking: Vec<Vec<(usize, usize)>>,
    symbols: usize,
}

impl Collected {
    fn new(streams: &[&[Symbol]], plans: &[Plan], shape: WindowShape) -> Self {
        let lacking = |plan: &Plan| plan.streams.iter().rev().map(|&stream| (stream, streams[stream].len())).collect();
        Self {
            shape,
            windows: vec![Vec::new(); streams.len()],
            lacking: plans.iter().map(lacking).collect(),
            symbols: 0,
        }
    }

    /// Takes a block's results: (steps done, windows closed) of each lane, and then each lane's closed windows.
    fn take(&mut self, found: &[u32], lanes: usize, steps: usize) -> Result<(), GpuError> {
        let impossible = GpuError::Impossible { what: "window" };
        let words = record_words(self.shape);
        let (progress, closed) = found.split_at(2 * lanes);
        for (lane, (progress, closed)) in progress.chunks_exact(2).zip(closed.chunks_exact(steps * words)).enumerate() {
            for record in closed.chunks_exact(words).take(progress[1] as usize) {
                let (symbols, used_bits) = (record[0] as usize, record[1] as u16);
                let Some((stream, left)) = self.lacking[lane].last_mut() else {
                    return Err(impossible);
                };
                if symbols == 0 || symbols > *left || u32::from(used_bits) != record[1] || used_bits > self.shape.bits()
                {
                    return Err(impossible);
                }
                let code = code(&record[2..], self.shape.bits()).ok_or_else(|| impossible.clone())?;
                self.windows[*stream].push(ClosedWindow { code, symbols, used_bits });
                self.symbols += symbols;
                *left -= symbols;
                if *left == 0 {
                    self.lacking[lane].pop();
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Vec<ClosedWindow>>, GpuError> {
        match self.lacking.iter().all(Vec::is_empty) {
            true => Ok(self.windows),
            false => Err(GpuError::Impossible { what: "window" }),
        }
    }
}

/// The code with these limbs, the lowest first.
fn code(limbs: &[u32], bits: u16) -> Option<Code> {
    if let &[low] = limbs {
        return Code::from_u64(low.into(), bits);
    }
    let mut writer = BitWriter::new();
    let mut left = u32::from(bits);
    for (i, &limb) in limbs.iter().enumerate().rev() {
        let count = left - 32 * i as u32;
        if count < 32 && limb >> count > 0 {
            return None;
        }
        writer.push(limb.into(), count);
        left -= count;
    }
    Code::read(&mut writer.finish().reader(), bits).ok()
}
