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
