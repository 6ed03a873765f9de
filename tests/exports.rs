//! Tables that leave as files: by command, with their audit, and never over another file.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests read and write files")]

mod support;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use support::{Bank, baton};

const NOTED: &str = "select subject, detail ->> 'rows', detail ->> 'file', operator from baton.audit \
     where action = 'table.export' order by id";

fn cells(file: &std::path::Path) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook(file).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn a_list_becomes_a_workbook_with_numbers_and_the_audit_knows() {
    let bank = Bank::demo();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("kpi.xlsx");
    let path = file.to_str().unwrap();
    let tree = ["kpi", "tree"];
    let done = baton(&bank).as_("zhao.viewer").args(tree).args(["--into", path]).run();
    assert!(done.status.success(), "{done:?}");
    assert!(done.stdout.is_empty());
    let csv = baton(&bank).args(tree).args(["--format", "csv"]).run();
    let wanted = String::from_utf8(csv.stdout).unwrap().lines().count() - 1;
    let cells = cells(&file);
    assert_eq!(cells.len(), wanted + 1);
    assert!(cells[0].iter().all(|heading| matches!(heading, Data::String(_))));
    assert!(cells.iter().skip(1).flatten().any(|cell| *cell == Data::Float(50_000.0)));
    let rows = wanted.to_string();
    assert_eq!(bank.sql("baton_admin", NOTED), [["kpi", &rows, "kpi.xlsx", "zhao.viewer"]]);
}

#[test]
fn the_ending_says_how_and_a_file_that_is_there_stays() {
    let bank = Bank::demo();
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let into = |name: &str| {
        let path = at(name);
        let list = ["operator", "list", "--into"];
        baton(&bank).args(list).args([&path]).run()
    };
    assert!(into("a.csv").status.success());
    assert!(into("a.json").status.success());
    let csv = std::fs::read_to_string(at("a.csv")).unwrap();
    assert!(csv.starts_with("name,"), "{csv}");
    let json = std::fs::read_to_string(at("a.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
    let again = into("a.csv");
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"), "{again:?}");
    assert_eq!(std::fs::read_to_string(at("a.csv")).unwrap(), csv);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2);
}

#[test]
fn a_workbook_runs_no_formula() {
    let bank = Bank::empty();
    let home = tempfile::tempdir().unwrap();
    let (rule, file) = (home.path().join("panel.csv"), home.path().join("out.xlsx"));
    std::fs::write(
        &rule,
        "item,period,size,rate\n=1+1,0,1,0.5\n=1+1,1,1,0.6\nb,0,1,0.5\nb,1,2,0.5\n",
    )
    .unwrap();
    let done =
        baton(&bank).args(["calc", "mix-rate"]).args([&rule]).args(["--into"]).args([&file]).run();
    assert!(done.status.success(), "{done:?}");
    let found =
        cells(&file).into_iter().flatten().any(|cell| cell == Data::String("=1+1".to_owned()));
    assert!(found, "the text stands as text");
    let mut book: Xlsx<_> = open_workbook(&file).unwrap();
    let formulas = book.worksheet_formula("Sheet1").unwrap();
    assert!(formulas.rows().flatten().all(String::is_empty));
    assert!(bank.sql("baton_admin", NOTED).is_empty(), "nothing of the bank's left");
}

#[test]
fn more_rows_than_may_leave_do_not() {
    let bank = Bank::demo();
    bank.sql(
        "baton_internal",
        "create or replace function baton.export_limit() returns int language sql immutable as $$ select 3; $$",
    );
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a.csv");
    let refused = baton(&bank).args(["kpi", "tree", "--into"]).args([&file]).run();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("3 may leave at once"),
        "{refused:?}"
    );
    assert!(!file.exists());
    assert!(bank.sql("baton_admin", NOTED).is_empty());
}

#[test]
fn what_gives_no_table_says_so() {
    let bank = Bank::demo();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a.csv");
    let refused = baton(&bank).args(["db", "status", "--into"]).args([&file]).run();
    assert_eq!(refused.status.code(), Some(2));
    let refused =
        baton(&bank).args(["kpi", "tree", "--into"]).args([home.path().join("no/a.csv")]).run();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot be written"), "{refused:?}");
}

#[test]
fn what_the_newer_pages_show_leaves_as_their_commands() {
    let bank = Bank::demo_with_past();
    baton(&bank)
        .args(["kpi", "alerts", "new", "AL-AUM", "--name", "AUM 下降", "--metric", "aum"])
        .args(["--kind", "change", "--below", "-0.015"])
        .json();
    baton(&bank).args(["kpi", "alerts", "run"]).json();
    let note = ["finding", "new", "南城 AUM 下降", "--org", "B03", "--day", "2026-10-31"];
    baton(&bank).args(note).json();
    let push = bank.sql("baton_internal", "select min(id) from baton.push")[0][0].clone();
    let strategy =
        bank.sql("baton_internal", "select strategy from baton.push order by id limit 1");
    let home = tempfile::tempdir().unwrap();
    let days = ["--from", "2026-09-30", "--to", "2026-10-31", "--org", "B03"];
    let commands: Vec<Vec<&str>> = vec![
        vec!["kpi", "grid", "--kind", "branch"],
        vec!["kpi", "alerts", "list"],
        vec!["kpi", "alerts", "hits", "AL-AUM"],
        vec!["kpi", "touching", "--org", "B01"],
        [&["kpi", "explain", "aum", "--by", "org"][..], &days[..]].concat(),
        [&["kpi", "explain", "aum", "--by", "attribute:payroll"][..], &days[..]].concat(),
        vec!["finding", "list"],
        vec!["review", "show", &push],
        vec!["review", "show", "--strategy", &strategy[0][0]],
        vec!["review", "list"],
        vec!["push", "board", &push, "--by", "org"],
        vec!["worklist"],
    ];
    for (at, command) in commands.iter().enumerate() {
        let csv = baton(&bank).args(command).args(["--format", "csv"]).run();
        assert!(csv.status.success(), "{command:?}: {csv:?}");
        let rows = csv::Reader::from_reader(&csv.stdout[..]).records().count();
        assert!(rows > 0, "{command:?} shows nothing");
        for ending in ["xlsx", "csv", "json"] {
            let file = home.path().join(format!("{at}.{ending}"));
            let done = baton(&bank).args(command).args(["--into"]).args([&file]).run();
            assert!(done.status.success(), "{command:?}: {done:?}");
            if ending == "xlsx" {
                assert_eq!(cells(&file).len(), rows + 1, "{command:?}");
            }
        }
    }
    let noted = bank.sql("baton_admin", NOTED);
    assert_eq!(noted.len(), commands.len() * 3, "each that left is known");
}
