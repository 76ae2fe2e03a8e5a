//! `mullion generate`: a trained M2 writes, and its tokens become text as they come.

use super::CommandError;
use super::interrupt;
use super::run::DEFAULT_RESULTS;
use super::table::Table;
use crate::experiment::STORE_FILE;
use crate::experiment::event::RunId;
use crate::experiment::generate::{
    Began, Ended, Figures, Fragment, Request, Sampling, Told, Writer, Written, start, writers,
};
use crate::tokenizer::edit_distance;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub struct Generate {
    /// An experiment by its name (the latest of that name), or a run by its number; without it, the runs that can write are
    /// listed
    run: Option<String>,
    /// Which run of the experiment: its label or the beginning of it; the first one otherwise
    #[arg(long = "run", value_name = "LABEL")]
    label: Option<String>,
    /// Text that M2 writes on
    #[arg(long, default_value = "", value_name = "TEXT")]
    prompt: String,
    /// Tokens to write; past its training context M2 begins again with the last half of it
    #[arg(long, default_value_t = 256, value_name = "N")]
    tokens: usize,
    /// 1 draws from M2's own distribution, less from a sharper one, 0 takes the most likely token every time
    #[arg(long, default_value_t = 1.0, value_name = "T")]
    temperature: f64,
    /// Draw from the so many most likely tokens only
    #[arg(long, value_name = "K")]
    top_k: Option<usize>,
    /// Draw from the fewest most likely tokens only that have this probability together
    #[arg(long, default_value_t = 1.0, value_name = "P")]
    top_p: f64,
    /// The same seed writes the same text
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// A second run, by number or label, that writes the same prompt on after the first, to compare their speeds: one over
    /// Bytes, say
    #[arg(long, value_name = "RUN")]
    beside: Option<String>,
    /// Results folder
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    /// Print text, tokens and figures as JSON once all is written
    #[arg(long)]
    json: bool,
}

/// What one run wrote.
#[derive(Default)]
struct Side {
    began: Option<Began>,
    text: Readable,
    /// Kept for JSON only.
    tokens: Vec<Written>,
    figures: Figures,
}

impl Generate {
    pub fn run(&self) -> Result<(), CommandError> {
        let store = self.out.join(STORE_FILE);
        let writers = writers(&store)?;
        let Some(wanted) = &self.run else {
            return list(&writers, &store);
        };
        let first = find(&writers, wanted, self.label.as_deref())?;
        let mut runs = vec![first.run.id];
        if let Some(beside) = &self.beside {
            runs.push(by_number(&writers, beside).map_or_else(|| find(&writers, wanted, Some(beside)), Ok)?.run.id);
        }
        let Self { temperature, top_k, top_p, seed, tokens, .. } = *self;
        let sampling = Sampling { temperature, top_k, top_p, seed };
        let stop = interrupt::flag();
        let mut sides: Vec<Side> = runs.iter().map(|_| Side::default()).collect();
        let handle = start(Request { store, runs, prompt: self.prompt.clone().into_bytes(), tokens, sampling })?;
        let ended = loop {
            match handle.told.recv_timeout(Duration::from_millis(100)) {
                Ok(Told::Finished(ended)) => break ended,
                Ok(told) => self.take(told, &mut sides)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break Ended::Stopped,
            }
            handle.cancel.fetch_or(stop.load(Ordering::Relaxed), Ordering::Relaxed);
        };
        let mut out = std::io::stdout().lock();
        match self.json {
            true => writeln!(out, "{}", json(&sides))?,
            false => {
                let open = sides.iter_mut().map(|side| std::mem::take(&mut side.text).finish());
                writeln!(out, "{}", open.collect::<String>())?;
                out.flush()?;
                eprintln!("\n{}", table(&sides));
            }
        }
        match ended {
            Ended::Done => Ok(()),
            Ended::Stopped => Err(CommandError::Usage("stopped; the text so far is above".to_owned())),
            Ended::Failed(why) => Err(CommandError::RunFailed(why)),
        }
    }

