//! The building blocks of `shaders/shared/` against wider integers.

use super::*;
use crate::m1::gpu::shader::building_blocks;

/// What the program below computes of two words.
const RESULTS: usize = 8;

const PROGRAM: &str = "
@group(0) @binding(0) var<storage, read> words: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> results: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if (i >= arrayLength(&words)) {
        return;
    }
    let a = words[i].x;
    let b = words[i].y;
    let product = multiply_wide(a, b);
    results[i * 8u] = product.x;
    results[i * 8u + 1u] = product.y;
    // The quotient needs a divisor above the dividend's high half.
    results[i * 8u + 2u] = divide_wide(vec2<u32>(~b, b), max(a, b | 1u) + u32(max(a, b | 1u) == b));
    results[i * 8u + 3u] = square_root(a);
    results[i * 8u + 4u] = u32(dot_8(a, b));
    results[i * 8u + 5u] = u32(multiply_16(i32(a) >> 2u, i32(b & 0xffffu)));
    results[i * 8u + 6u] = pack_8(unpack_8(a));
    results[i * 8u + 7u] = u32(wide_below(product, a)) | (bit_length(b) << 1u);
}
";

fn expected(a: u32, b: u32) -> [u32; RESULTS] {
    let product = u64::from(a) * u64::from(b);
    let mut divisor = a.max(b | 1);
    if divisor == b {
        divisor = divisor.wrapping_add(1);
    }
    let dividend = u64::from(b) << 32 | u64::from(!b);
    let quotient = if divisor > b { (dividend / u64::from(divisor)) as u32 } else { 0 };
    let bytes = |x: u32| x.to_le_bytes().map(|byte| i32::from(byte as i8));
    let dot: i32 = bytes(a).iter().zip(bytes(b)).map(|(a, b)| a * b).sum();
    let scaled = (i64::from(a as i32 >> 2) * i64::from(b & 0xffff) + (1 << 15)) >> 16;
    [
        product as u32,
        (product >> 32) as u32,
        quotient,
        a.isqrt(),
        dot as u32,
        scaled as u32,
        a,
        u32::from(product < u64::from(a)) | (u32::BITS - b.leading_zeros()) << 1,
    ]
}

#[test]
fn the_building_blocks_equal_wider_integers() {
    let Some((device, queue)) = device() else { return };
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32 >> ((state >> 20) % 32)
    };
    let edges = [0, 1, 2, 127, 0xff, 0x8080_8080, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];
    let mut words: Vec<[u32; 2]> = edges.iter().flat_map(|&a| edges.map(|b| [a, b])).collect();
    words.extend((0..20_000).map(|_| [next(), next()]));
    // Where no divisor is above the dividend's high half, there is nothing to compare.
    words.retain(|&[a, b]| a.max(b | 1) > b || b < u32::MAX);
    let gpu = Gpu::new(device, queue);
    for dot in [Dot::Packed, Dot::Plain] {
        let source = building_blocks(dot) + PROGRAM;
        let found = run(&gpu, &source, &words, RESULTS);
        for (&[a, b], found) in words.iter().zip(found.chunks_exact(RESULTS)) {
            assert_eq!(found, expected(a, b), "{a:#x}, {b:#x}, {dot:?}");
        }
    }
}

/// Runs a program with an invocation for each of `values`, each of which has so many results.
pub fn run<T: bytemuck::NoUninit>(gpu: &Gpu, source: &str, values: &[T], results: usize) -> Vec<u32> {
    let pipeline = gpu.compile("tests", source, &[]).unwrap();
    let bytes = (values.len() * results * 4) as u64;
    let (input, output) = (gpu.upload("values", values).unwrap(), gpu.zeros("results", bytes).unwrap());
    let bindings = gpu.bind(&pipeline, &[&input, &output]).unwrap();
    let pending = gpu.submit_and_read(&[(&output, bytes)], |encoder| {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        pass.dispatch_workgroups(values.len().div_ceil(64) as u32, 1, 1);
    });
    gpu.wait(pending.unwrap()).unwrap()
}
