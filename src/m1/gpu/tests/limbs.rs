//! Numbers of many limbs, as windows' cells are, against carries of 64 bits.

use super::arithmetic::run;
use super::*;
use crate::m1::gpu::shader::building_blocks;

const LIMBS: usize = 9;

/// Two numbers; then a bound, a value and how far it is shifted, as the program below reads them.
type Numbers = [[u32; LIMBS]; 3];

/// Sum, difference, scaled, shifted, and then how many bits the first has.
const RESULTS: usize = 4 * LIMBS + 1;

const PROGRAM: &str = "
struct Numbers {
    a: Limbs,
    b: Limbs,
    others: Limbs,
}

@group(0) @binding(0) var<storage, read> numbers: array<Numbers>;
@group(0) @binding(1) var<storage, read_write> results: array<array<u32, 37>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&numbers)) {
        return;
    }
    var a = numbers[id.x].a;
    var b = numbers[id.x].b;
    let sum = add_limbs(&a, &b, 9u);
    let difference = subtract_limbs(&a, &b, 9u);
    let scaled = scale_limbs(&a, numbers[id.x].others[0], 9u);
    let shifted = shifted_limbs(numbers[id.x].others[1], numbers[id.x].others[2]);
    for (var i = 0u; i < 9u; i++) {
        results[id.x][i] = sum[i];
        results[id.x][9u + i] = difference[i];
        results[id.x][18u + i] = scaled[i];
        results[id.x][27u + i] = shifted[i];
    }
    results[id.x][36] = bit_length_limbs(&a, 9u);
}
";

/// The sum of numbers of signed limbs.
fn summed(limbs: impl Iterator<Item = i64>) -> impl Iterator<Item = u32> {
    limbs.scan(0i64, |carry, limb| {
        let sum = *carry + limb;
        *carry = sum >> 32;
        Some(sum as u32)
    })
}

fn expected([a, b, others]: &Numbers) -> Vec<u32> {
    let pairs = || a.iter().zip(b).map(|(&a, &b)| (i64::from(a), i64::from(b)));
    let mut results: Vec<u32> = summed(pairs().map(|(a, b)| a + b)).collect();
    results.extend(summed(pairs().map(|(a, b)| a - b)));
    let mut product = [0u64; LIMBS + 1];
    for i in 0..LIMBS {
        let exact = u64::from(a[i]) * u64::from(others[0]) + product[i];
        (product[i], product[i + 1]) = (exact & 0xffff_ffff, exact >> 32);
    }
    results.extend((0..LIMBS).map(|i| (product[i] >> 16 | product[i + 1] << 16) as u32));
    let (limb, shift) = (others[2] as usize / 32, others[2] % 32);
    let value = u64::from(others[1]) << shift;
    results.extend((0..LIMBS).map(|i| match i.checked_sub(limb) {
        Some(0) => value as u32,
        Some(1) => (value >> 32) as u32,
        _ => 0,
    }));
    let highest = a.iter().rposition(|&limb| limb > 0);
    results.push(highest.map_or(0, |limb| 32 * limb as u32 + u32::BITS - a[limb].leading_zeros()));
    results
}

#[test]
fn numbers_in_limbs_carry_and_borrow() {
    let Some((device, queue)) = device() else { return };
    let mut state = 11u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let edges = [0, 0, 1, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX, u32::MAX, u32::MAX];
    let mut numbers: Vec<Numbers> = Vec::new();
    for _ in 0..3000 {
        let mut number = || -> [u32; LIMBS] { std::array::from_fn(|_| edges[next() as usize % edges.len()]) };
        // No difference is negative; sums may lose a bit, on both sides.
        let (mut a, mut b) = (number(), number());
        if a.iter().rev().lt(b.iter().rev()) {
            std::mem::swap(&mut a, &mut b);
        }
        let bound = [1, 2, 255, 0x8000, 0xffff, 0x1_0000][next() as usize % 6];
        let others = [bound, 1 + next() % 0x1_0000, next() % 241, 0, 0, 0, 0, 0, 0];
        numbers.push([a, b, others]);
    }
    let source = building_blocks(Dot::Plain) + PROGRAM;
    let found = run(&Gpu::new(device, queue), &source, &numbers, RESULTS);
    for (numbers, found) in numbers.iter().zip(found.chunks_exact(RESULTS)) {
        assert_eq!(found, expected(numbers), "{numbers:x?}");
    }
}
