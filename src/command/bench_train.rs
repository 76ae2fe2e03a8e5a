//! `mullion bench train`: whole training steps per size, as a rate and as a share of the device's own matrix rate.

use super::CommandError;
use super::table::Table;
use crate::corpus::random::Generator;
use crate::gpu::{ChosenDevice, DeviceChoice, MatrixPeak, matrix_peak, read_f32};
use crate::model::Size;
use crate::train::{Batch, Schedule, Trainer};
use std::time::{Duration, Instant};

/// One measured configuration: a size by name, batch rows, symbols a row, vocabulary.
const CASES: [(&str, usize, usize, usize); 6] = [
    ("nano", 16, 256, 257),
    ("micro", 16, 256, 257),
    ("small", 8, 256, 257),
    ("3m", 8, 256, 257),
    ("nano", 8, 512, 256),
    ("nano", 8, 512, 65_536),
];

#[derive(Debug, clap::Args)]
pub struct BenchTrain {
    /// Where to train
    #[arg(long, default_value_t = DeviceChoice::Auto, value_name = "auto|gpu|cpu|software")]
    device: DeviceChoice,
    /// Only this model size
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    /// Seconds to measure each case for
    #[arg(long, default_value = "5", value_parser = seconds)]
    seconds: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds from 0 to 3600".to_owned())
}

impl BenchTrain {
    pub fn run(&self) -> Result<(), CommandError> {
        if let Some(size) = &self.size {
            Size::named(size)?;
        }
        let chosen = self.device.open()?;
        println!("device: {chosen}");
        let peak = matrix_peak(&chosen.device)?;
        println!(
            "matrix peak: {:.1} GFLOP/s, products of {side} × {side} through burn",
            peak.flops / 1e9,
            side = peak.side
        );
        println!(
            "whole steps (forward, loss, backward, Adafactor) on random symbols: medians over {:?}\n",
            self.seconds
        );
        let mut table =
            Table::new(["model", "batch", "vocabulary", "symbols/s", "ms/step", "GFLOP/s", "share of matrix peak"]);
        for (name, batch, length, vocabulary) in CASES {
            if self.size.as_deref().is_none_or(|wanted| wanted == name) {
                table.row(self.case(&chosen, peak, name, [batch, length, vocabulary])?);
            }
        }
        if let Some(size) = self.size.as_deref().filter(|size| CASES.iter().all(|case| case.0 != *size)) {
            table.row(self.case(&chosen, peak, size, [4, 256, 257])?);
        }
        println!("{table}");
        Ok(())
    }

    /// One row: a model size at batch rows × symbols a row over a vocabulary.
    fn case(
        &self,
        chosen: &ChosenDevice,
        peak: MatrixPeak,
        name: &str,
        [batch, length, vocabulary]: [usize; 3],
    ) -> Result<Vec<String>, CommandError> {
        let shape = Size::named(name)?.with_vocabulary(vocabulary);
        let mut trainer = Trainer::new(shape, 1, Schedule::default(), &chosen.device);
        let mut generator = Generator::new(7);
        let mut step = || -> Result<f64, CommandError> {
            let ids = (0..batch * length).map(|_| generator.below(vocabulary as u64) as u32).collect();
            let start = Instant::now();
            read_f32(trainer.step(&Batch { batch, length, ids }))?;
            Ok(start.elapsed().as_secs_f64())
        };
        for _ in 0..3 {
            step()?;
        }
        let mut times = Vec::new();
        let end = Instant::now() + self.seconds;
        while Instant::now() < end || times.len() < 3 {
            times.push(step()?);
        }
        times.sort_by(f64::total_cmp);
        let seconds = times[times.len() / 2];
        let symbols = (batch * length) as f64;
        let flops = shape.training_flops_per_token(length) * symbols / seconds;
        Ok(vec![
            name.to_owned(),
            format!("{batch} × {length}"),
            vocabulary.to_string(),
            format!("{:.0}", symbols / seconds),
            format!("{:.1}", seconds * 1e3),
            format!("{:.1}", flops / 1e9),
            format!("{:.0}%", 100.0 * flops / peak.flops),
        ])
    }
}
