//! A frozen M1 on disk (`.m1`): the integer network, where it comes from, what was measured of it, and a golden hash, as an
//! [`Archive`] of kind `m1`.
//!
//! Arrays (safetensors; 8-bit for the matrices, 32-bit for everything else), with the names of [`crate::model::weights`]:
//! `embed` `[vocabulary + 1, embed]`; a matrix is `NAME` `[outputs, inputs]` with `NAME.multiplier` and `NAME.shift`
//! `[outputs]`; a norm is `NAME` and `NAME.shift`; a block has `score.multiplier`, `score.shift` `[heads]`, `mix`,
//! `mix.shift`, `relative`, `hidden.multiplier` and `hidden.shift` besides. What they mean is said in [`super::integer`].

use super::golden;
use super::integer::{Block, Linear, Model, ModelError, Norm, Scale};
use crate::model::Shape;
use crate::model::archive::{Archive, ArchiveError, Array, Kind};
use crate::model::relative::BUCKETS;
use safetensors::Dtype;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) const KIND: Kind = Kind {
    name: "m1",
    version: 2,
    oldest: (2, "version 1 held floats; freeze it again from its checkpoint with `mullion freeze-m1`, or train anew"),
};

/// A frozen M1.
#[derive(Debug, Clone, PartialEq)]
pub struct M1File {
    pub model: Model,
    /// Where the weights come from: corpus, seed, steps, loss and whatever else tells.
    pub provenance: BTreeMap<String, String>,
    /// What freezing cost, where that was measured.
    pub measured: Option<Measured>,
}

/// Float and integer network on the same held-out text, each row read afresh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Name of the text.
    pub text: String,
    /// Raw bytes of it that were measured on.
    pub bytes: u64,
    /// Bits per raw byte.
    pub float: f64,
    pub integer: f64,
}

impl Measured {
    /// Bits/byte are kept to six places: what logarithms give behind them may differ from machine to machine.
    pub fn new(text: String, bytes: u64, float: f64, integer: f64) -> Self {
        let [float, integer] = [float, integer].map(|bits| (bits * 1e6).round() / 1e6);
        Self { text, bytes, float, integer }
    }
}

/// Why a frozen M1 could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("{what} holds no weights that make up an M1: {problem}. Use another copy, or freeze M1 again")]
    Model { what: String, problem: ModelError },
    #[error(
        "{what} lacks the array `{name}`, or holds it in another shape or with other numbers. Use another copy, or freeze M1 again"
    )]
    Array { what: String, name: String },
    #[error(
        "{what} was frozen with golden hash {wanted}, but this machine computes {found}: its distributions would differ, and text \
         coded elsewhere would not decode here. Run `mullion selftest`, and tell us about this machine"
    )]
    Golden { what: String, wanted: String, found: String },
}

/// The header: everything but the numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    shape: Shape,
    context: usize,
    golden: String,
    measured: Option<Measured>,
    provenance: BTreeMap<String, String>,
}

/// Integers by name.
#[derive(Debug, Clone, PartialEq)]
struct Integers {
    dims: Vec<usize>,
    values: Values,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    I8(Vec<i8>),
    I32(Vec<i32>),
}

impl Array for Integers {
    fn dims(&self) -> &[usize] {
        &self.dims
    }

    fn dtype(&self) -> Dtype {
        match self.values {
            Values::I8(_) => Dtype::I8,
            Values::I32(_) => Dtype::I32,
        }
    }

