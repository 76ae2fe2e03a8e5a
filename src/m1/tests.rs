//! The network against its definition, and files against damage.

use super::file::{FileError, M1File, from_bytes, load, save};
use super::*;
use crate::coding::{ALPHABET, END_OF_DOCUMENT};
use crate::model::archive::{Archive, Kind};
use crate::model::relative::bucket;
use crate::model::{Parameter, Shape, Weights, WeightsError};
use std::collections::BTreeMap;

/// A small network with random weights; odd sizes, so that nothing divides evenly.
fn random_file(seed: u64, context: usize) -> M1File {
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
    let provenance = BTreeMap::from([("corpus".to_owned(), "none: random weights".to_owned())]);
    M1File { weights: Weights { shape, parameters }, context, provenance }
}

fn random_network(seed: u64, context: usize) -> Network {
    Network::new(random_file(seed, context)).unwrap()
}

fn text(len: usize, seed: usize) -> Vec<Symbol> {
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

#[test]
fn network_computes_what_its_definition_says() {
    for seed in 0..3 {
        let file = random_file(seed, 1024);
        let network = Network::new(file.clone()).unwrap();
        for len in [0, 1, 2, 17, 150] {
            let prefix = text(len, 3);
            let cdf = &network.cdfs(&[&prefix], 24)[0];
            let logits = literal_logits(&file.weights, &prefix);
            let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
            let mut spread = 0.0f64;
            for (symbol, logit) in logits.iter().enumerate() {
                let expected = logit.exp() / sum;
                let found = f64::from(cdf.frequency(symbol as Symbol)) / f64::from(1 << 24);
                assert!((found - expected).abs() < 1e-4 * expected + 2e-7, "{len}, {symbol}: {found}, not {expected}");
                spread = spread.max(expected * ALPHABET as f64);
            }
            assert!(spread > 1.5, "the test network says nothing: {spread}");
        }
    }
}

#[test]
fn distributions_depend_on_the_prefix_alone() {
    let long = text(60, 1);
    let other = text(45, 2);
    let mut prefixes: Vec<&[Symbol]> = (0..=60).rev().map(|len| &long[..len]).collect();
    prefixes.extend((0..45).map(|len| &other[..len]));
    prefixes.extend([&long[..7], &[], &other[..3]]);

    let alone: Vec<Cdf> = prefixes.iter().flat_map(|prefix| random_network(1, 1024).cdfs(&[prefix], 16)).collect();
    let network = random_network(1, 1024);
    assert_eq!(network.cdfs(&prefixes, 16), alone, "all in one batch");
    assert_eq!(network.cdfs(&prefixes, 16), alone, "again, with all positions remembered");
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| random_network(1, 1024).cdfs(&prefixes, 16)), alone, "{threads} threads");
    }
}

#[test]
fn sessions_agree_with_prefixes_past_the_context_too() {
    for context in [1, 2, 16, 1000] {
        let network = random_network(5, context);
        let text = text(150, 1);
        let prefixes: Vec<&[Symbol]> = (0..=150).map(|len| &text[..len]).collect();
        let expected = network.cdfs(&prefixes, 14);
        let mut single = network.session(14);
        for (len, &symbol) in text.iter().enumerate() {
            assert_eq!(single.cdf(), &expected[len], "after {len} of context {context}");
            single.push(symbol);
        }
        assert_eq!(single.cdf(), &expected[150]);
        for piece in [1, 7, 100, 150] {
            let mut session = network.session(14);
            let found: Vec<Cdf> = text.chunks(piece).flat_map(|piece| session.follow(piece)).collect();
            assert_eq!(found, expected[..150], "{piece} at a time, context {context}");
            assert_eq!(session.cdf(), &expected[150]);
            session.reset();
            assert_eq!(session.cdf(), &expected[0]);
        }
    }
}

#[test]
fn a_full_context_is_forgotten() {
    let network = random_network(5, 16);
    let text = text(40, 1);
    let [empty, full, after] = network.cdfs(&[&[], &text[..32], &text[..35]], 14).try_into().unwrap();
    assert_eq!(full, empty);
    assert_eq!(after, network.cdfs(&[&text[32..35]], 14)[0]);
    assert_ne!(after, network.cdfs(&[&text[31..35]], 14)[0]);
}

