//! The attribute dictionary: what is measured, what a manifest says, and columns of the bank's own marts in it.

mod chain;
mod support;

use baton::store::cluster::ADMIN;
use chain::{owner, run, small};
use serde_json::{Value, json};
use support::files::Files;
use support::{Bank, Baton, baton};

const LOADER: &str = "sun.auditor";

/// A mart of every kind of column, of the odd customers; `tags` has a key, `view_of_tags` none.
const MART: &str = "create schema mart;
    create table mart.tags (customer_id bigint primary key, vip bool, grade text, score numeric, owed bigint, seen date,
        ratio float8, loaded_at timestamptz default '2026-11-18 20:00Z', secret int);
    insert into mart.tags (customer_id, vip, grade, score, owed, seen)
        select g, g % 3 = 0, case when g % 5 > 0 then 'g' || g % 4 end, g * 0.5, g * 100, date '2026-01-01' + g
        from generate_series(1, 999, 2) g;
    create view mart.view_of_tags as select customer_id, vip as vip_too, grade as grade_too from mart.tags;
    create view mart.twice as select customer_id, vip from mart.tags union all select 7, true;
    create table mart.keyless (customer_id bigint, vip bool);
    create table mart.nobody (id bigint primary key, vip bool);
    create table mart.narrow (customer_id int primary key, vip bool);
    create table mart.attr_7 (customer_id bigint primary key, vip bool);
    create table mart.hidden (customer_id bigint primary key, vip bool);
    grant usage on schema mart to baton_operator;
    grant select on all tables in schema mart to baton_operator;
    revoke select on mart.hidden, mart.tags from baton_operator;
    grant select (customer_id, vip, grade, score, owed, seen, ratio, loaded_at) on mart.tags to baton_operator;
    create schema closed; create table closed.tags (customer_id bigint primary key, vip bool);
    grant select on closed.tags to baton_operator";

fn mart() -> Bank {
    let bank = small();
    owner(&bank, MART);
    bank.operator(LOADER, "loader", None);
    bank
}

fn map(bank: &Bank, code: &str, relation: &str, kind: &str, more: &[&str]) -> Baton {
    let names = ["--zh", "贵宾", "--en", "VIP"];
    let map = ["attribute", "map", code, "--relation", relation, "--type", kind];
    baton(bank).as_(LOADER).args(["--lang", "en"]).args(map).args(names).args(more)
}

fn mapped(bank: &Bank, code: &str, kind: &str, more: &[&str]) -> Value {
    map(bank, code, "mart.tags", kind, more).json()
}

fn count(bank: &Bank, rule: &str) -> Value {
    run(bank, "zhao.viewer", &["segment", "count", "--rule", rule])["count"].clone()
}

#[test]
fn a_column_of_a_mart_is_used_in_rules_where_it_stands() {
    let bank = mart();
    let told = ["--refreshed", "loaded_at", "--class", "C2", "--owner", "零售部", "--unit", "分"];
    let row = mapped(&bank, "vip", "flag", &told);
    assert_eq!(row["relation"], "mart.tags");
    // The evening in London is the next day at the bank.
    assert_eq!(row["refreshed_on"], "2026-11-19");
    assert_eq!(
        (&row["class"], &row["owner"], &row["unit"]),
        (&json!("C2"), &json!("零售部"), &json!("分"))
    );
    // 500 odd customers of 1,000; of them 101, 303, 505, 707 and 909 are closed, as are 202 and so on.
    assert_eq!(row["customers"], 495);
    assert_eq!(row["coverage"], 0.4994);
    let yes = row["top"].as_array().unwrap().iter().find(|t| t["value"] == "true").unwrap();
    assert_eq!(count(&bank, "vip"), yes["customers"]);
    assert_eq!(count(&bank, "vip is null"), 991 - 495);

    mapped(&bank, "grade", "category", &[]);
    mapped(&bank, "score", "number", &[]);
    mapped(&bank, "owed", "money", &[]);
    let seen = mapped(&bank, "seen", "date", &[]);
    assert_eq!((&seen["min"], &seen["refreshed_on"]), (&json!("2026-01-02"), &Value::Null));
    assert_eq!(count(&bank, "grade in ('g1', 'g3') and score > 10.5 and owed <= 99"), 31);
    assert_eq!(count(&bank, "seen >= '2026-01-02' and seen < '2026-01-08'"), 3);
    let wrong = run_refused(&bank, "grade = 'g9'");
    assert!(wrong.contains("g1") || wrong.contains("g3"), "{wrong}");

    map(&bank, "vip_too", "mart.view_of_tags", "flag", &[]).json();
    assert_eq!(count(&bank, "vip_too and not vip"), 0);
    assert_eq!(count(&bank, "vip_too or vip"), yes["customers"]);
}