    fn little_endian(&self) -> Vec<u8> {
        match &self.values {
            Values::I8(values) => values.iter().map(|&value| value as u8).collect(),
            Values::I32(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }

    fn read(dtype: Dtype, dims: Vec<usize>, bytes: &[u8]) -> Option<Self> {
        let values = match dtype {
            Dtype::I8 => Values::I8(bytes.iter().map(|&byte| byte as i8).collect()),
            Dtype::I32 => Values::I32(bytes.as_chunks::<4>().0.iter().map(|&b| i32::from_le_bytes(b)).collect()),
            _ => return None,
        };
        Some(Self { dims, values })
    }
}

/// Writes `file` to `path`, replacing what is there only when the new file is whole and on the disk.
///
/// # Errors
/// If the weights are not those of an M1, or the file cannot be written, as on a full disk. What was at `path` is then
/// still there.
pub fn save(path: &Path, file: &M1File) -> Result<(), FileError> {
    let what = || format!("what was to be written to {}", path.display());
    file.model.check().map_err(|problem| FileError::Model { what: what(), problem })?;
    Ok(file.archive().save(KIND, path)?)
}

/// Reads a frozen M1, and lets it compute its golden hash.
///
/// # Errors
/// If the file cannot be read, is not a whole and undamaged frozen M1 of a version that this program knows, breaks a bound
/// of the integer arithmetic, or does not compute here what it computed where it was frozen.
pub fn load(path: &Path) -> Result<M1File, FileError> {
    load_unproven(path)?.prove()
}

/// Reads a frozen M1 from the bytes of its file; `what` names it in messages.
///
/// # Errors
/// As for [`load`].
pub fn from_bytes(bytes: &[u8], what: &str) -> Result<M1File, FileError> {
    unproven_from_bytes(bytes, what)?.prove()
}

/// A frozen M1 that has not shown yet that it computes here what it computed where it was frozen.
#[derive(Debug, Clone, PartialEq)]
pub struct Unproven {
    pub file: M1File,
    /// Its golden hash.
    pub golden: String,
    what: String,
}

impl Unproven {
    /// Computes the golden hash.
    ///
    /// # Errors
    /// If it is another than in the file.
    pub fn prove(self) -> Result<M1File, FileError> {
        let Self { file, golden: wanted, what } = self;
        let found = golden::hash(&file.model);
        if found == wanted { Ok(file) } else { Err(FileError::Golden { what, wanted, found }) }
    }
}

/// [`load`] without the golden hash, for those who compute it themselves.
///
/// # Errors
/// As for [`load`], but for the golden hash.
pub fn load_unproven(path: &Path) -> Result<Unproven, FileError> {
    opened(Archive::load(KIND, path)?, &path.display().to_string())
}

/// [`from_bytes`] without the golden hash.
///
/// # Errors
/// As for [`load_unproven`].
pub fn unproven_from_bytes(bytes: &[u8], what: &str) -> Result<Unproven, FileError> {
    opened(Archive::from_bytes(KIND, bytes, what)?, what)
}

fn opened(archive: Archive<Header, Integers>, what: &str) -> Result<Unproven, FileError> {
    let Archive { header: Header { shape, context, golden, measured, provenance }, arrays } = archive;
    let mut arrays = Arrays { arrays, what };
    // A header may claim any number of layers; each takes dozens of arrays, so what is not there is soon missed.
    let blocks = (0..shape.layers).map(|l| arrays.block(&format!("blocks.{l}."))).collect::<Result<Vec<_>, _>>()?;
    let model = Model {
        shape,
        context,
        embed: arrays.values("embed")?,
        blocks,
        final_norm: arrays.norm("final_norm")?,
        head: arrays.linear("head")?,
    };
    if let Some((name, _)) = arrays.arrays.pop_first() {
        return Err(FileError::Array { what: what.to_owned(), name });
    }
    model.check().map_err(|problem| FileError::Model { what: what.to_owned(), problem })?;
    Ok(Unproven { file: M1File { model, provenance, measured }, golden, what: what.to_owned() })
}

/// Arrays that are taken one by one.
struct Arrays<'a> {
    arrays: BTreeMap<String, Integers>,
    what: &'a str,
}

impl Arrays<'_> {
    fn missing(&self, name: &str) -> FileError {
        FileError::Array { what: self.what.to_owned(), name: name.to_owned() }
    }

    fn values(&mut self, name: &str) -> Result<Vec<i32>, FileError> {
        match self.arrays.remove(name) {
            Some(Integers { values: Values::I32(values), .. }) => Ok(values),
            _ => Err(self.missing(name)),
        }
    }

    /// A number in 0…2^31 − 1.
    fn one(&mut self, name: &str) -> Result<u32, FileError> {
        match self.values(name)?.as_slice() {
            [value] if *value >= 0 => Ok(value.unsigned_abs()),
            _ => Err(self.missing(name)),
        }
    }

    fn scales(&mut self, name: &str) -> Result<Vec<Scale>, FileError> {
        let multipliers = self.values(&format!("{name}.multiplier"))?;
        let shifts = self.values(&format!("{name}.shift"))?;
        if multipliers.len() != shifts.len() {
            return Err(self.missing(&format!("{name}.shift")));
        }
        Ok(multipliers.into_iter().zip(shifts).map(|(multiplier, shift)| Scale { multiplier, shift }).collect())
    }

    fn norm(&mut self, name: &str) -> Result<Norm, FileError> {
        Ok(Norm { multipliers: self.values(name)?, shift: self.one(&format!("{name}.shift"))? })
    }

    fn linear(&mut self, name: &str) -> Result<Linear, FileError> {
        let scales = self.scales(name)?;
        match self.arrays.remove(name) {
            Some(Integers { dims, values: Values::I8(weights) }) if dims.len() == 2 && dims[0] == scales.len() => {
                Ok(Linear { inputs: dims[1], weights, scales })
            }
            _ => Err(self.missing(name)),
        }
    }

