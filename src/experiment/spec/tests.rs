//! What a specification may say, and what is said of one that may not.

use super::*;
use crate::m1::Shipped;
use proptest::prelude::*;

const WHOLE: &str = r#"# A comment that must survive.
name = "first-light"
seed = 7

[corpus]
source = ["a.txt", "more"]
validation = 0.05
validation_bytes = 65536

[m1]
size = "nano"
context = 256
batch = 16
steps = 900
[m1.optimizer]
base_rate = 2
z_loss = 0.0

[m2]
size = "nano"
context = 128
batch = 8
steps = 600
[m2.optimizer]
warmup_steps = 50

[[run]]
method = "EqualInfoAC[b=16, v=256]"
seeds = [1, 2]

[[run]]
method = "AC[v=256]"
steps = 100
label = "naive"
example_bytes = 4096
[run.optimizer]
base_rate = 0.5
"#;

fn parse(text: &str) -> Result<Spec, SpecError> {
    Spec::parse(text, Path::new("/specs/x.toml"))
}

/// The message about [`WHOLE`] with `from` replaced by `to`, and checks of its place.
fn fault(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from), "{from}");
    parse(&WHOLE.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn keys_defaults_and_overrides_come_through() {
    let spec = parse(WHOLE).unwrap();
    assert_eq!((spec.name.as_str(), spec.seed, spec.text.as_str()), ("first-light", 7, WHOLE));
    assert_eq!(spec.corpus.source, Source::Paths(vec!["/specs/a.txt".into(), "/specs/more".into()]));
    let M1::Train(m1) = &spec.m1 else { panic!("{:?}", spec.m1) };
    assert_eq!((m1.size.name, m1.context, m1.batch, m1.steps), ("nano", 256, 16, 900));
    assert_eq!(m1.schedule, Schedule { base_rate: 2.0, z_loss: 0.0, ..Schedule::default() });
    let runs: Vec<_> =
        spec.runs.iter().map(|r| (r.label.as_str(), r.seed, r.training.steps, r.training.schedule)).collect();
    assert_eq!(spec.runs.iter().map(|run| run.example_bytes).collect::<Vec<_>>(), [10_240, 10_240, 4096]);
    let m2 = Schedule { warmup_steps: 50, ..Schedule::default() };
    assert_eq!(
        runs,
        [
            ("EqualInfoAC[b=16, v=256] · seed 1", 1, 600, m2),
            ("EqualInfoAC[b=16, v=256] · seed 2", 2, 600, m2),
            ("naive", 1, 100, Schedule { base_rate: 0.5, ..m2 }),
        ]
    );
}

#[test]
fn the_canonical_form_is_an_equal_experiment() {
    let spec = parse(WHOLE).unwrap();
    let text = spec.to_toml();
    let again = Spec::parse(&text, Path::new("/elsewhere/y.toml")).unwrap();
    assert_eq!(Spec { text: String::new(), ..again.clone() }, Spec { text: String::new(), ..spec });
    assert_eq!(again.to_toml(), text);
}

#[test]
fn the_built_in_corpus_and_a_trained_m1_need_no_other_keys() {
    let text = "name='x'\ncorpus={source='default',validation=0.1,validation_bytes=2048}\nm1={file='a/b.m1'}\n\
                [[run]]\nmethod='Bytes'\nsize='3m'\ncontext=8\nbatch=1\nsteps=1\n";
    let spec = parse(text).unwrap();
    assert_eq!(spec.corpus.source, Source::Default);
    assert_eq!(spec.m1, M1::File("/specs/a/b.m1".into()));
    assert_eq!(spec.runs[0].label, "Bytes");
    let shipped = parse(&text.replace("file='a/b.m1'", "shipped='micro'")).unwrap();
    assert_eq!(shipped.m1, M1::Shipped(Shipped::named("micro").unwrap()));
    assert_eq!(parse(&shipped.to_toml()).unwrap().m1, shipped.m1);
    let refused = |m1: &str| parse(&text.replace("file='a/b.m1'", m1)).unwrap_err().to_string();
    assert!(refused("shipped='4m'").contains("expected 3m or micro"));
    assert!(refused("shipped='3m',file='a.m1'").contains("both `shipped` and `file`"));
}

#[test]
fn unlabelled_runs_of_one_method_are_told_apart_by_what_differs() {
    let more = "[[run]]\nmethod = \"EqualInfoAC[b=16, v=256]\"\nsize = \"micro\"\nseeds = [1, 2]\n";
    let labels: Vec<String> =
        parse(&format!("{WHOLE}\n{more}")).unwrap().runs.into_iter().map(|run| run.label).collect();
    assert_eq!(labels[0], "EqualInfoAC[b=16, v=256] · nano · seed 1");
    assert_eq!(labels[4], "EqualInfoAC[b=16, v=256] · micro · seed 2");
    let same = "[[run]]\nmethod = \"EqualInfoAC[b=16, v=256]\"\nseeds = [1, 2]\n";
    let message = parse(&format!("{WHOLE}\n{same}")).unwrap_err().to_string();
    assert!(message.contains("two runs are called") && message.contains("x.toml:39"), "{message}");
}

#[test]
fn every_fault_names_the_line_the_value_and_what_was_expected() {
    for (from, to, line, wanted) in [
        ("batch = 16", "batch = 0", 13, "`batch` is 0; expected a whole number from 1 to 65536"),
        ("batch = 16", "batch = -3", 13, "`batch` is -3; expected a whole number from 1"),
        ("batch = 16", "batch = \"many\"", 13, "expected a whole number"),
        ("batch = 16", "batch = 1.5", 13, "expected a whole number"),
        ("context = 256", "context = 4", 12, "`context` is 4; expected a whole number from 8 to 10240"),
        (
            "context = 256",
            "contxt = 256",
            12,
            "no key `contxt` here (did you mean `context`?); expected one of shipped, stand_in, file, size, context",
        ),
        ("context = 256\n", "", 10, "[m1] has no `context`; expected"),
        ("size = \"nano\"", "size = \"4m\"", 11, "there is no model size `4m`"),
        ("base_rate = 2", "base_rate = nan", 16, "`base_rate` is NaN; expected a number from"),
        ("base_rate = 2", "base_rate = 0", 16, "`base_rate` is 0; expected a number from"),
        ("z_loss = 0.0", "z_loss = \"no\"", 17, "expected a number"),
        ("seed = 7", "seed = -1", 3, "`seed` is -1; expected a whole number from 0"),
        ("\"first-light\"", "\"first light\"", 2, "`name` is \"first light\"; expected 1 to 64 letters"),
        ("\"first-light\"", "\"..\"", 2, "`name` is \"..\""),
        ("name = \"first-light\"\n", "", 1, "`name` is missing"),
        ("0.05", "1.5", 7, "`validation` is 1.5; expected a share"),
        ("0.05", "0", 7, "`validation` is 0; expected a share"),
        ("65536", "10", 8, "`validation_bytes` is 10; expected a whole number from 1024"),
        ("[\"a.txt\", \"more\"]", "3", 6, "expected \"default\", a path, or a list of paths"),
        ("[\"a.txt\", \"more\"]", "[]", 6, "`source` names no path"),
        ("\"more\"", "\"default\"", 6, "`source` lists \"default\" among paths"),
        (
            "size = \"nano\"\ncontext = 128",
            "context = 128",
            26,
            "[[run]] has no `size`; expected a model size such as \"nano\" or \"3m\", here or in [m2]",
        ),
        ("[m2]\n", "[m2]\nmethod = \"Bytes\"\n", 20, "`method` is each run's own"),
        ("\"AC[v=256]\"", "\"ZIP\"", 32, "`method`: there is no method `ZIP`"),
        ("method = \"AC[v=256]\"\n", "", 31, "[[run]] has no `method`"),
        ("\"naive\"", "\" \"", 34, "`label` is empty"),
        ("[1, 2]", "[1, 1]", 29, "`seeds` has 1 twice"),
        ("[1, 2]", "[]", 29, "`seeds` is empty"),
        ("[1, 2]", "1", 29, "expected a list"),
        ("[m1]\n", "[m1]\nfile = \"a.m1\"\n", 11, "[m1] names an M1 with `file` and has training keys"),
        ("[m1]\n", "[m1]\nshipped = \"3m\"\n", 11, "[m1] names an M1 with `shipped` and has training keys"),
        ("[m1]\n", "[m3]\n", 10, "no key `m3` here (did you mean `m1`?)"),
        ("seed = 7", "seed = 7 8", 3, "expected"),
        ("seed = 7", "seed = 7\nseed = 8", 4, "duplicate key"),
        ("4096", "63", 35, "`example_bytes` is 63; expected a whole number from 64"),
        (
            "base_rate = 0.5",
            "rate_changes = [{ step = 100, factor = 0.5 }]",
            37,
            "`step` is 100; expected a whole number from 1 to 99",
        ),
        ("base_rate = 0.5", "rate_changes = [{ step = 9, factor = 0 }]", 37, "`factor` is 0; expected a number from"),
        (
            "base_rate = 0.5",
            "rate_changes = [{ step = 9, factor = 2 }, { step = 9, factor = 3 }]",
            37,
            "`rate_changes` has step 9 after step 9; expected steps that ascend",
        ),
        ("base_rate = 0.5", "rate_changes = [{ step = 9 }]", 37, "missing field `factor`"),
        (
            "[run.optimizer]\nbase_rate = 0.5",
            "optimizer = 3",
            36,
            "expected base_rate, warmup_steps, cooldown_steps, rate_changes and z_loss",
        ),
    ] {
        let message = fault(from, to);
        assert!(message.starts_with(&format!("/specs/x.toml:{line}: ")), "{to}: line {line}? {message}");
        assert!(message.contains(wanted), "{to}: {message}");
    }
}

const TOKENS: &str = r#"name = "tables"
corpus = { source = "default", validation = 0.05, validation_bytes = 65536 }
m1 = { stand_in = "unigram" }
[tokens]
methods = ["Bytes", "HuggingFace[vocabulary.json]"]
training_bytes = 4096
tables = [1, 12]
"#;

#[test]
fn changes_of_the_rate_can_be_planned() {
    let planned = "rate_changes = [{ step = 20, factor = 0.5 }, { step = 60, factor = 0.1 }]";
    let spec = parse(&WHOLE.replace("base_rate = 0.5", planned)).unwrap();
    let changes: Vec<_> = spec.runs[2].training.schedule.changes.iter().map(|c| (c.step, c.factor)).collect();
    assert_eq!(changes, [(20, 0.5), (60, 0.1)]);
    assert_eq!(spec.runs[0].training.schedule.changes, Default::default());
    assert_eq!(parse(&spec.to_toml()).unwrap().runs, spec.runs);
}

#[test]
fn methods_can_be_measured_without_a_model() {
    let spec = parse(TOKENS).unwrap();
    assert_eq!(spec.m1, M1::StandIn(StandInKind::Unigram));
    let tokens = spec.tokens.as_ref().unwrap();
    // A vocabulary's file is beside the specification.
    assert_eq!(tokens.methods[1].to_string(), "HuggingFace[/specs/vocabulary.json]");
    assert_eq!((tokens.example_bytes, tokens.training_bytes), (10_240, 4096));
    assert_eq!(tokens.tables, [PaperTable::Table1, PaperTable::Table12]);
    let again = parse(&spec.to_toml()).unwrap();
    assert_eq!((again.tokens, again.m1), (spec.tokens, spec.m1));
    for (from, to, wanted) in [
        ("\"unigram\"", "\"bigram\"", "there is no stand-in `bigram`; expected uniform or unigram"),
        ("\"unigram\"", "\"unigram\", shipped = \"3m\"", "[m1] has both `shipped` and `stand_in`"),
        ("\"Bytes\"", "\"Bites\"", "`methods`: there is no method `Bites` (is Bytes meant?)"),
        ("\"Bytes\"", "\"bytes\", \"Bytes\"", "`methods` has Bytes twice"),
        ("[1, 12]", "[4]", "`tables` has 4; expected some of 1, 2, 3 and 12"),
        ("4096", "10", "`training_bytes` is 10; expected a whole number from 1024"),
        ("methods = [\"Bytes\", \"HuggingFace[vocabulary.json]\"]", "", "[tokens] has no `methods`"),
    ] {
        let message = parse(&TOKENS.replace(from, to)).unwrap_err().to_string();
        assert!(message.contains(wanted), "{to}: {message}");
    }
}

#[test]
fn a_fault_shows_its_line() {
    assert!(fault("batch = 16", "batch = 0 # why not").ends_with("\n   13 | batch = 0 # why not"));
}

#[test]
fn nothing_to_train_is_said() {
    let text = "name='x'\ncorpus={source='default',validation=0.1,validation_bytes=2048}\nm1={file='a.m1'}";
    assert!(parse(text).unwrap_err().to_string().contains("there is nothing to do"));
    assert!(parse("").unwrap_err().to_string().contains("`name` is missing"));
}

#[test]
fn a_file_that_is_missing_or_no_text_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    assert!(Spec::load(&path).unwrap_err().to_string().contains("x.toml"));
    std::fs::write(&path, b"name = 'x'\n# \xff\n").unwrap();
    let message = Spec::load(&path).unwrap_err().to_string();
    assert!(message.contains("x.toml:2: this is not text"), "{message}");
    std::fs::write(&path, WHOLE).unwrap();
    assert_eq!(Spec::load(&path).unwrap().text, WHOLE);
}

