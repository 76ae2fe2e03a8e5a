//! A specification written back as TOML, with nothing left to defaults.

use super::{Budget, Corpus, M1, RunSpec, Source, Spec, TokensSpec, Training};
use crate::train::Schedule;
use std::fmt::{self, Write};
use std::path::Path;

pub(super) fn toml(spec: &Spec) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, spec);
    out
}

fn write(out: &mut String, spec: &Spec) -> fmt::Result {
    writeln!(out, "name = {}\nseed = {}", quoted(&spec.name), spec.seed)?;
    let Corpus { source, validation, validation_bytes } = &spec.corpus;
    let source = match source {
        Source::Default => quoted("default"),
        Source::Paths(paths) => {
            format!("[{}]", paths.iter().map(|path| path_quoted(path)).collect::<Vec<_>>().join(", "))
        }
    };
    writeln!(out, "\n[corpus]\nsource = {source}\nvalidation = {validation:?}\nvalidation_bytes = {validation_bytes}")?;
    writeln!(out, "\n[m1]")?;
    match &spec.m1 {
        M1::Shipped(shipped) => writeln!(out, "shipped = {}", quoted(shipped.name))?,
        M1::StandIn(kind) => writeln!(out, "stand_in = {}", quoted(kind.name()))?,
        M1::File(path) => writeln!(out, "file = {}", path_quoted(path))?,
        M1::Train(training) => {
            writeln!(out, "film = {}", spec.film)?;
            write_training(out, training, None)?;
        }
    }
    for RunSpec { method, label, training, budget, example_bytes, seed } in &spec.runs {
        writeln!(out, "\n[[run]]\nmethod = {}\nlabel = {}", quoted(&method.to_string()), quoted(label))?;
        writeln!(out, "seeds = [{seed}]\nexample_bytes = {example_bytes}")?;
        write_training(out, training, *budget)?;
    }
    if let Some(TokensSpec { methods, example_bytes, training_bytes, tables }) = &spec.tokens {
        let methods: Vec<String> = methods.iter().map(|method| quoted(&method.to_string())).collect();
        let tables: Vec<String> = tables.iter().map(|table| table.number().to_string()).collect();
        writeln!(out, "\n[tokens]\nmethods = [{}]\nexample_bytes = {example_bytes}", methods.join(", "))?;
        writeln!(out, "training_bytes = {training_bytes}\ntables = [{}]", tables.join(", "))?;
    }
    Ok(())
}

fn write_training(out: &mut String, training: &Training, budget: Option<Budget>) -> fmt::Result {
    let Training { size, context, batch, steps, schedule } = training;
    writeln!(out, "size = {}\ncontext = {context}\nbatch = {batch}", quoted(size.name))?;
    match budget {
        Some(Budget { by, amount }) => writeln!(out, "budget = {{ by = {}, amount = {amount:?} }}", quoted(by.name()))?,
        None => writeln!(out, "steps = {steps}")?,
    }
    let Schedule { base_rate, warmup_steps, z_loss, cooldown, changes } = schedule;
    let cooldown = match cooldown.steps {
        0 => String::new(),
        steps => format!(", cooldown_steps = {steps}"),
    };
    let changes: Vec<String> =
        changes.iter().map(|change| format!("{{ step = {}, factor = {:?} }}", change.step, change.factor)).collect();
    let changes = match changes.as_slice() {
        [] => String::new(),
        changes => format!(", rate_changes = [{}]", changes.join(", ")),
    };
    writeln!(
        out,
        "optimizer = {{ base_rate = {base_rate:?}, warmup_steps = {warmup_steps}, z_loss = {z_loss:?}{cooldown}{changes} }}"
    )
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn path_quoted(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}