fn run_refused(bank: &Bank, rule: &str) -> String {
    baton(bank).as_("zhao.viewer").args(["segment", "count", "--rule", rule]).refused()
}

/// Relation, type, what else is said, and the reason why it is refused.
const REFUSED: [(&str, &str, &[&str], &str); 15] = [
    ("mart.gone", "flag", &[], "no table or view mart.gone"),
    ("baton.customer", "flag", &["--column", "no_contact"], "schema baton is not the bank's"),
    ("pg_catalog.pg_class", "flag", &[], "schema pg_catalog is not the bank's"),
    ("mart.attr_7", "flag", &[], "attr_7 is how Baton calls its own"),
    ("mart.nobody", "flag", &[], "no column customer_id"),
    (
        "mart.narrow",
        "flag",
        &[],
        "customer_id of mart.narrow is of type integer; it must be bigint",
    ),
    ("mart.tags", "flag", &["--column", "vop"], "mart.tags has no column vop"),
    (
        "mart.tags",
        "money",
        &[],
        "column vip is of type boolean; an attribute of type money takes bigint",
    ),
    (
        "mart.tags",
        "number",
        &["--column", "ratio"],
        "of type double precision; an attribute of type number takes numeric",
    ),
    ("mart.tags", "flag", &["--refreshed", "grade"], "no column grade of dates or times"),
    ("mart.tags", "number", &["--column", "secret"], "baton_operator may not read mart.tags"),
    ("mart.hidden", "flag", &[], "baton_operator may not read mart.hidden"),
    ("closed.tags", "flag", &[], "grant usage on schema closed"),
    ("mart.keyless", "flag", &[], "make customer_id its primary key"),
    ("mart.twice", "flag", &[], "mart.twice holds 1 customer more than once"),
];

#[test]
fn each_column_that_cannot_be_used_is_refused_with_its_reason() {
    let bank = mart();
    for (relation, kind, more, said) in REFUSED {
        let told = map(&bank, "vip", relation, kind, more).refused();
        assert!(told.contains(said), "{told}");
    }
    assert_eq!(bank.sql(LOADER, "select count(*) from baton.attribute"), [["0"]]);
}

#[test]
fn a_code_and_a_column_are_one_attribute_each() {
    let bank = mart();
    mapped(&bank, "vip", "flag", &[]);
    let refused =
        |code: &str, kind: &str, more: &[&str]| map(&bank, code, "mart.tags", kind, more).refused();
    assert!(refused("vip2", "flag", &["--column", "vip"]).contains("is the attribute vip already"));
    assert!(
        refused("vip", "category", &["--column", "grade"])
            .contains("stands in the dictionary with type flag")
    );
    assert!(
        refused("age", "flag", &["--column", "vip"]).contains("age cannot be an attribute's code")
    );
    let form = map(&bank, "x", "tags", "flag", &[]).fails(2);
    assert!(form.contains("such as mart.tags"), "{form}");
    // The same code again changes what the dictionary says, and where it stands.
    let again = map(&bank, "vip", "mart.view_of_tags", "flag", &["--column", "vip_too"]).json();
    assert_eq!(again["relation"], "mart.view_of_tags");
    let told = bank.sql(
        LOADER,
        "select action, subject from baton.audit where action ~ 'attribute' order by id",
    );
    assert_eq!(told, vec![["attribute.map", "vip"]; 2]);
}

