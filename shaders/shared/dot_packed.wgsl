requires packed_4x8_integer_dot_product;

// The dot product of four signed 8-bit values with four others, by the instruction that many GPUs have for it (naga
// spells it out for those that have none). Twin: dot_plain.wgsl.
fn dot_8(a: u32, b: u32) -> i32 {
    return dot4I8Packed(a, b);
}
