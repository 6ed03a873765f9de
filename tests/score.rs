//! Score cards by command: figures against sums by hand and by plain SQL, who may see whose, and every refusal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{approved, owner, pushed, run, small, strategy_file, up_to};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";
const BRANCH: &str = "nancheng.branch";
const RM: &str = "nancheng.rm";

/// Two items of each: of 100 points 60 for reaching half of the customers, 40 for selling to a fifth of them.
const CARD: &str = "name = \"T\"\nperiod = \"year\"\nleast_weight = 50\n\
    [[unit]]\ncode = \"reach\"\nname = \"接通\"\nmeasure = \"reached\"\nweight = 60\ntarget = 0.5\nminimum = 4\n\
    [[unit]]\ncode = \"sold\"\nname = \"成交\"\nmeasure = \"sold\"\nweight = 40\ntarget = 0.2\ncap = 1.5\n\
    [[rm]]\ncode = \"reach\"\nname = \"接通\"\nmeasure = \"reached\"\nweight = 60\ntarget = 0.5\n\
    [[rm]]\ncode = \"sold\"\nname = \"成交\"\nmeasure = \"sold\"\nweight = 40\ntarget = 0.2\n\
    [[class]]\ncode = \"A\"\nname = \"标杆\"\nfrom = 80\n[[class]]\ncode = \"B\"\nname = \"其他\"\nfrom = 0\n";

fn load(bank: &Bank, text: &str) -> Value {
    let file = strategy_file(text);
    run(bank, LI, &["score", "load", file.to_str().unwrap()])
}

fn show(bank: &Bank, who: &str, args: &[&str]) -> Value {
    run(bank, who, &[&["score", "show"], args].concat())
}

fn refused(bank: &Bank, who: &str, args: &[&str]) -> String {
    baton(bank).as_(who).args(["--lang", "en", "score"]).args(args).refused()
}

/// A push whose deadline has passed, with counters that can be added up by hand: in S1 of ten tasks eight were contacted, three
/// reached and one sold; in S2, of the same branch or not, four of four reached and none sold.
fn ended() -> Bank {
    let bank = small();
    approved(&bank, "ST-1", &up_to(200), "0", 7);
    pushed(&bank, "ST-1");
    owner(
        &bank,
        "update baton.push set as_of = '2026-10-01', deadline = '2026-10-20';
         update baton.branch_order set deadline = '2026-10-20';
         update baton.board set contact_by = '2026-10-05', sign_by = '2026-10-02 12:00+08';
         delete from baton.board_count;
         insert into baton.board_count (push_id, org_id, rm_id, issued, contacted, reached, interested, sold, in_time)
         select 1, u.id, s.id, k.issued, k.contacted, k.reached, k.interested, k.sold, k.in_time
         from (values ('S1', 'R9', 6, 5, 2, 1, 1, 3), ('S1', 'R18', 4, 3, 1, 1, 0, 2), ('S2', 'R1', 4, 4, 4, 2, 0, 4))
             k (org, rm, issued, contacted, reached, interested, sold, in_time)
         join baton.org_unit u on u.code = k.org join baton.staff s on s.code = k.rm",
    );
    load(&bank, CARD);
    bank
}

fn item<'a>(card: &'a Value, code: &str) -> &'a Value {
    card["items"].as_array().unwrap().iter().find(|item| item["code"] == code).unwrap()
}

