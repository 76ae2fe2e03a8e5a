// `2^22 · 2^(−d/256)`, rounded down after the table. Composed with a binding `exp2_table`: 2^22 · 2^(−f/256), rounded,
// for f of 0…255. CPU twin: src/m1/integer/exponential.rs.
fn exp2_fixed(d: u32) -> u32 {
    let whole = d >> 8u;
    return select(0u, exp2_table[d & 255u] >> (whole & 31u), whole < 32u);
}