    fn block(&mut self, prefix: &str) -> Result<Block, FileError> {
        let name = |part: &str| format!("{prefix}{part}");
        Ok(Block {
            attention_norm: self.norm(&name("attention_norm"))?,
            query: self.linear(&name("query"))?,
            key: self.linear(&name("key"))?,
            value: self.linear(&name("value"))?,
            score: self.scales(&name("score"))?,
            relative: self.values(&name("relative"))?,
            mix: self.values(&name("mix"))?,
            mix_shift: self.one(&name("mix.shift"))?,
            output: self.linear(&name("output"))?,
            mlp_norm: self.norm(&name("mlp_norm"))?,
            gate: self.linear(&name("gate"))?,
            up: self.linear(&name("up"))?,
            hidden: self.scales(&name("hidden"))?,
            down: self.linear(&name("down"))?,
        })
    }
}

/// Arrays that are put in one by one.
#[derive(Default)]
struct Named(BTreeMap<String, Integers>);

impl Named {
    fn values(&mut self, name: &str, dims: &[usize], values: &[i32]) {
        let integers = Integers { dims: dims.to_vec(), values: Values::I32(values.to_vec()) };
        self.0.insert(name.to_owned(), integers);
    }

    fn vector(&mut self, name: &str, values: &[i32]) {
        self.values(name, &[values.len()], values);
    }

    fn scales(&mut self, name: &str, scales: &[Scale]) {
        self.vector(&format!("{name}.multiplier"), &scales.iter().map(|scale| scale.multiplier).collect::<Vec<_>>());
        self.vector(&format!("{name}.shift"), &scales.iter().map(|scale| scale.shift).collect::<Vec<_>>());
    }

    fn norm(&mut self, name: &str, norm: &Norm) {
        self.vector(name, &norm.multipliers);
        self.vector(&format!("{name}.shift"), &[norm.shift as i32]);
    }

    fn linear(&mut self, name: &str, linear: &Linear) {
        let dims = vec![linear.outputs(), linear.inputs];
        self.0.insert(name.to_owned(), Integers { dims, values: Values::I8(linear.weights.clone()) });
        self.scales(name, &linear.scales);
    }
}

impl M1File {
    fn archive(&self) -> Archive<Header, Integers> {
        let Self { model, provenance, measured } = self;
        let header = Header {
            shape: model.shape,
            context: model.context,
            golden: golden::hash(model),
            measured: measured.clone(),
            provenance: provenance.clone(),
        };
        Archive { header, arrays: arrays(model).0 }
    }

    /// `m1-` and a hash of everything that the distributions depend on: weights and context, not provenance.
    pub fn identity(&self) -> String {
        let Model { shape, context, .. } = &self.model;
        let Shape { embed, heads, layers, head_dim, mlp, vocabulary } = *shape;
        let mut hash = Sha256::new();
        for number in [embed, heads, layers, head_dim, mlp, vocabulary, *context] {
            hash.update((number as u64).to_le_bytes());
        }
        for (name, integers) in &arrays(&self.model).0 {
            hash.update(name);
            hash.update(integers.little_endian());
        }
        format!("m1-{}", short_hex(&hash.finalize()))
    }
}

fn arrays(model: &Model) -> Named {
    let shape = model.shape;
    let mut named = Named::default();
    named.values("embed", &[shape.vocabulary + 1, shape.embed], &model.embed);
    for (l, block) in model.blocks.iter().enumerate() {
        let name = |part: &str| format!("blocks.{l}.{part}");
        named.norm(&name("attention_norm"), &block.attention_norm);
        named.linear(&name("query"), &block.query);
        named.linear(&name("key"), &block.key);
        named.linear(&name("value"), &block.value);
        named.scales(&name("score"), &block.score);
        named.values(&name("relative"), &[shape.heads, BUCKETS], &block.relative);
        named.vector(&name("mix"), &block.mix);
        named.vector(&name("mix.shift"), &[block.mix_shift as i32]);
        named.linear(&name("output"), &block.output);
        named.norm(&name("mlp_norm"), &block.mlp_norm);
        named.linear(&name("gate"), &block.gate);
        named.linear(&name("up"), &block.up);
        named.scales(&name("hidden"), &block.hidden);
        named.linear(&name("down"), &block.down);
    }
    named.norm("final_norm", &model.final_norm);
    named.linear("head", &model.head);
    named
}

/// The first 12 hexadecimal digits of a hash: what names are made of.
pub(super) fn short_hex(hash: &[u8]) -> String {
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