#[test]
fn the_points_of_a_unit_are_those_reckoned_by_hand() {
    let bank = ended();
    let card = show(&bank, ZHAO, &["--org", "S1"]);
    // 3 of 8 reached is 0.375 of a target of 0.5: 45 of 60. 1 of 3 sold is 0.333 of 0.2, capped at 1.5: 60 of 40.
    let reach = item(&card, "reach");
    assert_eq!((&reach["numerator"], &reach["denominator"]), (&json!(3), &json!(8)));
    assert_eq!((&reach["points"], &reach["standing"]), (&json!(45.0), &json!("scored")));
    let sold = item(&card, "sold");
    assert_eq!((&sold["numerator"], &sold["denominator"]), (&json!(1), &json!(3)));
    assert_eq!((&sold["points"], &sold["capped"]), (&json!(60.0), &json!(true)));
    assert_eq!((&card["total"], &card["class"]["code"]), (&json!(105.0), &json!("A")));
    assert_eq!((&card["period"], &card["to"]), (&json!("2026"), &json!("2026-11-20")));
    // The branch above has the sums of both numerators and denominators, and never the mean of two ratios.
    let by_sql = bank.sql(
        ADMIN,
        "select u.code, sum(c.reached), sum(c.contacted) from baton.board_count c join baton.org_unit o on o.id = c.org_id
         join baton.org_unit u on u.id = any (o.path) group by u.code order by u.code",
    );
    for row in &by_sql {
        let card = show(&bank, ZHAO, &["--org", &row[0]]);
        let reach = item(&card, "reach");
        let told = [reach["numerator"].to_string(), reach["denominator"].to_string()];
        assert_eq!(told, [row[1].clone(), row[2].clone()], "{}", row[0]);
    }
    assert_eq!(by_sql.len(), 5, "two sub-branches, two branches, the bank: {by_sql:?}");
    // An RM's card is made of his own tasks.
    let rm = show(&bank, ZHAO, &["--rm", "R9"]);
    assert_eq!(item(&rm, "reach")["numerator"], 2);
    assert_eq!((&item(&rm, "reach")["points"], &rm["total"]), (&json!(48.0), &json!(88.0)));
    assert_eq!(rm["subject"]["org"], "S1");
}

#[test]
fn too_few_cases_are_not_scored_and_what_is_not_due_counts_nowhere() {
    let bank = ended();
    // Three contacts are fewer than the four that the card wants: its weight goes to the other item.
    owner(
        &bank,
        "update baton.board_count c set contacted = 3, reached = 3 from baton.org_unit u where u.id = c.org_id and u.code = 'S2'",
    );
    let card = show(&bank, ZHAO, &["--org", "S2"]);
    let (reach, sold) = (item(&card, "reach"), item(&card, "sold"));
    assert_eq!((&reach["standing"], &reach["effective_weight"]), (&json!("too_few"), &json!(0.0)));
    assert_eq!((&sold["effective_weight"], &sold["standing"]), (&json!(100.0), &json!("floored")));
    assert_eq!(
        (&card["scored_weight"], &card["total"]),
        (&json!(40.0), &json!(null)),
        "40 of 100 are too little"
    );
    let said =
        baton(&bank).as_(ZHAO).args(["--lang", "zh-CN", "score", "show", "--org", "S2"]).run();
    assert!(String::from_utf8_lossy(&said.stderr).contains("仅 40.00 可评"), "{said:?}");
    // The deadline is today: it has not passed.
    owner(&bank, "update baton.branch_order set deadline = '2026-11-20'");
    let card = show(&bank, ZHAO, &["--org", "S1"]);
    assert_eq!((&card["total"], &item(&card, "reach")["denominator"]), (&json!(null), &json!(0)));
    owner(&bank, "update baton.branch_order set deadline = '2026-11-19'");
    assert_eq!(show(&bank, ZHAO, &["--org", "S1"])["total"], 105.0);
    // In another period there was nothing.
    let before = show(&bank, ZHAO, &["--org", "S1", "--period", "2026-Q3"]);
    assert_eq!((&before["total"], &before["to"]), (&json!(null), &json!("2026-09-30")));
    assert_eq!(show(&bank, ZHAO, &["--org", "S1", "--period", "2026-11"])["total"], 105.0);
}

