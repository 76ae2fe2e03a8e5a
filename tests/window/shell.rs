//! The window as a whole.

use super::*;

#[test]
fn closing_in_the_middle_asks_then_stops_and_waits() {
    let mut window = Window::open();
    window.start();
    window.request_close();
    assert!(window.sent_to_the_window_system().contains(&egui::ViewportCommand::CancelClose));
    window.harness.run_steps(3);
    assert!(window.says("An experiment is going"));
    window.click("Keep it open");
    assert!(!window.says("An experiment is going"));

    window.request_close();
    window.harness.run_steps(3);
    window.click("Stop, save and close");
    assert_eq!(window.commands(), [Command::Stop]);
    assert!(window.says("Saving the checkpoint"));
    assert!(!window.sent_to_the_window_system().contains(&egui::ViewportCommand::Close));
    window.send(Event::Finished(Outcome::Stopped));
    window.end();
    let closed = |window: &Window| window.sent_to_the_window_system().contains(&egui::ViewportCommand::Close);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !closed(&window) {
        assert!(Instant::now() < deadline, "the window did not close");
        window.harness.step();
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn closing_with_nothing_going_is_not_held_up() {
    let mut window = Window::open();
    window.request_close();
    assert!(!window.sent_to_the_window_system().contains(&egui::ViewportCommand::CancelClose));
}

#[test]
fn nothing_is_cut_off_and_an_idle_window_rests() {
    for size in [[1280.0, 720.0], [2560.0, 1440.0]] {
        let mut window = Window::open();
        window.harness.set_size(size.into());
        window.harness.run_steps(4);
        let mut controls = 0;
        for node in window.harness.root().children_recursive() {
            let role = node.accesskit_node().role();
            if matches!(
                role,
                Control::Button | Control::CheckBox | Control::ComboBox | Control::Slider | Control::TextInput
            ) {
                let (rect, name) = (node.rect(), node.accesskit_node().label());
                assert!(name.is_some_and(|name| !name.is_empty()), "{role:?} at {rect:?} has no name");
                assert!(
                    rect.min.x >= 0.0 && rect.min.y >= 0.0 && rect.max.x <= size[0] && rect.max.y <= size[1],
                    "{node:?} leaves {size:?}"
                );
                controls += 1;
            }
        }
        assert!(controls >= 18, "{controls}");
        // No repaint is asked for once everything is drawn.
        window.harness.run();
        let delay = window.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
        assert!(delay > Duration::from_secs(1), "an idle window draws again after {delay:?}");
    }
}

#[test]
fn the_palette_finds_a_command_by_its_words_and_does_it() {
    let mut window = Window::open();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    window.harness.run_steps(3);
    window.harness.get_by_label("Command").type_text("status device");
    window.harness.run_steps(3);
    assert!(!window.says("Switch between light and dark"), "what does not match is not listed");
    window.harness.key_press(egui::Key::Enter);
    window.harness.run_steps(3);
    assert!(window.says("Run the self-test"), "the Status pane came forward");
    assert!(window.harness.query_by_label("Command").is_none(), "the palette has gone");
}

#[test]
fn shortcuts_bring_panes_forward_and_the_help_sheet_lists_them() {
    let mut window = Window::open();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num9);
    window.harness.run_steps(3);
    assert!(window.says("Run the self-test"));
    window.harness.key_press(egui::Key::F1);
    window.harness.run_steps(3);
    assert!(window.says("the windows of a text while M1 learns") && window.says("Find a command"));
    window.click("Close help");
    assert!(!window.says("Find a command"));
}

#[test]
fn the_status_pane_tests_the_device_and_says_what_differs() {
    let mut window = Window::open();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num9);
    window.harness.run_steps(3);
    assert!(window.says("Not tested since the window was opened."));
    window.click("Run the self-test");
    window.until("the test has ended", |window| window.says("1 comparison went wrong"));
    for said in ["a device of the test", "the slow way", "the same", "the fast way", "DIFFERS"] {
        assert!(window.says(said), "{said}");
    }
}