/// A view runs what its owner wrote with the rights of whoever reads it.
#[test]
fn an_operators_own_view_is_no_mart() {
    let bank = mart();
    owner(&bank, "grant create on schema mart to \"li.strategist\"");
    bank.sql(
        "li.strategist",
        "create view mart.own as select customer_id, true as vip from mart.view_of_tags;
         grant select on mart.own to baton_operator, baton_owner",
    );
    let told = map(&bank, "vip", "mart.own", "flag", &[]).refused();
    assert!(told.contains("belongs to the operator li.strategist"), "{told}");
}

#[test]
fn who_is_no_loader_and_no_owner_maps_nothing() {
    let bank = mart();
    let names = ["--zh", "贵宾", "--en", "VIP"];
    let map = ["attribute", "map", "vip", "--relation", "mart.tags", "--type", "flag"];
    for who in ["li.strategist", "wang.approver", "zhao.viewer"] {
        let told = baton(&bank).as_(who).args(["--lang", "en"]).args(map).args(names).refused();
        assert!(told.contains("loader"), "{told}");
    }
    let row = bank.program(ADMIN).args(map).args(names).json();
    assert_eq!(row["code"], "vip");
    let level = "begin isolation level serializable; select baton.attribute_refresh()";
    assert_eq!(bank.refuses(ADMIN, level), "BT008");
}

#[test]
fn what_rules_read_is_not_unmapped_by_the_way() {
    let bank = mart();
    mapped(&bank, "vip", "flag", &[]);
    mapped(&bank, "score", "number", &[]);
    let save = |code: &str, rule: &str| {
        run(&bank, "li.strategist", &["segment", "save", code, "--name", "a", "--rule", rule]);
    };
    save("SG-A", "vip and score > 3");
    save("SG-B", "not (vip or aum > 1)");
    save("SG-C", "vip");
    save("SG-C", "aum > 3");
    let shown = run(&bank, "zhao.viewer", &["attribute", "show", "vip"]);
    assert_eq!(shown["used_by"], json!(["SG-A", "SG-B"]), "of the latest versions");
    assert_eq!(shown["unused"], false);
    owner(&bank, "insert into baton.event_kind (code) values ('login')");
    let rule = "score > 3 and events('login', interval '1 day') >= 1";
    run(&bank, "li.strategist", &["moment", "new", "MOT-S", "--name", "a", "--rule", rule]);
    let shown = run(&bank, "zhao.viewer", &["attribute", "show", "score"]);
    assert_eq!((&shown["used_by"], &shown["read_by"]), (&json!(["SG-A"]), &json!(["MOT-S"])));
    save("SG-A", "vip");
    let shown = run(&bank, "zhao.viewer", &["attribute", "show", "score"]);
    assert_eq!((&shown["used_by"], &shown["unused"]), (&json!([]), &json!(false)));
    let unmap =
        |code: &str| baton(&bank).as_(LOADER).args(["--lang", "en", "attribute", "unmap", code]);
    assert!(unmap("score").refused().contains("is read by MOT-S"));
    assert!(unmap("vip").refused().contains("is read by SG-A, SG-B"));
    assert_eq!(unmap("vip").args(["--force"]).json()["code"], "vip");
    assert!(run_refused(&bank, "vip").contains("vip"));
    assert!(unmap("vip").refused().contains("no attribute vip"));
    assert!(unmap("scroe").refused().contains("did you mean score?"));
    assert_eq!(bank.sql(LOADER, "select count(*) from mart.tags where vip"), [["167"]]);
}

