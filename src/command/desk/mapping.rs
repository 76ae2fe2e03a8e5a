//! The atlas of codes.

use super::Desk;
use crate::app::{Counted, Mapping};
use crate::command::atlas;
use crate::command::coder::{Coder, TrainingOptions};
use crate::command::m1_choice::M1Choice;
use crate::experiment::STORE_FILE;
use crate::experiment::store::Store;
use crate::experiment::token_accuracy::{ScoredRun, TokenAccuracy, scored_runs};
use crate::tokenizer::Atlas;
use crate::tokenizer::atlas::CodeCounts;
use std::path::Path;
use std::sync::Arc;

impl Mapping for Desk {
    fn atlas(
        &self,
        bits: u16,
        m1: Option<&Path>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Arc<Atlas>, String> {
        let coder = match m1 {
            None => self.coder(),
            Some(path) => {
                let choice: M1Choice = path.to_string_lossy().parse()?;
                Arc::new(Coder::open(&choice, TrainingOptions::default()).map_err(|error| error.to_string())?)
            }
        };
        atlas::open(&coder, bits, progress).map(Arc::new).map_err(|error| error.to_string())
    }

    fn count(
        &self,
        atlas: &Atlas,
        text: &Counted,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<CodeCounts, String> {
        atlas::count(atlas, text, progress).map_err(|error| error.to_string())
    }

    fn scored_runs(&self, method: &str) -> Result<Vec<ScoredRun>, String> {
        let store = self.results.join(STORE_FILE);
        if !store.exists() {
            return Ok(Vec::new());
        }
        let runs = Store::open(&store).and_then(|store| scored_runs(&store, Some(method)));
        runs.map_err(|error| error.to_string())
    }

    fn token_accuracy(&self, run: &ScoredRun) -> Result<TokenAccuracy, String> {
        TokenAccuracy::load(&run.path).map_err(|error| error.to_string())
    }
}
