//! Does this device compute what it should? About a second, at every start.
//!
//! Two questions: does our own integer shader agree with its CPU twin bit for bit, and does a matrix product through burn
//! agree with the same product in 64-bit floats on the CPU.

use super::kernel::{KernelError, Shader, map_u32};
use burn::tensor::wgpu::WgpuSetup;
use burn::tensor::{Device, ExecutionError, Tensor, TensorData};
use std::fmt;
use std::time::{Duration, Instant};

const SHADER: Shader = Shader {
    file: "shaders/self_test.wgsl",
    parts: &[include_str!("../../shaders/shared/mix.wgsl"), include_str!("../../shaders/self_test.wgsl")],
};

/// What the test measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelfTest {
    /// Rate of 512 × 512 × 512 matrix products through burn, in floating-point operations per second.
    pub matrix_flops: f64,
    /// Largest error of a product's element, relative to the largest element.
    pub matrix_error: f64,
    /// Values that our integer shader got right, all of them; none where there is no shader to run (CPU).
    pub shader_values: Option<usize>,
}

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "matrix products at {:.1} GFLOP/s", self.matrix_flops / 1e9)?;
        match self.shader_values {
            Some(count) => write!(f, ", {count} values of our integer shader exact"),
            None => Ok(()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    #[error(transparent)]
    Kernel(#[from] KernelError),
    #[error("our integer shader gave {found:#010x} at {index} where {expected:#010x} is right")]
    WrongInteger { index: usize, found: u32, expected: u32 },
    #[error("a matrix product is off by {error:.2e} of its largest element; at most {allowed:.0e} is allowed")]
    WrongProduct { error: f64, allowed: f64 },
    #[error("it failed while it computed: {0}")]
    Execution(#[from] ExecutionError),
    #[error("it stopped while it computed")]
    Panicked,
}

/// Products of 32-bit floats summed in any order stay well within this; tensor cores at reduced precision do not.
const ALLOWED_ERROR: f64 = 1e-5;
const SIDE: usize = 512;

/// Tests `device`, and our own shader where there is a `wgpu` device behind it.
pub fn run(device: &Device, wgpu: Option<&WgpuSetup>) -> Result<SelfTest, SelfTestError> {
    let shader_values = wgpu.map(test_shader).transpose()?;
    // burn reports some device failures only by panicking.
    let (matrix_flops, matrix_error) =
        std::panic::catch_unwind(|| test_matrix(device)).map_err(|_| SelfTestError::Panicked)??;
    if matrix_error.is_nan() || matrix_error > ALLOWED_ERROR {
        return Err(SelfTestError::WrongProduct { error: matrix_error, allowed: ALLOWED_ERROR });
    }
    Ok(SelfTest { matrix_flops, matrix_error, shader_values })
}

fn test_shader(setup: &WgpuSetup) -> Result<usize, SelfTestError> {
    let input: Vec<u32> = (0..10_007).map(|i: u32| i.wrapping_mul(0x9e37_79b9)).collect();
    let found = map_u32(setup, &SHADER, &input)?;
    for (index, (found, input)) in found.iter().zip(&input).enumerate() {
        let expected = expected(*input, index as u32);
        if *found != expected {
            return Err(SelfTestError::WrongInteger { index, found: *found, expected });
        }
    }
    Ok(input.len())
}

/// CPU twin of `shaders/self_test.wgsl`.
fn expected(input: u32, i: u32) -> u32 {
    let mut x = input.wrapping_add(i);
    for _ in 0..32 {
        let a = i32::from(x as u8 as i8);
        let b = i32::from((x >> 8) as u8 as i8);
        x = mix(x).wrapping_add((a * b) as u32);
    }
    x
}

/// CPU twin of `shaders/shared/mix.wgsl`.
fn mix(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

/// (FLOP/s, largest relative error) of square products on the device.
fn test_matrix(device: &Device) -> Result<(f64, f64), ExecutionError> {
    let values = |seed: u32| -> Vec<f32> {
        (0..(SIDE * SIDE) as u32).map(|i| mix(i ^ seed) as f32 / u32::MAX as f32 - 0.5).collect()
    };
    let (a, b) = (values(1), values(2));
    let place = |v: &[f32]| Tensor::<2>::from_data(TensorData::new(v.to_vec(), [SIDE, SIDE]), device);
    let (left, right) = (place(&a), place(&b));
    let product = crate::gpu::read_f32(left.clone().matmul(right.clone()))?;
    // Every 7th row is checked against 64-bit sums: 512 × 512 / 7 dot products take a few milliseconds.
    let (mut worst, mut largest) = (0f64, f64::MIN_POSITIVE);
    for row in (0..SIDE).step_by(7) {
        let mut exact = vec![0f64; SIDE];
        for k in 0..SIDE {
            let x = f64::from(a[row * SIDE + k]);
            for (sum, y) in exact.iter_mut().zip(&b[k * SIDE..(k + 1) * SIDE]) {
                *sum += x * f64::from(*y);
            }
        }
        for (exact, found) in exact.iter().zip(&product[row * SIDE..]) {
            let difference = (exact - f64::from(*found)).abs();
            // `max` would drop a NaN.
            worst = if difference.is_nan() { f64::NAN } else { worst.max(difference) };
            largest = largest.max(exact.abs());
        }
    }
    Ok((matrix_rate(&left, &right)?, worst / largest))
}

fn matrix_rate(left: &Tensor<2>, right: &Tensor<2>) -> Result<f64, ExecutionError> {
    let operations = 2.0 * (SIDE * SIDE * SIDE) as f64;
    let mut best = 0f64;
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(200) {
        let batch = Instant::now();
        const PRODUCTS: usize = 4;
        let mut last = left.clone();
        for _ in 0..PRODUCTS {
            last = last.matmul(right.clone());
        }
        crate::gpu::read_f32(last.narrow(0, 0, 1))?;
        best = best.max(PRODUCTS as f64 * operations / batch.elapsed().as_secs_f64());
    }
    Ok(best)
}
