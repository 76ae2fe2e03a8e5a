//! Lanes: streams that a device runs side by side, each at a position of its own, and one step of them all.

use super::device::Gpu;
use super::error::GpuError;
use super::network::{Matrix, Network};
use super::packing::TILE;
use bytemuck::{Pod, Zeroable};
use wgpu::{BindGroup, Buffer, ComputePass, ComputePipeline};

/// Most bytes of keys and values of all lanes: a share of memory that any GPU can spare.
const MOST_CACHE: u64 = 1 << 30;

/// What a block of steps is told. GPU twin: `Run` in `shaders/m1/run.wgsl`.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Run {
    /// Bits of a distribution's precision.
    pub precision: u32,
    /// Steps of this block.
    pub steps: u32,
    /// Bits of a window, and of the precision of its first symbol's distribution.
    pub window_bits: u32,
    pub first_precision: u32,
}

/// How many workgroups a dispatch has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Grid {
    /// One a lane.
    Lanes,
    /// An invocation a lane, in workgroups of 64.
    Invocations,
    /// One for each of so many heads of each lane.
    Heads(usize),
    /// One for each of so many tiles of outputs and each tile of lanes.
    Tiles(usize),
}

/// A dispatch that is recorded for every step.
pub(super) struct Call {
    pipeline: ComputePipeline,
    bindings: BindGroup,
    grid: Grid,
}

impl Call {
    pub fn new(gpu: &Gpu, pipeline: &ComputePipeline, buffers: &[&Buffer], grid: Grid) -> Result<Self, GpuError> {
        Ok(Self { pipeline: pipeline.clone(), bindings: gpu.bind(pipeline, buffers)?, grid })
    }

    /// Records the dispatch for the first `lanes` lanes.
    pub fn record(&self, pass: &mut ComputePass<'_>, lanes: usize) {
        let (x, y) = match self.grid {
            Grid::Lanes => (lanes, 1),
            Grid::Invocations => (lanes.div_ceil(64), 1),
            Grid::Heads(heads) => (heads, lanes),
            Grid::Tiles(tiles) => (tiles, lanes.div_ceil(TILE)),
        };
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(x as u32, y as u32, 1);
    }
}

/// Streams that are run side by side.
pub(super) struct Lanes {
    pub count: usize,
    /// (input, position) of each lane.
    pub inputs: Buffer,
    /// (steps done, windows closed) in a block, by lane.
    pub progress: Buffer,
    /// `[lane][padded logits]`.
    pub logits: Buffer,
    calls: Vec<Call>,
}

impl Network {
    /// How many lanes this device has room for.
    ///
    /// # Errors
    /// If one lane's keys are too much for it.
    pub fn most_lanes(&self) -> Result<usize, GpuError> {
        let position = self.size.across as u64;
        let cache = self.context as u64 * position;
        let limit = self.gpu.most_bytes();
        // The other buffers hold one position of each lane, in 32 bits at most.
        let widest = [self.size.embed * 4, self.size.across, self.size.mlp, self.size.logits * 4];
        let row = widest.into_iter().max().unwrap_or(1) as u64;
        let by_rows = limit / row / TILE as u64 * TILE as u64;
        let all_caches = (2 * cache * self.blocks.len() as u64).max(1);
        let by_memory = (MOST_CACHE / all_caches).max(1);
        let lanes = (limit / cache).min(by_rows).min(by_memory).min(self.gpu.most_groups() as u64);
        match lanes {
            0 => Err(GpuError::TooLarge { what: "a text's context".to_owned(), bytes: cache.max(row * 32), limit }),
            _ => Ok(usize::try_from(lanes).map_or(self.lane_limit, |lanes| lanes.min(self.lane_limit))),
        }
    }

    /// `count` lanes whose first position has these inputs.
    pub fn lanes(&self, count: usize, first: [u32; 2]) -> Result<Lanes, GpuError> {
        let Self { gpu, size, pipelines, .. } = self;
        let inputs = gpu.upload("inputs", &vec![first; count])?;
        let progress = gpu.zeros("progress", count as u64 * 8)?;
        // Tiles are whole, so there are rows for lanes that are not.
        let rows = |what: &str, bytes: usize| gpu.zeros(what, count.next_multiple_of(TILE) as u64 * bytes as u64);
        let stream = rows("stream", size.embed * 4)?;
        let normed = rows("normed", size.embed)?;
        let queries = rows("queries", size.across)?;
        let mixed = rows("mixed", size.across)?;
        let hidden = rows("hidden", size.mlp)?;
        let logits = rows("logits", size.logits * 4)?;
        let [embed_tiles, across_tiles, mlp_tiles] = [size.embed, size.across, size.mlp].map(|width| width / TILE);

        let call =
            |pipeline: &ComputePipeline, buffers: &[&Buffer], grid: Grid| Call::new(gpu, pipeline, buffers, grid);
        // A product's three first bindings are the same everywhere.
        let product = |pipeline, from, matrix: &Matrix, others: &[&Buffer], tiles| {
            let buffers = [&[from, &matrix.weights, &matrix.scales], others].concat();
            Call::new(gpu, pipeline, &buffers, Grid::Tiles(tiles))
        };
        let mut calls = vec![call(&pipelines.embed, &[&inputs, &self.embed, &stream], Grid::Lanes)?];
        for (l, block) in self.blocks.iter().enumerate() {
            let cache_bytes = (count * self.context * size.across) as u64;
            let keys = gpu.zeros(&format!("keys of block {l}"), cache_bytes)?;
            let values = gpu.zeros(&format!("values of block {l}"), cache_bytes)?;
            calls.push(call(&pipelines.norm, &[&stream, &block.attention_norm, &normed], Grid::Lanes)?);
            let to = [&inputs, &queries, &keys, &values];
            calls.push(product(&pipelines.query_key_value, &normed, &block.query_key_value, &to, 3 * across_tiles)?);
            let buffers = [&inputs, &queries, &keys, &values, &block.heads, &block.mix, &self.exp2_table, &mixed];
            calls.push(call(&pipelines.attention, &buffers, Grid::Heads(size.heads))?);
            calls.push(product(&pipelines.output, &mixed, &block.output, &[&stream], embed_tiles)?);
            calls.push(call(&pipelines.norm, &[&stream, &block.mlp_norm, &normed], Grid::Lanes)?);
            let to = [&block.hidden, &hidden];
            calls.push(product(&pipelines.gate_up, &normed, &block.gate_up, &to, mlp_tiles)?);
            calls.push(product(&pipelines.down, &hidden, &block.down, &[&stream], embed_tiles)?);
        }
        calls.push(call(&pipelines.norm, &[&stream, &self.final_norm, &normed], Grid::Lanes)?);
        calls.push(product(&pipelines.logits, &normed, &self.head, &[&logits], size.logits / TILE)?);
        Ok(Lanes { count, inputs, progress, logits, calls })
    }
}

impl Lanes {
    /// Records the network over one position of each of the first `lanes` lanes.
    pub fn record(&self, pass: &mut ComputePass<'_>, lanes: usize) {
        self.calls.iter().for_each(|call| call.record(pass, lanes));
    }
}
