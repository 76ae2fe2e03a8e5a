//! Charts as files: what is in them, and that any data can be drawn.

use super::*;
use proptest::prelude::*;

fn curve(name: &str, style: Style, points: Vec<[f64; 2]>) -> Curve {
    Curve { name: name.to_owned(), style, points, ..Curve::default() }
}

fn chart() -> Chart {
    let points: Vec<[f64; 2]> = (0..50).map(|i| [f64::from(i), 4.0 + (-f64::from(i) / 9.0).exp()]).collect();
    Chart {
        title: "Bits per byte".to_owned(),
        note: "held-out".to_owned(),
        x: Axis { title: "step".to_owned(), unit: Unit::Count, log: false },
        y: Axis { title: "bits/byte".to_owned(), ..Axis::default() },
        curves: vec![
            Curve {
                band: points.iter().map(|[x, y]| [*x, y - 0.1, y + 0.1]).collect(),
                ..curve("a, b", Style::Line, points)
            },
            curve("raw", Style::Faint, vec![[0.0, 5.5], [3.0, f64::NAN], [9.0, 4.5]]),
        ],
        levels: vec![Level { name: "uniform".to_owned(), color: Some(0), value: 8.0, style: LevelStyle::Dashed }],
        marks: vec![Mark { x: 20.0, y: None, color: None, text: "learning rate × 0.5".to_owned() }],
    }
}

#[test]
fn the_csv_has_every_value_under_its_column() {
    let text = String::from_utf8(chart().csv().unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "kind,name,step,bits/byte,low,high");
    assert_eq!(lines[1], "curve,\"a, b\",0,5,4.9,5.1");
    assert_eq!(
        lines[51..],
        [
            "curve,raw,0,5.5,,",
            "curve,raw,3,,,",
            "curve,raw,9,4.5,,",
            "level,uniform,,8,,",
            "mark,learning rate × 0.5,20,,,",
        ]
    );
}

#[test]
fn a_band_between_the_points_has_rows_of_its_own() {
    let band = vec![[0.5, 1.0, 2.0], [1.0, 1.5, 2.5], [7.0, 0.0, 9.0]];
    let chart = Chart { curves: vec![Curve { band, ..curve("c", Style::Line, vec![[1.0, 2.0]]) }], ..Chart::default() };
    let text = String::from_utf8(chart.csv().unwrap()).unwrap();
    assert_eq!(text, "kind,name,x,y,low,high\nband,c,0.5,,1,2\ncurve,c,1,2,1.5,2.5\nband,c,7,,0,9\n");
}

#[test]
fn the_svg_names_all_that_it_shows() {
    let svg = chart().svg().unwrap();
    for text in
        ["Bits per byte", "held-out", ">\na, b\n<", "uniform", "8.0000", "learning rate × 0.5", "bits/byte", "40"]
    {
        assert!(svg.contains(text), "{text}");
    }
    assert!(chart().png().unwrap().starts_with(b"\x89PNG"));
    assert_eq!(chart().file_stem(), "bits-per-byte");
}

#[test]
fn a_logarithmic_axis_leaves_out_what_has_no_place_on_it() {
    let mut chart = chart();
    chart.x.log = true;
    chart.y.log = true;
    chart.curves[0].points[3][1] = -1.0;
    assert_eq!([0.0, -3.0, f64::NAN, 100.0].map(|x| chart.x.place(x)), [None, None, None, Some(2.0)]);
    assert_eq!(chart.x.value(2.0), 100.0);
    assert!(chart.svg().unwrap().contains("uniform"));
    chart.curves.truncate(1);
    chart.curves[0].points = vec![[0.0, 1.0], [1.0, 0.0]];
    chart.curves[0].band.clear();
    assert!(chart.is_empty());
}

#[test]
fn a_chart_of_nothing_says_so() {
    assert!(Chart::default().svg().unwrap().contains("nothing measured yet"));
    assert!(Chart::default().is_empty());
}

#[test]
fn a_curve_of_a_hundred_thousand_points_becomes_a_small_file() {
    let points = (0..100_000).map(|i| [f64::from(i), f64::from(i * 7919 % 1009)]).collect();
    let chart = Chart { curves: vec![curve("long", Style::Faint, points)], ..Chart::default() };
    let size = chart.svg().unwrap().len();
    assert!(size < 100_000, "{size}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_values_are_drawn(
        values in proptest::collection::vec((any::<f64>(), any::<f64>(), any::<f64>()), 0..6),
        styles in proptest::sample::subsequence(
            vec![Style::Line, Style::Faint, Style::Dashed, Style::Points, Style::Joined, Style::Bars], 0..6),
        log in any::<[bool; 2]>(),
        unit in proptest::sample::select(vec![Unit::Plain, Unit::Count, Unit::Share, Unit::Seconds, Unit::Bytes]),
        name in ".{0,40}",
    ) {
        let mut values = values;
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        let points: Vec<[f64; 2]> = values.iter().map(|(x, y, _)| [*x, *y]).collect();
        let band: Vec<[f64; 3]> = values.iter().map(|(x, y, z)| [*x, *y, *z]).collect();
        let curves = styles.into_iter().map(|style| Curve { band: band.clone(), ..curve(&name, style, points.clone()) });
        let marks = values.iter().map(|(x, y, _)| Mark { x: *x, y: Some(*y), color: None, text: name.clone() });
        let levels = values.iter().map(|(_, _, value)| {
            Level { name: name.clone(), color: None, value: *value, style: LevelStyle::Dotted }
        });
        let chart = Chart {
            x: Axis { log: log[0], unit, ..Axis::default() },
            y: Axis { log: log[1], unit, ..Axis::default() },
            curves: curves.collect(),
            marks: marks.collect(),
            levels: levels.collect(),
            title: name,
            note: String::new(),
        };
        chart.svg().unwrap();
        chart.csv().unwrap();
    }
}