/// Every measure against plain SQL over what it is made of.
#[test]
fn each_measure_counts_what_had_come_due() {
    let bank = ended();
    owner(
        &bank,
        "update baton.branch_order o set signed_at = case u.code when 'S1' then timestamptz '2026-10-02 11:00+08' when 'S2' then '2026-10-03 11:00+08' end
             from baton.org_unit u where u.id = o.org_id;
         insert into baton.referral (push_id, customer_id, n, org_id, from_org_id, due, credit, state, answered_at)
             select 1, k.c, 1, u.id, u.id, k.due, 50, k.state, k.at
             from (values (1, date '2026-10-10', 'accepted', timestamptz '2026-10-09 12:00+08'), (2, '2026-10-10', 'declined', '2026-10-11 12:00+08'),
                 (3, '2026-10-10', 'offered', null), (4, '2026-10-10', 'withdrawn', '2026-10-09 12:00+08'), (5, '2026-11-25', 'offered', null))
                 k (c, due, state, at), baton.org_unit u where u.code = 'S1'",
    );
    let figures = |org: &str, measure: &str| {
        let ask = format!(
            "select f.numerator, f.denominator from baton.score_units(null, '{org}', '2026-01-01', '2026-11-20') f where f.measure = '{measure}'"
        );
        bank.sql(ZHAO, &ask)
    };
    assert_eq!(figures("S1", "signed_in_time"), [["1", "1"]]);
    assert_eq!(figures("S2", "signed_in_time"), [["0", "1"]], "a day late");
    assert_eq!(figures("S1", "contacted_in_time"), [["5", "10"]]);
    assert_eq!(figures("S1", "contacted"), [["8", "10"]]);
    assert_eq!(figures("S1", "interested"), [["2", "3"]]);
    assert_eq!(figures("S1", "contradictory"), [["0", "8"]]);
    assert_eq!(
        figures("S1", "referrals_answered"),
        [["1", "3"]],
        "one late, one silent, one withdrawn, one not due"
    );
    let tasks = "select sum(o.done), sum(o.tasks) from baton.branch_order o join baton.org_unit u on u.id = o.org_id where u.code = 'S1'";
    assert_eq!(figures("S1", "handled"), bank.sql(ADMIN, tasks));
    owner(&bank, "update baton.branch_order set recalled_at = now()");
    assert!(figures("S1", "handled").is_empty(), "recalled orders are nobody's");
    // What was agreed and looked at again, by the last look of the period.
    let new =
        ["coaching", "new", "--org", "S1", "--seen", "a", "--agreed", "b", "--due", "2026-11-20"];
    for result in [["kept"].as_slice(), &["again", "kept"], &["again"], &["dropped"], &[]] {
        let id = run(&bank, LI, &new)["coaching"].to_string();
        for result in result {
            let due: &[&str] = if *result == "again" { &["--due", "2026-12-01"] } else { &[] };
            let look = ["coaching", "recheck", &id, "--result", result, "--text", "c"];
            run(&bank, LI, &[&look, due].concat());
        }
    }
    assert_eq!(
        figures("S1", "agreed_kept"),
        [["2", "3"]],
        "what is dropped or was never looked at counts nowhere"
    );
}

