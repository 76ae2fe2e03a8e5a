//! An atlas of few codes.

use super::{FakeWorkbench, lock};
use mullion::app::{Counted, Mapping};
use mullion::experiment::event::{Role, RunId, RunInfo, Status};
use mullion::experiment::token_accuracy::{About, ScoredRun, TokenAccuracy};
use mullion::m1::{StandIn, Trees};
use mullion::tokenizer::Atlas;
use mullion::tokenizer::atlas::CodeCounts;
use std::path::Path;
use std::sync::Arc;

impl Mapping for FakeWorkbench {
    /// Windows of few bits whatever is asked for, so that a test can wait for them: each byte is a text, and some pairs are.
    fn atlas(
        &self,
        bits: u16,
        m1: Option<&Path>,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<Arc<Atlas>, String> {
        lock(&self.atlases).push((bits, m1.map(Path::to_owned)));
        if let Some(message) = lock(&self.refuse_atlas).clone() {
            return Err(message);
        }
        let letters = "the theatre of the north ".repeat(400);
        let model = StandIn::counted(letters.bytes().map(u16::from).chain(0..=256));
        Atlas::new(&model, &Trees::default(), lock(&self.atlas_bits).unwrap_or(9), progress)
            .map(Arc::new)
            .map_err(|error| error.to_string())
    }

    fn count(
        &self,
        atlas: &Atlas,
        text: &Counted,
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<CodeCounts, String> {
        lock(&self.counted).push(text.clone());
        while *lock(&self.hold_counts) {
            if !progress(0, 9) {
                return Err("stopped, as was asked".to_owned());
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let mut counts = CodeCounts::default();
        let symbols: Vec<u16> = "the north".bytes().map(u16::from).collect();
        atlas.count(&symbols, &mut counts).map_err(|error| error.to_string())?;
        progress(9, 9);
        Ok(counts)
    }

    fn scored_runs(&self, method: &str) -> Result<Vec<ScoredRun>, String> {
        let run = RunInfo {
            id: RunId(4),
            role: Role::M2,
            label: method.to_owned(),
            method: Some(method.to_owned()),
            size: "nano".into(),
            seed: 1,
            steps: 600,
            priority: 0,
            status: Status::Done,
            results: Default::default(),
        };
        Ok(vec![ScoredRun { experiment: "first".into(), run, path: "results/first/run-4/x".into() }])
    }

    fn token_accuracy(&self, run: &ScoredRun) -> Result<TokenAccuracy, String> {
        let about = About {
            identity: "M2 of the test".into(),
            method: run.run.method.clone().unwrap_or_default(),
            m1: lock(&self.scored_m1).clone(),
            vocabulary: 512,
            step: 600,
        };
        let mut accuracy = TokenAccuracy::new(about);
        (0..3).for_each(|time| accuracy.add(1, time > 0));
        Ok(accuracy)
    }
}
