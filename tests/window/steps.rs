//! The step-through and the histogram of the Windows pane.

use super::*;
use egui::{Key, Modifiers};

/// With the first window selected and a tab open.
fn looking(tab: &str) -> Window {
    let mut window = Window::open();
    window.harness.get_by_label_contains("Text in").click();
    window.harness.run_steps(2);
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Home);
    window.harness.run_steps(2);
    window.click(tab);
    window
}

fn is_after(bytes: usize) -> impl Fn(&Window) -> bool {
    move |window| window.says(&format!("Coding interval after {bytes} of 2 bytes"))
}

#[test]
fn a_window_is_stepped_through_by_buttons_and_keys() {
    let mut window = looking("Steps");
    window.until("the steps are there", is_after(0));
    {
        let asked = lock(&window.workbench.steps);
        let (passage, method) = asked.last().expect("steps were asked for");
        assert_eq!((passage.bytes.as_slice(), passage.next), (&b"Ca"[..], Some(b'l')));
        assert_eq!(method, "EqualInfoAC[b=16, v=256]");
    }
    assert!(window.says("none yet") && window.says("C costs 8.0"), "before the first byte");
    window.click("Forward");
    window.until("a byte is taken", is_after(1));
    assert!(window.says("a costs 8.0") && !window.says("none yet"));
    window.click("Last");
    window.until("the window ends", is_after(2));
    assert!(window.says("Ends because"));
    window.click("Back");
    window.until("a byte is given back", is_after(1));
    window.click("First");
    window.until("nothing is taken", is_after(0));

    window.harness.get_by_label_contains("Coding interval after").click();
    window.harness.run_steps(2);
    window.harness.key_press(Key::ArrowRight);
    window.until("the right arrow takes a byte", is_after(1));
    window.harness.key_press(Key::End);
    window.until("End goes to the end", is_after(2));
    window.harness.key_press(Key::ArrowLeft);
    window.until("the left arrow gives one back", is_after(1));
    assert_eq!(lock(&window.workbench.steps).len(), 1, "one window is asked for once");
}

#[test]
fn windows_are_counted_by_length_bits_and_padding() {
    let mut window = looking("Lengths");
    assert!(window.says("Count windows by") && window.says("Length of windows"));
    window.click("Padding");
    assert!(window.says("Padding of windows") && !window.says("Length of windows"));
}
