//! The paper's experiments, to begin with: short ones for a laptop, and one at the paper's own scale.

/// An experiment to begin with.
pub struct Preset {
    pub name: &'static str,
    /// What it shows and how it differs from the paper's.
    pub note: &'static str,
    pub text: &'static str,
}

/// All of them; the files are in `experiments`, ready for `mullion run`.
pub const PRESETS: [Preset; 7] = [
    Preset {
        name: "Windows × vocabularies (Fig 5, 6, Table 16), short",
        note: "The paper trains 25m to 2b on C4 with b up to 128; this is nano on the built-in text, matched by tokens.",
        text: include_str!("../../../experiments/windows-and-vocabularies.toml"),
    },
    Preset {
        name: "Byte or token matched (Table 6), short",
        note: "The paper trains 25m at 512 and 256 tokens, five seeds; this is nano at 128 and 64, one seed.",
        text: include_str!("../../../experiments/byte-or-token-matched.toml"),
    },
    Preset {
        name: "Resets of M1 (Table 9), short",
        note: "The paper trains 403m; this is nano, over short coded texts.",
        text: include_str!("../../../experiments/resets.toml"),
    },
    Preset {
        name: "GZip, whole and bare (Table 10), short",
        note: "The paper trains 25m; this is nano, over short coded texts.",
        text: include_str!("../../../experiments/gzip.toml"),
    },
    Preset {
        name: "Five seeds (Table 11), short",
        note: "The paper trains 25m over nine methods; this is nano over two.",
        text: include_str!("../../../experiments/seeds.toml"),
    },
    Preset {
        name: "Endings: exact, greedy, delay (Table 17), short",
        note: "The exact rule is ours; greedy and delay are the paper's. Nano on the built-in text, matched by bytes.",
        text: include_str!("../../../experiments/endings.toml"),
    },
    Preset {
        name: "The paper's methods at 25m, in full",
        note: "Its context, batch, steps and seeds: 26 billion tokens a run. Name C4 as the source, and have the hardware.",
        text: include_str!("../../../experiments/paper-25m.toml"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::spec::Spec;
    use std::path::Path;

    #[test]
    fn every_preset_is_an_experiment_and_leaves_nothing_out() {
        for preset in PRESETS {
            let spec = Spec::parse(preset.text, Path::new("preset.toml")).unwrap_or_else(|error| panic!("{error}"));
            assert!(spec.runs.len() >= 2 && spec.left_out.is_empty(), "{}: {:?}", preset.name, spec.left_out);
        }
    }
}