#[test]
fn a_mart_that_cannot_be_read_any_more_keeps_its_figures_and_says_why() {
    let bank = mart();
    mapped(&bank, "vip", "flag", &["--refreshed", "loaded_at"]);
    map(&bank, "vip_too", "mart.view_of_tags", "flag", &[]).json();
    owner(
        &bank,
        "update mart.tags set loaded_at = '2026-09-01'; revoke select on mart.view_of_tags from baton_operator",
    );
    let refresh = baton(&bank).as_(LOADER).args(["attribute", "refresh"]).json();
    assert_eq!(refresh, json!({ "relations": 2, "failed": 1 }));
    let show = |code: &str| run(&bank, "zhao.viewer", &["attribute", "show", code]);
    assert_eq!(
        (&show("vip")["refreshed_on"], &show("vip")["stale"]),
        (&json!("2026-09-01"), &json!(true))
    );
    let gone = show("vip_too");
    assert_eq!((&gone["readable"], &gone["customers"]), (&json!(false), &json!(495)));
    let told = baton(&bank).args(["--lang", "en", "attribute", "show", "vip_too"]).run();
    assert!(String::from_utf8(told.stdout).unwrap().contains("baton_operator may not read"));
    owner(&bank, "grant select on mart.view_of_tags to baton_operator");
    baton(&bank).as_(LOADER).args(["attribute", "refresh"]).json();
    assert_eq!(show("vip_too")["readable"], true);
}

#[test]
fn an_import_measures_what_it_brought_and_keeps_what_it_does_not_say() {
    let (bank, files) = (Bank::empty(), Files::small());
    let words = "en = \"Job\"\nowner = \"人力\"\nclass = \"C2\"\ndefinition = \"自述\"\n\
        labels = [{ value = \"teacher\", zh = \"教师\", en = \"Teacher\" }, { value = \"nurse\", zh = \"护士\", en = \"Nurse\" }]";
    let files = files.change("baton-import.toml", "en = \"Job\"", words);
    files.import(&bank, &[]).json();
    let job = run(&bank, "zhao.viewer", &["attribute", "show", "job"]);
    let top = json!([
        { "value": "teacher", "label": { "zh": "教师", "en": "Teacher" }, "customers": 2 },
        { "value": "student", "label": null, "customers": 1 }
    ]);
    assert_eq!(job["top"], top);
    assert_eq!(
        (&job["distinct"], &job["coverage"], &job["owner"]),
        (&json!(2), &json!(0.75), &json!("人力"))
    );
    let vip = run(&bank, "zhao.viewer", &["attribute", "list"])[1].clone();
    assert_eq!(
        (&vip["code"], &vip["customers"], &vip["min"]),
        (&json!("vip"), &json!(3), &Value::Null)
    );
    assert_eq!(count(&bank, "job = 'nurse'"), 0, "a value that is labelled is known");
    // Without these words they stay.
    let files = files.change("baton-import.toml", words, "en = \"Job\"");
    files.import(&bank, &[]).json();
    assert_eq!(run(&bank, "zhao.viewer", &["attribute", "show", "job"])["class"], "C2");
    // A mapped attribute is not an import's to fill.
    owner(
        &bank,
        "create schema mart; create table mart.t (customer_id bigint primary key, job text);
        grant usage on schema mart to baton_operator; grant select on mart.t to baton_operator",
    );
    baton(&bank)
        .args([
            "attribute",
            "map",
            "mood",
            "--relation",
            "mart.t",
            "--column",
            "job",
            "--type",
            "category",
        ])
        .args(["--zh", "心情", "--en", "Mood"])
        .json();
    let files = files.change("baton-import.toml", "code = \"vip\"", "code = \"mood\"");
    let told = files.import(&bank, &[]).refused();
    assert!(told.contains("attribute mood stands in a mart"), "{told}");
    let told = baton(&bank)
        .args([
            "--lang",
            "en",
            "attribute",
            "map",
            "job",
            "--relation",
            "mart.t",
            "--type",
            "category",
        ])
        .args(["--zh", "职业", "--en", "Job"])
        .refused();
    assert!(told.contains("job is an attribute that imports fill"), "{told}");
    let told = baton(&bank).args(["--lang", "en", "attribute", "unmap", "job"]).refused();
    assert!(told.contains("job is imported"), "{told}");
}

