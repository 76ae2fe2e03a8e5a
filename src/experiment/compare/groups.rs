//! Runs that differ in nothing but their seed, as one.

use super::{Quantity, Sample, StoredRun};
use crate::experiment::event::{Role, RunId, RunInfo};

/// Runs that differ in nothing but their seed; often one alone.
#[derive(Debug, Clone)]
pub struct Group {
    /// The first run's name, without its seed where there are several.
    pub label: String,
    runs: Vec<StoredRun>,
}

impl Group {
    /// Its runs in the order in which they were added; their seeds all differ.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = &RunInfo> {
        self.runs.iter().map(|stored| &stored.run)
    }

    /// The run that it is known by while more may join it: its first.
    pub fn first(&self) -> Option<RunId> {
        self.runs.first().map(|stored| stored.run.id)
    }

    pub fn role(&self) -> Role {
        self.runs.first().map_or(Role::Tokens, |stored| stored.run.role)
    }

    /// Model size by name.
    pub fn size(&self) -> &str {
        self.runs.first().map_or("–", |stored| &stored.run.size)
    }

    /// The names of the experiments that its runs are of, each once.
    pub fn experiments(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.runs.iter().map(|stored| stored.experiment.as_str()).collect();
        names.dedup();
        names
    }

    /// What was measured, with the seed it was measured for.
    pub fn values(&self, quantity: Quantity) -> Vec<(u64, f64)> {
        self.runs().filter_map(|run| Some((run.seed, quantity.of(run)?))).collect()
    }

    /// Mean and deviation over the seeds; none if nothing was measured.
    pub fn sample(&self, quantity: Quantity) -> Option<Sample> {
        Sample::of(&self.values(quantity).into_iter().map(|(_, value)| value).collect::<Vec<_>>())
    }

    /// Whether both were measured on the same held-out text, as far as it is known.
    pub fn is_on_the_same_text(&self, other: &Self) -> Option<bool> {
        let text = |group: &Self| group.runs.first().and_then(|stored| stored.text.clone());
        Some(text(self)? == text(other)?)
    }
}

/// The place of the group that a run is in.
pub fn place_of(groups: &[Group], run: RunId) -> Option<usize> {
    groups.iter().position(|group| group.runs().any(|other| other.id == run))
}

/// Runs put together where they differ in nothing but their seed, in the order of their first ones. A seed that was run
/// twice begins another group: a repetition says nothing about seeds.
pub fn groups(runs: Vec<StoredRun>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for stored in runs {
        let alike = |group: &&mut Group| {
            group.runs.first().is_some_and(|first| first.settings == stored.settings)
                && group.runs().all(|run| run.seed != stored.run.seed)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.runs.push(stored),
            None => groups.push(Group { label: String::new(), runs: vec![stored] }),
        }
    }
    for group in &mut groups {
        group.label = match group.runs.as_slice() {
            [only] => only.run.label.clone(),
            runs => runs.first().map(|first| first.run.label_without_seed()).unwrap_or_default(),
        };
    }
    groups
}