#[test]
fn a_unit_sees_its_own_and_an_rm_himself() {
    let bank = ended();
    let codes = |who: &str, kind: &str| -> Vec<String> {
        let list = run(&bank, who, &["score", "list", "--kind", kind]);
        let rows = list["rows"].as_array().unwrap();
        let mut codes: Vec<String> =
            rows.iter().map(|row| row["subject"]["code"].as_str().unwrap().to_owned()).collect();
        codes.sort();
        codes
    };
    assert_eq!(codes(ZHAO, "branch"), ["B1", "B2", "B3"]);
    assert_eq!(codes(ZHAO, "rm"), ["R1", "R18", "R9"], "those of whom there is any case");
    assert_eq!(
        (codes(BRANCH, "branch"), codes(BRANCH, "subbranch")),
        (vec![], vec!["S1".to_owned()])
    );
    assert_eq!(codes(BRANCH, "rm"), ["R18", "R9"]);
    assert!(refused(&bank, BRANCH, &["show", "--org", "S2"]).contains("S2 is not yours to see"));
    assert!(refused(&bank, BRANCH, &["show", "--org", "HQ"]).contains("HQ is not yours to see"));
    assert!(refused(&bank, BRANCH, &["show", "--rm", "R1"]).contains("R1 is not yours to see"));
    // With psql the functions say no more.
    let units = "select count(*) from baton.score_units(null, null, '2026-01-01', '2026-11-20')";
    let rms = "select distinct s.code from baton.score_rms(null, '2026-01-01', '2026-11-20') f join baton.staff s on s.id = f.rm_id order by 1";
    let own = "select count(*) from baton.score_units(null, 'S1', '2026-01-01', '2026-11-20')";
    assert_eq!(bank.sql(BRANCH, units), bank.sql(BRANCH, own));
    assert_ne!(bank.sql(ZHAO, units), bank.sql(ZHAO, own));
    let counts = "select baton.score_counts('2026-01-01', '2026-11-20')";
    assert_eq!(bank.refuses(ZHAO, counts), "42501");
    let add = ["operator", "add", RM, "--duty", "branch", "--org", "S1", "--staff", "R9"];
    bank.program(ADMIN).args(add).json();
    assert_eq!((codes(RM, "rm"), codes(RM, "subbranch")), (vec!["R9".to_owned()], vec![]));
    assert_eq!(bank.sql(RM, rms), [["R9"]]);
    assert_eq!(bank.sql(RM, units), [["0"]]);
    assert!(refused(&bank, RM, &["show", "--rm", "R18"]).contains("R18 is not yours to see"));
    assert!(refused(&bank, RM, &["show", "--org", "S1"]).contains("S1 is not yours to see"));
    // His card is the same for everybody who may see it, and the counters of his colleagues are not his to read.
    assert_eq!(show(&bank, RM, &["--rm", "R9"]), show(&bank, ZHAO, &["--rm", "R9"]));
    let seen = "select distinct s.code from baton.board_count c join baton.staff s on s.id = c.rm_id order by 1";
    assert_eq!(bank.sql(RM, seen), [["R9"]]);
    assert_eq!(bank.sql(BRANCH, seen), [["R18"], ["R9"]]);
    // Who is no operator sees nobody.
    owner(&bank, &format!("delete from baton.operator where name = '{ZHAO}'"));
    assert_eq!((bank.sql(ZHAO, units), bank.sql(ZHAO, rms).len()), (vec![vec!["0".to_owned()]], 0));
}

