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
    assert!(
        cells.iter().skip(1).flatten().any(|cell| matches!(cell, Data::DateTime(_))),
        "a day is a day"
    );
    let rows = wanted.to_string();
    assert_eq!(bank.sql("baton_admin", NOTED), [["kpi", &rows, "kpi.xlsx", "zhao.viewer"]]);
}

/// Who may not export a snapshot does not get round it by the list of its members.
#[test]
fn a_list_that_leaves_counts_as_shown_to_whoever_may_not_export() {
    let bank = Bank::demo();
    let home = tempfile::tempdir().unwrap();
    let rule = ["segment", "save", "SG-OLD", "--name", "a", "--rule", "age >= 85"];
    baton(&bank).as_("li.strategist").args(rule).json();
    let frozen = baton(&bank).as_("li.strategist").args(["segment", "freeze", "SG-OLD"]).json();
    let (snapshot, count) = (frozen["snapshot"].to_string(), frozen["count"].as_i64().unwrap());
    assert!(count > 1, "{frozen}");
    // The second list would be one customer too many.
    bank.sql(
        "baton_admin",
        &format!(
            "set role baton_owner; create or replace function baton.list_limit() returns int \
             language sql immutable set search_path = baton, pg_temp as 'select {}'",
            2 * count - 1
        ),
    );
    let into = |who: &str, name: &str| {
        let members = ["--lang", "en", "members", "snapshot", &snapshot, "--into"];
        baton(&bank).as_(who).args(members).args([home.path().join(name)])
    };
    assert!(into("zhao.viewer", "a.csv").run().status.success());
    let said = into("zhao.viewer", "b.csv").refused();
    assert!(said.contains("a strategist can export a snapshot"), "{said}");
    assert!(!home.path().join("b.csv").exists());
    for name in ["c.csv", "d.csv"] {
        assert!(into("li.strategist", name).run().status.success());
    }
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
    for name in ["a.pdf", "a.xls", "a"] {
        let file = home.path().join(name);
        let said = baton(&bank).args(["kpi", "tree", "--into"]).args([&file]).fails(2);
        assert!(said.contains("the ending says how it is written: .xlsx"), "{said}");
        assert!(!file.exists(), "{name}");
    }
    let refused = baton(&bank).args(["db", "status", "--into"]).args([&file]).run();
    assert_eq!(refused.status.code(), Some(2));
    let refused =
        baton(&bank).args(["kpi", "tree", "--into"]).args([home.path().join("no/a.csv")]).run();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot be written"), "{refused:?}");
}

/// What of a review is a number is a number in the workbook, too: shares, differences, amounts, and of how many.
#[test]
fn a_review_leaves_with_numbers() {
    let bank = Bank::demo_with_past();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("review.xlsx");
    let show = ["--lang", "en", "review", "show", "1"];
    let done = baton(&bank).args(show).args(["--into"]).args([&file]).run();
    assert!(done.status.success(), "{done:?}");
    let rows = cells(&file);
    let head: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
    let want = "part item treated treated_of control control_of value lower upper p unit words";
    let csv = baton(&bank).args(show).args(["--format", "csv"]).run();
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert_eq!(csv.lines().next().unwrap(), want.replace(' ', ","));
    assert_eq!(head.len(), 12, "{head:?}");
    // Nothing but figures: who gave the verdict and when, a limit kept or not set, and days are words.
    for row in rows.iter().skip(1) {
        for cell in row.iter().take(10).skip(2) {
            assert!(!matches!(cell, Data::String(text) if !text.is_empty()), "{row:?}");
        }
    }
    let given = rows.iter().find(|row| row[0] == *"verdict").unwrap();
    assert!(given[11].to_string().contains("wang.approver"), "{given:?}");
    let table = baton(&bank).args(show).args(["--format", "table"]).run();
    let table = String::from_utf8(table.stdout).unwrap();
    let widest = table.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest < 190, "{widest}: {table}");
    let json = baton(&bank).args(show).json();
    let number = |item: &str, at: usize| {
        let row = rows.iter().find(|row| row[1] == *item).unwrap_or_else(|| panic!("{item}"));
        match &row[at] {
            Data::Float(number) => (*number, row[10].to_string()),
            other => panic!("{item}: {other:?}"),
        }
    };
    let near = |(got, unit): (f64, String), want: f64, in_what: &str| {
        assert!((got - want).abs() < 1e-6 && unit == in_what, "{got} {unit}, not {want} {in_what}");
    };
    near(number("on the list", 6), json["itt"]["estimate"].as_f64().unwrap() * 100.0, "pp");
    let after = json["balance"]["treated"]["after"].as_f64().unwrap();
    near(
        number(&format!("AUM on {}", json["balance"]["on"].as_str().unwrap()), 2),
        after.round() / 100.0,
        "CNY",
    );
    near(number("tasks reached", 3), json["execution"]["tasks"].as_f64().unwrap(), "%");
}

#[test]
fn a_list_of_customers_says_in_what_its_amounts_are() {
    let bank = Bank::demo_with_past();
    let csv = baton(&bank).args(["members", "push", "1", "--format", "csv"]).run();
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.lines().next().unwrap().contains(",aum (0.01 CNY),"), "{csv}");
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

