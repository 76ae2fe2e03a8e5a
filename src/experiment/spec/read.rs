//! From the file's tables to a checked [`Spec`]: every key's bounds, and what each message says of them.

use super::error::{Place, SpecError};
use super::expand;
use super::table::{
    BudgetTable, CorpusTable, M1Table, OneOrMany, RateChangeTable, SpecTable, TokensTable, TrainingKeys,
};
use super::{
    Budget, BudgetUnit, Corpus, M1, MAX_VALIDATION, PaperTable, Source, Spec, StandInKind, StepCost, TokensSpec,
    Training, filmed,
};
use crate::m1::{SHIPPED, Shipped};
use crate::model::Size;
use crate::tokenizer::Method;
use crate::train::{Cooldown, RateChange, RateChanges, Schedule};
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Longest name: it becomes a folder's.
const MAX_NAME: usize = 64;
const CONTEXT: RangeInclusive<u64> = 8..=10_240;
const BATCH: RangeInclusive<u64> = 1..=65_536;
const STEPS: RangeInclusive<u64> = 1..=1_000_000_000;
pub(super) const EXAMPLE_BYTES: RangeInclusive<u64> = 64..=16 << 20;
const WARMUP: RangeInclusive<u64> = 0..=1_000_000_000;
const TRAINING_BYTES: RangeInclusive<u64> = 1024..=1 << 40;
/// Training text whose tokens are counted where the file says nothing.
const DEFAULT_TRAINING_BYTES: u64 = 1 << 20;
const VALIDATION_BYTES: RangeInclusive<u64> = 1024..=1 << 30;
pub(super) const SEED: RangeInclusive<u64> = 0..=i64::MAX as u64;

pub(super) fn spec(text: &str, path: &Path) -> Result<Spec, SpecError> {
    let place = Place { text, path };
    let table: SpecTable = toml::from_str(text).map_err(|error| place.toml_fault(&error))?;
    let name = table.name.as_ref().ok_or_else(|| {
        place.missing(
            "`name` is missing: give the experiment a name of letters, digits, - and _, such as name = \"first-light\"",
        )
    })?;
    let seed = match &table.seed {
        Some(seed) => place.whole("seed", seed, SEED)?,
        None => 1,
    };
    let corpus = table.corpus.as_ref().ok_or_else(|| {
        place.missing("the section [corpus] is missing: add one that says source, validation and validation_bytes")
    })?;
    let m1 = table.m1.as_ref().ok_or_else(|| {
        place.missing(
            "the section [m1] is missing: add one that says size, context, batch and steps, or shipped = \"3m\", or file = \"….m1\", or stand_in = \"uniform\"",
        )
    })?;
    let film = m1.get_ref().film.as_ref().map(|film| *film.get_ref());
    let m1 = place.m1(m1)?;
    let film = match &m1 {
        M1::Train(training) => film.unwrap_or_else(|| filmed(&training.size)),
        M1::Shipped(_) | M1::StandIn(_) | M1::File(_) => false,
    };
    let (runs, left_out) = expand::runs(&place, table.m2.as_ref(), &table.run, table.grid.as_ref())?;
    let tokens = table.tokens.as_ref().map(|tokens| place.tokens(tokens)).transpose()?;
    if runs.is_empty() && tokens.is_none() && !matches!(m1, M1::Train(_)) {
        return Err(place.missing(
            "there is nothing to do: M1 is trained already and there is no [[run]]; add one such as [[run]] with method = \"Bytes\", or [tokens] with methods = [\"Bytes\"]",
        ));
    }
    let corpus = place.corpus(corpus)?;
    Ok(Spec { name: place.name(name)?, seed, corpus, m1, film, runs, left_out, tokens, text: text.to_owned() })
}

