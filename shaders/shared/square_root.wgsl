// `⌊√x⌋`, bit by bit from the highest: the root has 16.
fn square_root(x: u32) -> u32 {
    var rest = x;
    var root = 0u;
    for (var bit = 1u << 30u; bit > 0u; bit >>= 2u) {
        let attempt = root + bit;
        root >>= 1u;
        if (rest >= attempt) {
            rest -= attempt;
            root += bit;
        }
    }
    return root;
}
