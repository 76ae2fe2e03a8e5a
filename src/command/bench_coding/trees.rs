//! The tree of windows: what it costs to build and to keep, by window size.

use super::super::CommandError;
use super::super::table::Table;
use crate::coding::{Termination, WindowShape};
use crate::m1::{Network, WindowTree};
use std::time::Instant;

/// One table: exact windows of 8 bits to `most`.
pub fn growth(network: &Network, most: u16) -> Result<Table, CommandError> {
    let mut table = Table::new(["b", "prefixes", "with children", "build, s", "memory, MB", "longest text"]);
    for bits in (8..=most).step_by(2) {
        let shape = WindowShape::new(bits, Termination::Exact)?;
        let fresh = network.forgetful();
        let start = Instant::now();
        let tree = WindowTree::build(&fresh, shape, &mut |_| true)?;
        let seconds = start.elapsed().as_secs_f64();
        let statistics = tree.statistics();
        table.row(vec![
            bits.to_string(),
            statistics.nodes.to_string(),
            statistics.inner.to_string(),
            format!("{seconds:.2}"),
            format!("{:.2}", statistics.bytes as f64 / 1e6),
            statistics.depth.to_string(),
        ]);
    }
    Ok(table)
}
