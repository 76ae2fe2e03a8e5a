//! The Windows pane.

use super::*;
use egui::{Key, Modifiers};
use std::path::Path;

/// The middle of the first byte's cell, from the left edge of a text of less than 10,000 bytes in one lane.
const FIRST_CELL: f32 = 38.0;

#[test]
fn a_first_start_cuts_the_first_text_and_says_what_came_of_it() {
    let window = Window::open();
    assert_eq!(window.cuts()[0].1, "EqualInfoAC[b=16, v=256]");
    assert!(window.cuts()[0].0.starts_with(b"Call me Ishmael."));
    for fact in ["0.998 token ratio", "0.998 bit ratio", "3.00 bits mean padding", "1 ambiguous"] {
        assert!(window.says(fact), "{fact}");
    }
    assert!(window.says("No experiment yet"));
}

#[test]
fn moving_the_sliders_and_the_ending_cuts_anew() {
    let mut window = Window::open();
    window.harness.get_by_role_and_label(Control::Slider, "bits a window").set_value_accesskit(64.0);
    window.until("b is 64", |window| window.cuts().last().is_some_and(|cut| cut.1.starts_with("EqualInfoAC[b=64, ")));
    let windows = window.cuts()[0].0.len().div_ceil(8);
    window.until("the new windows show", |window| window.says(&format!("Text in {windows} windows")));
    window.harness.get_by_role_and_label(Control::Slider, "bits a token").set_value_accesskit(16.0);
    window.click("greedy");
    window.until("all three are asked for", |window| {
        let name = window.cuts().last().map(|cut| cut.1.clone()).unwrap_or_default();
        name == "EqualInfoAC[b=64, v=65k, greedy]"
    });
}

#[test]
fn any_method_cuts_by_its_name() {
    let mut window = Window::open();
    window.harness.get_by_role_and_label(Control::ComboBox, "Method").click();
    window.harness.run_steps(4);
    window.click("GPT-2");
    window.until("the text is cut by GPT-2", |window| window.cuts().last().is_some_and(|cut| cut.1 == "GPT-2"));
    assert!(!window.says("bits a window"), "sliders that set nothing are still there");
    let name = |window: &Window| window.harness.get_by_label("Method's name").value();
    assert_eq!(name(&window).as_deref(), Some("GPT-2"));
    window.harness.get_by_label("Method's name").set_text_value_accesskit("EqualInfoAC[b=24, v=256, reset=2]");
    window.until("settings that no slider has are taken", |window| {
        window.cuts().last().is_some_and(|cut| cut.1 == "EqualInfoAC[b=24, v=256, reset=2]")
    });
    window.harness.get_by_label("Method's name").set_text_value_accesskit("EqualInfoAC[b=24]");
    window.until("what is missing is said", |window| window.says("does not say its vocabulary v"));
    window.harness.get_by_role_and_label(Control::ComboBox, "Method").click();
    window.harness.run_steps(4);
    window.click("Equal-Info windows");
    window.until("the sliders are back", |window| window.says("bits a token"));
}

#[test]
fn typed_text_is_cut_anew() {
    let mut window = Window::open();
    window.harness.get_by_label("Text").set_text_value_accesskit("naïve\n");
    window
        .until("the typed text is cut", |window| window.cuts().last().is_some_and(|cut| cut.0 == "naïve\n".as_bytes()));
    window.until("its windows show", |window| window.says("Text in 4 windows"));
}

