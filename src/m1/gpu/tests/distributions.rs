//! Distributions, against the definition and the fast path on the CPU.

use super::models::{Kind, ODD, model};
use super::*;
use crate::m1::distribution::from_logits;
use crate::m1::file;
use crate::m1::golden;
use crate::m1::integer::Scale;
use crate::m1::integer::reference::Text;
use crate::model::Shape;
use std::path::Path;

/// The distributions at the begin symbol and after every symbol, by the definition.
fn by_definition(model: &Model, symbols: &[Symbol], precision: u8) -> Vec<Cdf> {
    let mut text = Text::new(model);
    let inputs = std::iter::once(ALPHABET).chain(symbols.iter().map(|&symbol| symbol.into()));
    inputs.map(|input| from_logits(&text.push(input), precision)).collect()
}

/// Texts of unequal lengths, so many that lanes end in the middle of a tile.
fn check(model: &Model, precision: u8, dot: Dot, lengths: &[usize]) {
    let Some((device, queue)) = device() else { return };
    let gpu = GpuModel::with_dot(Gpu::new(device, queue), model, dot).unwrap();
    let texts: Vec<Vec<Symbol>> = lengths.iter().enumerate().map(|(i, &length)| text(length, i)).collect();
    let found = gpu.cdfs(&texts.iter().map(Vec::as_slice).collect::<Vec<_>>(), precision).unwrap();
    for (text, found) in texts.iter().zip(found) {
        let expected = by_definition(model, text, precision);
        let wrong = expected.iter().zip(&found).position(|(expected, found)| expected != found);
        assert_eq!(wrong, None, "context {}, {} symbols, {precision} bits, {dot:?}", model.context, text.len());
        assert_eq!(found.len(), expected.len());
    }
}

#[test]
fn odd_sizes_and_small_contexts_come_out_as_defined() {
    let ordinary = model(Kind::Ordinary, 1, ODD, 5);
    let distinct = by_definition(&ordinary, &text(20, 1), 16);
    assert!(distinct.iter().all(|cdf| *cdf != Cdf::uniform(ALPHABET, 16).unwrap()) && distinct[3] != distinct[4]);
    check(&ordinary, 16, Dot::Packed, &[40, 0, 7]);
    check(&ordinary, 9, Dot::Plain, &[40, 1]);
    check(&model(Kind::Ordinary, 2, ODD, 2), 24, Dot::Packed, &[20, 3]);
    let wide = Shape { embed: 130, heads: 1, layers: 1, head_dim: 300, mlp: 1, vocabulary: ALPHABET };
    check(&model(Kind::Ordinary, 3, wide, 100), 12, Dot::Plain, &[150]);
    let tiny = Shape { embed: 1, heads: 2, layers: 3, head_dim: 1, mlp: 33, vocabulary: ALPHABET };
    check(&model(Kind::Ordinary, 4, tiny, 3), 16, Dot::Packed, &[9; 70]);
}

#[test]
fn weights_at_the_end_of_every_range_come_out_as_defined() {
    for (seed, dot) in (0..6).zip([Dot::Packed, Dot::Plain].into_iter().cycle()) {
        let shape = Shape {
            embed: 1 + (seed as usize * 29) % 70,
            heads: 1 + seed as usize % 2,
            layers: 2,
            head_dim: 1 + (seed as usize * 13) % 40,
            mlp: 1 + (seed as usize * 31) % 80,
            vocabulary: ALPHABET,
        };
        check(&model(Kind::Extreme, seed, shape, 2 + seed as usize * 3), 16, dot, &[25, 24]);
    }
}

#[test]
fn the_streams_limit_comes_out_as_defined() {
    let mut model = model(Kind::Ordinary, 7, Shape { mlp: 64, ..ODD }, 8);
    let Shape { embed, mlp, .. } = model.shape;
    for block in &mut model.blocks {
        // Gate times itself is nowhere negative, and about half of it saturates; so channels rise with their number, the
        // last ones beyond the limit.
        block.up = block.gate.clone();
        block.hidden.fill(Scale { multiplier: 65_535, shift: 8 });
        block.down.weights = (0..embed * mlp).map(|i| if i % mlp < 2 * (i / mlp) { 127 } else { 0 }).collect();
        block.down.scales.fill(Scale { multiplier: 65_535, shift: -8 });
    }
    model.check().unwrap();
    check(&model, 16, Dot::Packed, &[12, 9]);
}

#[test]
fn long_contexts_come_out_as_defined() {
    let Some((device, queue)) = device() else { return };
    // As many positions as attention may ever see, and more.
    let shape = Shape { embed: 1, heads: 1, layers: 1, head_dim: 1, mlp: 1, vocabulary: ALPHABET };
    let mut model = model(Kind::Extreme, 3, shape, crate::m1::integer::MOST_CONTEXT);
    model.blocks[0].relative.fill(1 << 20);
    let symbols = vec![9; model.context + 10];
    let found = GpuModel::new(device, queue, &model).unwrap().cdfs(&[&symbols], 16).unwrap();
    assert!(found[0] == by_definition(&model, &symbols, 16));
}

#[test]
fn the_golden_hash_of_the_m1_in_the_box_comes_out() {
    let Some((device, queue)) = device() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/m1/micro.m1");
    let model = file::load(&path).unwrap().model;
    let gpu = GpuModel::new(device, queue, &model).unwrap();
    assert_eq!(gpu.golden_hash().unwrap(), golden::hash(&model));
}
