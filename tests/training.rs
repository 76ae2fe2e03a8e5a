//! Training: gradients of our own pieces against plain references, golden losses, resume bit for bit, and the same
//! training on a WebGPU device.

use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use mullion::corpus::random::Generator;
use mullion::experiment::event::{Command, Event, Outcome, Point, Series};
use mullion::experiment::spec::Spec;
use mullion::experiment::store::Store;
use mullion::experiment::{Handle, Request, STORE_FILE, start};
use mullion::gpu::{DeviceChoice, DeviceError, read_f32};
use mullion::model::{Decoder, Shape};
use mullion::train::loss::{loss_gradient, score_rows};
use mullion::train::{Batch, Checkpoint, CheckpointError, CheckpointOf, Schedule, Trainer};

fn random(dims: [usize; 2], seed: u64, device: &Device) -> Tensor<2> {
    let mut generator = Generator::new(seed);
    let data: Vec<f32> = (0..dims[0] * dims[1]).map(|_| generator.normal() as f32).collect();
    Tensor::from_data(TensorData::new(data, dims), device)
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The loss written plainly, all logits at once, gradients by autodiff.
fn plain_loss(
    hidden: Tensor<2>,
    head: Tensor<2>,
    targets: Tensor<1, Int>,
    z_loss: f32,
) -> (Tensor<1>, Vec<f32>, Vec<f32>) {
    let (hidden, head) = (hidden.autodiff().require_grad(), head.autodiff().require_grad());
    let logits = hidden.clone().matmul(head.clone());
    let log_probabilities = activation::log_softmax(logits.clone(), 1);
    let target = targets.unsqueeze_dim::<2>(1);
    let nats = log_probabilities.gather(1, target).neg().mean();
    let normaliser = logits.exp().sum_dim(1).log();
    let loss = nats.clone() + normaliser.square().mean().mul_scalar(z_loss);
    let gradients = loss.backward();
    let gradient = |t: &Tensor<2>| read_f32(t.grad(&gradients).unwrap()).unwrap();
    (nats.inner(), gradient(&hidden), gradient(&head))
}

#[test]
fn the_chunked_loss_has_the_plain_losss_value_and_gradients() {
    let device = Device::flex();
    let (rows, embed, vocabulary) = (13, 5, 41);
    let (hidden, head) = (random([rows, embed], 1, &device), random([embed, vocabulary], 2, &device));
    let ids: Vec<i32> = (0..rows as i32).map(|i| (i * 17 + 3) % vocabulary as i32).collect();
    let targets = Tensor::<1, Int>::from_data(TensorData::new(ids, [rows]), &device);
    for z_loss in [0.0, 1e-4, 0.3] {
        let (nats, hidden_gradient, head_gradient) = plain_loss(hidden.clone(), head.clone(), targets.clone(), z_loss);
        for chunk in [1, 4, 13, 100] {
            let found = loss_gradient(hidden.clone(), head.clone(), targets.clone(), z_loss, chunk);
            assert!(largest_difference(&read_f32(found.nats).unwrap(), &read_f32(nats.clone()).unwrap()) < 1e-5);
            assert!(largest_difference(&read_f32(found.hidden).unwrap(), &hidden_gradient) < 1e-6, "chunk {chunk}");
            assert!(largest_difference(&read_f32(found.head).unwrap(), &head_gradient) < 1e-6, "chunk {chunk}");
            let scores = score_rows(hidden.clone(), head.clone(), targets.clone(), chunk).unwrap();
            let mean = scores.nats.iter().sum::<f32>() / rows as f32;
            assert!((mean - read_f32(nats.clone()).unwrap()[0]).abs() < 1e-5);
        }
    }
}

/// Text-like symbols: a cycle with noise, so that there is something to learn.
fn batch(batch: usize, length: usize, vocabulary: u32, seed: u64) -> Batch {
    let mut generator = Generator::new(seed);
    let ids = (0..batch * length)
        .map(|i| {
            let noise = if generator.below(4) == 0 { generator.below(5) as u32 } else { 0 };
            ((i as u32 * 7) % 31 + noise) % vocabulary
        })
        .collect();
    Batch { batch, length, ids }
}

fn tiny() -> Shape {
    Shape { embed: 16, heads: 2, layers: 2, head_dim: 8, mlp: 24, vocabulary: 40 }
}

fn train(trainer: &mut Trainer, steps: std::ops::Range<u64>) -> Vec<f32> {
    steps.map(|step| read_f32(trainer.step(&batch(4, 24, 40, step))).unwrap()[0]).collect()
}

/// Central differences of the whole network's loss at some parameters of every kind, against backpropagation as the
/// trainer does it.
#[test]
fn the_networks_gradient_is_the_slope_of_its_loss() {
    let device = Device::flex();
    let shape = tiny();
    let weights = Decoder::new(shape, 5, &device).weights().unwrap();
    let batch = batch(2, 9, 40, 1);
    let loss = |weights: &mullion::model::Weights| -> f64 {
        let decoder = Decoder::from_weights(weights, &device).unwrap();
        let scores = Trainer::with_decoder(decoder, Schedule::default(), &device).score(&batch).unwrap();
        scores.nats.iter().map(|x| f64::from(*x)).sum::<f64>() / scores.nats.len() as f64
    };
    let trainer = Trainer::with_decoder(
        Decoder::from_weights(&weights, &device).unwrap(),
        Schedule { z_loss: 0.0, ..Schedule::default() },
        &device,
    );
    let (_, gradients) = trainer.gradients(&batch);
    for ((name, _), gradient) in mullion::model::Weights::layout(&shape).into_iter().zip(gradients) {
        let gradient = read_f32(gradient.unwrap()).unwrap();
        // The largest slopes: small ones drown in the rounding of 32-bit losses.
        let mut order: Vec<usize> = (0..gradient.len()).collect();
        order.sort_by(|a, b| gradient[*b].abs().total_cmp(&gradient[*a].abs()));
        for &i in order.iter().take(2) {
            let step = 4e-3f32;
            let at = |delta: f32| {
                let mut moved = weights.clone();
                moved.parameters.get_mut(&name).unwrap().data[i] += delta;
                loss(&moved)
            };
            let slope = (at(step) - at(-step)) / (2.0 * f64::from(step));
            let found = f64::from(gradient[i]);
            assert!((slope - found).abs() < 2e-4 + 0.03 * found.abs(), "{name}[{i}]: slope {slope}, gradient {found}");
        }
    }
}

/// On the CPU a batch goes through in two halves, here of one row and two: together they have to be the mean over rows.
#[test]
fn a_batch_in_uneven_halves_has_the_mean_gradient_of_its_rows() {
    let device = Device::flex();
    let trainer = Trainer::new(tiny(), 2, Schedule::default(), &device);
    let whole = batch(3, 10, 40, 8);
    let values = |batch: &Batch| -> (f32, Vec<Vec<f32>>) {
        let (nats, gradients) = trainer.gradients(batch);
        (read_f32(nats).unwrap()[0], gradients.into_iter().map(|g| read_f32(g.unwrap()).unwrap()).collect())
    };
    let rows: Vec<_> =
        whole.ids.chunks(10).map(|ids| values(&Batch { batch: 1, length: 10, ids: ids.to_vec() })).collect();
    let (nats, gradients) = values(&whole);
    assert!((nats - rows.iter().map(|row| row.0).sum::<f32>() / 3.0).abs() < 1e-5);
    for (i, gradient) in gradients.iter().enumerate() {
        let mean: Vec<f32> =
            (0..gradient.len()).map(|j| rows.iter().map(|row| row.1[i][j]).sum::<f32>() / 3.0).collect();
        assert!(largest_difference(gradient, &mean) < 1e-5, "parameter {i}");
    }
}

#[test]
fn the_first_losses_are_the_golden_ones() {
    let mut trainer = Trainer::new(tiny(), 1, Schedule { base_rate: 2.0, ..Schedule::default() }, &Device::flex());
    let losses = train(&mut trainer, 0..10);
    let golden = GOLDEN;
    for (step, (found, golden)) in losses.iter().zip(golden).enumerate() {
        // CPUs differ in the width of their vectors, and so in the order of sums.
        assert!((found - golden).abs() < 2e-4, "step {step}: {found} instead of {golden}; all: {losses:?}");
    }
}

/// Mean nats of steps 1 to 10 of `tiny()` at seed 1.
const GOLDEN: [f32; 10] =
    [4.2162538, 4.216508, 3.903787, 3.802641, 3.670098, 3.4825857, 3.3225374, 3.3083432, 3.4464839, 3.0558941];

#[test]
fn a_resumed_run_equals_the_uninterrupted_one_bit_for_bit() {
    let device = Device::flex();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let schedule = Schedule { base_rate: 2.0, ..Schedule::default() };
    let mut straight = Trainer::new(tiny(), 9, schedule, &device);
    let mut expected = train(&mut straight, 0..5);
    let of = CheckpointOf { schedule, seed: 9, context: 8, identity: "tiny on a cycle" };
    Checkpoint::save(&straight, &of, 20, &path).unwrap();
    expected.extend(train(&mut straight, 5..12));

    let (checkpoint, mut resumed) = Checkpoint::load(&path, "tiny on a cycle", schedule, &device).unwrap();
    assert_eq!((checkpoint.step, checkpoint.examples_drawn), (5, 20));
    let after = train(&mut resumed, 5..12);
    assert_eq!(
        after.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        expected[5..].iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    );
    assert_eq!(straight.decoder().weights().unwrap(), resumed.decoder().weights().unwrap());

    assert!(matches!(Checkpoint::load(&path, "another run", schedule, &device), Err(CheckpointError::OtherRun { .. })));
    let whole = std::fs::read(&path).unwrap();
    for bad in [&whole[..whole.len() / 2], b"not a checkpoint".as_slice(), &[]] {
        std::fs::write(&path, bad).unwrap();
        let error = Checkpoint::load(&path, "tiny on a cycle", schedule, &device).err().unwrap().to_string();
        assert!(error.contains("checkpoint.safetensors"), "{error}");
    }
}

#[test]
fn training_learns_the_cycle() {
    let mut trainer = Trainer::new(tiny(), 3, Schedule { base_rate: 5.0, ..Schedule::default() }, &Device::flex());
    let losses = train(&mut trainer, 0..150);
    // The cycle is certain but for a fifth of noise over a few symbols: about 0.9 nats; 31 symbols at random are 3.4.
    assert!(losses[149] < 1.6, "{losses:?}");
}

/// The software adapter, which CI demands by setting `MULLION_DEMAND_SOFTWARE_GPU`; elsewhere a machine may lack it.
fn software() -> Option<Device> {
    match DeviceChoice::Software.open() {
        Ok(chosen) => Some(chosen.device),
        Err(DeviceError::NoSoftware) if std::env::var_os("MULLION_DEMAND_SOFTWARE_GPU").is_none() => {
            eprintln!("skipped: this machine has no software Vulkan driver (mesa-vulkan-drivers)");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_webgpu_device_trains_as_the_cpu_does() {
    let Some(device) = software() else { return };
    let schedule = Schedule { base_rate: 2.0, ..Schedule::default() };
    let on_gpu = train(&mut Trainer::new(tiny(), 1, schedule, &device), 0..4);
    let on_cpu = train(&mut Trainer::new(tiny(), 1, schedule, &Device::flex()), 0..4);
    assert!(largest_difference(&on_gpu, &on_cpu) < 1e-3, "{on_gpu:?} {on_cpu:?}");
}

/// An experiment of one small model over bytes, in `folder`.
fn bytes_experiment(folder: &std::path::Path, resume: bool) -> Handle {
    let document =
        |n: usize| format!("{n} windows of the text are a code of bits and a token of the model ").repeat(20 + n);
    std::fs::write(folder.join("text.txt"), (1..40).map(document).collect::<Vec<_>>().join("\n\n")).unwrap();
    let spec = "name = \"rates\"\ncorpus = { source = \"text.txt\", validation = 0.3, validation_bytes = 1024 }\n\
                m1 = { stand_in = \"uniform\" }\n[[run]]\nmethod = \"Bytes\"\nsize = \"nano\"\ncontext = 16\nbatch = 2\n\
                steps = 60\noptimizer = { warmup_steps = 100, rate_changes = [{ step = 3, factor = 0.25 }] }\n";
    let spec = Spec::parse(spec, &folder.join("spec.toml")).unwrap();
    start(Request {
        spec,
        device: DeviceChoice::Cpu,
        results: folder.join("results"),
        resume: resume.into(),
        retry: false,
    })
    .unwrap()
}

/// The rates that were trained with and the recorded factors, as the store has them.
fn rates(folder: &std::path::Path) -> [Vec<[f64; 2]>; 2] {
    let store = Store::open(&folder.join("results").join(STORE_FILE)).unwrap();
    let experiment = store.find_experiment("rates").unwrap().unwrap();
    let run = store.runs(experiment.id).unwrap()[0].id;
    [Series::LearningRate, Series::RateFactor].map(|series| store.series(run, series).unwrap())
}

#[test]
fn a_rate_that_is_changed_in_training_stays_changed_when_the_run_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let run = bytes_experiment(folder.path(), false);
    let mut outcome = None;
    for event in &run.events {
        match event {
            Event::Point(Point { series: Series::TrainBitsPerByte, step: 6, .. }) => {
                run.commands.send(Command::ScaleRate(2.0)).unwrap();
                run.commands.send(Command::ScaleRate(f64::NAN)).unwrap();
            }
            Event::Point(Point { series: Series::RateFactor, value: 0.5, .. }) => {
                run.commands.send(Command::Stop).unwrap();
            }
            Event::Finished(finished) => outcome = Some(finished),
            _ => {}
        }
    }
    run.thread.join().unwrap();
    assert_eq!(outcome, Some(Outcome::Stopped));
    let [_, factors] = rates(folder.path());
    let [[3.0, 0.25], [changed, 0.5]] = factors.as_slice() else { panic!("{factors:?}") };

    let run = bytes_experiment(folder.path(), true);
    let last = run.events.iter().last();
    assert_eq!(last, Some(Event::Finished(Outcome::Done)));
    run.thread.join().unwrap();
    let [rates, resumed] = rates(folder.path());
    assert_eq!(resumed, factors, "nothing is changed a second time");
    for [step, rate] in rates {
        let factor = if step <= 3.0 {
            1.0
        } else if step <= *changed {
            0.25
        } else {
            0.5
        };
        assert!((rate - 0.1 * factor).abs() < 1e-12, "step {step}: {rate}");
    }
}
