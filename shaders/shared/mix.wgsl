// One round of an integer mixer (the finaliser of MurmurHash3): xor-shifts and 32-bit wrapping products.
// CPU twin: `mix` in src/gpu/self_test.rs.
fn mix(value: u32) -> u32 {
    var x = value;
    x = (x ^ (x >> 16u)) * 0x85ebca6bu;
    x = (x ^ (x >> 13u)) * 0xc2b2ae35u;
    return x ^ (x >> 16u);
}