#[test]
fn a_network_needs_the_weights_of_an_m1() {
    let spoilt = |spoil: fn(&mut M1File)| {
        let mut file = random_file(1, 8);
        spoil(&mut file);
        Network::new(file).unwrap_err()
    };
    assert_eq!(spoilt(|file| file.context = 0), NetworkError::Context(0));
    assert_eq!(spoilt(|file| file.weights.shape.vocabulary = 65536), NetworkError::Vocabulary(65536));
    assert!(matches!(spoilt(|file| file.weights.shape.heads = 0), NetworkError::Empty(_)));
    let missing = spoilt(|file| drop(file.weights.parameters.remove("head")));
    assert_eq!(missing, NetworkError::Weights(WeightsError::Missing("head".to_owned())));
}

#[test]
fn identity_names_what_the_distributions_depend_on() {
    let file = random_file(1, 8);
    let identity = Network::new(file.clone()).unwrap().identity().to_owned();
    assert!(identity.strip_prefix("m1-").is_some_and(|hash| hash.len() == 12), "{identity}");
    let changed = |change: fn(&mut M1File)| {
        let mut file = file.clone();
        change(&mut file);
        file.identity()
    };
    assert_eq!(changed(|file| file.provenance.clear()), identity);
    assert_ne!(changed(|file| file.context += 1), identity);
    assert_ne!(changed(|file| file.weights.parameters.get_mut("head").unwrap().data[9] += 1.0), identity);
}

#[test]
fn a_file_comes_back_as_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.m1");
    for seed in [1, 2] {
        let file = random_file(seed, 256);
        save(&path, &file).unwrap();
        assert_eq!(load(&path).unwrap(), file);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no remnants");
}

#[test]
fn what_cannot_be_saved_leaves_the_old_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.m1");
    let old = random_file(1, 256);
    save(&path, &old).unwrap();
    let mut broken = random_file(2, 256);
    broken.weights.parameters.get_mut("head").unwrap().data[0] = f32::NAN;
    assert!(matches!(save(&path, &broken), Err(FileError::Weights { .. })));
    assert_eq!(load(&path).unwrap(), old);

    let absent = folder.path().join("absent").join("model.m1");
    let message = save(&absent, &old).unwrap_err().to_string();
    assert!(message.contains("absent"), "{message}");
    assert!(save(folder.path(), &old).is_err(), "a folder is no file");
}

/// An archive whose checksum is right, around any header: what a program other than ours might write.
fn sealed(header: serde_json::Value, arrays: BTreeMap<String, Parameter>) -> Vec<u8> {
    Archive { header, arrays }.to_bytes(Kind { name: "m1", version: 1 }).unwrap()
}

#[test]
fn a_right_checksum_is_no_reason_to_believe_the_header() {
    let header = |layers: u64, embed: u64| {
        serde_json::json!({
            "shape": {"embed": embed, "heads": 1, "layers": layers, "head_dim": 1, "mlp": 1, "vocabulary": 257},
            "context": 8, "provenance": {},
        })
    };
    let shape = Shape { embed: 1, heads: 1, layers: 1, head_dim: 1, mlp: 1, vocabulary: 257 };
    let arrays: BTreeMap<_, _> = Weights::layout(&shape)
        .into_iter()
        .map(|(name, dims)| (name, Parameter { data: vec![0.5; dims.iter().product()], dims }))
        .collect();
    assert!(from_bytes(&sealed(header(1, 1), arrays.clone()), "x").is_ok());
    let mut fewer = arrays.clone();
    fewer.remove("head");
    for (header, arrays) in [
        (header(1, 1), fewer),
        (header(u64::MAX, 1), arrays.clone()),
        (header(1 << 40, 0), BTreeMap::new()),
        (header(1, u64::MAX), arrays.clone()),
        (serde_json::json!({}), arrays.clone()),
    ] {
        let message = from_bytes(&sealed(header.clone(), arrays), "x").unwrap_err().to_string();
        assert!(message.starts_with("x "), "{header}: {message}");
    }
}

#[test]
fn what_is_no_frozen_m1_is_refused_by_name() {
    let missing = load(std::path::Path::new("nowhere/model.m1")).unwrap_err().to_string();
    assert!(missing.contains("nowhere/model.m1"), "{missing}");
    let other =
        Archive { header: 0, arrays: BTreeMap::new() }.to_bytes(Kind { name: "checkpoint", version: 1 }).unwrap();
    let message = from_bytes(&other, "x").unwrap_err().to_string();
    assert!(message.contains("it is a Mullion checkpoint"), "{message}");
}

#[test]
fn end_of_document_is_a_symbol_like_any_other() {
    let network = random_network(2, 64);
    let [after_it, after_nothing]: [Cdf; 2] = network.cdfs(&[&[END_OF_DOCUMENT], &[]], 16).try_into().unwrap();
    assert_ne!(after_it, after_nothing);
    assert_eq!(after_it.symbols(), ALPHABET);
}