#[test]
fn a_number_of_any_size_is_told_exactly() {
    let bank = mart();
    owner(
        &bank,
        "update mart.tags set score = case customer_id when 1 then 99999999999999999999999.5 when 3 then 1e400
             when 5 then -0.1234567890123456789 else 7.50 end",
    );
    let row = mapped(&bank, "score", "number", &[]);
    assert_eq!(row["max"], format!("1{}", "0".repeat(400)));
    assert_eq!((&row["min"], &row["median"]), (&json!("-0.1234567890123456789"), &json!(7.5)));
    assert_eq!(run(&bank, "zhao.viewer", &["attribute", "list"])[0]["max"], row["max"]);
    let score = |id: &str| {
        let card = run(&bank, "li.strategist", &["customer", "show", id]);
        let facts = card["attributes"].as_array().unwrap();
        facts.iter().find(|one| one["code"] == "score").unwrap()["value"].clone()
    };
    assert_eq!(score("1"), "99999999999999999999999.5");
    assert_eq!(score("3"), row["max"]);
    assert_eq!(score("7"), 7.5);
}

/// As many as a bank of this kind has; how long it takes is measured by the bench, here the counts are held.
#[test]
fn a_thousand_attributes_know_which_of_five_hundred_segments_read_them() {
    let bank = mart();
    owner(
        &bank,
        "insert into baton.attribute (code, type, zh, en, schema_name, relation, column_name)
             select 'tag_' || g, 'number', '标签' || g, 'Tag ' || g, 'mart', 'wide', 'tag_' || g
             from generate_series(1, 1000) g;
         insert into baton.segment_version (code, version, name, rule)
             select 'SG-' || g, 1, '甲' || g,
                 format('tag_%s > 5 and (tag_%s between 1 and 9 or not tag_%s in (1, 2))', g, g + 1, g + 2)
             from generate_series(1, 499) g;
         insert into baton.segment_version (code, version, name, rule)
             values ('SG-ALL', 1, '乙', 'segment(''SG-1'') or tag_1 = 0')",
    );
    let list = run(&bank, "zhao.viewer", &["attribute", "list"]);
    let used = |code: &str| {
        let row = list.as_array().unwrap().iter().find(|row| row["code"] == code).unwrap();
        row["used_by"].clone()
    };
    assert_eq!(list.as_array().unwrap().len(), 1000 + 9, "and the columns that every customer has");
    assert_eq!(used("tag_1"), json!(["SG-1", "SG-ALL"]));
    assert_eq!(used("tag_3"), json!(["SG-1", "SG-2", "SG-3", "SG-ALL"]));
    assert_eq!(used("tag_1000"), json!([]));
}

#[test]
fn a_list_for_programs_has_plain_numbers() {
    let bank = mart();
    mapped(&bank, "owed", "money", &[]);
    let csv = baton(&bank).args(["--lang", "en", "attribute", "list", "--format", "csv"]).run();
    let csv = String::from_utf8(csv.stdout).unwrap();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next().unwrap(),
        "code,type,name,class,coverage,distinct,refreshed_on,used_by,mark"
    );
    assert_eq!(lines.next().unwrap(), "owed,money,VIP,,49.9 %,495,,0,unused");
    let none = baton(&Bank::empty()).args(["--lang", "en"]).args(map_args()).refused();
    assert!(none.contains("no bank"), "{none}");
}

fn map_args() -> [&'static str; 11] {
    ["attribute", "map", "x", "--relation", "mart.t", "--type", "flag", "--zh", "甲", "--en", "A"]
}
