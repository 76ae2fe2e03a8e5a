//! The integer network against the same network in 32-bit floats on burn's CPU device. (Frozen M1s no longer have their
//! floats: both run on fresh weights of the same shape, frozen for the one.)

use super::super::CommandError;
use super::super::table::Table;
use crate::coding::{ALPHABET, Symbol};
use crate::gpu::read_f32;
use crate::m1::freeze::freeze;
use crate::m1::integer::engine::Engine;
use crate::model::{Decoder, Size};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rayon::prelude::*;
use std::time::Instant;

/// Rows of one batch, and symbols of each.
const ROWS: usize = 32;
const LENGTH: usize = 256;

/// One table: sizes, in bytes a second over all threads, logits of every position included.
pub fn compare(text: &[u8], rounds: usize) -> Result<Table, CommandError> {
    let mut table = Table::new(["M1", "integers, bytes/s", "f32 on burn-flex, bytes/s", "integers are faster by"]);
    let rows: Vec<Vec<Symbol>> =
        (0..ROWS).map(|row| (0..LENGTH).map(|i| text[(row * 977 + i) % text.len()].into()).collect()).collect();
    for name in ["micro", "3m"] {
        let device = Device::flex();
        let decoder = Decoder::new(Size::named(name)?.with_vocabulary(ALPHABET), 1, &device);
        let model = freeze(&decoder.weights()?, LENGTH, &rows)?;
        let engine = Engine::new(&model);
        let inputs: Vec<i32> = rows
            .iter()
            .flat_map(|row| std::iter::once(ALPHABET as i32).chain(row[..LENGTH - 1].iter().map(|&s| s.into())))
            .collect();
        let (mut integers, mut floats) = (f64::MAX, f64::MAX);
        for _ in 0..rounds {
            let start = Instant::now();
            let logits: usize = rows.par_iter().map(|row| in_integers(&engine, row)).sum();
            integers = integers.min(start.elapsed().as_secs_f64());
            assert_eq!(logits, ROWS * LENGTH * ALPHABET);
            let placed = Tensor::<2, Int>::from_data(TensorData::new(inputs.clone(), [ROWS, LENGTH]), &device);
            let start = Instant::now();
            // burn's CPU device computes at once: there is nothing to wait for.
            let logits = decoder.hidden(placed).matmul(decoder.head().clone());
            floats = floats.min(start.elapsed().as_secs_f64());
            assert_eq!(read_f32(logits)?.len(), ROWS * LENGTH * ALPHABET);
        }
        let bytes = (ROWS * LENGTH) as f64;
        table.row(vec![
            name.to_owned(),
            format!("{:.0}", bytes / integers),
            format!("{:.0}", bytes / floats),
            format!("{:.1}", floats / integers),
        ]);
    }
    Ok(table)
}

/// Evaluates one row, and returns how many logits that gave.
fn in_integers(engine: &Engine, row: &[Symbol]) -> usize {
    let mut batch = engine.batch();
    let mut path = vec![batch.add(engine.begin(), 0, &[])];
    for (i, &symbol) in row[..row.len() - 1].iter().enumerate() {
        path.push(batch.add(usize::from(symbol), i + 1, &path));
    }
    let evaluated = engine.evaluate(&batch);
    engine.logits(&evaluated, 0..path.len()).len()
}