    fn take(&self, told: Told, sides: &mut [Side]) -> Result<(), CommandError> {
        let mut out = std::io::stdout().lock();
        match told {
            Told::Began(side, began) => {
                if !self.json {
                    if side > 0 {
                        writeln!(out, "{}\n", std::mem::take(&mut sides[side - 1].text).finish())?;
                        out.flush()?;
                    }
                    introduce(&began);
                    write!(out, "{}", shown(&began.prompt))?;
                }
                sides[side].began = Some(*began);
            }
            Told::Wrote(side, chunk) => {
                let Side { tokens, text, figures, .. } = &mut sides[side];
                *figures = chunk.figures;
                match self.json {
                    true => tokens.extend(chunk.tokens),
                    false => {
                        write!(out, "{}", text.push(&chunk.tokens))?;
                        out.flush()?;
                    }
                }
            }
            Told::Opening(_) | Told::Finished(_) => {}
        }
        Ok(())
    }
}

fn introduce(began: &Began) {
    let Began { run, experiment, step, context, prompt_tokens, left_out, notes, .. } = began;
    eprintln!(
        "{} of {experiment}, run {}: M2 {} after {step} steps, context {context} tokens",
        run.label, run.id.0, run.size
    );
    if !left_out.is_empty() {
        eprintln!(
            "the prompt's last {} bytes fill no window and are left out: “{}” ({prompt_tokens} tokens are kept)",
            left_out.len(),
            shown(left_out)
        );
    }
    notes.iter().for_each(|note| eprintln!("{note}"));
    eprintln!();
}

/// Text as it comes: bytes wait until they are a character, or can be none.
#[derive(Default)]
struct Readable {
    open: Vec<u8>,
}

impl Readable {
    /// What can be shown from now on.
    fn push(&mut self, tokens: &[Written]) -> String {
        let mut text = String::new();
        for fragment in tokens.iter().flat_map(|written| &written.text) {
            let mark = match fragment {
                Fragment::Bytes(more) => {
                    self.open.extend(more);
                    continue;
                }
                Fragment::EndOfDocument => "⟨end of document⟩\n",
                Fragment::NoText => "⟨no text⟩",
            };
            text.push_str(&shown(&std::mem::take(&mut self.open)));
            text.push_str(mark);
        }
        let length = self.open.len();
        let waiting = (1..=length.min(3)).find(|&back| {
            let end = std::str::from_utf8(&self.open[length - back..]);
            end.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        });
        let waiting = self.open.split_off(length - waiting.unwrap_or(0));
        text.push_str(&shown(&std::mem::replace(&mut self.open, waiting)));
        text
    }

    fn all(tokens: &[Written]) -> String {
        let mut text = Self::default();
        text.push(tokens) + &text.finish()
    }

    /// What no further byte will complete.
    fn finish(self) -> String {
        shown(&self.open)
    }
}

/// Text with whatever is no character, or would move the terminal's cursor, as `\xNN`; U+FFFD is never made up.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' | '\t' => text.push(character),
                control if control.is_control() => text.push_str(&format!("\\u{{{:X}}}", control as u32)),
                character => text.push(character),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02X}")));
    }
    text
}

fn figure(value: Option<f64>, decimals: usize) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

fn table(sides: &[Side]) -> Table {
    let mut table = Table::new([
        "run",
        "tokens",
        "bytes",
        "steps/s",
        "bytes/s",
        "bytes/token",
        "bits/byte sampled",
        "M2 s",
        "tokenizer s",
    ]);
    for Side { began, figures, .. } in sides {
        let Some(began) = began else { continue };
        table.row(vec![
            began.run.label.clone(),
            figures.tokens.to_string(),
            figures.bytes.to_string(),
            figure(figures.steps_per_second(), 0),
            figure(figures.bytes_per_second(), 0),
            figure(figures.bytes_per_token(), 2),
            figure(figures.bits_per_byte(), 3),
            figure(Some(figures.model_seconds), 3),
            figure(Some(figures.reading_seconds), 3),
        ]);
    }
    table
}

