//! Long windows and whole texts: where every byte may need M1.

use super::super::CommandError;
use super::super::table::Table;
use super::Text;
use crate::coding::{ArithmeticEncoder, ClosedWindow, Symbol, Termination, WindowShape};
use crate::m1::gpu::GpuModel;
use crate::m1::{Network, NextSymbol, STREAM_PRECISION, Trees};
use crate::tokenizer::{Control, Materials, Method, Reset, TokenWidth, build};
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

/// Streams side by side on a GPU.
const LANES: [usize; 4] = [1, 16, 64, 256];

/// One table: bytes a second that our shaders cut into exact windows (the same as on the CPU, or it is an error), by window size and number of streams.
pub fn on_gpu(gpu: &GpuModel, network: &Arc<Network>, text: &Text, bytes: usize) -> Result<Table, CommandError> {
    let headings: Vec<String> = LANES.iter().map(|lanes| format!("{lanes} streams, bytes/s")).collect();
    let mut table = Table::new(std::iter::once("b").chain(headings.iter().map(String::as_str)));
    let symbols: Vec<Symbol> = text.bytes.iter().take(bytes).map(|&byte| byte.into()).collect();
    for bits in [32, 64, 128] {
        let shape = WindowShape::new(bits, Termination::Exact)?;
        let mut row = vec![bits.to_string()];
        for lanes in LANES {
            let part = share(&symbols, lanes);
            let pieces: Vec<&[Symbol]> = part.chunks(part.len().div_ceil(lanes)).collect();
            let start = Instant::now();
            let windows = gpu.encode_windows(shape, &pieces, &mut |_| true)?;
            let seconds = start.elapsed().as_secs_f64();
            let codes = |windows: &[ClosedWindow]| windows.iter().map(|window| window.code).collect::<Vec<_>>();
            let method = Method::EqualInfoAc { shape, width: TokenWidth::BYTE, reset: Reset::EveryWindow };
            let materials = Materials::new(network.clone(), Arc::new(Trees::default()));
            let here = build(&method, &materials)?.encode(&pieces, &Control::default())?;
            for (gpu, here) in windows.iter().zip(&here) {
                if codes(gpu) != here.window_codes(&method)? {
                    return Err(CommandError::RunFailed(format!(
                        "the GPU cuts other windows of {bits} bits than the CPU: run `mullion selftest`"
                    )));
                }
            }
            row.push(format!("{:.0}", part.len() as f64 / seconds));
        }
        table.row(row);
    }
    let mut row = vec!["AC".to_owned()];
    for lanes in LANES {
        let part = share(&symbols, lanes);
        let pieces: Vec<&[Symbol]> = part.chunks(part.len().div_ceil(lanes)).collect();
        let start = Instant::now();
        // The shaders give the distributions, and the arithmetic coder runs here.
        for (piece, cdfs) in pieces.iter().zip(gpu.cdfs(&pieces, STREAM_PRECISION)?) {
            let mut encoder = ArithmeticEncoder::new();
            piece.iter().zip(&cdfs).for_each(|(&symbol, cdf)| encoder.push(symbol, cdf));
            std::hint::black_box(encoder.finish());
        }
        row.push(format!("{:.0}", part.len() as f64 / start.elapsed().as_secs_f64()));
    }
    table.row(row);
    Ok(table)
}

/// Few streams are slow on a GPU: a part of the text does for them.
fn share(symbols: &[Symbol], lanes: usize) -> &[Symbol] {
    &symbols[..symbols.len().min(symbols.len() * lanes / 64).max(symbols.len().min(lanes))]
}

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
            let tokenizer = build(&method, &Materials::new(fresh, trees.clone()))?;
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
