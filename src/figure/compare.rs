//! Runs and methods side by side: as a table, and as a scatter of what they reach against what they cost.

use super::chart::{Axis, Chart, Curve, Mark, Style, Unit};
use super::table::{Cell, Column, Row, Table};
use crate::experiment::compare::paper::PaperModel;
use crate::experiment::compare::{Better, Group, Quantity, Sample, front};
use crate::experiment::event::{Role, Status};

/// What bits/byte are drawn against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Against {
    #[default]
    FlopsPerByte,
    BytesPerStep,
}

impl Against {
    pub const ALL: [Self; 2] = [Self::FlopsPerByte, Self::BytesPerStep];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::FlopsPerByte => "FLOPs/byte",
            Self::BytesPerStep => "bytes/step",
        }
    }

    fn quantity(self) -> Quantity {
        match self {
            Self::FlopsPerByte => Quantity::FlopsPerByte,
            Self::BytesPerStep => Quantity::BytesPerStep,
        }
    }

    /// In its own unit of the axis: millions of operations, or bytes.
    fn scaled(self, value: f64) -> f64 {
        match self {
            Self::FlopsPerByte => value / 1e6,
            Self::BytesPerStep => value,
        }
    }

    fn better(self) -> Better {
        match self {
            Self::FlopsPerByte => Better::Less,
            Self::BytesPerStep => Better::More,
        }
    }
}

/// Name, meaning and decimals of a quantity's column, and what it is divided by there.
fn column(quantity: Quantity) -> (Column, f64) {
    let (name, meaning, decimals, unit) = match quantity {
        Quantity::TokenRatio => ("token ratio", "raw bytes of held-out text per token", 3, 1.0),
        Quantity::BitRatio => ("bit ratio", "bits of held-out text, 8 a byte, per bit of its tokens", 3, 1.0),
        Quantity::Uniform => {
            ("uniform", "bits/byte of the model to which all tokens are equally likely (paper Table 3)", 3, 1.0)
        }
        Quantity::Unigram => {
            ("unigram", "bits/byte of the model that knows the tokens' frequencies alone (paper Table 3)", 3, 1.0)
        }
        Quantity::BitsPerByte => (
            "bits/byte",
            "loss on held-out text in bits per raw source byte: the mean over the seeds ± their sample standard deviation",
            4,
            1.0,
        ),
        Quantity::FlopsPerByte => (
            "MFLOPs/byte",
            "millions of operations of inference per raw byte: 2 × M2's parameters × tokens/byte, and 2 × M1's where M1 is \
             run; without embeddings",
            3,
            1e6,
        ),
        Quantity::BytesPerStep => (
            "bytes/step",
            "raw bytes of one autoregressive step of the model, as in the paper: its token ratio",
            3,
            1.0,
        ),
        Quantity::TrainingBytesPerStep => (
            "training bytes/step",
            "raw bytes of training text in one optimiser step: batch × context × bytes per token",
            0,
            1.0,
        ),
        Quantity::TrainingSeconds => ("training time", "seconds of training, pauses left out", 1, 1.0),
    };
    (Column::new(name, meaning).decimals(decimals), unit)
}

/// A row for each group, with everything that it can be compared by.
pub fn table(groups: &[Group]) -> Table {
    let first = [
        Column::new("run", "the run's name; runs that differ in their seed alone are one row"),
        Column::new("model", "the model that was trained, by its size"),
        Column::new("experiment", "the experiments that the runs are of"),
        Column::new("n", "runs that are done; they differ in nothing but their seed").decimals(0),
        Column::new("status", "where the runs stand"),
    ];
    let columns = first.into_iter().chain(Quantity::ALL.map(|quantity| column(quantity).0)).collect();
    let rows = groups.iter().enumerate().map(|(place, group)| row(place, group)).collect();
    Table { title: "Runs and methods".to_owned(), columns, rows }
}

fn row(place: usize, group: &Group) -> Row {
    let role = match group.role() {
        Role::M1 => format!("M1 {}", group.size()),
        Role::M2 => format!("M2 {}", group.size()),
        Role::Tokens => "tokens alone".to_owned(),
    };
    let done = group.runs().filter(|run| run.status == Status::Done).count();
    let first = [
        Cell::Text(group.label.clone()),
        Cell::Text(role),
        Cell::Text(group.experiments().join(", ")),
        Cell::Number(done as f64),
        Cell::Text(status(group, done)),
    ];
    let measured = Quantity::ALL.map(|quantity| {
        let unit = column(quantity).1;
        // What does not depend on the seed needs no deviation.
        let varies = |sample: &Sample| sample.deviation > 1e-12 * sample.mean.abs();
        group.sample(quantity).map_or(Cell::Missing, |sample| match sample.count {
            count if count > 1 && (quantity == Quantity::BitsPerByte || varies(&sample)) => {
                Cell::Spread { mean: sample.mean / unit, deviation: sample.deviation / unit, count }
            }
            _ => Cell::Number(sample.mean / unit),
        })
    });
    Row { cells: first.into_iter().chain(measured).collect(), color: Some(place) }
}