const GRID: &str = r#"name = "grid"
corpus = { source = "default", validation = 0.05, validation_bytes = 65536 }
m1 = { shipped = "micro" }
[m2]
size = "nano"
context = 128
batch = 8
steps = 600
[grid]
methods = ["Bytes"]
window_bits = "16..64 times 2"
token_bits = [8, 16]
ending = ["exact", "greedy"]
words = [0, 4]
seeds = [1, 2]
"#;

#[test]
fn a_grid_is_every_combination_but_those_that_make_no_method() {
    let spec = parse(GRID).unwrap();
    // Windows that end with words close by the exact rule: of 3 × 2 × 2 × 2 kinds, 6 make none.
    assert_eq!((spec.runs.len(), spec.left_out.len()), ((18 + 1) * 2, 6));
    assert!(spec.left_out.iter().all(|out| out.combination.contains("greedy") && out.reason.contains("exact rule")));
    let labels: std::collections::BTreeSet<&str> = spec.runs.iter().map(|run| run.label.as_str()).collect();
    assert_eq!(labels.len(), spec.runs.len());
    assert!(labels.contains("EqualInfoAC[b=64, v=65k, words=4] · seed 2"), "{labels:?}");
    let again = parse(&spec.to_toml()).unwrap();
    assert_eq!(again.runs, spec.runs);
}