impl Place<'_> {
    fn name(&self, name: &Spanned<String>) -> Result<String, SpecError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let text = name.get_ref();
        if (1..=MAX_NAME).contains(&text.len()) && text.chars().all(allowed) {
            return Ok(text.clone());
        }
        Err(self.fault(
            &name.span(),
            format!(
                "`name` is {text:?}; expected 1 to {MAX_NAME} letters, digits, - and _, as it names the results folder"
            ),
        ))
    }

    fn corpus(&self, table: &Spanned<CorpusTable>) -> Result<Corpus, SpecError> {
        let (span, table) = (table.span(), table.get_ref());
        let source =
            self.required(&table.source, &span, "[corpus]", "source", "\"default\", a path, or a list of paths")?;
        let validation = self.required(&table.validation, &span, "[corpus]", "validation", SHARE)?;
        let validation_bytes = self.required(
            &table.validation_bytes,
            &span,
            "[corpus]",
            "validation_bytes",
            "a number of bytes, such as 65536",
        )?;
        let share = *validation.get_ref();
        if !(share > 0.0 && share <= MAX_VALIDATION) {
            return Err(self.fault(&validation.span(), format!("`validation` is {share}; expected {SHARE}")));
        }
        Ok(Corpus {
            source: self.source(source)?,
            validation: share,
            validation_bytes: self.whole("validation_bytes", validation_bytes, VALIDATION_BYTES)?,
        })
    }

    fn source(&self, source: &Spanned<OneOrMany>) -> Result<Source, SpecError> {
        let paths = match source.get_ref() {
            OneOrMany::One(one) if one == "default" => return Ok(Source::Default),
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many.as_slice(),
        };
        if paths.is_empty() || paths.iter().any(String::is_empty) {
            let problem = "`source` names no path; expected \"default\", a path, or a list of paths";
            return Err(self.fault(&source.span(), problem));
        }
        if paths.iter().any(|path| path == "default") {
            let problem = "`source` lists \"default\" among paths; expected \"default\" alone (a file of that name is \"./default\")";
            return Err(self.fault(&source.span(), problem));
        }
        Ok(Source::Paths(paths.iter().map(|path| self.resolved(path)).collect()))
    }

    /// A path as written, from the specification's folder. It is made absolute, so that it means the same in a copy.
    fn resolved(&self, path: &str) -> PathBuf {
        let path = self.path.parent().unwrap_or(Path::new("")).join(path);
        std::path::absolute(&path).unwrap_or(path)
    }

    fn m1(&self, table: &Spanned<M1Table>) -> Result<M1, SpecError> {
        let (span, table) = (table.span(), table.get_ref());
        let keys = TrainingKeys::from(table);
        let named: Vec<(&str, &Spanned<String>)> =
            [("shipped", &table.shipped), ("stand_in", &table.stand_in), ("file", &table.file)]
                .into_iter()
                .filter_map(|(key, value)| Some((key, value.as_ref()?)))
                .collect();
        let (key, named) = match named.as_slice() {
            [] => return Ok(M1::Train(self.training(keys, &span, "[m1]")?.0)),
            [only] => *only,
            [(first, _), (second, value), ..] => {
                let problem = format!("[m1] has both `{first}` and `{second}`; expected one of them");
                return Err(self.fault(&value.span(), problem));
            }
        };
        let trains = keys.size.is_some() || keys.context.is_some() || keys.batch.is_some() || keys.steps.is_some();
        if trains || table.optimizer.is_some() || table.film.is_some() {
            let problem = format!(
                "[m1] names an M1 with `{key}` and has training keys; expected `shipped`, `stand_in` or `file` alone, or none of them"
            );
            return Err(self.fault(&named.span(), problem));
        }
        match key {
            "shipped" => {
                let names = SHIPPED.map(|shipped| shipped.name).join(" or ");
                let unknown = || {
                    let problem = format!("there is no M1 `{}` in the box; expected {names}", named.get_ref());
                    self.fault(&named.span(), problem)
                };
                Shipped::named(named.get_ref()).map(M1::Shipped).ok_or_else(unknown)
            }
            "stand_in" => {
                let known = StandInKind::ALL.into_iter().find(|kind| kind.name() == named.get_ref());
                let problem = || format!("there is no stand-in `{}`; expected uniform or unigram", named.get_ref());
                known.map(M1::StandIn).ok_or_else(|| self.fault(&named.span(), problem()))
            }
            _ if named.get_ref().is_empty() => {
                Err(self.fault(&named.span(), "`file` is empty; expected the path of a frozen M1"))
            }
            _ => Ok(M1::File(self.resolved(named.get_ref()))),
        }
    }

    /// A method by its name; the file of a Hugging Face vocabulary is relative to the specification's folder.
    pub(super) fn method(&self, key: &str, name: &Spanned<String>) -> Result<Method, SpecError> {
        let method = name.get_ref().parse();
        Ok(match method.map_err(|error| self.fault(&name.span(), format!("`{key}`: {error}")))? {
            Method::HuggingFace { file } => {
                Method::HuggingFace { file: self.resolved(&file).to_string_lossy().into_owned().into() }
            }
            method => method,
        })
    }

    fn tokens(&self, table: &Spanned<TokensTable>) -> Result<TokensSpec, SpecError> {
        let (span, table) = (table.span(), table.get_ref());
        let wanted = "a list of methods, such as [\"Bytes\", \"AC[v=256]\"]";
        let list = self.required(&table.methods, &span, "[tokens]", "methods", wanted)?;
        let mut methods: Vec<Method> = Vec::new();
        for name in list.get_ref() {
            let method = self.method("methods", name)?;
            if methods.contains(&method) {
                return Err(
                    self.fault(&name.span(), format!("`methods` has {method} twice; expected methods that differ"))
                );
            }
            methods.push(method);
        }
        if methods.is_empty() {
            return Err(self.fault(&list.span(), format!("`methods` is empty; expected {wanted}")));
        }
        let tables = table.tables.iter().map(|number| {
            let known =
                PaperTable::ALL.into_iter().find(|table| i64::try_from(table.number()) == Ok(*number.get_ref()));
            let problem = || format!("`tables` has {}; expected some of 1, 2, 3 and 12", number.get_ref());
            known.ok_or_else(|| self.fault(&number.span(), problem()))
        });
        let tables = tables.collect::<Result<Vec<PaperTable>, _>>()?;
        if let Some(twice) = (1..tables.len()).find(|at| tables[..*at].contains(&tables[*at])) {
            let problem = format!("`tables` has {} twice; expected numbers that differ", tables[twice].number());
            return Err(self.fault(&table.tables[twice].span(), problem));
        }
        Ok(TokensSpec {
            methods,
            example_bytes: match &table.example_bytes {
                Some(bytes) => self.whole("example_bytes", bytes, EXAMPLE_BYTES)? as usize,
                None => expand::DEFAULT_EXAMPLE_BYTES,
            },
            training_bytes: match &table.training_bytes {
                Some(bytes) => self.whole("training_bytes", bytes, TRAINING_BYTES)?,
                None => DEFAULT_TRAINING_BYTES,
            },
            tables,
        })
    }

    fn budget(&self, table: &Spanned<BudgetTable>) -> Result<Budget, SpecError> {
        let (span, table) = (table.span(), table.get_ref());
        let by = self.required(&table.by, &span, "`budget`", "by", "\"tokens\", \"bytes\" or \"flops\"")?;
        let amount = self.required(&table.amount, &span, "`budget`", "amount", "how many, such as 1e6")?;
        let unit = BudgetUnit::ALL.into_iter().find(|unit| unit.name() == by.get_ref());
        let unknown = || format!("a budget by `{}` is unknown; expected tokens, bytes or flops", by.get_ref());
        Ok(Budget {
            by: unit.ok_or_else(|| self.fault(&by.span(), unknown()))?,
            amount: self.number("amount", amount, 1.0..=1e30)?,
        })
    }

    /// The training that `keys` say, with its budget if it has one; `section` and its place are for messages on keys that
    /// are missing.
    pub(super) fn training(
        &self,
        keys: TrainingKeys<'_>,
        span: &Range<usize>,
        section: &str,
    ) -> Result<(Training, Option<Budget>), SpecError> {
        let size = self.required(&keys.size, span, section, "size", "a model size such as \"nano\" or \"3m\"")?;
        let context =
            self.required(&keys.context, span, section, "context", "the symbols of one example, such as 256")?;
        let batch = self.required(&keys.batch, span, section, "batch", "the examples of one step, such as 16")?;
        let budget = keys.budget.map(|budget| self.budget(budget)).transpose()?;
        let steps = match budget {
            // Settled below, or once a token's bytes are known.
            Some(_) => 0,
            None => {
                let steps = self.required(&keys.steps, span, section, "steps", "the optimiser steps, such as 900")?;
                self.whole("steps", steps, STEPS)?
            }
        };
        let defaults = Schedule::default();
        let rate = |key, value: Option<&Spanned<f64>>, default, range: RangeInclusive<f64>| match value {
            Some(value) => self.number(key, value, range),
            None => Ok(default),
        };
        let training = Training {
            size: Size::named(size.get_ref()).map_err(|error| self.fault(&size.span(), error.to_string()))?,
            context: self.whole("context", context, CONTEXT)? as usize,
            batch: self.whole("batch", batch, BATCH)? as usize,
            steps,
            schedule: Schedule {
                base_rate: rate("base_rate", keys.base_rate, defaults.base_rate, 1e-9..=1e9)?,
                warmup_steps: match keys.warmup_steps {
                    Some(steps) => self.whole("warmup_steps", steps, WARMUP)?,
                    None => defaults.warmup_steps,
                },
                cooldown: match keys.cooldown_steps {
                    Some(last) if budget.is_some() => Cooldown::last(self.whole("cooldown_steps", last, STEPS)?, 0),
                    Some(last) => Cooldown::last(self.whole("cooldown_steps", last, 0..=steps)?, steps),
                    None => defaults.cooldown,
                },
                changes: match keys.rate_changes {
                    Some(changes) => self.rate_changes(changes, steps)?,
                    None => defaults.changes,
                },
                z_loss: rate("z_loss", keys.z_loss, defaults.z_loss, 0.0..=1.0)?,
            },
        };
        Ok(match budget {
            // A token is a token, whatever it stands for.
            Some(budget) if budget.by == BudgetUnit::Tokens => {
                (training.with_steps(budget.steps(&StepCost::new(&training, 1, 1.0, None))), Some(budget))
            }
            budget => (training, budget),
        })
    }

    /// Changes of the rate in a training of `steps`.
    fn rate_changes(
        &self,
        list: &Spanned<Vec<Spanned<RateChangeTable>>>,
        steps: u64,
    ) -> Result<RateChanges, SpecError> {
        let most = RateChanges::MOST;
        if list.get_ref().len() > most {
            let problem = format!("`rate_changes` has {} changes; expected at most {most}", list.get_ref().len());
            return Err(self.fault(&list.span(), problem));
        }
        let mut changes: Vec<RateChange> = Vec::new();
        for change in list.get_ref() {
            let RateChangeTable { step, factor } = change.get_ref();
            let change = RateChange {
                step: self.whole("step", step, 1..=steps.saturating_sub(1))?,
                factor: self.number("factor", factor, 1e-6..=1e6)?,
            };
            if let Some(last) = changes.last().filter(|last| last.step >= change.step) {
                let problem = format!(
                    "`rate_changes` has step {} after step {}; expected steps that ascend",
                    change.step, last.step
                );
                return Err(self.fault(&step.span(), problem));
            }
            changes.push(change);
        }
        Ok(RateChanges::new(changes))
    }

    fn required<'t, T>(
        &self,
        value: &'t Option<T>,
        span: &Range<usize>,
        section: &str,
        key: &str,
        expected: &str,
    ) -> Result<&'t T, SpecError> {
        value.as_ref().ok_or_else(|| {
            let defaults = if section.starts_with("[[") { ", here or in [m2]" } else { "" };
            let section = if section == "[[grid]]" { "[grid]" } else { section };
            self.fault(span, format!("{section} has no `{key}`; expected {expected}{defaults}"))
        })
    }

    pub(super) fn whole(&self, key: &str, value: &Spanned<i64>, range: RangeInclusive<u64>) -> Result<u64, SpecError> {
        u64::try_from(*value.get_ref()).ok().filter(|whole| range.contains(whole)).ok_or_else(|| {
            let (low, high) = range.into_inner();
            self.fault(
                &value.span(),
                format!("`{key}` is {}; expected a whole number from {low} to {high}", value.get_ref()),
            )
        })
    }

    fn number(&self, key: &str, value: &Spanned<f64>, range: RangeInclusive<f64>) -> Result<f64, SpecError> {
        // NaN is in no range, so it is refused too.
        Some(*value.get_ref()).filter(|number| range.contains(number)).ok_or_else(|| {
            let (low, high) = range.into_inner();
            self.fault(
                &value.span(),
                format!("`{key}` is {}; expected a number from {low:e} to {high:e}", value.get_ref()),
            )
        })
    }
}

pub(super) const STEPS_AND_BUDGET: &str = "both `steps` and `budget` say how long to train; expected one of them";
const SHARE: &str = "a share of the documents above 0 and at most 0.5, such as 0.05";
