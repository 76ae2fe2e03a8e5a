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
