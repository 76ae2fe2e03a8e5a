//! The Generate pane.

use super::fake::FakeText;
use super::*;
use mullion::experiment::generate::{Began, Chunk, Ended, Figures, Fragment, Told, Writer, Written};

fn writer(id: i64, label: &str, bits: f64) -> Writer {
    let run = RunInfo {
        id: RunId(id),
        label: label.into(),
        method: Some(label.into()),
        ..run_info(Status::Done, &[("bits/byte", bits)])
    };
    Writer { run, experiment: "first-light".into(), created: "2026-01-31T23:59:59Z".into() }
}

fn began(side: usize, writer: &Writer) -> Told {
    Told::Began(
        side,
        Box::new(Began {
            run: writer.run.clone(),
            experiment: writer.experiment.clone(),
            step: 900,
            context: 128,
            vocabulary: 256,
            prompt: b"Call me ".to_vec(),
            prompt_tokens: 4,
            left_out: if side == 0 { b"Ish".to_vec() } else { Vec::new() },
            notes: vec!["This is a note.".into()],
        }),
    )
}

fn wrote(side: usize, text: &[&[u8]]) -> Told {
    let written = |bytes: &&[u8]| Written { token: 1, bits: 4.0, text: vec![Fragment::Bytes(bytes.to_vec())] };
    let mut tokens: Vec<Written> = text.iter().map(written).collect();
    tokens.push(Written { token: 2, bits: 1.0, text: vec![Fragment::EndOfDocument] });
    let figures = Figures { tokens: 500, bytes: 1000, model_seconds: 0.25, reading_seconds: 0.25, bits: 4000.0 };
    Told::Wrote(side, Chunk { tokens, figures })
}

impl Window {
    fn with_writers(writers: Vec<Writer>) -> Self {
        let mut window = Self::open();
        *lock(&window.workbench.writers) = writers;
        window.click("Generate");
        window
    }

    fn tell(&self, told: Told) {
        let text = lock(&self.workbench.text);
        text.as_ref().expect("a text in the making").told.send(told).expect("the pane listens");
    }

    /// The text's thread ends.
    fn end_of_text(&self) {
        drop(lock(&self.workbench.text).take());
    }
}

#[test]
fn without_a_trained_run_it_says_how_to_train_one() {
    let mut window = Window::with_writers(Vec::new());
    window.until("it is empty", |window| window.says("No trained M2 yet"));
    assert!(window.says("experiments/first-light.toml"));
    *lock(&window.workbench.writers) = vec![writer(3, "Bytes", 2.4)];
    window.click("Look again");
    window.until("the run is offered", |window| window.says("Prompt"));
}

#[test]
fn two_runs_write_and_their_text_and_speed_show() {
    let writers = vec![writer(3, "EqualInfoAC[b=16, v=256]", 3.3), writer(4, "Bytes", 2.4)];
    let mut window = Window::with_writers(writers.clone());
    window.until("the runs are listed", |window| window.says("Prompt"));
    window.click("Generate text");
    window.until("it writes", |window| lock(&window.workbench.text).is_some());
    {
        let text = lock(&window.workbench.text);
        let FakeText { request, .. } = text.as_ref().expect("a text");
        assert_eq!(request.runs, [RunId(3), RunId(4)], "the byte-level run of the same experiment is beside it");
        assert_eq!((request.tokens, request.sampling.top_k, request.sampling.seed), (256, None, 1));
        assert_eq!(request.store, window.workbench.store);
    }
    window.tell(Told::Opening(0));
    window.until("the first is opened", |window| window.says("Reading its checkpoint"));
    assert!(window.says("Waits for its turn."));
    window.tell(began(0, &writers[0]));
    window.tell(wrote(0, &[b"na", b"\xC3", b"\xA9 "]));
    window.until("its text shows", |window| window.says("Call me naC3A9 end of document"));
    assert!(window.says("1000 tokens/s  ·  2000 bytes/s"), "500 tokens of 1000 bytes in half a second");
    assert!(window.says("without the tokenizer's time: 2000 tokens/s"));
    assert!(window.says("The prompt's last 3 bytes fill no window and are left out: “Ish”"));
    assert!(window.says("This is a note."));
    window.click("Token boundaries");
    window.until("the character is whole", |window| window.says("Call me naé end of document"));

    window.tell(began(1, &writers[1]));
    window.tell(wrote(1, &[b"b", b"y"]));
    window.until("the other's text shows", |window| window.says("Call me by"));
    window.tell(Told::Finished(Ended::Done));
    window.end_of_text();
    window.until("it has ended", |window| window.harness.query_by_label("Stop writing").is_none());
    assert!(window.says("Call me naé"), "the text stays");
    window.click("Copy text");
    window.click("Cut into windows");
    let text = "Call me naé \n".as_bytes();
    window.until("it is cut", |window| window.cuts().last().is_some_and(|cut| cut.0 == text));
}

#[test]
fn stopping_is_passed_on_and_keeps_the_text() {
    let only = writer(3, "Bytes", 2.4);
    let mut window = Window::with_writers(vec![only.clone()]);
    window.until("the run is listed", |window| window.says("Prompt"));
    window.click("Generate text");
    window.until("it writes", |window| lock(&window.workbench.text).is_some());
    window.tell(began(0, &only));
    window.click("Stop writing");
    window.until("the writer is told", |window| {
        let text = lock(&window.workbench.text);
        text.as_ref().is_some_and(|text| text.cancel.load(std::sync::atomic::Ordering::Relaxed))
    });
    window.tell(Told::Finished(Ended::Stopped));
    window.end_of_text();
    window.until("it has stopped", |window| window.says("Stopped; what was written stays."));
}

#[test]
fn what_goes_wrong_is_shown_in_full() {
    let mut window = Window::with_writers(vec![writer(3, "Bytes", 2.4)]);
    window.until("the run is listed", |window| window.says("Prompt"));
    window.click("Generate text");
    window.until("it writes", |window| lock(&window.workbench.text).is_some());
    let why = "Bytes was trained on other tokens than its spec, M1 and vocabulary make today.";
    window.tell(Told::Finished(Ended::Failed(why.into())));
    window.end_of_text();
    window.until("the reason shows", |window| window.says(why));
    *lock(&window.workbench.refuse_writers) = Some("the store is damaged".into());
    window.click("Look again");
    window.until("so does the store's", |window| window.says("the store is damaged"));
}
