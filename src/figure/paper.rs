//! The paper's M2s, to stand beside ours: another corpus (C4) and another scale, so that the order and the gaps can be
//! compared and the digits cannot.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
struct Published {
    table_12_token_ratio: BTreeMap<String, f64>,
    table_15_16: BTreeMap<String, BTreeMap<String, Trained>>,
}

/// One M2 of the paper's (Tables 15 and 16).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Trained {
    pub bits_per_byte: f64,
    pub mflops_per_byte: f64,
}

/// The paper's smallest M2: what stands beside sizes that the paper did not train.
const SMALLEST: &str = "25m";

static PUBLISHED: LazyLock<Published> = LazyLock::new(|| {
    let json = include_str!("../../assets/paper/tables.json");
    serde_json::from_str(json).unwrap_or_else(|error| panic!("the paper's tables in the program: {error}"))
});

/// The paper's M2 over a method of ours, at the size of ours or else the paper's smallest, with that size. The paper's
/// Equal-Info windows are greedy ones; ours of the same bits stand beside them, greedy or not.
pub fn trained(method: &str, size: &str) -> Option<(&'static str, Trained)> {
    let sizes = PUBLISHED.table_15_16.get(&named(method))?;
    let (size, trained) = sizes.get_key_value(size).or_else(|| sizes.get_key_value(SMALLEST))?;
    Some((size, *trained))
}

/// The paper's token compression ratio of a method of ours (Table 12).
pub fn token_ratio(method: &str) -> Option<f64> {
    PUBLISHED.table_12_token_ratio.get(&named(method)).copied()
}

/// What the paper calls it.
fn named(method: &str) -> String {
    method.replace(", greedy]", "]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_finds_its_own_size_or_the_smallest() {
        let found = |method, size| trained(method, size).map(|(size, trained)| (size, trained.bits_per_byte));
        assert_eq!(found("EqualInfoAC[b=16, v=256]", "403m"), Some(("403m", 1.09)));
        assert_eq!(found("EqualInfoAC[b=16, v=65k, greedy]", "nano"), Some(("25m", 1.25)));
        assert_eq!(found("EqualInfoAC[b=24, v=256]", "nano"), None);
        assert_eq!(token_ratio("GZip[v=256]"), Some(2.23));
    }
}
