//! The float network against its definition, and the integer network against the float one.

use super::*;
use crate::coding::Symbol;
use crate::model::relative::bucket;
use crate::model::{Parameter, Shape};

/// A small network with random weights; odd sizes, so that nothing divides evenly.
pub fn random_weights(seed: u64) -> Weights {
    let shape = Shape { embed: 20, heads: 3, layers: 2, head_dim: 9, mlp: 21, vocabulary: ALPHABET };
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let parameters = Weights::layout(&shape)
        .into_iter()
        .map(|(name, dims)| {
            let fan_in = if dims.len() == 1 || name.ends_with("relative") { 1 } else { dims[0] };
            let scale = if name == "embed" { 2.0 } else { 2.0 / (fan_in as f32).sqrt() };
            let data = (0..dims.iter().product()).map(|_| uniform() * scale).collect();
            (name, Parameter { dims, data })
        })
        .collect();
    Weights { shape, parameters }
}

pub fn text(len: usize, seed: usize) -> Vec<Symbol> {
    (0..len).map(|i| ((i * 31 + seed * 17) * (i + 3) % ALPHABET) as Symbol).collect()
}

/// The network as its definition in `model::weights` reads, word for word, in 64-bit floats: the logits after `prefix`.
fn literal_logits(weights: &Weights, prefix: &[Symbol]) -> Vec<f64> {
    type Rows = Vec<Vec<f64>>;
    let Shape { heads, layers, head_dim, vocabulary, .. } = weights.shape;
    let parameter = |name: &str| -> Rows {
        let Parameter { dims, data } = &weights.parameters[name];
        let width = *dims.last().unwrap();
        data.chunks(width).map(|row| row.iter().map(|&value| f64::from(value)).collect()).collect()
    };
    let product = |x: &[f64], w: &Rows| -> Vec<f64> {
        (0..w[0].len()).map(|j| x.iter().zip(w).map(|(x, row)| x * row[j]).sum()).collect()
    };
    let norm = |x: &[f64], scale: &Rows| -> Vec<f64> {
        let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        x.iter().zip(&scale[0]).map(|(x, scale)| x / (mean + 1e-6).sqrt() * scale).collect()
    };
    let inputs = std::iter::once(vocabulary).chain(prefix.iter().map(|&symbol| usize::from(symbol)));
    let embed = parameter("embed");
    let mut x: Rows = inputs.map(|input| embed[input].clone()).collect();
    for l in 0..layers {
        let get = |name: &str| parameter(&format!("blocks.{l}.{name}"));
        let normed: Rows = x.iter().map(|x| norm(x, &get("attention_norm"))).collect();
        let [q, k, v] = ["query", "key", "value"].map(|name| -> Rows {
            let w = get(name);
            normed.iter().map(|x| product(x, &w)).collect()
        });
        let relative = get("relative");
        for i in 0..x.len() {
            let mut mixed = vec![0.0; heads * head_dim];
            for (head, relative) in relative.iter().enumerate() {
                let part = head * head_dim..(head + 1) * head_dim;
                let score = |j: usize| {
                    let dot: f64 = part.clone().map(|c| q[i][c] * k[j][c]).sum();
                    (dot / (head_dim as f64).sqrt() + relative[bucket(i - j)]).exp()
                };
                let sum: f64 = (0..=i).map(score).sum();
                for c in part.clone() {
                    mixed[c] = (0..=i).map(|j| score(j) / sum * v[j][c]).sum();
                }
            }
            let change = product(&mixed, &get("output"));
            x[i].iter_mut().zip(change).for_each(|(x, change)| *x += change);
        }
        for x in &mut x {
            let normed = norm(x, &get("mlp_norm"));
            let (gate, up) = (product(&normed, &get("gate")), product(&normed, &get("up")));
            let hidden: Vec<f64> = gate.iter().zip(up).map(|(gate, up)| gate.max(0.0) * up).collect();
            let change = product(&hidden, &get("down"));
            x.iter_mut().zip(change).for_each(|(x, change)| *x += change);
        }
    }
    product(&norm(x.last().unwrap(), &parameter("final_norm")), &parameter("head"))
}