#[test]
fn a_window_under_the_pointer_or_the_arrow_keys_has_a_card() {
    let mut window = Window::open();
    let text = window.harness.get_by_label_contains("Text in").rect();
    window.harness.hover_at(text.left_top() + egui::vec2(FIRST_CELL, 12.0));
    window.harness.run_steps(3);
    assert!(window.says("Window 1 of"));
    assert!(window.says("“Ca”"));
    assert!(window.says("13 of 16 bits") && window.says("0xBEEF") && window.says("1011 1110 1110 1111"));
    assert!(window.says("190 239") && window.says("“l” would cost 7.50 bits and 3 bits of the code are left"));
    assert!(!window.says("2 texts have this code, the next window tells which"));

    window.harness.get_by_label_contains("Text in").click();
    window.harness.hover_at(egui::pos2(900.0, 600.0));
    window.harness.run_steps(3);
    let before = window.says("Window 2 of");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Home);
    window.harness.run_steps(3);
    assert!(window.says("Window 1 of") && window.says("Byte 0: 43, “C”  ·  window 1, 6.50 bits"));
    window.harness.key_press(Key::ArrowRight);
    window.harness.run_steps(3);
    assert!(window.says("Byte 1: 61, “a”  ·  window 1"), "arrows walk by byte");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::ArrowRight);
    window.harness.run_steps(3);
    assert!(
        !before && window.says("Window 2 of") && window.says("2 texts have this code, the next window tells which")
    );
    let spoken = window.harness.get_by_label_contains("Text in").value();
    assert!(spoken.is_some_and(|spoken| spoken.contains("Byte 2: 6C, “l”")), "the cursor is told");
}

#[test]
fn lanes_are_added_walked_moved_and_removed() {
    let mut window = Window::open();
    window.click("Add a lane");
    window.until("the second lane is cut", |window| window.cuts().iter().any(|(_, name)| name == "GPT-2"));
    window.until("its name shows", |window| window.says("Lane 2: GPT-2"));
    window.harness.get_by_label("Lane 1: EqualInfoAC[b=16, v=256]").click();
    window.harness.run_steps(3);
    assert!(window.says("bits a window"), "the first lane's sliders are back");
    let text = window.harness.get_by_label_contains("Text in").rect();
    window.harness.hover_at(text.left_top() + egui::vec2(FIRST_CELL + 17.0, 12.0));
    window.harness.run_steps(3);
    assert!(window.says("·  1: window 1, 6.50 bits  ·  2: window 1, 6.50 bits"), "a byte is told in every lane");

    window.harness.get_by_label_contains("Text in").click();
    window.harness.run_steps(2);
    window.harness.key_press(Key::Tab);
    window.until("the second lane is open", |window| window.says("Method's name"));
    window.click("Move lane 2 up");
    assert!(window.says("Lane 1: GPT-2"));
    window.click("Remove lane 1");
    assert!(!window.says("GPT-2") && window.says("Lane 1: EqualInfoAC[b=16, v=256]"));
}

#[test]
fn a_long_text_is_cut_where_it_is_looked_at_and_as_a_whole_when_asked() {
    let mut window = Window::open();
    let long = window.folder.path().join("long.txt");
    // Longer than the editor takes, with a byte that is no UTF-8 in its last block.
    let mut bytes = "Some years ago, never mind how long precisely\n".repeat(26_000).into_bytes();
    bytes.push(0xFF);
    std::fs::write(&long, &bytes).expect("a file");
    open(&mut window, &long);
    window.until("it is told why there is no editor", |window| window.says("shown and cut but not edited"));
    window.until("part of it is cut", |window| {
        window.says("of 1.2 MB cut so far") && window.cuts().last().is_some_and(|(text, _)| text.len() == 10_240)
    });
    assert!(window.cuts().len() < 6, "only what is near the view is cut: {}", window.cuts().len());

    let asked = window.cuts().len();
    // What is being cut above may still move the text away from under a click.
    for _ in 0..10 {
        window.harness.get_by_label_contains("Text in").click();
        window.harness.run_steps(2);
        window.harness.key_press_modifiers(Modifiers::COMMAND, Key::End);
        window.harness.run_steps(3);
        if window.says("FF, no character") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    window.until("the cursor is at the end", |window| window.says("FF, no character"));
    window.until("the end is cut", |window| window.cuts().len() > asked && window.says("of block 117"));
    window.click("Cut all");
    window.until("all of it is cut", |window| !window.says("cut so far") && !window.says("Cut all"));
    let cut: usize = window.cuts().iter().map(|(text, _)| text.len()).sum();
    assert!(cut >= bytes.len());
    assert!(window.says(&format!("Text in {} windows", bytes.len().div_ceil(2))));
}

#[test]
fn typing_cuts_only_the_block_that_changed() {
    let mut window = Window::open();
    let long = "a".repeat(20_480);
    window.harness.get_by_label("Text").set_text_value_accesskit(&long);
    window.until("both blocks are cut", |window| window.says("Text in 10240 windows"));
    let before = window.cuts().len();
    let edited = format!("{}b", &long[..20_479]);
    window.harness.get_by_label("Text").set_text_value_accesskit(&edited);
    window.until("the changed block is cut", |window| window.cuts().len() > before);
    window.harness.run_steps(5);
    assert_eq!(window.cuts().len(), before + 1);
    assert!(window.cuts().last().is_some_and(|(text, _)| text.len() == 10_240 && text.ends_with(b"ab")));
}

#[test]
fn toggles_and_tabs_show_what_they_name() {
    let mut window = Window::open();
    for label in ["Hex", "Surprisal", "Colour tokens", "Colour windows"] {
        window.click(label);
    }
    window.click("Card");
    assert!(window.says("Click a window, or walk to one"));
    window.harness.get_by_label_contains("Text in").click();
    window.harness.run_steps(2);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Home);
    window.harness.run_steps(3);
    assert!(window.says("of window 1 in lane 1") && window.says("“l” would cost 7.50 bits"));
    window.click("Card");
    assert!(!window.says("Click a window, or walk to one"), "a second click closes the area");
}

