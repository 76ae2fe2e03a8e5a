//! A model on a device: its weights there, and the pipelines that run it.

use super::device::Gpu;
use super::error::GpuError;
use super::packing::{Packed, Padded, heads, mix, norm, padded_rows, padded_scales};
use super::shader::{Dot, Shader};
use crate::m1::integer::{Block, Linear, Model, reference, square_shift};
use wgpu::{Buffer, ComputePipeline};

/// More streams side by side than this make no device faster.
const MOST_LANES: usize = 4096;

/// Weights and pipelines of a model.
pub(super) struct Network {
    pub gpu: Gpu,
    pub size: Padded,
    /// Positions that attention sees.
    pub context: usize,
    /// Streams that are run side by side at most.
    pub lane_limit: usize,
    pub pipelines: Pipelines,
    pub exp2_table: Buffer,
    pub embed: Buffer,
    pub blocks: Vec<BlockBuffers>,
    pub final_norm: Buffer,
    pub head: Matrix,
}

/// A matrix, or several of the same inputs.
pub(super) struct Matrix {
    pub weights: Buffer,
    pub scales: Buffer,
}

pub(super) struct BlockBuffers {
    pub attention_norm: Buffer,
    pub query_key_value: Matrix,
    pub heads: Buffer,
    pub mix: Buffer,
    pub output: Matrix,
    pub mlp_norm: Buffer,
    pub gate_up: Matrix,
    pub hidden: Buffer,
    pub down: Matrix,
}

/// The programs, compiled for the model's dimensions.
pub(super) struct Pipelines {
    pub embed: ComputePipeline,
    pub norm: ComputePipeline,
    pub query_key_value: ComputePipeline,
    pub attention: ComputePipeline,
    /// From attention, and from the MLP.
    pub output: ComputePipeline,
    pub gate_up: ComputePipeline,
    pub down: ComputePipeline,
    pub logits: ComputePipeline,
    pub feed: ComputePipeline,
    pub cdf: ComputePipeline,
    pub window: ComputePipeline,
}

impl Network {
    /// Uploads a model that passed [`Model::check`], and compiles its programs.
    pub fn new(gpu: Gpu, model: &Model, dot: Dot) -> Result<Self, GpuError> {
        let size = Padded::new(&model.shape);
        // Attention has its heads in one dimension of a dispatch.
        let most = gpu.most_groups();
        if size.heads > most {
            return Err(GpuError::Heads { heads: size.heads, most });
        }
        let upload = |name: &str, values: &[i32]| gpu.upload(name, values);
        let shape = &model.shape;
        let (embed, mlp, across) = (Padded::plain(shape.embed), Padded::plain(shape.mlp), size.by_head(shape.head_dim));
        let matrix = |name: &str, packed: Packed| -> Result<Matrix, GpuError> {
            Ok(Matrix { weights: gpu.upload(name, &packed.weights)?, scales: gpu.upload(name, &packed.scales)? })
        };
        let block = |(l, block): (usize, &Block)| -> Result<BlockBuffers, GpuError> {
            let name = |part: &str| format!("blocks.{l}.{part}");
            let three: [&Linear; 3] = [&block.query, &block.key, &block.value];
            Ok(BlockBuffers {
                attention_norm: upload(&name("attention_norm"), &norm(&block.attention_norm))?,
                query_key_value: matrix(&name("query, key and value"), Packed::new(&three, embed, across))?,
                heads: upload(&name("score and relative"), &heads(block))?,
                mix: upload(&name("mix"), &mix(block, across))?,
                output: matrix(&name("output"), Packed::new(&[&block.output], across, embed))?,
                mlp_norm: upload(&name("mlp_norm"), &norm(&block.mlp_norm))?,
                gate_up: matrix(&name("gate and up"), Packed::new(&[&block.gate, &block.up], embed, mlp))?,
                hidden: gpu.upload(&name("hidden"), &padded_scales(&block.hidden, mlp))?,
                down: matrix(&name("down"), Packed::new(&[&block.down], mlp, embed))?,
            })
        };
        let logits = Padded::plain(shape.vocabulary);
        Ok(Self {
            size,
            context: model.context,
            lane_limit: MOST_LANES,
            pipelines: Pipelines::new(&gpu, model, &size, dot)?,
            exp2_table: gpu.upload("exp2_table", &exp2_table())?,
            embed: upload("embed", &padded_rows(&model.embed, shape.embed))?,
            blocks: model.blocks.iter().enumerate().map(block).collect::<Result<_, _>>()?,
            final_norm: upload("final_norm", &norm(&model.final_norm))?,
            head: matrix("head", Packed::new(&[&model.head], embed, logits))?,
            gpu,
        })
    }
}

/// `2^22 · 2^(−f/256)` for `f` of 0…255, which is what a logit that is `f` below the largest weighs.
fn exp2_table() -> Vec<u32> {
    let logits: Vec<i32> = (0..256).map(|below| -below).collect();
    reference::weights(&logits).into_iter().map(|weight| weight as u32).collect()
}

impl Pipelines {
    fn new(gpu: &Gpu, model: &Model, size: &Padded, dot: Dot) -> Result<Self, GpuError> {
        let words = |values: usize| values as u32 / 4;
        let (stride, logits) = (("STRIDE", size.embed as u32), ("LOGITS", size.logits as u32));
        let (across, slots) = (("ACROSS_WORDS", words(size.across)), ("SLOTS", model.context as u32));
        let square_shift = ("SQUARE_SHIFT", square_shift(model.shape.embed));
        let inputs = |values: usize| ("WORDS", words(values));
        Ok(Self {
            embed: gpu.pipeline(Shader::Embed, &[stride])?,
            norm: gpu.pipeline(Shader::Norm, &[stride, square_shift])?,
            query_key_value: gpu.pipeline(Shader::QueryKeyValue(dot), &[inputs(size.embed), across, slots])?,
            attention: gpu.pipeline(Shader::Attention(dot), &[("HEAD_WORDS", words(size.head)), across, slots])?,
            output: gpu.pipeline(Shader::Add(dot), &[inputs(size.across), stride])?,
            gate_up: gpu.pipeline(Shader::GateUp(dot), &[inputs(size.embed), ("HIDDEN_WORDS", words(size.mlp))])?,
            down: gpu.pipeline(Shader::Add(dot), &[inputs(size.mlp), stride])?,
            logits: gpu.pipeline(Shader::Logits(dot), &[inputs(size.embed), logits])?,
            feed: gpu.pipeline(Shader::Feed, &[])?,
            cdf: gpu.pipeline(Shader::Cdf, &[logits])?,
            window: gpu.pipeline(Shader::Window, &[logits])?,
        })
    }
}
