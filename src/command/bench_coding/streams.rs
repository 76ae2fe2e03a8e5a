//! Long windows and whole texts: where every byte may need M1.

use super::super::CommandError;
use super::super::table::Table;
use super::Text;
use crate::coding::Symbol;
use crate::m1::{Network, NextSymbol, Trees};
use crate::tokenizer::{Control, Method, build};
use std::sync::Arc;
use std::time::Instant;

/// Methods, shortest windows first.
const METHODS: [&str; 5] = [
    "EqualInfoAC[b=24, v=256]",
    "EqualInfoAC[b=32, v=256]",
    "EqualInfoAC[b=64, v=256]",
    "EqualInfoAC[b=128, v=256]",
    "AC[v=256]",
];

/// Streams that the text is cut into.
const STREAMS: [usize; 4] = [1, 4, 16, 64];

/// One table: bytes a second cold (nothing known of any prefix) and warm (the same text again), by number of streams.
pub fn growth(network: &Arc<Network>, text: &Text, bytes: usize) -> Result<Table, CommandError> {
    let mut table =
        Table::new(["method", "streams", "cold, bytes/s", "warm, bytes/s", "hit rate cold", "prefixes", "tree, MB"]);
    let symbols: Vec<Symbol> = text.bytes.iter().take(bytes).map(|&byte| byte.into()).collect();
    for method in METHODS {
        let method: Method = method.parse()?;
        for streams in STREAMS {
            let pieces: Vec<&[Symbol]> = symbols.chunks(symbols.len().div_ceil(streams)).collect();
            // A network remembers positions: a new one each time, or the second method would start warm.
            let fresh: Arc<dyn NextSymbol> = Arc::new(network.forgetful());
            let trees = Arc::new(Trees::default());
            let tokenizer = build(&method, fresh, trees.clone())?;
            let mut seconds = [0.0; 2];
            let mut hits = String::from("–");
            for (run, seconds) in seconds.iter_mut().enumerate() {
                let start = Instant::now();
                tokenizer.encode(&pieces, &Control::default())?;
                *seconds = start.elapsed().as_secs_f64();
                let statistics = trees.prefixes().statistics();
                let asked = statistics.hits + statistics.misses;
                if run == 0 && asked > 0 {
                    hits = format!("{:.1} %", 100.0 * statistics.hits as f64 / asked as f64);
                }
            }
            let statistics = trees.prefixes().statistics();
            let rate = |seconds: f64| format!("{:.0}", symbols.len() as f64 / seconds);
            table.row(vec![
                method.to_string(),
                pieces.len().to_string(),
                rate(seconds[0]),
                rate(seconds[1]),
                hits,
                statistics.prefixes.to_string(),
                format!("{:.1}", statistics.bytes as f64 / 1e6),
            ]);
        }
    }
    Ok(table)
}
