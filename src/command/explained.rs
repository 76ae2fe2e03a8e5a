//! What every figure of a run's table is of: which bytes, which tokens, which model.

use crate::experiment::event::{Role, RunInfo};
use crate::experiment::spec::{M1, Source, Spec};
use std::fmt::Write;

/// Says of each figure of the results table what it is of.
pub fn figures(spec: &Spec, runs: &[RunInfo]) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    let corpus = match &spec.corpus.source {
        Source::Default => "the built-in corpus".to_owned(),
        Source::Paths(paths) => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "),
    };
    let m1 = match &spec.m1 {
        M1::Shipped(shipped) => format!("{} in the box", shipped.name),
        M1::StandIn(kind) => format!("the stand-in {}", kind.name()),
        M1::File(path) => path.display().to_string(),
        M1::Train(training) => format!("trained here, {}, {} steps", training.size.name, training.steps),
    };
    let (seed, share) = (spec.seed, spec.corpus.validation);
    line(format!("text         {corpus}; {share} of its documents held out by their content and seed {seed}"));
    line(format!("M1           {m1}"));
    line(
        "bytes        raw source bytes of held-out documents; ends of documents are coded, but are no bytes".to_owned(),
    );
    line("bytes/token  these bytes over all tokens of the held-out text".to_owned());
    line("bit ratio    8 bits a byte over the bits of these tokens".to_owned());
    line("uniform      tokens × log2(vocabulary) over bytes".to_owned());
    line(
        "unigram      tokens × −log2 of their frequency over bytes, one added to each count; where an M2 is trained, \
         frequencies in the rows that it is trained on, measured on the rows that it is measured on; else those of training \
         text, measured on all tokens"
            .to_owned(),
    );
    line(
        "bits/byte    tokens × M2's loss in bits over bytes, the loss averaged over the held-out rows that M2 reads"
            .to_owned(),
    );
    line("MFLOPs/byte  2 × M2's parameters × tokens/byte, and 2 × M1's where M1 is run; without embeddings".to_owned());
    for run in runs {
        let figure = |name: &str| run.results.get(name).map(|value| format!("{value:.0} {name}"));
        let names = ["validation bytes", "validation tokens", "training bytes", "training tokens", "lost bytes"];
        let figures: Vec<String> = names.iter().filter_map(|name| figure(name)).collect();
        let trained = match run.role {
            Role::M1 | Role::M2 => format!("{}, {} steps, seed {}", run.size, run.steps, run.seed),
            Role::Tokens => "no M2".to_owned(),
        };
        line([vec![format!("{}: {trained}", run.label)], figures].concat().join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::event::{RunId, Status};
    use std::path::Path;

    #[test]
    fn every_column_and_every_run_is_explained() {
        let text = "name='x'\ncorpus={source='default',validation=0.1,validation_bytes=2048}\nm1={stand_in='unigram'}\n\
                    [tokens]\nmethods=['Bytes']";
        let spec = Spec::parse(text, Path::new("x.toml")).unwrap();
        let run = RunInfo {
            id: RunId(1),
            role: Role::Tokens,
            label: "Bytes".to_owned(),
            method: Some("Bytes".to_owned()),
            size: "–".to_owned(),
            seed: 1,
            steps: 0,
            priority: 0,
            status: Status::Done,
            results: [("validation bytes".to_owned(), 2000.0)].into(),
        };
        let explained = figures(&spec, &[run]);
        for wanted in ["the built-in corpus", "the stand-in unigram", "Bytes: no M2, 2000 validation bytes"] {
            assert!(explained.contains(wanted), "{explained}");
        }
        for column in ["bytes/token", "bit ratio", "uniform", "unigram", "bits/byte", "MFLOPs/byte"] {
            assert!(explained.lines().any(|line| line.starts_with(column)), "{column}");
        }
    }
}
