//! The atlas of all codes of short windows.

use crate::experiment::token_accuracy::{ScoredRun, TokenAccuracy};
use crate::figure::heat_map::Quantity;
use crate::figure::table::{Cell, Column, Row, Table};
use crate::tokenizer::Atlas;
use crate::tokenizer::atlas::{self, CodeCounts};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text whose windows are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// The text that Mullion carries with it.
    Corpus,
    /// A file or a folder, read as a corpus is.
    Path(PathBuf),
    /// These bytes, as one document.
    Text(Arc<[u8]>),
}

/// What is known of codes besides their texts.
#[derive(Debug, Clone, Default)]
pub struct CodeFigures {
    pub counts: Option<CodeCounts>,
    /// A run's, whose tokens are the codes.
    pub accuracy: Option<TokenAccuracy>,
}

impl CodeFigures {
    /// Whether a run's tokens are the codes of an atlas; if not, why.
    ///
    /// # Errors
    /// If they are not.
    pub fn fit(accuracy: &TokenAccuracy, atlas: &Atlas) -> Result<(), String> {
        let method = atlas.method().map(|method| method.to_string()).unwrap_or_default();
        if accuracy.about.method != method {
            let its = &accuracy.about.method;
            return Err(format!(
                "The run's tokens are of {its}, and these codes are tokens of {method}: choose another run or other bits."
            ));
        }
        if accuracy.about.m1 != atlas.model() {
            let (its, ours) = (&accuracy.about.m1, atlas.model());
            return Err(format!(
                "The run's tokens are codes under {its}, and this atlas is of {ours}: open the atlas of that M1."
            ));
        }
        Ok(())
    }

    /// The values of one quantity, by code.
    pub fn values(&self, quantity: Quantity, atlas: &Atlas) -> Vec<Option<f64>> {
        let codes = 0..atlas.codes();
        match quantity {
            Quantity::Bytes => atlas.lengths().map(|bytes| Some(bytes as f64)).collect(),
            Quantity::Cost => atlas.costs().map(Some).collect(),
            Quantity::Seen => codes.map(|code| Some(self.counts.as_ref()?.of(code) as f64)).collect(),
            Quantity::Accuracy => codes.map(|code| self.accuracy.as_ref()?.share(code)).collect(),
        }
    }

    /// The table of all codes, for Markdown and LaTeX.
    pub fn table(&self, atlas: &Atlas) -> Table {
        let mut columns = vec![
            Column::new("Code", "The window's code").decimals(0),
            Column::new("Hex", "The code in hexadecimal"),
            Column::new("Text", "What it stands for"),
            Column::new("Bytes", "Bytes of the text").decimals(0),
            Column::new("Cost", "−log2 of the text's probability under M1, in bits").decimals(4),
            Column::new("Bits used", "Bits of the code that are information").decimals(0),
        ];
        let seen = Column::new("Seen", "How often the code was met in the text that was counted").decimals(0);
        columns.extend(self.counts.as_ref().map(|_| seen));
        if self.accuracy.is_some() {
            columns.push(Column::new("To predict", "How often it came next in held-out text").decimals(0));
            columns.push(Column::new("Predicted", "How often M2 found it the likeliest then").decimals(0));
        }
        let row = |code: u32| {
            let mut cells = vec![
                Cell::Number(code.into()),
                Cell::Text(atlas.hex(code)),
                Cell::Text(atlas::spelled(atlas.text(code))),
                Cell::Number(atlas.bytes(code) as f64),
                Cell::Number(atlas.cost(code)),
                Cell::Number(f64::from(atlas.used_bits(code))),
            ];
            cells.extend(self.counts.as_ref().map(|counts| Cell::Number(counts.of(code) as f64)));
            if let Some(accuracy) = &self.accuracy {
                let (seen, right) = accuracy.of(code);
                cells.extend([Cell::Number(seen.into()), Cell::Number(right.into())]);
            }
            Row { cells, color: None }
        };
        let title = format!("Codes of {} bits under M1 {}", atlas.bits(), atlas.model());
        Table { title, columns, rows: (0..atlas.codes()).map(row).collect() }
    }

    /// The table of all codes as CSV, with their symbols.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn write_csv(&self, atlas: &Atlas, out: &mut dyn Write) -> std::io::Result<()> {
        let predicted = self.accuracy.as_ref().map(|accuracy| {
            move |code| {
                let (seen, right) = accuracy.of(code);
                (u64::from(seen), u64::from(right))
            }
        });
        let predicted = predicted.as_ref().map(|predicted| predicted as &dyn Fn(u32) -> (u64, u64));
        atlas::csv(atlas, self.counts.as_ref(), predicted, out)
    }
}

/// Maps codes to texts. `progress` is told how much is done of how much (0 where nobody knows), and stops the work by returning
/// `false`.
pub trait Mapping: Send + Sync {
    /// All windows of `bits` bits under the M1 in a file, or under the one that texts are cut with.
    fn atlas(
        &self,
        bits: u16,
        m1: Option<&Path>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Arc<Atlas>, String>;

    /// How often each code is met in a text, in coding examples as experiments have them.
    fn count(
        &self,
        atlas: &Atlas,
        text: &Counted,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<CodeCounts, String>;

    /// Runs over tokens of this method that have told how well they predict each token.
    fn scored_runs(&self, method: &str) -> Result<Vec<ScoredRun>, String>;

    /// How well a run predicts each token.
    fn token_accuracy(&self, run: &ScoredRun) -> Result<TokenAccuracy, String>;
}
