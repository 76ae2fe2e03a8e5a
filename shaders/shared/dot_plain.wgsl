// The dot product of four signed 8-bit values with four others, for WGSL without packed products. Twin:
// dot_packed.wgsl.
fn dot_8(a: u32, b: u32) -> i32 {
    let products = unpack_8(a) * unpack_8(b);
    return products.x + products.y + products.z + products.w;
}