#[test]
fn a_card_is_kept_by_version_with_its_hash_and_written_down() {
    let bank = small();
    assert!(refused(&bank, ZHAO, &["list"]).contains("no score card was loaded yet"));
    let first = load(&bank, CARD);
    assert_eq!((&first["version"], &first["author"]), (&json!(1), &json!(LI)));
    let digest = bank
        .sql(ADMIN, "select encode(sha256(convert_to(body, 'UTF8')), 'hex') from baton.score_card");
    assert_eq!(first["hash"], digest[0][0]);
    assert_eq!(load(&bank, CARD)["version"], 1, "the one that counts already stays");
    let second = load(&bank, &CARD.replace("from = 80", "from = 70"));
    assert_eq!(second["version"], 2);
    let versions = run(&bank, ZHAO, &["score", "versions"]);
    assert_eq!((versions.as_array().unwrap().len(), &versions[0]["version"]), (2, &json!(2)));
    let audit = bank.sql(
        "sun.auditor",
        "select subject, operator from baton.audit where action = 'score.load' order by id",
    );
    assert_eq!(audit, [["v1", LI], ["v2", LI]]);
    for change in [
        "update baton.score_card set name = 'x'",
        "delete from baton.score_card",
        "truncate baton.score_card",
    ] {
        let code = bank.refuses(ADMIN, &format!("set role baton_owner; {change}"));
        assert_eq!(code, "BT002", "{change}");
    }
    let other = "insert into baton.score_card (version, name, body, hash) values (3, 'x', 'y', sha256('z'))";
    assert_eq!(bank.refuses(ADMIN, &format!("set role baton_owner; {other}")), "score_card_hash");
    assert!(
        baton(&bank)
            .as_(ZHAO)
            .args(["score", "load", strategy_file(CARD).to_str().unwrap()])
            .refused()
            .contains("strategist")
    );
    bank.operator(ZHAO, "strategist", Some("S1"));
    let file = strategy_file(&CARD.replace("from = 80", "from = 60"));
    let held = baton(&bank)
        .as_(ZHAO)
        .args(["--lang", "en", "score", "load", file.to_str().unwrap()])
        .refused();
    assert!(held.contains("S1"), "it is the whole bank's: {held}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_file_line_column_and_what_was_expected() {
    let bank = small();
    let wrong = |from: &str, to: &str| {
        let file = strategy_file(&CARD.replacen(from, to, 1));
        let name = file.to_str().unwrap().to_owned();
        let said = refused(&bank, LI, &["load", &name]);
        assert!(said.contains(&name), "{said}");
        said
    };
    let said = wrong("target = 0.5", "target = 5000");
    assert!(
        said.contains("unit[1].target: must be a number from 0 to 10 with at most 6 decimals"),
        "{said}"
    );
    assert!(said.contains("line 9") && said.contains("column 10"), "{said}");
    let said = wrong("weight = 40", "weight = 39");
    assert!(
        said.contains("the weights of [[unit]] are 99.00 together and must be 100.00"),
        "{said}"
    );
    let said = wrong("measure = \"sold\"", "measure = \"plan\"\nmetric = \"amu\"");
    assert!(said.contains("unit[2].metric: is no metric of the bank"), "{said}");
    let said = wrong("name = \"T\"", "name = T");
    assert!(said.contains("this is not TOML") && said.contains("line 1"), "{said}");
    let zh = baton(&bank).as_(LI).args(["--lang", "zh-CN", "score", "load"]);
    let zh =
        zh.args([strategy_file(&CARD.replace("reached", "reachd")).to_str().unwrap()]).refused();
    assert!(zh.contains("应为其中之一") && zh.contains("第 7 行"), "{zh}");
    assert!(
        refused(&bank, LI, &["load", "/nowhere/card.toml"])
            .contains("/nowhere/card.toml cannot be read: ")
    );
    assert!(
        run(&bank, LI, &["score", "versions"]).as_array().unwrap().is_empty(),
        "nothing was kept"
    );
    load(&bank, CARD);
    let of = |args: &[&str]| refused(&bank, ZHAO, args);
    assert!(of(&["show", "--org", "X"]).contains("no org unit has the code `X`"));
    assert!(of(&["show", "--rm", "X"]).contains("no RM has the code `X`"));
    assert!(of(&["list", "--org", "X"]).contains("no org unit has the code `X`"));
    assert!(of(&["list", "--sort", "x"]).contains("no item `x`"));
    assert!(of(&["list", "--period", "Q9"]).contains("`Q9` is no period"));
    assert!(of(&["list", "--period", "2027"]).contains("2027 has not begun"));
    let only = CARD.split("[[rm]]").next().unwrap().to_owned()
        + "[[class]]\ncode = \"A\"\nname = \"a\"\nfrom = 0\n";
    load(&bank, &only);
    assert!(of(&["show", "--rm", "R9"]).contains("no items for RMs"));
}

#[test]
fn a_list_is_sorted_exported_and_the_same_as_the_cards() {
    let bank = ended();
    let list = run(&bank, ZHAO, &["score", "list", "--kind", "subbranch"]);
    let rows = list["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 9);
    let totals: Vec<f64> = rows.iter().filter_map(|row| row["total"].as_f64()).collect();
    assert_eq!(totals, [105.0, 60.0]);
    assert!(rows[2]["total"].is_null(), "who has no points stands last");
    let card = show(&bank, ZHAO, &["--org", "S1"]);
    assert_eq!((&rows[0]["items"], &rows[0]["total"]), (&card["items"], &card["total"]));
    let by_reach = run(&bank, ZHAO, &["score", "list", "--kind", "subbranch", "--sort", "reach"]);
    assert_eq!(by_reach["rows"][0]["subject"]["code"], "S2");
    let under = run(&bank, ZHAO, &["score", "list", "--kind", "rm", "--org", "S2"]);
    assert_eq!(under["rows"].as_array().unwrap().len(), 1);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("card.csv");
    let export = ["score", "show", "--org", "S1", "--into", file.to_str().unwrap()];
    baton(&bank).as_(ZHAO).args(export).run();
    let mut rows = csv::Reader::from_path(&file).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0][0], &rows[0][3], &rows[0][11]), (3, "reach", "3", "45"));
    assert!(rows[0][5].parse::<f64>().is_ok_and(|value| value <= 1.0), "a ratio: {:?}", rows[0]);
    assert_eq!((&rows[2][10], &rows[2][11]), ("100", "105"), "the sum stands below, in numbers");
    let noted =
        bank.sql("sun.auditor", "select count(*) from baton.audit where action = 'table.export'");
    assert_eq!(noted, [["1"]]);
}

