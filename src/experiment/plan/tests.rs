//! What a plan says before anything is known, once something was timed, and after a run.

use super::*;
use crate::experiment::event::{Point, Series, Status};
use crate::experiment::store::{NewExperiment, NewRun, Store};
use std::path::Path;

const SPEC: &str = "name='p'\ncorpus={source='default',validation=0.1,validation_bytes=2048}\nm1={stand_in='uniform'}\n\
                    [m2]\ncontext=16\nbatch=2\nsteps=10\n[grid]\nmethods=['Bytes','AC[v=256]']\nsize=['nano','micro']\n";

fn spec(text: &str) -> Spec {
    Spec::parse(text, Path::new("p.toml")).unwrap()
}

#[test]
fn a_plan_knows_its_size_and_says_that_it_knows_no_time() {
    let plan = Plan::new(&spec(SPEC), "CPU", &Rates::default());
    assert_eq!((plan.runs.len(), plan.steps(), plan.tokens(), plan.seconds()), (4, 40, 1280, None));
    assert!(plan.notes()[0].contains("4 runs not timed"), "{:?}", plan.notes());
}

#[test]
fn more_tokens_than_can_be_counted_are_very_many() {
    let text = SPEC.replace("steps=10", "budget={by='flops',amount=1e30}").replace("batch=2", "batch=65536");
    let plan = Plan::new(&spec(&text), "CPU", &Rates::default());
    assert!(plan.runs[0].tokens > u64::MAX / 2 && plan.tokens() == u64::MAX, "{:?}", plan.runs[0]);
}

#[test]
fn an_m1_in_a_file_counts_in_a_budget_of_flops_as_it_does_when_the_runs_go() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = crate::m1::Shipped::named("micro").unwrap();
    let path = folder.path().join("own.m1");
    crate::m1::file::save(&path, &shipped.open().unwrap()).unwrap();
    let budget = SPEC.replace("steps=10", "budget={by='flops',amount=1e13}");
    let budget = budget.replace("['Bytes','AC[v=256]']", "['Bytes','EqualInfoAC[b=16, v=256]']");
    let steps = |m1: &str| {
        let plan = Plan::new(&spec(&budget.replace("{stand_in='uniform'}", m1)), "CPU", &Rates::default());
        (plan.runs.iter().map(|run| run.steps).collect::<Vec<_>>(), plan.notes())
    };
    let (by_file, _) = steps(&format!("{{file='{}'}}", path.display()));
    assert_eq!(by_file, steps("{shipped='micro'}").0);
    let (without, notes) = steps("{file='/nowhere/own.m1'}");
    assert!(without != by_file && notes.iter().any(|note| note.contains("leave M1 out")), "{notes:?}");
}

#[test]
fn a_plan_rests_on_what_was_timed_and_scales_it_to_other_shapes() {
    let spec = spec(SPEC);
    let only_nano = Spec { runs: spec.runs[..1].to_vec(), ..spec.clone() };
    let rates = measure(&only_nano, &burn::tensor::Device::flex(), &mut |_, of| of == 1).unwrap();
    let mut known = Rates::default();
    known.prefer(rates);
    let plan = Plan::new(&spec, "CPU", &known);
    let bases: Vec<bool> = plan.runs.iter().map(|run| run.basis == Basis::Measured).collect();
    // AC's vocabulary of 256 is another shape than the 257 of bytes.
    assert_eq!(bases, [true, false, false, false]);
    let span = plan.seconds().unwrap();
    assert!(0.0 < span.low && span.low < span.high && span.high < 600.0, "{span:?}");
}

#[test]
fn a_plan_rests_on_earlier_runs_of_the_same_device() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("s.sqlite")).unwrap();
    let experiment = store
        .create_experiment(&NewExperiment {
            name: "before".to_owned(),
            spec: SPEC.to_owned(),
            seed: 1,
            device: "CPU (2 threads): asked for".to_owned(),
            versions: Default::default(),
            folder: folder.path().join("before"),
        })
        .unwrap();
    let run = store
        .create_run(&NewRun {
            experiment,
            role: Role::M2,
            label: "Bytes · nano".to_owned(),
            method: Some("Bytes".to_owned()),
            size: "nano".to_owned(),
            seed: 1,
            steps: 10,
        })
        .unwrap();
    for (step, value) in [(1, 50.0), (2, 100.0), (3, 100.0)] {
        store.record(&Point { run, series: Series::TokensPerSecond, step, value }).unwrap();
    }
    store.set_status(run, &Status::Done).unwrap();
    store.flush().unwrap();
    let rates = Rates::of_store(&store, "CPU (2 threads)").unwrap();
    let plan = Plan::new(&spec(SPEC), "CPU (2 threads)", &rates);
    assert_eq!(plan.runs[0].basis, Basis::Earlier("before".to_owned()));
    assert_eq!(plan.runs[1].basis, Basis::Scaled("before".to_owned()));
    let span = plan.runs[0].seconds.unwrap();
    assert!(span.low > 3.2 && span.high / span.low > 1.9, "{span:?}");
    assert_eq!(Rates::of_store(&store, "NVIDIA").unwrap(), Rates::default());
}

#[test]
fn a_run_that_was_too_short_to_note_its_speed_tells_by_how_long_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("s.sqlite")).unwrap();
    let before = NewExperiment {
        name: "before".to_owned(),
        spec: SPEC.to_owned(),
        seed: 1,
        device: "CPU: asked for".to_owned(),
        versions: Default::default(),
        folder: folder.path().join("before"),
    };
    let experiment = store.create_experiment(&before).unwrap();
    let parsed = spec(SPEC);
    let first = &parsed.runs[0];
    let new = NewRun {
        experiment,
        role: Role::M2,
        label: first.label.clone(),
        method: Some(first.method.to_string()),
        size: "nano".to_owned(),
        seed: 1,
        steps: first.training.steps,
    };
    let run = store.create_run(&new).unwrap();
    store.set_result(run, "training seconds", 2.0).unwrap();
    assert_eq!(Rates::of_store(&store, "CPU").unwrap(), Rates::default(), "it has not ended");
    store.set_status(run, &Status::Done).unwrap();
    let rates = Rates::of_store(&store, "CPU").unwrap();
    let (span, basis) = rates.seconds(&Key::new(&first.training, 257), 320.0);
    assert_eq!((span, basis), (Some(Span { low: 2.0, high: 2.0 }), Basis::Earlier("before".to_owned())));
}