#[test]
fn a_grid_that_cannot_be_is_refused_at_its_line() {
    for (from, to, line, wanted) in [
        ("\"16..64 times 2\"", "\"64..16\"", 11, "`window_bits`: `64..16` is an empty"),
        ("\"16..64 times 2\"", "[3000]", 11, "[grid] makes no method"),
        ("token_bits = [8, 16]\n", "", 11, "`window_bits` but no `vocabulary`"),
        ("window_bits = \"16..64 times 2\"\n", "", 11, "`token_bits` is of windows"),
        ("\"greedy\"", "\"gready\"", 13, "there is no ending `gready`"),
        ("[\"Bytes\"]", "[\"Bites\"]", 10, "`methods`: there is no method"),
        ("[1, 2]", "[1, 1]", 15, "`seeds` has 1 twice"),
        ("seeds = [1, 2]", "seeds = 1.5", 15, "expected whole numbers"),
        ("seeds = [1, 2]", "steps = 3\nbudget = { by = \"bytes\", amount = 3 }", 16, "both `steps` and `budget`"),
        ("seeds = [1, 2]", "budget = { by = \"words\", amount = 3 }", 15, "a budget by `words` is unknown"),
        ("seeds = [1, 2]", "seeds = \"1..100\"\nbatch = \"1..100\"", 9, "expected at most 4096"),
        ("seeds = [1, 2]", "size = [\"nano\", \"namo\"]", 15, "there is no model size `namo`"),
    ] {
        assert!(GRID.contains(from), "{from}");
        let message = parse(&GRID.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(message.starts_with(&format!("/specs/x.toml:{line}: ")), "{to}: line {line}? {message}");
        assert!(message.contains(wanted), "{to}: {message}");
    }
}

#[test]
fn a_run_that_is_there_already_is_left_out_of_the_grid() {
    let spec = parse(&format!("{GRID}[[run]]\nmethod = \"Bytes\"\nseeds = [1, 2]\nlabel = \"bytes\"\n")).unwrap();
    assert_eq!((spec.runs.len(), spec.left_out.len()), (38, 7));
    assert!(spec.left_out[6].reason.contains("[[run]]"), "{:?}", spec.left_out[6]);
}

#[test]
fn a_budget_matches_runs_within_a_step() {
    let m1 = crate::model::Size::named("micro").unwrap().with_vocabulary(257);
    for (by, amount) in [("tokens", 1e6), ("bytes", 3e6), ("flops", 4e13)] {
        let budget = format!("budget = {{ by = \"{by}\", amount = {amount:?} }}\nsize = [\"nano\", \"micro\"]");
        let spec = parse(&GRID.replace("seeds = [1, 2]", &budget)).unwrap();
        for (at, run) in spec.runs.iter().enumerate() {
            let (vocabulary, bytes_per_token) =
                (run.method.token_width().map_or(257, |w| w.vocabulary()), 1.0 + at as f64 / 8.0);
            let steps = run.steps(vocabulary, bytes_per_token, Some(&m1));
            let m1 = Some(&m1).filter(|_| run.method.runs_m1());
            let step = StepCost::new(&run.training, vocabulary, bytes_per_token, m1);
            let cost = match by {
                "tokens" => step.tokens,
                "bytes" => step.bytes,
                _ => step.flops,
            };
            assert!((steps as f64 * cost - amount).abs() <= cost / 2.0 + 1e-6 * amount, "{}: {steps} steps", run.label);
            assert_eq!(run.training.steps, if by == "tokens" { steps } else { 0 });
            assert_eq!(run.settled(steps).training.steps, steps);
        }
        assert_eq!(parse(&spec.to_toml()).unwrap().runs, spec.runs);
    }
    // What is nearer to a run holds, be it steps or a budget.
    let near = GRID.replace("steps = 600", "budget = { by = \"bytes\", amount = 1e6 }") + "steps = [5, 7]\n";
    assert!(parse(&near).unwrap().runs.iter().all(|run| run.budget.is_none() && run.training.steps > 4));
}

proptest! {
    /// Whatever is typed into the file, reading it ends in a spec or in a message.
    #[test]
    fn edits_never_panic(at in any::<prop::sample::Index>(), cut in 0usize..20, insert in ".{0,12}") {
        let start = at.index(WHOLE.len());
        let end = (start + cut).min(WHOLE.len());
        let text = format!("{}{insert}{}", &WHOLE[..start], &WHOLE[end..]);
        if let Err(error) = parse(&text) {
            prop_assert!(error.to_string().starts_with("/specs/x.toml:"));
        }
    }

    #[test]
    fn what_was_read_can_be_written_and_read_again(
        name in "[A-Za-z0-9_-]{1,64}",
        seed in 0..i64::MAX,
        rate in 1e-6f64..10.0,
        label in "[ -~]{0,20}x",
        source in "[ -~]{0,20}x",
    ) {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let text = WHOLE
            .replace("\"first-light\"", &quoted(&name))
            .replace("seed = 7", &format!("seed = {seed}"))
            .replace("base_rate = 2", &format!("base_rate = {rate:?}"))
            .replace("\"naive\"", &quoted(&label))
            .replace("\"more\"", &quoted(&source));
        let spec = parse(&text).unwrap();
        let again = parse(&spec.to_toml()).unwrap();
        prop_assert_eq!(Spec { text: String::new(), ..again }, Spec { text: String::new(), ..spec });
    }

    /// Any values on the axes: the runs and what is left out make up their product, labels are unique, and the canonical
    /// form is the same experiment.
    #[test]
    fn a_grids_runs_and_what_it_leaves_out_are_its_product(
        bits in prop::collection::btree_set(1u16..40, 1..4),
        widths in prop::collection::btree_set(1u8..17, 1..3),
        endings in prop::sample::subsequence(vec!["exact", "greedy", "delay"], 1..=3),
        words in prop::collection::btree_set(0u8..20, 1..3),
        rates in prop::collection::btree_set(1u8..9, 1..3),
    ) {
        let product = bits.len() * widths.len() * endings.len() * words.len();
        let text = format!(
            "name='x'\ncorpus={{source='default',validation=0.1,validation_bytes=2048}}\nm1={{stand_in='uniform'}}\n\
             [m2]\nsize='nano'\ncontext=8\nbatch=1\nsteps=1\n\
             [grid]\nwindow_bits={:?}\ntoken_bits={:?}\nending={endings:?}\nwords={:?}\nbase_rate={:?}\n",
            Vec::from_iter(&bits), Vec::from_iter(&widths), Vec::from_iter(&words), Vec::from_iter(&rates),
        );
        match parse(&text) {
            Ok(spec) => {
                prop_assert_eq!(spec.runs.len() + spec.left_out.len() * rates.len(), product * rates.len());
                let labels: std::collections::BTreeSet<&String> = spec.runs.iter().map(|run| &run.label).collect();
                prop_assert_eq!(labels.len(), spec.runs.len());
                prop_assert_eq!(parse(&spec.to_toml()).unwrap().runs, spec.runs);
            }
            Err(error) => prop_assert!(error.to_string().contains("makes no method"), "{}", error),
        }
    }
}