fn json(sides: &[Side]) -> serde_json::Value {
    let side = |Side { began, tokens, figures, .. }: &Side| {
        let began = began.as_ref()?;
        Some(serde_json::json!({
            "run": began.run.id.0,
            "label": began.run.label,
            "experiment": began.experiment,
            "method": began.run.method,
            "size": began.run.size,
            "step": began.step,
            "context": began.context,
            "prompt": shown(&began.prompt),
            "prompt_tokens": began.prompt_tokens,
            "prompt_left_out": shown(&began.left_out),
            "notes": began.notes,
            "text": Readable::all(tokens),
            "tokens": tokens.iter().map(|written| written.token).collect::<Vec<_>>(),
            "bytes": figures.bytes,
            "steps_per_second": figures.steps_per_second(),
            "bytes_per_second": figures.bytes_per_second(),
            "bytes_per_token": figures.bytes_per_token(),
            "sampled_bits_per_byte": figures.bits_per_byte(),
            "model_seconds": figures.model_seconds,
            "tokenizer_seconds": figures.reading_seconds,
        }))
    };
    sides.iter().filter_map(side).collect()
}

fn list(writers: &[Writer], store: &std::path::Path) -> Result<(), CommandError> {
    if writers.is_empty() {
        return Err(CommandError::Usage(format!(
            "no trained M2 is in {}. Train one first: mullion run experiments/first-light.toml (or name its folder with --out)",
            store.display()
        )));
    }
    let mut table = Table::new(["label", "run", "experiment", "size", "bits/byte"]);
    for Writer { run, experiment, .. } in writers {
        let bits = figure(run.results.get("bits/byte").copied(), 3);
        table.row(vec![run.label.clone(), run.id.0.to_string(), experiment.clone(), run.size.clone(), bits]);
    }
    writeln!(std::io::stdout().lock(), "{table}\nmullion generate RUN writes with one of them")?;
    Ok(())
}

fn by_number<'w>(writers: &'w [Writer], wanted: &str) -> Option<&'w Writer> {
    let id = RunId(wanted.parse().ok()?);
    writers.iter().find(|writer| writer.run.id == id)
}

/// The run of that number, or of that experiment and label.
fn find<'w>(writers: &'w [Writer], wanted: &str, label: Option<&str>) -> Result<&'w Writer, CommandError> {
    if let Some(writer) = by_number(writers, wanted).filter(|_| label.is_none()) {
        return Ok(writer);
    }
    let named = by_number(writers, wanted).map_or(wanted, |writer| &writer.experiment);
    // The newest experiment comes first.
    let created = writers.iter().find(|writer| writer.experiment == named).map(|writer| &writer.created);
    let runs: Vec<&Writer> =
        writers.iter().filter(|writer| writer.experiment == named && Some(&writer.created) == created).collect();
    if runs.is_empty() {
        let nearest = writers.iter().min_by_key(|writer| edit_distance(&writer.experiment, wanted));
        let hint = nearest.map_or_else(
            || "no trained M2 is there at all; train one: mullion run experiments/first-light.toml".to_owned(),
            |writer| format!("did you mean {}? `mullion generate` alone lists all", writer.experiment),
        );
        return Err(CommandError::Usage(format!("no run or experiment {wanted} has a trained M2: {hint}")));
    }
    let Some(label) = label else { return Ok(runs[0]) };
    let exact = runs.iter().find(|writer| writer.run.label == label);
    let found = exact.or_else(|| runs.iter().find(|writer| writer.run.label.starts_with(label)));
    found.copied().ok_or_else(|| {
        let labels: Vec<&str> = runs.iter().map(|writer| writer.run.label.as_str()).collect();
        CommandError::Usage(format!("{named} has no run {label} with a checkpoint; it has {}", labels.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8]) -> Written {
        Written { token: 0, bits: 1.0, text: vec![Fragment::Bytes(bytes.to_vec())] }
    }

    #[test]
    fn characters_wait_until_they_are_whole_and_broken_ones_are_shown_as_bytes() {
        let tokens = [written(b"a\xE2"), written(b"\x98"), written(b"\x83"), written(b"\xFFb\x1B")];
        let mut text = Readable::default();
        let texts: Vec<String> = tokens.iter().map(|token| text.push(std::slice::from_ref(token))).collect();
        assert_eq!(texts, ["a", "", "☃", "\\xFFb\\u{1B}"]);
        let end = Written { token: 256, bits: 1.0, text: vec![Fragment::EndOfDocument] };
        assert_eq!(text.push(&[written(b"a\xE2"), end, written(b"\xE2")]), "a\\xE2⟨end of document⟩\n");
        assert_eq!(text.finish(), "\\xE2");
    }
}
