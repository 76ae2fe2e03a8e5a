//! The Film pane.

use super::*;

impl Window {
    /// A window that shows the pane, with the frames of these steps read.
    fn at_the_film(steps: &[u64]) -> Self {
        let mut window = Self::open();
        *lock(&window.workbench.film) = steps.to_vec();
        window.click("Film");
        window.harness.get_by_label("Film of").set_text_value_accesskit("results/first");
        window.harness.run_steps(2);
        window.click("Read again");
        window.until("the frames are read", |window| window.says("boundaries moved"));
        window.until("all of them", |window| !window.says("Reading the film"));
        window
    }
}

#[test]
fn an_empty_film_says_what_makes_one() {
    let mut window = Window::open();
    window.click("Film");
    assert!(window.says("Name the folder of an experiment"));
    window.harness.get_by_label("Film of").set_text_value_accesskit("results/none");
    window.harness.run_steps(2);
    window.click("Read again");
    window.until("it says why", |window| window.says("has no frames"));
}

#[test]
fn windows_grow_from_frame_to_frame() {
    let mut window = Window::at_the_film(&[0, 100, 300]);
    window.until("the latest shows", |window| window.says("300 steps"));
    window.click("Previous");
    assert!(window.says("100 steps") && window.says("1.000 bytes a token"), "windows of two bytes at step 100");
    // From windows of one byte to windows of two, no boundary is new.
    assert!(window.says("windows, 0 boundaries moved"));
    window.click("Previous");
    assert!(window.says("0 steps") && window.says("0.500 bytes a token"));
    window.click("Next");
    window.click("Next");
    assert!(window.says("300 steps") && window.says("1.600 bits/byte of M1, held out"));
}

#[test]
fn new_boundaries_are_marked() {
    // Windows of two bytes, then of three: every third byte but each second of those is a new end.
    let mut window = Window::at_the_film(&[100, 200]);
    window.until("the latest shows", |window| window.says("200 steps"));
    assert!(!window.says("windows, 0 boundaries moved"));
    window.click("Previous");
    assert!(window.says("windows, 0 boundaries moved"), "the first frame has none before it");
}

#[test]
fn playing_goes_through_all_frames_and_ends() {
    let mut window = Window::at_the_film(&[0, 100]);
    window.until("the latest shows", |window| window.says("100 steps"));
    window.click("Play");
    assert!(window.says("Pause"));
    window.until("the end is reached", |window| window.says("Play") && window.says("100 steps"));
}

#[test]
fn new_frames_of_the_running_experiment_appear_by_themselves() {
    let mut window = Window::open();
    window.start();
    window.click("Film");
    window.until("the film is of the run", |window| {
        window.harness.get_by_label("Film of").value().as_deref() == Some("results/test")
    });
    *lock(&window.workbench.film) = vec![0];
    window.until("the first frame shows", |window| window.says("0.500 bytes a token"));
    *lock(&window.workbench.film) = vec![0, 100];
    window.until("the next one shows", |window| window.says("1.000 bytes a token"));
    window.end();
}

#[test]
fn frames_that_are_written_again_take_the_place_of_those_before() {
    let mut window = Window::at_the_film(&[0, 100, 200]);
    window.until("the latest shows", |window| window.says("200 steps"));
    let cut = *lock(&window.workbench.filmed);
    window.click("Read again");
    window.until("it was looked at", |window| !window.says("Reading the film"));
    assert_eq!(*lock(&window.workbench.filmed), cut, "what is known is not cut again");
    // Another experiment of that name has come to step 100.
    *lock(&window.workbench.film) = vec![0, 100];
    *lock(&window.workbench.film_written) = Some(std::time::SystemTime::UNIX_EPOCH);
    window.click("Read again");
    window.until("its latest shows", |window| window.says("100 steps"));
    window.until("all of them are read", |window| *lock(&window.workbench.filmed) == cut + 2);
    window.click("Previous");
    assert!(window.says("0.500 bytes a token"), "each step is there once");
}

#[test]
fn another_text_is_cut_anew() {
    let mut window = Window::at_the_film(&[0]);
    window.click("Text");
    window.harness.get_by_label("Text of the film").set_text_value_accesskit("naïve");
    window.until("its windows show", |window| window.says("Text in 6 windows"));
}
