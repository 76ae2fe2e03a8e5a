//! Finding experiments by words: the filter of the Runs pane and of `mullion runs`.

use super::store::Listed;

/// Words that all have to match. A plain word is looked for in title, name, tags, note, methods, labels, sizes and status;
/// `tag:x`, `status:failed`, `method:ac` and `size:nano` look in one place only. Case does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<(Option<Place>, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Tag,
    Status,
    Method,
    Size,
}

impl Filter {
    /// Reads what a person typed. Every text is a filter; an empty one lets all through.
    pub fn parse(text: &str) -> Self {
        let word = |word: &str| {
            let word = word.to_lowercase();
            let place = match word.split_once(':') {
                Some(("tag", _)) => Some(Place::Tag),
                Some(("status", _)) => Some(Place::Status),
                Some(("method", _)) => Some(Place::Method),
                Some(("size", _)) => Some(Place::Size),
                _ => None,
            };
            match (place, word.split_once(':')) {
                (Some(_), Some((_, rest))) => (place, rest.to_owned()),
                _ => (None, word),
            }
        };
        Self(text.split_whitespace().map(word).collect())
    }

    pub fn matches(&self, listed: &Listed) -> bool {
        self.0.iter().all(|(place, word)| place_matches(listed, *place, word))
    }
}

fn place_matches(listed: &Listed, place: Option<Place>, word: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(word);
    let experiment = &listed.experiment;
    // A tag is one word, so its beginning is enough while it is being typed.
    let tag = || experiment.tags.iter().any(|tag| tag.to_lowercase().starts_with(word));
    let status = || {
        experiment.status.word().starts_with(word) || listed.runs.iter().any(|run| run.status.word().starts_with(word))
    };
    let method = || listed.runs.iter().any(|run| run.method.as_deref().is_some_and(has) || has(&run.label));
    let size = || listed.runs.iter().any(|run| has(&run.size));
    match place {
        Some(Place::Tag) => tag(),
        Some(Place::Status) => status(),
        Some(Place::Method) => method(),
        Some(Place::Size) => size(),
        None => {
            has(&experiment.title)
                || has(&experiment.details.name)
                || has(&experiment.note)
                || experiment.tags.iter().any(|tag| has(tag))
                || status()
                || method()
                || size()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::{ExperimentId, Role, RunId, RunInfo, Status};
    use crate::experiment::store::{NewExperiment, StoredExperiment};

    fn listed() -> Listed {
        let run = RunInfo {
            id: RunId(1),
            role: Role::M2,
            label: "naive".to_owned(),
            method: Some("EqualInfoAC[b=16, v=256]".to_owned()),
            size: "nano".to_owned(),
            seed: 1,
            steps: 10,
            priority: 0,
            status: Status::Failed("x".to_owned()),
            results: [("bits/byte".to_owned(), 2.0)].into(),
        };
        let experiment = StoredExperiment {
            id: ExperimentId(1),
            details: NewExperiment {
                name: "first-light".to_owned(),
                spec: String::new(),
                seed: 1,
                device: String::new(),
                versions: Default::default(),
                folder: "x".into(),
            },
            created: String::new(),
            status: Status::Done,
            title: "First Light".to_owned(),
            note: "too short".to_owned(),
            tags: vec!["paper".to_owned()],
            deleted: None,
            resolved: String::new(),
        };
        Listed { experiment, runs: vec![run] }
    }

    #[test]
    fn words_match_anywhere_and_prefixed_words_in_their_place() {
        let finds = |text: &str| Filter::parse(text).matches(&listed());
        for text in
            ["", "LIGHT", "paper equalinfo", "tag:paper", "status:failed", "status:done", "b=16 short", "size:na"]
        {
            assert!(finds(text), "{text}");
        }
        for text in ["dark", "paper dark", "tag:light", "status:running", "method:paper", "size:big"] {
            assert!(!finds(text), "{text}");
        }
    }

    #[test]
    fn the_best_run_is_the_one_of_fewest_bits() {
        let mut listed = listed();
        listed.runs = vec![listed.runs[0].clone(); 3];
        listed.runs[1].results.insert("bits/byte".to_owned(), 1.5);
        listed.runs[2].results.insert("bits/byte".to_owned(), f64::NAN);
        assert_eq!(listed.best_bits_per_byte(), Some(1.5));
        listed.runs.clear();
        assert_eq!(listed.best_bits_per_byte(), None);
    }
}
