use super::*;

fn parse(text: &str) -> Result<Sheet, Refusal> {
    Sheet::parse(text.as_bytes(), "x.csv")
}

#[test]
fn a_sheet_is_read_however_it_was_saved() {
    let plain = "item,period,f1\n南城,1971,2.5\n";
    let saved = [
        plain.to_owned(),
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        "\n \n\"item\", period ,\"f1\",,\n,,\n\"南城\",1971, 2.5 ,,\n\n\n".to_owned(),
    ];
    let gbk = encoding_rs::GBK.encode(plain).0.into_owned();
    for bytes in saved.into_iter().map(String::into_bytes).chain([gbk]) {
        let sheet = Sheet::parse(&bytes, "x.csv").unwrap();
        assert_eq!(sheet.lines.len(), 1);
        assert_eq!(sheet.word(&sheet.lines[0], 0), Ok("南城"));
        assert_eq!(sheet.must(&sheet.lines[0], sheet.column("F1").unwrap()), Ok(2.5));
    }
}

#[test]
fn a_line_has_the_number_that_an_editor_shows() {
    let sheet = parse("\r\nitem,f\r\n\r\n\r\na,1\r\n\"b\r\nb\",2\r\n , \r\nc,3\r\n").unwrap();
    let numbers: Vec<u64> = sheet.lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [5, 6, 9]);
}

#[test]
fn what_is_no_sheet_is_refused() {
    let path = || "x.csv".to_owned();
    assert_eq!(parse("").unwrap_err(), Refusal::NoHeader { path: path() });
    assert_eq!(parse("\n\n").unwrap_err(), Refusal::NoHeader { path: path() });
    assert_eq!(parse("a,b\n").unwrap_err(), Refusal::NoRows { path: path() });
    assert_eq!(parse("a,a\n1,2\n").unwrap_err(), Refusal::ColumnTwice { column: "a".to_owned() });
    let fields = |line, found| Refusal::Fields { line, found, wanted: 2 };
    assert_eq!(parse("a,b\n1,2\n1,2,3\n").unwrap_err(), fields(3, 3));
    assert_eq!(parse("a,b\n1\n").unwrap_err(), fields(2, 1));
    let not_text = Refusal::NotText { path: path() };
    assert_eq!(Sheet::parse(&[0xff, 0x00, 0x81], "x.csv").unwrap_err(), not_text);
    assert_eq!(Sheet::parse(b"a,b\n1,\0\n", "x.csv").unwrap_err(), not_text);
    let missing = Sheet::read(Path::new("no/such/file.csv")).unwrap_err();
    assert!(matches!(missing, Refusal::Unreadable { .. }), "{missing:?}");
}

#[test]
fn what_is_no_number_is_refused_with_its_place() {
    let sheet = parse("a,b\n1,\n1e999,-3\n").unwrap();
    let place = |line, column: &str| Place { line, column: column.to_owned() };
    let (first, second) = (&sheet.lines[0], &sheet.lines[1]);
    assert_eq!(sheet.must(first, 1), Err(Refusal::Empty { place: place(2, "b") }));
    assert_eq!(sheet.word(first, 1), Err(Refusal::Empty { place: place(2, "b") }));
    let far = Refusal::NotNumber { place: place(3, "a"), text: "1e999".to_owned() };
    assert_eq!(sheet.must(second, 0), Err(far));
    let negative = Refusal::Negative { place: place(3, "b"), value: -3.0 };
    assert_eq!(sheet.not_negative(second, 1), Err(negative));
    let found = "a, b".to_owned();
    assert_eq!(sheet.column("c"), Err(Refusal::NoColumn { column: "c".to_owned(), found }));
}

#[test]
fn numbers_are_digits() {
    for (text, want) in [("1", 1.0), ("-2.50", -2.5), ("+.5", 0.5), ("1e-3", 1e-3), ("5.", 5.0)] {
        assert_eq!(number(text), Some(want), "{text}");
    }
    assert_eq!(number("-0").map(f64::to_bits), Some(0));
    for text in [
        "", "-", "inf", "-inf", "nan", "NaN", "infinity", "1,000", "12%", "0x1", "1 2", "１",
        "--1", "1e", "e",
    ] {
        assert_eq!(number(text), None, "{text}");
    }
}

#[test]
fn what_stands_twice_is_refused_with_both_lines() {
    let mut once = Once::default();
    assert_eq!(once.check("a", "1", 2), Ok(()));
    assert_eq!(once.check("a", "2", 3), Ok(()));
    let twice = Refusal::Twice { line: 4, first: 2, what: "a, 1".to_owned() };
    assert_eq!(once.check("a", "1", 4), Err(twice));
}
