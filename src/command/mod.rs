//! The command line: one file a command.

mod atlas;
mod bench_coding;
mod bench_train;
mod bench_ui;
mod coder;
mod compare;
mod compress;
mod decompress;
mod desk;
mod dictionary;
mod error;
mod explained;
mod export_tokens;
mod figures;
mod film;
mod freeze_m1;
mod generate;
mod interrupt;
mod m1_choice;
mod meter;
mod output;
mod paper_tables;
mod plan;
mod progress;
mod queue;
mod run;
mod runs;
mod selftest;
mod steps;
mod table;
mod texts;
mod tokenize;
mod train_m1;
mod window;
mod windows;

pub use error::CommandError;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A workbench for training language models over neurally compressed text.
///
/// A small byte-level model, M1, drives an arithmetic coder; text is cut into Equal-Info Windows that each compress to the
/// same number of bits; the bits become tokens; a larger model, M2, is trained on them (Lester et al. 2024,
/// arXiv:2404.03626). Without a command, the window opens.
#[derive(Debug, Parser)]
#[command(name = "mullion", version, about, max_term_width = 110)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an experiment from its spec: train M1, cut text into windows, train M2, measure, draw the figures
    Run(run::Run),
    /// Open the workbench (what `mullion` alone does)
    Window(window::Window),
    /// Train the coding model M1 on a corpus and freeze it into a .m1 file
    TrainM1(train_m1::TrainM1),
    /// Freeze a training checkpoint of M1 into a .m1 file: the integer network that is the same on every device
    FreezeM1(freeze_m1::FreezeM1),
    /// Build every exact window of a size: its code and its text; export them as a Hugging Face tokenizer
    Dictionary(dictionary::Dictionary),
    /// Cut a text into windows and show where each one ends and why
    Windows(windows::Windows),
    /// Map every code of short windows: its text, how often it is met, how well M2 predicts it; look one up, with its kin
    Atlas(atlas::AtlasCommand),
    /// Watch the windows of a text grow as M1 learns: the text cut by every checkpoint that an experiment kept
    Film(film::FilmCommand),
    /// Put tokenizers side by side on the same text: ratios, bits/byte of the uniform and the unigram model, proof that the
    /// text comes back
    Tokenize(tokenize::Tokenize),
    /// Compress a file or a pipe, by any method that gives every byte back
    Compress(compress::Compress),
    /// Decompress what `mullion compress` made, or say which chunk is damaged
    Decompress(decompress::Decompress),
    /// Write a text's token ids as a .npy file or as raw numbers, with a sidecar that says how they were made
    ExportTokens(export_tokens::ExportTokens),
    /// Let a trained M2 write: its tokens become text as they come, with their speed beside another run's
    Generate(generate::Generate),
    /// Put runs side by side: a table, a test of whether two differ, a plot of what they reach against what they cost
    Compare(compare::Compare),
    /// Draw an experiment's figures again from the store
    Figures(figures::Figures),
    /// List what has run; show, rename, annotate, tag, resume, duplicate, delete and restore it
    Runs(runs::Runs),
    /// Let experiments wait and run them one after another; put a stopped experiment's runs into another order
    Queue(queue::Queue),
    /// Check that this machine, CPU and GPU, computes M1 exactly as every other does
    Selftest(selftest::SelfTest),
    /// Measure speed on this machine
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Whole training steps: symbols per second, and the share of the device's measured matrix rate
    Train(bench_train::BenchTrain),
    /// Coding: tokens per second against the field's tokenizers, the integer network against floats, trees and streams
    Coding(bench_coding::BenchCoding),
    /// The window: start, frames while a model trains, cutting anew, large texts, many runs
    Ui(bench_ui::BenchUi),
}

impl Arguments {
    /// Does what was asked; every error is printed in full and gives a non-zero exit.
    pub fn execute(self) -> ExitCode {
        let result = match self.command {
            None => window::Window::default().run(),
            Some(Command::Run(run)) => run.run(),
            Some(Command::Window(window)) => window.run(),
            Some(Command::TrainM1(train)) => train.run(),
            Some(Command::FreezeM1(freeze)) => freeze.run(),
            Some(Command::Dictionary(dictionary)) => dictionary.run(),
            Some(Command::Windows(windows)) => windows.run(),
            Some(Command::Atlas(atlas)) => atlas.run(),
            Some(Command::Film(film)) => film.run(),
            Some(Command::Tokenize(tokenize)) => tokenize.run(),
            Some(Command::Compress(compress)) => compress.run(),
            Some(Command::Decompress(decompress)) => decompress.run(),
            Some(Command::ExportTokens(export)) => export.run(),
            Some(Command::Runs(runs)) => runs.run(),
            Some(Command::Queue(queue)) => queue.run(),
            Some(Command::Selftest(selftest)) => selftest.run(),
            Some(Command::Generate(generate)) => generate.run(),
            Some(Command::Compare(compare)) => compare.run(),
            Some(Command::Figures(figures)) => figures.run(),
            Some(Command::Bench(Bench::Train(bench))) => bench.run(),
            Some(Command::Bench(Bench::Coding(bench))) => bench.run(),
            Some(Command::Bench(Bench::Ui(bench))) => bench.run(),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            // A reader that closed the pipe (`mullion windows … | head`) has what it wanted.
            Err(CommandError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(stopped @ CommandError::Stopped(_)) => {
                eprintln!("{stopped}");
                // What shells give a program that was interrupted.
                ExitCode::from(130)
            }
            Err(error) if error.is_interrupt() => {
                eprintln!("stopped; files that were there are as they were, and no part of a new one is left");
                ExitCode::from(130)
            }
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
