//! What can go wrong between a model and a device.

use crate::coding::{Symbol, Termination};

/// Why a device did not compute what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    #[error("the shader {file} was refused by the driver: {reason}. Update the GPU's driver, or use --device cpu")]
    Shader { file: &'static str, reason: String },
    #[error(
        "{what} needs {bytes} bytes, and this device binds at most {limit} at once: use a smaller M1, or --device cpu"
    )]
    TooLarge { what: String, bytes: u64, limit: u64 },
    #[error("{heads} heads are more than the {most} that this device runs at once: use a smaller M1, or --device cpu")]
    Heads { heads: usize, most: usize },
    #[error("the device has no memory left for {what}: close other programs that use it, or use --device cpu")]
    OutOfMemory { what: String },
    #[error("the device failed at {what}: {reason}. Try again, update its driver, or use --device cpu")]
    Failed { what: String, reason: String },
    #[error("the device gave no answer for {seconds} seconds. Try again, update its driver, or use --device cpu")]
    Silent { seconds: u64 },
    #[error("the device computed an impossible {what}: update its driver, or use --device cpu")]
    Impossible { what: &'static str },
    #[error("distributions of {0} bits cannot be computed: they have 9 to 24")]
    Precision(u8),
    #[error("windows that close by the {0} rule are not coded on a GPU: only exact ones are")]
    Termination(Termination),
    #[error("windows that end up to {0} bits early with a word are not coded on a GPU: use --device cpu")]
    Snapped(u8),
    #[error("symbol {symbol} at {position} of text {text} is none of the {symbols} that it may hold")]
    Symbol { symbol: Symbol, position: usize, text: usize, symbols: usize },
    #[error("it was stopped")]
    Stopped,
}