/// Bits per byte as the definition has them.
fn literal_bits(weights: &Weights, row: &[Symbol]) -> f64 {
    let cost = |(i, &symbol): (usize, &Symbol)| {
        let logits = literal_logits(weights, &row[..i]);
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        (sum.ln() - logits[usize::from(symbol)]) / std::f64::consts::LN_2
    };
    let bytes = row.iter().filter(|&&symbol| symbol != END_OF_DOCUMENT).count();
    row.iter().enumerate().map(cost).sum::<f64>() / bytes as f64
}

#[test]
fn the_float_network_computes_what_its_definition_says() {
    for seed in 0..3 {
        let weights = random_weights(seed);
        let row = text(150, 3);
        let (found, expected) =
            (float_bits_per_byte(&weights, std::slice::from_ref(&row)).unwrap(), literal_bits(&weights, &row));
        assert!((found / expected - 1.0).abs() < 1e-5, "{found}, not {expected}");
        assert!((found - (257f64).log2()).abs() > 0.1, "the test network says nothing: {found}");
    }
}

#[test]
fn the_integer_network_is_close_to_the_float_one() {
    for seed in 0..3 {
        let weights = random_weights(seed);
        let rows: Vec<Vec<Symbol>> = (0..6).map(|seed| text(100, seed)).collect();
        let model = freeze(&weights, 128, &rows[..3]).unwrap();
        let float = float_bits_per_byte(&weights, &rows).unwrap();
        let integer = integer_bits_per_byte(&model, &rows);
        assert!((integer / float - 1.0).abs() < 0.01, "{integer} in integers, {float} in floats");
    }
}

#[test]
fn what_cannot_be_frozen_is_refused_with_a_reason() {
    let weights = random_weights(1);
    let rows = [text(40, 1)];
    assert_eq!(freeze(&weights, 64, &[]), Err(FreezeError::NoText));
    assert_eq!(freeze(&weights, 64, &[Vec::new()]), Err(FreezeError::NoText));
    assert_eq!(freeze(&weights, 1, &rows), Err(ModelError::Context(1).into()));
    assert_eq!(freeze(&weights, 1025, &rows), Err(ModelError::Context(1025).into()));
    let spoilt = |spoil: fn(&mut Weights)| {
        let mut weights = weights.clone();
        spoil(&mut weights);
        freeze(&weights, 64, &rows).unwrap_err()
    };
    let missing = spoilt(|weights| drop(weights.parameters.remove("head")));
    assert_eq!(missing, FreezeError::Weights(WeightsError::Missing("head".to_owned())));
    let nan = spoilt(|weights| weights.parameters.get_mut("head").unwrap().data[0] = f32::NAN);
    assert_eq!(nan, FreezeError::Weights(WeightsError::NotFinite("head".to_owned())));
    // Weights that training would never leave: the score of a head beyond all bounds.
    let huge = spoilt(|weights| {
        weights.parameters.get_mut("blocks.0.query").unwrap().data.iter_mut().for_each(|value| *value *= 1e12);
    });
    assert!(matches!(huge, FreezeError::Factor { .. } | FreezeError::Model(ModelError::Overflow { .. })), "{huge}");
}

#[test]
fn channels_that_never_show_do_no_harm() {
    let mut weights = random_weights(2);
    for name in ["blocks.0.gate", "blocks.1.value", "blocks.1.relative"] {
        weights.parameters.get_mut(name).unwrap().data.fill(0.0);
    }
    let rows = [text(60, 1)];
    let model = freeze(&weights, 64, &rows).unwrap();
    let (float, integer) = (float_bits_per_byte(&weights, &rows).unwrap(), integer_bits_per_byte(&model, &rows));
    assert!((integer / float - 1.0).abs() < 0.01, "{integer} in integers, {float} in floats");
}

#[test]
fn nearest_scales_are_near() {
    for factor in [1e-9, 3e-6, 0.00123, 0.4999999, 0.5, 0.99999999, 1.0, 37.2, 255.0] {
        let Scale { multiplier, shift } = nearest(factor, "x").unwrap();
        let found = f64::from(multiplier) * power_of_two(-16 - shift);
        assert!((found / factor - 1.0).abs() < 2e-5 + 1e-14 / factor, "{factor}: {multiplier} and {shift}");
    }
    assert!(nearest(300.0, "x").is_err() && nearest(f64::NAN, "x").is_err() && nearest(f64::INFINITY, "x").is_err());
    assert_eq!(nearest(0.0, "x"), Ok(Scale::default()));
}
