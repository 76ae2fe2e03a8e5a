//! `mullion compare`: runs and methods side by side, from the store.

use super::CommandError;
use super::output;
use super::run::DEFAULT_RESULTS;
use super::table::{Table as Plain, TableFormat};
use crate::experiment::STORE_FILE;
use crate::experiment::compare::{Group, StoredRun, Verdict, groups, paper, read};
use crate::experiment::event::{ExperimentId, RunId};
use crate::experiment::store::Store;
use crate::figure::compare::{Against, scatter, table};
use crate::figure::table::Table;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Compare {
    /// Experiments by name (the latest of that name) and runs by number; all runs if none is named
    #[arg(value_name = "EXPERIMENT|RUN")]
    wanted: Vec<String>,
    /// Results folder that the experiments were run in
    #[arg(long, default_value = DEFAULT_RESULTS, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    format: TableFormat,
    /// Every run of every row, and the test, as JSON
    #[arg(long, conflicts_with = "table_format")]
    json: bool,
    /// Welch's t-test of bits/byte between two rows, each by its number in the table or by its name
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    test: Vec<String>,
    /// Draw bits/byte against their cost into this file: .svg, .png, or .csv for the points
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// What the plot draws bits/byte against
    #[arg(long, value_enum, default_value_t = Axis::Flops)]
    against: Axis,
    /// Lay the paper's models of this size over the plot (other corpus, other scale)
    #[arg(long, value_name = "SIZE", value_parser = paper::SIZES)]
    paper: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Axis {
    /// FLOPs/byte of inference (paper Fig 3)
    Flops,
    /// Bytes per autoregressive step (paper Fig 4)
    Bytes,
}

impl Compare {
    pub fn run(&self) -> Result<(), CommandError> {
        if let Some(plot) = &self.plot {
            output::check(plot)?;
        }
        let file = self.out.join(STORE_FILE);
        if !file.exists() {
            let out = self.out.display();
            return Err(CommandError::Usage(format!(
                "there are no results in {out}: run an experiment first, or say where with --out"
            )));
        }
        let groups = groups(self.read(&Store::open(&file)?)?);
        let table = table(&groups);
        let verdict = match self.test.as_slice() {
            [a, b] => Some(Verdict::between(row(&groups, a)?, row(&groups, b)?)),
            _ => None,
        };
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", json(&groups, verdict.as_ref()))?;
        } else {
            let text = match self.format.chosen() {
                Some(format) => format.write(&table).map_err(CommandError::RunFailed)?,
                None => plain(&table),
            };
            write!(out, "{text}")?;
            if let Some(verdict) = &verdict {
                write!(out, "\n{}", words(verdict))?;
            }
        }
        match &self.plot {
            Some(plot) => self.draw(&groups, plot),
            None => Ok(()),
        }
    }

    /// The runs that were asked for.
    fn read(&self, store: &Store) -> Result<Vec<StoredRun>, CommandError> {
        let (mut experiments, mut runs) = (BTreeSet::<ExperimentId>::new(), BTreeSet::<RunId>::new());
        for wanted in &self.wanted {
            match (store.find_experiment(wanted)?, wanted.parse()) {
                (Some(experiment), _) => {
                    experiments.insert(experiment.id);
                }
                (None, Ok(number)) => {
                    runs.insert(RunId(number));
                }
                (None, Err(_)) => {
                    let names: BTreeSet<String> =
                        store.experiments()?.into_iter().map(|experiment| experiment.details.name).collect();
                    let names = names.into_iter().collect::<Vec<_>>().join(", ");
                    let path = store.path().display();
                    return Err(CommandError::Usage(format!(
                        "{path} holds no experiment named `{wanted}`; expected one of {names}, or a run's number"
                    )));
                }
            }
        }
        let found = read(store, |experiment, run| {
            self.wanted.is_empty() || experiments.contains(&experiment.id) || runs.contains(&run.id)
        })?;
        if let Some(lost) = runs.iter().find(|id| found.iter().all(|stored| stored.run.id != **id)) {
            let path = store.path().display();
            return Err(CommandError::Usage(format!("{path} holds no run number {}", lost.0)));
        }
        Ok(found)
    }

    fn draw(&self, groups: &[Group], path: &Path) -> Result<(), CommandError> {
        let against = match self.against {
            Axis::Flops => Against::FlopsPerByte,
            Axis::Bytes => Against::BytesPerStep,
        };
        let paper: Vec<_> = paper::models().iter().filter(|model| self.paper.as_ref() == Some(&model.size)).collect();
        let chart = scatter(groups, against, true, &paper);
        let content = match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => chart.svg()?.into_bytes(),
            Some("png") => chart.png()?,
            Some("csv") => chart.csv()?,
            _ => {
                let path = path.display();
                return Err(CommandError::Usage(format!("{path}: expected a name that ends in .svg, .png or .csv")));
            }
        };
        output::whole(path, |file| file.write_all(&content))
    }
}

