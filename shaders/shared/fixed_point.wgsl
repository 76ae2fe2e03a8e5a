// Fixed-point arithmetic on 32-bit integers. CPU twin: src/m1/integer/requantise.rs.

// `x ⊕ shift`: divides by 2^shift, to the nearest, halves upwards. `shift` is at most 30.
fn round_shift(x: i32, shift: u32) -> i32 {
    return (x + i32((1u << shift) >> 1u)) >> shift;
}

// `⌊(a·m + 2^15) / 2^16⌋` for |a| < 2^30 and m < 2^16: the product has more than 32 bits, its two halves do not.
fn multiply_16(a: i32, m: i32) -> i32 {
    let low = (u32(a) & 0xffffu) * u32(m) + 0x8000u;
    return (a >> 16u) * m + i32(low >> 16u);
}

// `a ⊗ by`, where `by` is (multiplier, shift) for the factor multiplier · 2^(−16−shift).
fn scale(a: i32, by: vec2<i32>) -> i32 {
    return round_shift(multiply_16(a, by.x) << u32(max(-by.y, 0)), u32(max(by.y, 0)));
}

fn clamp_8(x: i32) -> i32 {
    return clamp(x, -127, 127);
}

// How many bits a number has: 0 for 0.
fn bit_length(x: u32) -> u32 {
    return 32u - countLeadingZeros(x);
}

// Four values of 8 bits in a word, the first lowest.
fn pack_8(x: vec4<i32>) -> u32 {
    let bytes = vec4<u32>(x) & vec4<u32>(0xffu);
    return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

// The four signed values of such a word.
fn unpack_8(x: u32) -> vec4<i32> {
    let word = i32(x);
    return vec4<i32>(word << 24u, word << 16u, word << 8u, word) >> vec4<u32>(24u);
}
