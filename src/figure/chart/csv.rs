//! A chart's data as comma-separated values.

use super::Chart;

pub fn csv(chart: &Chart) -> Result<Vec<u8>, String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let titled = |title: &str, default: &str| if title.is_empty() { default.to_owned() } else { title.to_owned() };
    let (x, y) = (titled(&chart.x.title, "x"), titled(&chart.y.title, "y"));
    let mut row = |cells: [&str; 6]| out.write_record(cells).map_err(|error| error.to_string());
    row(["kind", "name", &x, &y, "low", "high"])?;
    for curve in &chart.curves {
        let mut band = curve.band.iter().peekable();
        for [x, y] in &curve.points {
            while let Some([x, low, high]) = band.next_if(|[at, ..]| at < x) {
                row(["band", &curve.name, &number(*x), "", &number(*low), &number(*high)])?;
            }
            let at_point = band.next_if(|[at, ..]| at == x);
            let [low, high] =
                at_point.map_or([String::new(), String::new()], |[_, low, high]| [number(*low), number(*high)]);
            row(["curve", &curve.name, &number(*x), &number(*y), &low, &high])?;
        }
        for [x, low, high] in band {
            row(["band", &curve.name, &number(*x), "", &number(*low), &number(*high)])?;
        }
    }
    for level in &chart.levels {
        row(["level", &level.name, "", &number(level.value), "", ""])?;
    }
    for mark in &chart.marks {
        row(["mark", &mark.text, &number(mark.x), &mark.y.map_or_else(String::new, number), "", ""])?;
    }
    out.into_inner().map_err(|error| error.to_string())
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    if value.is_finite() { value.to_string() } else { String::new() }
}
