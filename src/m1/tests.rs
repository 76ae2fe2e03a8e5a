//! The network as a model to code with, and files against damage.

use super::file::{FileError, KIND, M1File, from_bytes, load, save};
use super::freeze::tests::text;
use super::integer::tests::random_model;
use super::*;
use crate::coding::{ALPHABET, END_OF_DOCUMENT};
use crate::model::Parameter;
use crate::model::archive::{Archive, Array, Kind};
use safetensors::Dtype;
use std::collections::BTreeMap;

fn random_file(seed: u64, context: usize) -> M1File {
    let provenance = BTreeMap::from([("corpus".to_owned(), "none: random weights".to_owned())]);
    M1File { model: random_model(seed, context), provenance, measured: None }
}

fn random_network(seed: u64, context: usize) -> Network {
    Network::new(random_file(seed, context)).unwrap()
}

/// Any array, as its bytes.
#[derive(Clone)]
struct AnyArray {
    dtype: Dtype,
    dims: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array for AnyArray {
    fn dims(&self) -> &[usize] {
        &self.dims
    }

    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn little_endian(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    fn read(dtype: Dtype, dims: Vec<usize>, bytes: &[u8]) -> Option<Self> {
        Some(Self { dtype, dims, bytes: bytes.to_vec() })
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
    for context in [2, 3, 16, 1000] {
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
fn attention_sees_the_begin_symbol_and_the_last_of_the_context() {
    // One block, so that nothing travels from what is out of sight to what is seen.
    let mut model = random_model(5, 16);
    model.blocks.truncate(1);
    model.shape.layers = 1;
    let network = Network::new(M1File { model, provenance: BTreeMap::new(), measured: None }).unwrap();
    let one = text(40, 1);
    let mut other = one.clone();
    other[24] ^= 1;
    assert_eq!(network.cdfs(&[&one], 14), network.cdfs(&[&other], 14), "16 positions back");
    other[26] ^= 1;
    assert_ne!(network.cdfs(&[&one], 14), network.cdfs(&[&other], 14), "14 positions back");
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
    assert_ne!(changed(|file| file.model.context += 1), identity);
    assert_ne!(changed(|file| file.model.head.weights[9] ^= 1), identity);
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
    broken.model.head.weights[0] = -128;
    assert!(matches!(save(&path, &broken), Err(FileError::Model { .. })));
    assert_eq!(load(&path).unwrap(), old);

    let absent = folder.path().join("absent").join("model.m1");
    let message = save(&absent, &old).unwrap_err().to_string();
    assert!(message.contains("absent"), "{message}");
    assert!(save(folder.path(), &old).is_err(), "a folder is no file");
}

/// A file's header and arrays, changed, with a checksum that is right: what a program other than ours might write.
fn rewritten(change: impl Fn(&mut serde_json::Value, &mut BTreeMap<String, AnyArray>)) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.m1");
    save(&path, &random_file(1, 8)).unwrap();
    let mut archive = Archive::<serde_json::Value, AnyArray>::load(KIND, &path).unwrap();
    change(&mut archive.header, &mut archive.arrays);
    archive.to_bytes(KIND).unwrap()
}

#[test]
fn a_right_checksum_is_no_reason_to_believe_the_rest() {
    assert!(from_bytes(&rewritten(|_, _| ()), "x").is_ok());
    let refused = |change: fn(&mut serde_json::Value, &mut BTreeMap<String, AnyArray>)| {
        let message = from_bytes(&rewritten(change), "x").unwrap_err().to_string();
        assert!(message.starts_with("x "), "{message}");
        message
    };
    assert!(refused(|_, arrays| drop(arrays.remove("head"))).contains("`head`"));
    assert!(refused(|_, arrays| drop(arrays.insert("more".to_owned(), arrays["head"].clone()))).contains("`more`"));
    assert!(refused(|header, _| header["shape"]["layers"] = u64::MAX.into()).contains("blocks.2"));
    refused(|header, _| header["shape"]["embed"] = (1u64 << 40).into());
    refused(|header, _| header["shape"]["heads"] = 0.into());
    refused(|header, _| header["context"] = 1.into());
    refused(|header, _| *header = serde_json::json!({}));
    assert!(refused(|_, arrays| arrays.get_mut("head").unwrap().bytes[0] = 0x80).contains("-128"));
}

#[test]
fn a_machine_that_computes_otherwise_is_told() {
    let wrong = rewritten(|header, _| header["golden"] = "00".into());
    let message = from_bytes(&wrong, "x").unwrap_err().to_string();
    assert!(message.contains("golden hash 00") && message.contains("mullion selftest"), "{message}");
    // A weight that was changed by someone who knew the checksum.
    let changed = rewritten(|_, arrays| arrays.get_mut("head").unwrap().bytes[0] ^= 1);
    assert!(matches!(from_bytes(&changed, "x"), Err(FileError::Golden { .. })));
}

#[test]
fn version_1_is_refused_with_the_way_out() {
    let old = Kind { name: "m1", version: 1, oldest: (1, "") };
    let bytes = Archive::<_, Parameter> { header: 0, arrays: BTreeMap::new() }.to_bytes(old).unwrap();
    let message = from_bytes(&bytes, "x").unwrap_err().to_string();
    assert!(message.contains("version 1") && message.contains("freeze-m1"), "{message}");
}

#[test]
fn what_is_no_frozen_m1_is_refused_by_name() {
    let missing = load(std::path::Path::new("nowhere/model.m1")).unwrap_err().to_string();
    assert!(missing.contains("nowhere/model.m1"), "{missing}");
    let other = Archive::<_, Parameter> { header: 0, arrays: BTreeMap::new() }
        .to_bytes(Kind { name: "checkpoint", ..KIND })
        .unwrap();
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
