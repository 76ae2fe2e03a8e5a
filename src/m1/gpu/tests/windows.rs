//! Windows, against the CPU's coder with the CPU's distributions.

use super::models::{Kind, ODD, model};
use super::*;
use crate::coding::{ClosedWindow, END_OF_DOCUMENT, Push, Termination, WindowEncoder, WindowShape};
use crate::m1::distribution::from_logits;
use crate::m1::file;
use crate::m1::integer::engine::{Engine, Place};
use std::path::Path;

/// A stream's windows as the CPU cuts them, coder and model afresh in each.
fn by_cpu(engine: &Engine, shape: WindowShape, stream: &[Symbol]) -> Vec<ClosedWindow> {
    let mut windows = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let mut window = WindowEncoder::new(shape);
        // Keys and values so far.
        let mut before: Vec<Vec<i8>> = Vec::new();
        for (i, &symbol) in rest.iter().enumerate() {
            let input = if i == 0 { engine.begin() } else { rest[i - 1].into() };
            let mut batch = engine.batch();
            let path: Vec<Place> = before.iter().map(|position| batch.know(position)).collect();
            batch.add(input, i, &path);
            let evaluated = engine.evaluate(&batch);
            let mut cdf = from_logits(&engine.logits(&evaluated, 0..1), WINDOW_PRECISION);
            if shape.alphabet() < ALPHABET {
                cdf = cdf.first(shape.alphabet());
            }
            if window.push(symbol, &cdf) == Push::Full {
                break;
            }
            before.push(engine.position(&evaluated, 0).to_vec());
        }
        let closed = window.finish();
        rest = &rest[closed.symbols..];
        windows.push(closed);
    }
    windows
}

fn check(gpu: &GpuModel, engine: &Engine, bits: u16, streams: &[&[Symbol]]) {
    let shape = WindowShape::new(bits, Termination::Exact).unwrap();
    let (mut told, total) = (0, streams.iter().map(|stream| stream.len()).sum::<usize>());
    let mut progress = |symbols| {
        assert!(symbols >= told && symbols <= total);
        told = symbols;
        true
    };
    let found = gpu.encode_windows(shape, streams, &mut progress).unwrap();
    assert_eq!((told, found.len()), (total, streams.len()));
    for (i, (stream, found)) in streams.iter().zip(&found).enumerate() {
        assert_eq!(*found, by_cpu(engine, shape, stream), "{bits} bits, stream {i}");
    }
}

/// English with documents' ends in it, noise, runs, single symbols and nothing at all.
fn streams() -> Vec<Vec<Symbol>> {
    let words =
        "the window of equal information holds as many bits as every other, and text goes in where codes come out. ";
    let mut english: Vec<Symbol> = words.bytes().map(Symbol::from).collect();
    english.push(END_OF_DOCUMENT);
    english.extend(words.bytes().rev().map(Symbol::from));
    let noise = text(70, 3);
    vec![english, Vec::new(), noise, vec![b' '.into(); 150], vec![END_OF_DOCUMENT; 9], vec![b'e'.into()], text(33, 9)]
}

const BITS: [u16; 12] = [9, 16, 17, 24, 31, 32, 33, 63, 64, 65, 128, 256];

#[test]
fn the_m1_in_the_box_cuts_the_same_windows() {
    let Some((device, queue)) = device() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/m1/micro.m1");
    let model = file::load(&path).unwrap().model;
    let (gpu, engine) = (GpuModel::new(device, queue, &model).unwrap(), Engine::new(&model));
    let streams = streams();
    let streams: Vec<&[Symbol]> = streams.iter().map(Vec::as_slice).collect();
    for bits in [16, 32, 65, 256] {
        check(&gpu, &engine, bits, &streams);
    }
}

#[test]
fn every_length_of_window_comes_out_even_where_attention_forgets() {
    let Some((device, queue)) = device() else { return };
    let model = model(Kind::Ordinary, 5, ODD, 4);
    let (gpu, engine) = (GpuModel::new(device, queue, &model).unwrap(), Engine::new(&model));
    let streams = streams();
    let streams: Vec<&[Symbol]> = streams.iter().map(Vec::as_slice).collect();
    for bits in BITS {
        check(&gpu, &engine, bits, &streams);
    }
    // Without end-of-document there is no 257th symbol to hold.
    let bytes: Vec<Symbol> = text(40, 1).into_iter().filter(|&symbol| symbol != END_OF_DOCUMENT).collect();
    check(&gpu, &engine, 8, &[&bytes, &[], &bytes[..7]]);
}

#[test]
fn lopsided_distributions_cut_the_same_windows() {
    let Some((device, queue)) = device() else { return };
    for seed in [2, 5] {
        let model = model(Kind::Extreme, seed, ODD, 3);
        let (gpu, engine) = (GpuModel::new(device, queue, &model).unwrap(), Engine::new(&model));
        // The likeliest symbol again and again, so that windows are long, with others in between.
        let first = (0..ALPHABET as Symbol).max_by_key(|&symbol| gpu.begin.frequency(symbol)).unwrap();
        let likely: Vec<Symbol> = (0..200).map(|i| if i % 37 == 36 { i } else { first }).collect();
        for bits in [9, 31, 64, 200] {
            check(&gpu, &engine, bits, &[&likely, &text(30, 8), &[first; 150]]);
        }
    }
}

#[test]
fn streams_share_lanes() {
    let Some((device, queue)) = device() else { return };
    let model = model(Kind::Ordinary, 6, ODD, 6);
    let (mut gpu, engine) = (GpuModel::new(device, queue, &model).unwrap(), Engine::new(&model));
    let streams: Vec<Vec<Symbol>> = (0..90).map(|i| text(i * 7 % 23, i)).collect();
    let all: Vec<&[Symbol]> = streams.iter().map(Vec::as_slice).collect();
    check(&gpu, &engine, 24, &all);
    gpu.network.lane_limit = 3;
    check(&gpu, &engine, 24, &all);
    let texts: Vec<&[Symbol]> = streams.iter().take(5).map(Vec::as_slice).collect();
    let all = gpu.cdfs(&texts, 16).unwrap();
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [1, 8, 15, 22, 6]);
    assert_eq!(all[4], gpu.cdfs(&texts[4..], 16).unwrap()[0]);
}
