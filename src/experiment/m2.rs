//! The M2 stage of one run: tokenise, measure the tokens, train a decoder over them, measure what it learned.
//!
//! Text is coded in examples of `example_bytes` symbols (10,240 in the paper), each by itself, and a training row is
//! `context` tokens of one coding example. Where the coder restarts at every window, all of an example's tokens are cut
//! into rows; under plain arithmetic coding only the first row of each example is used, as in the paper, because a later
//! one would begin in the middle of the coder's state.

use super::RunError;
use super::event::{Event, Level, RunInfo, Series, Status};
use super::materials;
use super::reporter::Reporter;
use super::spec::RunSpec;
use super::store::TRAINING_BYTES_PER_STEP;
use super::text::Text;
use super::token_accuracy::{About, LARGEST_VOCABULARY, TOKEN_ACCURACY_FILE, TokenAccuracy};
use super::token_file::{ShuffledRows, TokenFile};
use super::tokens::{self, HeldOut, positions, with_positions};
use super::training::{self, Data, Ended, Training, check_finite};
use super::trees;
use crate::measure::{PositionAccuracy, Ratio, bits_per_byte, flops_per_byte};
use crate::model::Shape;
use crate::tokenizer::{self, Materials, TokenizeError};
use crate::train::{Batch, Checkpoint, Trainer};
use burn::tensor::Device;
use std::path::Path;

/// What every run of an experiment shares.
pub struct Shared<'a> {
    pub text: &'a Text,
    /// The dimensions of M1; none of a stand-in.
    pub m1: Option<Shape>,
    pub materials: Materials,
    /// Where they are kept.
    pub trees_folder: &'a Path,
    pub device: &'a Device,
}

/// One run on its way: its stages' common hold on what they work with.
pub struct M2Run<'a> {
    pub reporter: &'a mut Reporter,
    pub run: &'a mut RunInfo,
    pub spec: &'a RunSpec,
    pub shared: &'a Shared<'a>,
    /// The run's own folder.
    pub folder: &'a Path,
}