/// Commands that do something, give a text (`report`), or speak of this machine and not of the bank; the rest show what the bank has.
const DO: &str = "import|attribute map|attribute unmap|attribute refresh|segment save|segment freeze|segment give|segment refresh|segment export\
    |segment upload|moment new|moment test|moment enable|moment disable|moment segment|strategy new|strategy clone|strategy submit|strategy approve\
    |strategy send-back|strategy pause|strategy resume|strategy test-push|strategy test-answer|strategy test-end|strategy archive|strategy unarchive\
    |push plan|push apply|push exclude|push sign|push recall|push remind|push extend|push reassign|push feedback|task outcome|task assign\
    |task give-again|task return|task refer|task accept|task decline|outcome import|review close|report|kpi define|kpi alerts new|kpi alerts change|kpi alerts test\
    |kpi alerts run|kpi alerts mute|kpi alerts own|kpi alerts on|kpi alerts off|finding new|finding close|score load|coaching new|coaching recheck\
    |demo|db up|db down|db status|db url|db migrate|db reset|engine status|engine build|operator add|operator delegate|operator end-delegation\
    |operator person|policy set|calendar import|worker replay|door add|door off|door on|completions";

/// What each of the others is asked on the demo bank with its past; CUSTOMER is one of the first push, UNIT his.
const SHOW: &str = "attribute list|attribute show payroll|segment count --rule payroll --by org|segment list|segment show SG-FIRST\
    |segment versions SG-FIRST|segment diff SG-FIRST 1 1|segment graph SG-FIRST|segment history SG-FIRST|segment compare 3 3\
    |segment overlap SG-FIRST SG-MATURE|segment explain SG-FIRST --customer CUSTOMER|segment portrait SG-SALON|segment grid SG-SALON --by gender\
    |moment list|moment show MOT-OUT|moment hits MOT-OUT|members snapshot 3|members push 1 --org UNIT|members plan 1 --org UNIT|members moves 3 3\
    |members moment MOT-OUT|customer show CUSTOMER|strategy templates|strategy diff ST-011 1 1|strategy list|strategy show ST-011\
    |strategy script ST-011|strategy tests ST-011|push preview ST-012|push board 1 --by org|push list|push status 1|push notices\
    |task list --push 1 --org UNIT|task show 1 CUSTOMER|outcome inbox|review show 1|review list|kpi tree|kpi show aum|kpi explain aum --compare prev\
    |kpi definitions|kpi targets check|kpi targets versions aum|kpi grid|kpi alerts list|kpi alerts hits AL-AUM|kpi touching\
    |finding list|score versions|score list|score show --org B03|coaching list|operator list|operator delegations|policy list|calendar|worklist\
    |worker status|door list|doctor";

/// Every command that has none below it, in words.
fn leaves(command: &clap::Command, path: &str) -> Vec<String> {
    let below: Vec<&clap::Command> =
        command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    // Some show something by themselves, too.
    let alone = path.is_empty() || (!below.is_empty() && command.is_subcommand_required_set());
    let own = (!alone).then(|| path.to_owned());
    let deeper = below
        .into_iter()
        .flat_map(|sub| leaves(sub, format!("{path} {}", sub.get_name()).trim_start()));
    own.into_iter().chain(deeper).collect()
}

#[test]
fn every_command_that_shows_what_the_bank_has_leaves_as_a_workbook() {
    let done: Vec<&str> = DO.split('|').map(str::trim).collect();
    let shown: Vec<&str> = SHOW.split('|').map(str::trim).collect();
    let asked =
        |leaf: &str| shown.iter().any(|words| format!("{words} ").starts_with(&format!("{leaf} ")));
    let program = <baton::cli::Cli as clap::CommandFactory>::command();
    for leaf in leaves(&program, "").iter().map(String::as_str) {
        let known = leaf.starts_with("calc ")
            || ["worker", "engine"].contains(&leaf)
            || done.contains(&leaf)
            || asked(leaf);
        assert!(known, "`baton {leaf}` is in neither list: does it leave as a table?");
    }
    let bank = Bank::demo_with_past();
    baton(&bank)
        .args(["kpi", "alerts", "new", "AL-AUM", "--name", "AUM 下降", "--metric", "aum"])
        .args(["--kind", "change", "--below", "-0.015"])
        .json();
    let rule = "events('transfer_out', interval '30 days') >= 2";
    baton(&bank).args(["moment", "new", "MOT-OUT", "--name", "转出", "--rule", rule]).json();
    let listed = "select m.customer_id, u.code from baton.push p
         join baton.plan_member m on m.home = p.home and m.plan_id = p.plan_id and m.arm = 'treated'
         join baton.org_unit u on u.id = m.org_id where p.id = 1 order by 1 limit 1";
    let found = bank.sql("baton_internal", listed).remove(0);
    let home = tempfile::tempdir().unwrap();
    for (at, words) in shown.iter().enumerate() {
        let words = words.replace("CUSTOMER", &found[0]).replace("UNIT", &found[1]);
        let file = home.path().join(format!("{at}.xlsx"));
        let done = baton(&bank).args(words.split(' ')).args(["--into"]).args([&file]).run();
        assert!(done.status.success(), "{words}: {done:?}");
        let cells = cells(&file);
        assert!(cells.first().is_some_and(|head| !head.is_empty()), "{words} has no heading");
        // A screen's list ends before it; a file has all of it.
        assert!(words != "members snapshot 1" || cells.len() > 1001, "{}", cells.len());
    }
    let noted = bank.sql("baton_admin", NOTED);
    assert_eq!(noted.len(), shown.len(), "each that left is known");
}
