//! One tokenizer's figures, for a table, JSON or CSV.

use crate::command::CommandError;
use crate::command::coder::Coder;
use crate::measure::TokenTotals;
use crate::tokenizer::Tokenizer;
use serde::Serialize;
use std::fmt;
use std::io::Write;

/// A tokenizer's figures. Every bits/byte and ratio is over raw source bytes.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub method: String,
    /// The model's identity, if the method runs one.
    pub model: Option<String>,
    /// The vocabulary's identity, if there is one.
    pub vocabulary_identity: Option<String>,
    pub vocabulary: usize,
    pub examples: u64,
    pub bytes: u64,
    pub tokens: u64,
    /// Bytes per token.
    pub token_ratio: Option<f64>,
    /// Source bits per bit of the tokens.
    pub bit_ratio: Option<f64>,
    pub bits_per_token: f64,
    pub uniform_bits_per_byte: Option<f64>,
    pub unigram_bits_per_byte: Option<f64>,
    /// What the unigram model was counted on: raw bytes, and their tokens.
    pub training_bytes: Option<u64>,
    pub training_tokens: Option<u64>,
    pub windows: u64,
    pub mean_padding_bits: Option<f64>,
    /// The share of windows whose code does not say which text it stands for.
    pub ambiguous_windows: Option<f64>,
    /// Windows where looking ahead to the next one does not help either.
    pub unresolved_windows: u64,
    pub round_trip: RoundTrip,
    /// Millions of raw bytes encoded a second, on all cores.
    pub encode_mb_per_second: f64,
}

/// What a unigram model costs, and what it was counted on.
#[derive(Debug, Clone, Copy)]
pub struct Unigram {
    pub training_bytes: u64,
    pub training_tokens: u64,
    pub nats_per_token: f64,
}

/// Whether the text came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum RoundTrip {
    /// Every example was decoded, and is the text.
    Proven,
    NotTried,
    /// The method normalises text: so many documents came back otherwise, and so many bytes of them are lost.
    Lost {
        documents: u64,
        of: u64,
        bytes: u64,
    },
}

impl fmt::Display for RoundTrip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proven => f.write_str("proven"),
            Self::NotTried => f.write_str("not tried"),
            Self::Lost { bytes: 0, .. } => f.write_str("proven here"),
            Self::Lost { bytes, .. } => write!(f, "{bytes} lost"),
        }
    }
}

impl Row {
    /// The figures of `totals`.
    pub fn new(
        tokenizer: &dyn Tokenizer,
        totals: &TokenTotals,
        unigram: Option<Unigram>,
        round_trip: RoundTrip,
        encode_mb_per_second: f64,
        coder: &Coder,
    ) -> Self {
        let defined = |figure: f64| Some(figure).filter(|figure| figure.is_finite());
        Self {
            method: tokenizer.method().to_string(),
            model: tokenizer.method().runs_m1().then(|| coder.model.identity().to_owned()),
            vocabulary_identity: tokenizer.identity(),
            vocabulary: tokenizer.vocabulary(),
            examples: totals.examples,
            bytes: totals.ratio.bytes,
            tokens: totals.ratio.tokens,
            token_ratio: defined(totals.ratio.token_ratio()),
            bit_ratio: defined(totals.ratio.bit_ratio()),
            bits_per_token: tokenizer.bits_per_token(),
            uniform_bits_per_byte: defined(totals.uniform_bits_per_byte(tokenizer.vocabulary())),
            unigram_bits_per_byte: unigram.and_then(|unigram| defined(totals.bits_per_byte(unigram.nats_per_token))),
            training_bytes: unigram.map(|unigram| unigram.training_bytes),
            training_tokens: unigram.map(|unigram| unigram.training_tokens),
            windows: totals.windows,
            mean_padding_bits: totals.mean_padding(),
            ambiguous_windows: totals.ambiguous_share(),
            unresolved_windows: totals.unresolved_windows,
            round_trip,
            encode_mb_per_second,
        }
    }

    /// What the method loses, in words.
    pub fn loss(&self) -> Option<String> {
        match self.round_trip {
            RoundTrip::Lost { documents, of, bytes } if bytes > 0 => Some(format!(
                "it normalises text: {documents} of {of} documents come back otherwise, {bytes} of their bytes are lost"
            )),
            _ => None,
        }
    }
}

pub fn write_json(rows: &[Row], out: &mut dyn Write) -> Result<(), CommandError> {
    serde_json::to_writer_pretty(&mut *out, rows).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

pub fn write_csv(rows: &[Row], out: &mut dyn Write) -> Result<(), CommandError> {
    let mut writer = csv::Writer::from_writer(out);
    let failed = |error: csv::Error| CommandError::Output(std::io::Error::from(error));
    writer
        .write_record([
            "method",
            "model",
            "vocabulary_identity",
            "vocabulary",
            "examples",
            "bytes",
            "tokens",
            "token_ratio",
            "bit_ratio",
            "bits_per_token",
            "uniform_bits_per_byte",
            "unigram_bits_per_byte",
            "training_bytes",
            "training_tokens",
            "windows",
            "mean_padding_bits",
            "ambiguous_windows",
            "unresolved_windows",
            "round_trip",
            "lost_documents",
            "lost_bytes",
            "encode_mb_per_second",
        ])
        .map_err(failed)?;
    let figure = |figure: Option<f64>| figure.map_or(String::new(), |figure| figure.to_string());
    for row in rows {
        let (result, documents, bytes) = match row.round_trip {
            RoundTrip::Proven => ("proven", 0, 0),
            RoundTrip::NotTried => ("not_tried", 0, 0),
            RoundTrip::Lost { documents, bytes, .. } => ("lost", documents, bytes),
        };
        writer
            .write_record([
                row.method.clone(),
                row.model.clone().unwrap_or_default(),
                row.vocabulary_identity.clone().unwrap_or_default(),
                row.vocabulary.to_string(),
                row.examples.to_string(),
                row.bytes.to_string(),
                row.tokens.to_string(),
                figure(row.token_ratio),
                figure(row.bit_ratio),
                row.bits_per_token.to_string(),
                figure(row.uniform_bits_per_byte),
                figure(row.unigram_bits_per_byte),
                row.training_bytes.map_or(String::new(), |bytes| bytes.to_string()),
                row.training_tokens.map_or(String::new(), |tokens| tokens.to_string()),
                row.windows.to_string(),
                figure(row.mean_padding_bits),
                figure(row.ambiguous_windows),
                row.unresolved_windows.to_string(),
                result.to_owned(),
                documents.to_string(),
                bytes.to_string(),
                row.encode_mb_per_second.to_string(),
            ])
            .map_err(failed)?;
    }
    Ok(writer.flush()?)
}