/// A row by its number or its name, or by the beginning of one name alone.
fn row<'a>(groups: &'a [Group], wanted: &str) -> Result<&'a Group, CommandError> {
    let named: Vec<&Group> = groups.iter().filter(|group| group.label == wanted).collect();
    let begun: Vec<&Group> = groups.iter().filter(|group| group.label.starts_with(wanted)).collect();
    let numbered = wanted.parse::<usize>().ok().and_then(|number| groups.get(number.checked_sub(1)?));
    match (named.as_slice(), begun.as_slice(), numbered) {
        ([only], ..) | ([], [only], _) => Ok(only),
        (_, _, Some(group)) => Ok(group),
        ([], [], None) => Err(CommandError::Usage(format!(
            "no row is called `{wanted}`; expected a name of the table, or the number of a row from 1 to {}",
            groups.len()
        ))),
        _ => {
            Err(CommandError::Usage(format!("several rows are called `{wanted}`; name one by its number in the table")))
        }
    }
}

/// The table with the numbers of its rows, to be named by.
fn plain(table: &Table) -> String {
    let names = table.columns.iter().map(|column| column.name.as_str());
    let mut plain = Plain::new(std::iter::once("#").chain(names));
    for row in 0..table.rows.len() {
        let cells = (0..table.columns.len()).map(|column| table.text(row, column));
        plain.row(std::iter::once((row + 1).to_string()).chain(cells).collect());
    }
    plain.to_string()
}

fn words(verdict: &Verdict) -> String {
    let mut text = String::new();
    for (label, sample) in verdict.labels.iter().zip(&verdict.samples) {
        text += &match sample {
            Some(sample) => {
                format!("{label}: n = {}, mean {:.4}, deviation {:.4}\n", sample.count, sample.mean, sample.deviation)
            }
            None => format!("{label}: no run is done\n"),
        };
    }
    if let Ok(test) = &verdict.test {
        text +=
            &format!("t = {:.4}, degrees of freedom = {:.3}, p = {:.3e}\n", test.t, test.degrees_of_freedom, test.p);
    }
    text + &verdict.sentence() + "\n"
}

fn json(groups: &[Group], verdict: Option<&Verdict>) -> serde_json::Value {
    let rows: Vec<serde_json::Value> = groups
        .iter()
        .map(|group| {
            let runs: Vec<_> = group.runs().collect();
            serde_json::json!({ "label": group.label, "experiments": group.experiments(), "runs": runs })
        })
        .collect();
    let test = verdict.map(|verdict| {
        let test = verdict.test.as_ref().ok();
        serde_json::json!({
            "rows": verdict.labels,
            "t": test.map(|test| test.t),
            "degrees_of_freedom": test.map(|test| test.degrees_of_freedom),
            "p": test.map(|test| test.p),
            "meaning": verdict.sentence(),
        })
    });
    serde_json::json!({ "rows": rows, "test": test })
}