/// What the plan item says is what the metric tree says.
#[test]
fn the_plan_of_a_card_is_that_of_the_metric_tree() {
    let bank = Bank::demo_with_past();
    let versions = run(&bank, ZHAO, &["score", "versions"]);
    assert_eq!(versions[0]["version"], 1, "the demo bank has a card");
    for org in ["HQ", "B03", "B0301"] {
        let card = show(&bank, ZHAO, &["--org", org]);
        let aum = item(&card, "aum");
        let value = run(&bank, ZHAO, &["kpi", "show", "aum", "--org", org]);
        assert_eq!(aum["numerator"], value["value"], "{org}");
        let target = bank.sql(
            ADMIN,
            &format!("select t.value from baton.target t join baton.org_unit u on u.id = t.org_id where u.code = '{org}' and t.metric = 'aum' and t.period = '2026-10'"),
        );
        assert_eq!(aum["denominator"].to_string(), target[0][0], "{org}");
    }
    // The pages are alive: branches and RMs have points, and points add up.
    for kind in ["branch", "rm"] {
        let list = run(&bank, ZHAO, &["score", "list", "--kind", kind]);
        let scored: Vec<&Value> =
            list["rows"].as_array().unwrap().iter().filter(|row| !row["total"].is_null()).collect();
        assert!(scored.len() >= 5, "{kind}: {}", scored.len());
        for row in scored {
            let hundredths = |value: &Value| (value.as_f64().unwrap() * 100.0).round();
            let sum: f64 = row["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| hundredths(&item["points"]))
                .sum();
            assert!((sum - hundredths(&row["total"])).abs() < 0.5, "{row}");
        }
    }
}

/// A list without a row says why: a sub-branch has no branch below it.
#[test]
fn a_list_of_cards_that_is_empty_says_which_units_there_are_none_of() {
    let bank = ended();
    for (lang, said) in [
        ("en", "No unit of the kind branch stands at S1 or below it"),
        ("zh-CN", "S1 及其下级中没有 branch 类机构"),
    ] {
        let args = ["--lang", lang, "--format", "table", "score", "list", "--org", "S1"];
        let run = baton(&bank).as_(ZHAO).args(args).run();
        let told = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
        assert!(run.status.success() && told.contains(said), "{told}");
    }
}
