//! What the file is read as, and refused for.

use super::*;
const CNY: Currency = Currency::CNY;

const FILE: &str = r#"
code = "ST-014"
name = "代发客户挽回"
segment = "SG-PAYROLL"
deadline_days = 14
control_share = 0.10
seed = 7

[offer]
product = "稳利 90 天"
benefit = "加息券 0.2 %"
script = """
您好，
这里是江海银行。"""
"#;

#[test]
fn the_file_of_the_docs_is_read() {
    let strategy = parse(FILE, CNY).unwrap();
    assert_eq!(strategy.code, "ST-014");
    assert_eq!((strategy.deadline_days, strategy.control_ppm, strategy.seed), (14, 100_000, 7));
    assert_eq!(strategy.script, "您好，\n这里是江海银行。");
    assert_eq!(
        parse(&FILE.replace('\n', "\r\n"), CNY).unwrap(),
        strategy,
        "line ends do not change the text"
    );
}

fn refusal(from: &str, to: &str) -> StrategyFileError {
    assert!(FILE.contains(from), "{from}");
    parse(&FILE.replace(from, to), CNY).unwrap_err()
}

#[test]
fn what_is_no_strategy_is_refused_with_its_place() {
    let unknown = refusal("seed = 7", "sed = 7");
    assert_eq!(
        unknown,
        StrategyFileError::UnknownKey { key: "sed".into(), place: Place { line: 7, column: 1 } }
    );
    assert_eq!(refusal("seed = 7\n", ""), StrategyFileError::Missing { field: Field::Seed });
    let fault = |from, to| match refusal(from, to) {
        StrategyFileError::Field { error, place } => (error.field.key(), error.fault, place.line),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault("0.10", "0.95"), ("control_share", Fault::ShareRange, 6));
    assert_eq!(fault("0.10", "1e-1"), ("control_share", Fault::NotAShare, 6));
    assert_eq!(fault("0.10", "\"0.1\""), ("control_share", Fault::NotAShare, 6));
    assert_eq!(fault("= 14", "= 0"), ("deadline_days", Fault::DaysRange, 5));
    assert_eq!(fault("= 7", "= 7.5"), ("seed", Fault::NotWhole, 7));
    assert_eq!(fault("SG-PAYROLL", "SG PAYROLL"), ("segment", Fault::NotACode, 4));
    assert_eq!(fault("稳利 90 天", " "), ("product", Fault::Empty, 10));
    assert!(matches!(
        refusal("benefit = \"加息券 0.2 %\"", "benefit = 2"),
        StrategyFileError::WrongType { key: "benefit", .. }
    ));
    assert!(matches!(refusal("[offer]", "[offer"), StrategyFileError::Syntax { .. }));
    assert!(matches!(refusal("seed = 7", "seed = 7\nseed = 8"), StrategyFileError::Syntax { .. }));
    assert!(matches!(
        refusal("product =", "prodct ="),
        StrategyFileError::UnknownKey { place: Place { line: 10, column: 1 }, .. }
    ));
}

#[test]
fn benefits_that_are_no_limit_are_refused_with_their_place() {
    let read = |table: &str| read_body(&format!("priority = 5\n\n[benefit]\n{table}\n"), CNY);
    let fault = |table: &str| match read(table).unwrap_err() {
        StrategyFileError::Part { key, fault, place } => (key, fault, place.line, place.column),
        other => panic!("{other:?}"),
    };
    let body =
        read("stock = 500\nquota = 40\ngiven = [\"sold\", \"appointment\"]").unwrap().strategy.body;
    assert_eq!(
        body.canonical(),
        r#"{"benefit":{"given":["sold","appointment"],"quota":40,"stock":500},"priority":5}"#
    );
    let of = |key: &str, fault, line, column| (format!("benefit{key}"), fault, line, column);
    assert_eq!(fault("given = [\"sold\"]"), of("", PartFault::NoLimit, 3, 1));
    assert_eq!(fault("stock = 10\nquota = 11"), of(".quota", PartFault::AboveStock, 5, 9));
    let own = read("stock = 30\nquota = 2\n\n[benefit.quotas]\nB03 = 20\n\"南城\" = 10").unwrap();
    let own = own.strategy.body;
    assert_eq!(
        own.canonical(),
        r#"{"benefit":{"quota":2,"quotas":{"B03":20,"南城":10},"stock":30},"priority":5}"#
    );
    let printed = print_body(&own, CNY);
    assert!(printed.contains("[benefit.quotas]\nB03 = 20\n\"南城\" = 10\n"), "{printed}");
    assert_eq!(read_body(&printed, CNY).unwrap().strategy.body, own, "it reads back");
    let above = of(".quotas", PartFault::QuotasAboveStock, 6, 1);
    assert_eq!(fault("stock = 29\n\n[benefit.quotas]\nB03 = 20\nB04 = 10"), above);
    assert_eq!(fault("[benefit.quotas]\nB03 = 0").0, "benefit.quotas.B03");
    assert_eq!(fault("stock = 9\nquotas = 3"), of(".quotas", PartFault::NotATable, 5, 10));
    let whole = PartFault::NotWhole { least: 1, most: 100_000_000 };
    assert_eq!(fault("stock = 0"), of(".stock", whole.clone(), 4, 9));
    assert_eq!(fault("quota = \"40\""), of(".quota", whole, 4, 9));
    assert!(matches!(
        fault("stock = 9\ngiven = [\"bought\"]"),
        (_, PartFault::NotOneOf { .. }, 5, 9)
    ));
    assert!(matches!(
        read("stok = 9").unwrap_err(),
        StrategyFileError::UnknownKey { place: Place { line: 4, column: 1 }, .. }
    ));
}

#[test]
fn a_wave_of_a_day_that_is_past_is_refused_with_its_place() {
    let day = |day: &str| day.parse::<chrono::NaiveDate>().unwrap();
    let text = "[[wave]]\nname = \"首呼\"\nday = 0\n[[wave]]\nname = \"再呼\"\ndate = 2026-11-16\n";
    let file = read_body(text, CNY).unwrap();
    let pushed = [day("2026-11-16")];
    assert_eq!(file.check_days(day("2026-11-16"), &[]), Ok(()), "today is not past");
    assert_eq!(file.check_days(day("2026-11-20"), &pushed), Ok(()), "it has happened");
    let refused = |place| StrategyFileError::PastDay {
        key: "wave[2].date".to_owned(),
        day: day("2026-11-16"),
        today: day("2026-11-20"),
        place,
    };
    let at = Some(Place { line: 6, column: 8 });
    assert_eq!(file.check_days(day("2026-11-20"), &[]), Err(refused(at)));
    assert_eq!(file.strategy.check_days(day("2026-11-20"), &[]), Err(refused(None)));
    assert_eq!(file.place_of("wave[2].date"), at);
}
