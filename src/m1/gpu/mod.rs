//! The frozen M1 on a GPU: the same computation as [`super::integer`] in our own WGSL (`shaders/m1/`), bit for bit, and
//! the exact-window coder behind it, so that text goes in and codes come out.
//!
//! Streams are coded side by side, each in a *lane* that takes one symbol a step. A step is one dispatch of the coder,
//! which takes a symbol with the distribution that the step before it left, and closes the window or not, and seven of
//! the network for every block. Nothing is read back within a *block* of steps. A lane's position in its window is its
//! own: windows start afresh, and with them the model, whose keys and values for the begin symbol stay where they are.
//!
//! WGSL's integers have 32 bits and wrap around, and that is all that is used here, so every device gives the same
//! results. [`GpuModel::golden_hash`] proves it of the device at hand.

mod cdfs;
mod device;
mod error;
mod lanes;
mod network;
mod packing;
mod schedule;
mod shader;
mod windows;

pub use error::GpuError;

use super::WINDOW_PRECISION;
use super::integer::Model;
use crate::coding::{ALPHABET, Cdf, Symbol};
use device::Gpu;
use network::Network;
use shader::Dot;

/// A frozen M1 on a device.
pub struct GpuModel {
    network: Network,
    /// The begin symbol.
    vocabulary: u32,
    /// The distribution of every window's first symbol.
    begin: Cdf,
}

impl GpuModel {
    /// Uploads a model that passed [`Model::check`], and compiles its shaders.
    ///
    /// # Errors
    /// If the model is too large for the device, the driver refuses a shader, or the device fails.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue, model: &Model) -> Result<Self, GpuError> {
        let gpu = Gpu::new(device, queue);
        match Self::with_dot(gpu.clone(), model, Dot::Packed) {
            // WGSL knows packed products as an extension, which a driver may lack.
            Err(GpuError::Shader { .. }) => Self::with_dot(gpu, model, Dot::Plain),
            result => result,
        }
    }

    fn with_dot(gpu: Gpu, model: &Model, dot: Dot) -> Result<Self, GpuError> {
        let network = Network::new(gpu, model, dot)?;
        let uniform = Cdf::uniform(ALPHABET, WINDOW_PRECISION);
        let begin = uniform.map_err(|_| GpuError::Precision(WINDOW_PRECISION))?;
        let mut made = Self { network, vocabulary: model.shape.vocabulary as u32, begin };
        let mut cdfs = made.cdfs(&[&[]], WINDOW_PRECISION)?.into_iter().flatten();
        made.begin = cdfs.next().ok_or(GpuError::Impossible { what: "distribution" })?;
        Ok(made)
    }
}

/// Refuses texts with symbols that are not among the first `symbols`.
fn check_symbols(texts: &[&[Symbol]], symbols: usize) -> Result<(), GpuError> {
    for (text, content) in texts.iter().enumerate() {
        if let Some(position) = content.iter().position(|&symbol| usize::from(symbol) >= symbols) {
            return Err(GpuError::Symbol { symbol: content[position], position, text, symbols });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
