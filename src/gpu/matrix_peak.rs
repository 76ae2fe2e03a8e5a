//! How fast a device multiplies matrices through burn: what training steps are measured against.

use super::read_f32;
use burn::tensor::{Device, ExecutionError, Tensor, TensorData};
use std::time::{Duration, Instant};

/// Sides of the square products that are tried; small ones do not fill a GPU, large ones take a CPU too long.
const SIDES: [usize; 4] = [512, 1024, 2048, 4096];
/// Time for one side, and the longest that one product may take for a larger side to be tried.
const EACH: Duration = Duration::from_millis(600);

/// A measured rate of matrix products.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatrixPeak {
    /// Floating-point operations per second of the fastest batch of products.
    pub flops: f64,
    /// The side of the square matrices at which it was reached.
    pub side: usize,
}

/// The highest rate over several sizes: warmed up, several products a synchronisation, the best of all batches.
pub fn matrix_peak(device: &Device) -> Result<MatrixPeak, ExecutionError> {
    let mut peak = MatrixPeak { flops: 0.0, side: 0 };
    for side in SIDES {
        let matrix = matrix(side, device);
        let (warm_up, _) = products(&matrix, 1)?;
        // So many that waiting for the last one weighs little.
        let count = (EACH.as_secs_f64() / 6.0 / warm_up.as_secs_f64().max(1e-6)).clamp(1.0, 200.0) as usize;
        let end = Instant::now() + EACH;
        while Instant::now() < end {
            let (time, operations) = products(&matrix, count)?;
            let flops = operations / time.as_secs_f64();
            if flops > peak.flops {
                peak = MatrixPeak { flops, side };
            }
        }
        if warm_up > EACH {
            break;
        }
    }
    Ok(peak)
}

/// A matrix whose powers stay finite.
fn matrix(side: usize, device: &Device) -> Tensor<2> {
    let value = 1.0 / side as f32;
    Tensor::from_data(TensorData::new(vec![value; side * side], [side, side]), device)
}

/// Time and operations of `count` products, the last one read.
fn products(matrix: &Tensor<2>, count: usize) -> Result<(Duration, f64), ExecutionError> {
    let side = matrix.dims()[0];
    let start = Instant::now();
    let mut last = matrix.clone();
    for _ in 0..count {
        last = last.matmul(matrix.clone());
    }
    read_f32(last.narrow(0, 0, 1))?;
    Ok((start.elapsed(), count as f64 * 2.0 * (side as f64).powi(3)))
}