#[test]
fn frames_over_a_long_text_are_timed() {
    let workbench: Arc<dyn mullion::app::Workbench> = Arc::new(FakeWorkbench::default());
    let text: Arc<[u8]> = "Some years ago\n".repeat(100_000).into_bytes().into();
    assert_eq!(mullion::app::bench::windows_frames(&workbench, &text, 5).len(), 5);
}

fn open(window: &mut Window, path: &Path) {
    window.harness.get_by_label("Open").focus();
    window.harness.get_by_label("Open").set_text_value_accesskit(&path.display().to_string());
    window.harness.run_steps(2);
    window.harness.key_press(Key::Enter);
    window.harness.run_steps(2);
}

#[test]
fn files_open_by_path_whatever_they_hold() {
    let mut window = Window::open();
    let broken = window.folder.path().join("broken.bin");
    std::fs::write(&broken, b"a\xFF\xFE").expect("a file");
    open(&mut window, &broken);
    window.until("the bytes are cut", |window| window.cuts().last().is_some_and(|cut| cut.0 == b"a\xFF\xFE"));
    assert!(window.says("is not UTF-8 text"));
    window.click("Type a text instead");
    assert!(!window.says("is not UTF-8 text"));

    let missing = window.folder.path().join("missing.txt");
    open(&mut window, &missing);
    window.until("the error shows", |window| window.says("missing.txt cannot be opened"));
}

#[test]
fn another_m1_is_loaded_or_refused_with_its_reason() {
    let mut window = Window::open();
    window.click("Use another M1…");
    for (path, outcome) in [("bad.m1", "bad.m1 is no M1"), ("good.m1", "m1-of-the-test")] {
        window.harness.get_by_label("M1 file").focus();
        window.harness.get_by_label("M1 file").set_text_value_accesskit(path);
        window.harness.run_steps(2);
        window.harness.key_press(egui::Key::Enter);
        window.until(outcome, |window| window.says(outcome));
    }
    window.until("the text is cut with it", |window| window.cuts().len() >= 2);
}

#[test]
fn a_cut_that_fails_says_why_and_keeps_the_windows() {
    let mut window = Window::open();
    *lock(&window.workbench.refuse_cut) = Some("this cannot be cut".to_owned());
    window.click("delay");
    window.until("the error shows", |window| window.says("this cannot be cut"));
    assert!(window.says("Text in "), "the old view stays");
}

/// A file that is let go over the window.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_dropped_file_is_cut() {
    let mut window = Window::open();
    let path = window.folder.path().join("dropped.txt");
    std::fs::write(&path, "let go over the window").expect("a file");
    window.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path)));
    window.until("it is cut", |window| window.cuts().last().is_some_and(|cut| cut.0 == b"let go over the window"));
}
