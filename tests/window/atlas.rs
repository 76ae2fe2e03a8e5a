//! The Atlas pane.

use super::*;
use mullion::app::Counted;
use mullion::tokenizer::Atlas;
use mullion::tokenizer::atlas::read_text;

impl Window {
    /// A window that shows the pane, with its atlas made.
    fn at_the_atlas() -> Self {
        let mut window = Self::open();
        window.click("Atlas");
        window.until("the codes are mapped", |window| window.says("Map of 512 codes"));
        window
    }

    fn search(&mut self, text: &str) {
        self.harness.get_by_label("Begins with").set_text_value_accesskit(text);
        self.harness.run_steps(3);
    }

    fn choose(&mut self, list: &str, entry: &str) {
        self.harness.get_by_role_and_label(Control::ComboBox, list).click();
        // Some entries are read by a worker.
        self.until("the entry is offered", |window| window.harness.query_by_label(entry).is_some());
        self.harness.run_steps(4);
        self.click(entry);
    }
}

/// The atlas that the fake has.
fn atlas(window: &Window) -> Arc<Atlas> {
    use mullion::app::Mapping;
    window.workbench.atlas(16, None, &mut |_, _| true).expect("an atlas")
}

fn code_of(atlas: &Atlas, text: &str) -> u32 {
    atlas.code_of(&read_text(text).expect("a text")).expect("a code")
}

#[test]
fn the_map_is_made_when_it_is_first_looked_at_and_sums_up_its_codes() {
    let window = Window::at_the_atlas();
    assert_eq!(*lock(&window.workbench.atlases), [(16, None)]);
    for fact in ["512 codes", "bytes on average", "end inside a character", "Scale: bytes of text"] {
        assert!(window.says(fact), "{fact}");
    }
}

#[test]
fn a_search_selects_the_first_code_that_begins_so_and_shows_its_kin() {
    let mut window = Window::at_the_atlas();
    let atlas = atlas(&window);
    window.search("t");
    let code = code_of(&atlas, "t");
    let count = atlas.beginning_with(&[b't'.into()]).len();
    assert!(count > 2 && window.says(&format!("{count} codes begin so.")));
    assert!(window.says(&format!("{} = {code}", atlas.hex(code))), "the card has the code");
    assert!(window.says(&format!("Goes on in {} codes", count - 1)));
    // A click on kin goes there.
    let longer = code + 1;
    let text: String = String::from_utf8_lossy(&[b't', atlas.text(longer)[1] as u8]).replace(' ', "·");
    window.harness.get_all_by_label(&format!("“{text}”")).next().expect("a button").click();
    window.harness.run_steps(3);
    assert!(window.says(&format!("{} is selected", atlas.hex(longer))), "{text}");
    window.search("\\q");
    assert!(window.says("comes no escape"));
    window.search("the theatre");
    assert!(window.says("No code has so long a text"));
}

/// The code that the map says is selected.
fn selected(window: &Window) -> u32 {
    let map = window.harness.get_by_label_contains("Map of 512 codes");
    let label = map.accesskit_node().label().unwrap_or_default();
    let (_, hex) = label.split_once("0x").expect("a code is selected");
    u32::from_str_radix(&hex[..3], 16).expect("three digits")
}

#[test]
fn a_click_selects_and_arrow_keys_walk_over_the_map() {
    let mut window = Window::at_the_atlas();
    window.harness.get_by_label_contains("Map of 512 codes").click();
    window.harness.run_steps(3);
    let code = selected(&window);
    window.harness.key_press(egui::Key::ArrowRight);
    window.harness.run_steps(3);
    assert_eq!(selected(&window), code + 1);
    window.harness.key_press(egui::Key::ArrowDown);
    window.harness.run_steps(3);
    assert_eq!(selected(&window), code + 1 + 32, "a row has 32 codes of 9 bits");
}

#[test]
fn frequency_counts_the_text_that_is_asked_for() {
    let mut window = Window::at_the_atlas();
    window.choose("Coloured by", "frequency");
    window.until("the corpus is counted", |window| window.says("of the codes in use"));
    assert_eq!(*lock(&window.workbench.counted), [Counted::Corpus]);
    assert!(window.says("Scale: times seen"));
    window.click("typed text");
    window.harness.get_by_label("Text to count in").set_text_value_accesskit("naïve");
    window.harness.run_steps(2);
    window.click("Count");
    window.until("the typed text is counted", |window| {
        lock(&window.workbench.counted).last() == Some(&Counted::Text("naïve".as_bytes().into()))
    });
    window.click("file or folder");
    // The answer to the count before may still be on its way to the pane.
    for _ in 0..100 {
        if let Some(count) = window.harness.query_by_label("Count") {
            count.click();
        }
        window.harness.run_steps(3);
        if window.says("Name a file or a folder of text") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(window.says("Name a file or a folder of text"));
}

#[test]
fn a_count_of_other_codes_is_dropped_and_begun_again() {
    let mut window = Window::at_the_atlas();
    *lock(&window.workbench.hold_counts) = true;
    window.choose("Coloured by", "frequency");
    window.until("the corpus is being counted", |window| lock(&window.workbench.counted).len() == 1);
    *lock(&window.workbench.atlas_bits) = Some(10);
    window.choose("Bits a code", "12");
    window.until("other codes are mapped", |window| window.says("Map of 1024 codes"));
    window.until("they are counted instead", |window| lock(&window.workbench.counted).len() == 2);
    *lock(&window.workbench.hold_counts) = false;
    window.until("the count shows", |window| window.says("of the codes in use"));
    assert_eq!(lock(&window.workbench.counted).len(), 2);
}

#[test]
fn accuracy_is_that_of_a_run_whose_tokens_are_these_codes() {
    let mut window = Window::at_the_atlas();
    window.choose("Coloured by", "accuracy");
    window.choose("M2 of run", "first · nano · seed 1 (run 4)");
    window.until("another M1's are refused", |window| window.says("The run's tokens are codes under"));
    window.click("Map the run's own M1");
    window.until("its M1 is mapped", |window| {
        lock(&window.workbench.atlases)
            .last()
            .is_some_and(|(_, m1)| m1.as_deref() == Some("results/first/m1.m1".as_ref()))
    });
}

#[test]
fn accuracy_shows_in_summary_and_card() {
    let mut window = Window::at_the_atlas();
    *lock(&window.workbench.scored_m1) = atlas(&window).model().to_owned();
    window.choose("Coloured by", "accuracy");
    window.choose("M2 of run", "first · nano · seed 1 (run 4)");
    window.until("the share of all shows", |window| window.says("66.7 % predicted right"));
    assert!(window.says("Scale: predicted right from 0 % to 100 %"));
    window.search("\\x01");
    let code = code_of(&atlas(&window), "\\x01");
    assert_eq!(code, 1, "the test's accuracy is of code 1");
    assert!(window.says("predicted 2 of 3, 67 %"));
}

#[test]
fn an_atlas_that_fails_says_why_and_can_be_asked_for_again() {
    let mut window = Window::open();
    *lock(&window.workbench.refuse_atlas) = Some("this M1 is broken".to_owned());
    window.click("Atlas");
    window.until("it says why", |window| window.says("this M1 is broken"));
    *lock(&window.workbench.refuse_atlas) = None;
    window.click("Map all codes");
    window.until("the codes are mapped", |window| window.says("Map of 512 codes") && !window.says("is broken"));
}