/// Runs both stages; false if it was stopped before its end.
pub fn train_m2(work: &mut M2Run) -> Result<bool, RunError> {
    let (spec, shared) = (work.spec, work.shared);
    let tokenizer = tokenizer::build(&spec.method, &shared.materials)?;
    work.reporter.stage(&format!("{}: tokenise", work.run.label))?;
    work.reporter.status(work.run, Status::Running)?;
    let known = shared.materials.trees.prefixes().statistics().prefixes;
    let (held_out, file) = match tokens::tokenize(work, tokenizer.as_ref()) {
        Ok(Some(tokens)) => tokens,
        Ok(None) | Err(RunError::Tokenize(TokenizeError::Cancelled)) => {
            work.reporter.status(work.run, Status::Stopped)?;
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    trees::keep(&shared.materials.trees, shared.trees_folder, shared.materials.model.identity(), known)?;
    let bytes_per_token = file.info.bytes as f64 / file.info.tokens as f64;
    let steps = spec.steps(tokenizer.vocabulary(), bytes_per_token, shared.m1.as_ref());
    let settled = spec.settled(steps);
    if let Some(budget) = &spec.budget {
        work.reporter.steps(work.run, steps)?;
        let label = &work.run.label;
        let text = format!("{label}: {budget} are {steps} steps, as a token is {bytes_per_token:.3} bytes");
        work.reporter.message(Level::Info, text)?;
    }
    work.reporter.send(Event::Run(work.run.clone()));
    work.reporter.stage(&format!("{}: train M2 {}", work.run.label, spec.training.size.name))?;
    let shape = spec.training.size.with_vocabulary(tokenizer.vocabulary());
    let work = &mut M2Run { reporter: work.reporter, run: work.run, spec: &settled, shared, folder: work.folder };
    if train_decoder(work, shape, file, &held_out)? == Ended::Stopped {
        return Ok(false);
    }
    let m1 = shared.m1.as_ref().filter(|_| spec.method.runs_m1());
    let cost = flops_per_byte(&shape, 1.0 / held_out.measured.ratio.token_ratio(), m1);
    work.reporter.result(work.run, "FLOPs/byte", cost)?;
    work.reporter.status(work.run, Status::Done)?;
    Ok(true)
}

fn train_decoder(work: &mut M2Run, shape: Shape, file: TokenFile, held_out: &HeldOut) -> Result<Ended, RunError> {
    let M2Run { reporter, run, spec, shared, folder } = work;
    let identity = format!(
        "M2 {} over {}, batch {}, base rate {}, warm-up {}, z-loss {}",
        spec.training.size.name,
        file.info.identity,
        spec.training.batch,
        spec.training.schedule.base_rate,
        spec.training.schedule.warmup_steps,
        spec.training.schedule.z_loss
    );
    let checkpoint = folder.join(materials::CHECKPOINT);
    let (mut trainer, drawn) = if checkpoint.exists() {
        let (saved, trainer) = Checkpoint::load(&checkpoint, &identity, spec.training.schedule, shared.device)?;
        reporter.store.truncate_after(run.id, saved.step)?;
        (trainer, saved.examples_drawn)
    } else {
        if !reporter.store.series(run.id, Series::TrainBitsPerByte)?.is_empty() {
            let text = format!("{}: no checkpoint was found; it begins again at step 0", run.label);
            reporter.message(Level::Warning, text)?;
        }
        reporter.store.truncate_after(run.id, 0)?;
        (Trainer::new(shape, spec.seed, spec.training.schedule, shared.device), 0)
    };
    let bytes_per_token = file.info.bytes as f64 / file.info.tokens as f64;
    let tokens_per_step = spec.training.batch as f64 * spec.training.context as f64;
    reporter.result(run, TRAINING_BYTES_PER_STEP, bytes_per_token * tokens_per_step)?;
    let mut data = Rows { bytes_per_token, rows: ShuffledRows::new(file, spec.seed, drawn) };
    let trained_as = identity.clone();
    let mut evaluate = |reporter: &mut Reporter, run: &mut RunInfo, trainer: &Trainer| -> Result<(), RunError> {
        let step = trainer.steps_taken();
        // At the last step it is noted of every token how often it was predicted: what the atlas is coloured by.
        let about = || About {
            identity: trained_as.clone(),
            method: spec.method.to_string(),
            m1: shared.materials.model.identity().to_owned(),
            vocabulary: shape.vocabulary,
            step,
        };
        let last = step == spec.training.steps && shape.vocabulary <= LARGEST_VOCABULARY;
        let mut by_token = last.then(|| TokenAccuracy::new(about()));
        let (bits, accuracy) = score(trainer, spec, held_out, by_token.as_mut())?;
        check_finite(bits, run, step)?;
        reporter.point(run, Series::ValidationBitsPerByte, step, bits)?;
        if let Some(by_token) = by_token {
            by_token.save(&folder.join(TOKEN_ACCURACY_FILE))?;
        }
        reporter.result(run, "bits/byte", bits)?;
        for (position, accuracy) in accuracy.by_position().into_iter().enumerate() {
            if let Some(accuracy) = accuracy {
                reporter.point(run, Series::Accuracy(position as u16), step, accuracy)?;
            }
        }
        Ok(())
    };
    let mut training = Training {
        run,
        steps: spec.training.steps,
        batch: spec.training.batch,
        context: spec.training.context,
        seed: spec.seed,
        schedule: spec.training.schedule,
        checkpoint,
        identity,
    };
    training::train(reporter, &mut training, &mut trainer, &mut data, &mut evaluate)
}

/// Bits/byte over the held-out text, and accuracy by position in the window; `by_token` counts it by token besides.
fn score(
    trainer: &Trainer,
    spec: &RunSpec,
    held_out: &HeldOut,
    mut by_token: Option<&mut TokenAccuracy>,
) -> Result<(f64, PositionAccuracy), RunError> {
    let context = spec.training.context;
    let mut accuracy = PositionAccuracy::new(positions(&spec.method));
    let (mut nats, mut scored) = (0f64, 0u64);
    for group in held_out.rows.chunks(spec.training.batch) {
        let mut ids = Vec::with_capacity(group.len() * context);
        for row in group {
            ids.extend_from_slice(&row.tokens);
            // Short rows are filled up; what fills them is not counted.
            ids.resize(ids.len() + context - row.tokens.len(), 0);
        }
        let scores = trainer.score(&Batch { batch: group.len(), length: context, ids })?;
        for (index, row) in group.iter().enumerate() {
            let at = index * context;
            nats += scores.nats[at..at + row.tokens.len()].iter().map(|nats| f64::from(*nats)).sum::<f64>();
            scored += row.tokens.len() as u64;
            for (i, (token, position)) in with_positions(&spec.method, row).enumerate() {
                accuracy.add(position, scores.correct[at + i]);
                if let Some(by_token) = by_token.as_mut() {
                    by_token.add(token, scores.correct[at + i]);
                }
            }
        }
    }
    let Ratio { bytes, tokens, .. } = held_out.measured.ratio;
    Ok((bits_per_byte(nats / scored as f64, tokens as f64, bytes as f64), accuracy))
}

/// Rows of training tokens.
struct Rows {
    rows: ShuffledRows,
    bytes_per_token: f64,
}

impl Data for Rows {
    fn next_batch(&mut self, batch: usize) -> Result<Batch, RunError> {
        Ok(self.rows.next_batch(batch)?)
    }

    fn drawn(&self) -> u64 {
        self.rows.drawn()
    }

    fn bytes_per_token(&self, _: &Batch) -> f64 {
        self.bytes_per_token
    }
}
