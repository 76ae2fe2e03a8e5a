use super::text::short;
use super::*;
use proptest::prelude::*;

fn table() -> Table {
    let row = |method: &str, bits, cost, color| Row { cells: vec![Cell::Text(method.to_owned()), bits, cost], color };
    let spread = Cell::Spread { mean: 1.4724, deviation: 0.0044, count: 5 };
    Table {
        title: "Runs & methods".to_owned(),
        columns: vec![
            Column::new("method", ""),
            Column::new("bits/byte", "100 % of held-out bytes").decimals(3),
            Column::new("FLOPs_byte", "2 × parameters"),
        ],
        rows: vec![
            row("EqualInfoAC[b=16, v=256]", spread, Cell::Number(24_800_000.0), Some(0)),
            row("[a|b], \"c\"", Cell::Missing, Cell::Number(-0.5), None),
        ],
    }
}

#[test]
fn csv_has_every_digit_and_quotes_what_needs_it() {
    let expected = "method,bits/byte,bits/byte deviation,bits/byte n,FLOPs_byte\n\
                    \"EqualInfoAC[b=16, v=256]\",1.4724,0.0044,5,24800000\n\
                    \"[a|b], \"\"c\"\"\",,,,-0.5\n";
    assert_eq!(table().csv().unwrap(), expected);
}

#[test]
fn markdown_lines_up_and_keeps_bars_apart() {
    let expected = "\
**Runs & methods**

| method                   |     bits/byte | FLOPs\\_byte |
| ------------------------ | ------------: | ----------: |
| EqualInfoAC[b=16, v=256] | 1.472 ± 0.004 |     24.80 M |
| [a\\|b], \"c\"              |             – |      -0.500 |

- bits/byte: 100 % of held-out bytes
- FLOPs\\_byte: 2 × parameters
";
    assert_eq!(table().markdown(), expected);
}

#[test]
fn latex_escapes_what_it_would_take_for_commands() {
    let expected = r#"% \usepackage{booktabs}
\begin{table}
  \centering
  \caption{Runs \& methods}
  \begin{tabular}{lrr}
    \toprule
    method                   &         bits/byte & FLOPs\_byte \\
    \midrule
    EqualInfoAC[b=16, v=256] & 1.472 $\pm$ 0.004 &     24.80 M \\
    {}[a|b], "c"               &                -- &    $-$0.500 \\
    \bottomrule
  \end{tabular}

  \smallskip
  {\footnotesize bits/byte: 100 \% of held-out bytes.
  FLOPs\_byte: 2 $\times$ parameters.}
\end{table}
"#;
    assert_eq!(table().latex(), expected);
}

#[test]
fn numbers_without_decimals_of_their_own_keep_what_matters() {
    let texts = [2.3456, -0.5, 123_456.0, 4.2e9, f64::NAN].map(short);
    assert_eq!(texts, ["2.346", "-0.500", "123.5 k", "4.20 G", "–"]);
}

#[test]
fn a_part_is_what_is_shown() {
    let part = table().part(&[1, 0, 9], &[2, 0]);
    assert_eq!(
        part.csv().unwrap(),
        "FLOPs_byte,method\n-0.5,\"[a|b], \"\"c\"\"\"\n24800000,\"EqualInfoAC[b=16, v=256]\"\n"
    );
    assert_eq!(part.rows[1].color, Some(0));
}

#[test]
fn an_empty_table_is_no_defect() {
    let empty = Table::default();
    assert_eq!((empty.csv().unwrap().trim_matches(['"', '\n']), empty.markdown().as_str()), ("", ""));
    assert!(empty.latex().contains("bottomrule"));
    assert!(empty.order(0, true).is_empty());
    assert_eq!(empty.text(3, 4), "–");
}

fn of(cells: Vec<Cell>) -> Table {
    let rows = cells.into_iter().map(|cell| Row { cells: vec![cell], color: None }).collect();
    Table { columns: vec![Column::new("x", "")], rows, ..Table::default() }
}

#[test]
fn text_is_sorted_as_people_do() {
    let names = ["EqualInfoAC[b=128]", "bytes", "EqualInfoAC[b=16]", "AC", "EqualInfoAC[b=016]", ""];
    let table = of(names.iter().map(|name| Cell::Text((*name).to_owned())).collect());
    assert_eq!(table.order(0, false), [3, 1, 4, 2, 0, 5]);
    assert_eq!(table.order(0, true), [0, 2, 4, 1, 3, 5], "nothing stays last");
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        (-3i8..3).prop_map(|value| Cell::Number(f64::from(value))),
        (-3i8..3).prop_map(|mean| Cell::Spread { mean: f64::from(mean), deviation: 1.0, count: 2 }),
        Just(Cell::Number(f64::NAN)),
        Just(Cell::Missing),
    ]
}

proptest! {
    #[test]
    fn order_is_stable_with_missing_last(cells in proptest::collection::vec(cell(), 0..20), descending: bool) {
        let table = of(cells.clone());
        let order = table.order(0, descending);
        let mut all = order.clone();
        all.sort_unstable();
        prop_assert_eq!(all, (0..cells.len()).collect::<Vec<_>>());
        for pair in order.windows(2) {
            let (a, b) = (cells[pair[0]].value(), cells[pair[1]].value());
            match (a, b) {
                (None, Some(_)) => prop_assert!(false, "nothing stands before a number"),
                (Some(a), Some(b)) if a != b => prop_assert_eq!(a < b, !descending),
                (Some(_), None) => {}
                _ => prop_assert!(pair[0] < pair[1], "equal rows keep their order"),
            }
        }
    }
}