fn status(group: &Group, done: usize) -> String {
    let all = group.runs().len();
    let unfinished = group.runs().find(|run| run.status != Status::Done);
    let status = unfinished.map_or(&Status::Done, |run| &run.status);
    if all == 1 || *status == Status::Done { status.to_string() } else { format!("{done} of {all} done, {status}") }
}

/// One seed's values in a row.
pub fn single_values(group: &Group) -> Table {
    let columns = std::iter::once(
        Column::new("seed", "seeds the model's first weights and the order of its examples").decimals(0),
    );
    let rows = group.runs().map(|run| {
        let measured =
            Quantity::ALL.map(|quantity| Cell::number(quantity.of(run).map(|value| value / column(quantity).1)));
        let cells = std::iter::once(Cell::Number(run.seed as f64)).chain(measured).collect();
        Row { cells, color: None }
    });
    Table {
        title: format!("Seeds of {}", group.label),
        columns: columns.chain(Quantity::ALL.map(|quantity| column(quantity).0)).collect(),
        rows: rows.collect(),
    }
}

/// Stands beside the chart while the paper's models are laid over it.
pub const OTHER_CORPUS: &str = "grey: the paper's models, on another corpus and another scale; FLOPs/byte by our count";

/// Bits/byte of every group against what it costs, with the front of those that no other beats in both; and the paper's
/// models, which are on no front: they saw other text.
pub fn scatter(groups: &[Group], against: Against, log: bool, paper: &[&PaperModel]) -> Chart {
    let place = |group: &Group| {
        let mean = |quantity| group.sample(quantity).map(|sample| sample.mean);
        Some([against.scaled(mean(against.quantity())?), mean(Quantity::BitsPerByte)?])
    };
    let placed: Vec<(usize, [f64; 2])> =
        groups.iter().enumerate().filter_map(|(index, group)| Some((index, place(group)?))).collect();
    let points: Vec<[f64; 2]> = placed.iter().map(|(_, point)| *point).collect();
    let best: Vec<[f64; 2]> =
        front(&points, [against.better(), Better::Less]).into_iter().map(|place| points[place]).collect();
    let mut curves = Vec::new();
    if best.len() > 1 {
        curves.push(Curve {
            name: "Pareto front".to_owned(),
            color: GREY,
            style: Style::Dashed,
            points: staircase(&best, against),
            band: Vec::new(),
        });
    }
    curves.extend(placed.iter().map(|(index, point)| Curve {
        name: groups[*index].label.clone(),
        color: *index,
        style: Style::Points,
        points: vec![*point],
        band: Vec::new(),
    }));
    let marks = paper.iter().filter_map(|model| {
        let x = match against {
            Against::FlopsPerByte => model.flops_per_byte()?,
            Against::BytesPerStep => model.token_ratio,
        };
        let (x, text) = (against.scaled(x), format!("{} · {}", model.name(), model.size));
        Some(Mark { x, y: Some(model.bits_per_byte), color: Some(GREY), text })
    });
    let title = match against {
        Against::FlopsPerByte => "millions of FLOPs/byte of inference",
        Against::BytesPerStep => "bytes per autoregressive step",
    };
    Chart {
        title: format!("Bits/byte against {}", against.name()),
        note: match (paper.is_empty(), best.len()) {
            (false, _) => OTHER_CORPUS.to_owned(),
            (true, 0 | 1) => String::new(),
            (true, _) => "dashed: the Pareto front".to_owned(),
        },
        x: Axis { title: title.to_owned(), unit: Unit::Plain, log },
        y: Axis { title: "bits/byte".to_owned(), unit: Unit::Plain, log: false },
        curves,
        levels: Vec::new(),
        marks: marks.collect(),
    }
}

/// The grey of the palette.
const GREY: usize = 6;

/// The border of what the front's points beat: from point to point by one step along each axis.
fn staircase(front: &[[f64; 2]], against: Against) -> Vec<[f64; 2]> {
    let mut line: Vec<[f64; 2]> = Vec::new();
    for point in front {
        if let Some([x, y]) = line.last().copied() {
            line.push(match against.better() {
                Better::Less => [point[0], y],
                Better::More => [x, point[1]],
            });
        }
        line.push(*point);
    }
    line.dedup();
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stairs_go_round_what_is_not_reached() {
        let less = staircase(&[[1.0, 3.0], [2.0, 1.0]], Against::FlopsPerByte);
        assert_eq!(less, [[1.0, 3.0], [2.0, 3.0], [2.0, 1.0]]);
        let more = staircase(&[[1.0, 1.0], [2.0, 3.0]], Against::BytesPerStep);
        assert_eq!(more, [[1.0, 1.0], [1.0, 3.0], [2.0, 3.0]]);
    }
}
