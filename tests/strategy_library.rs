//! Strategies in depth by command: saving on a base, comparing, templates, scripts, the shelf, and the pages that tell
//! of the file.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and it reads the pages"
)]

mod chain;
mod support;

use baton::domain::money::Currency;
use baton::domain::strategy::file;
use baton::store::cluster::ADMIN;
use chain::{approved, between, pushed, run, small, strategy_file, text, up_to};
use serde_json::json;
use support::{Bank, baton};

const SELF: &str = "li.strategist";

fn segment(bank: &Bank) {
    run(bank, SELF, &["segment", "save", "SG-A", "--name", "甲", "--rule", "true"]);
}

fn new(bank: &Bank, text: &str, more: &[&str]) -> support::Baton {
    let file = strategy_file(text);
    let args = ["strategy", "new", file.to_str().unwrap()].map(str::to_owned);
    baton(bank).as_(SELF).args(args.iter().map(String::as_str).chain(more.iter().copied()))
}

#[test]
fn a_save_on_an_old_version_writes_nothing_and_shows_all_three_texts() {
    let bank = small();
    segment(&bank);
    let words = text("ST-1", "SG-A", "0.1", 1);
    new(&bank, &words, &["--base", "0"]).json();
    let theirs = words.replace("deadline_days = 14", "deadline_days = 21");
    assert_eq!(new(&bank, &theirs, &["--base", "1"]).json()["version"], 2);
    let mine = words.replace("seed = 1", "seed = 2");
    let said = new(&bank, &mine, &["--base", "1"]).refused();
    assert!(said.contains("v1") && said.contains("v2"), "{said}");
    assert!(said.contains("deadline_days: was 14, is 21 now, yours 14"), "{said}");
    assert!(said.contains("seed: was 1, is 1 now, yours 2"), "{said}");
    let again = new(&bank, &words, &["--base", "0"]).refused();
    assert!(again.contains("v2"), "{again}");
    let count = "select count(*) from baton.strategy_version";
    assert_eq!(bank.sql(SELF, count), [["2"]], "nothing was written");
    assert_eq!(new(&bank, &mine, &["--base", "2"]).json()["version"], 3);
}

#[test]
fn a_later_version_voids_what_was_not_pushed_and_leaves_what_was() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    let plan = run(&bank, SELF, &["push", "plan", "ST-1"])["plan"].to_string();
    let words = text("ST-1", "SG-ST-1", "0.2", 7);
    new(&bank, &words, &[]).json();
    let of = |version: &str| run(&bank, SELF, &["strategy", "show", "ST-1", "--revision", version]);
    assert_eq!(of("1")["state"], "voided");
    let said = baton(&bank).as_(SELF).args(["push", "apply", "ST-1", "--plan", &plan]).refused();
    assert!(said.contains("ST-1 v1"), "a plan of a voided version is not pushed: {said}");

    let bank = small();
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    pushed(&bank, "ST-1");
    new(&bank, &words, &[]).json();
    let live = run(&bank, SELF, &["strategy", "show", "ST-1", "--revision", "1"]);
    assert_eq!(live["state"], "live", "what is with the branches stays");
}

#[test]
fn versions_are_compared_key_by_key() {
    let bank = small();
    segment(&bank);
    let words = text("ST-1", "SG-A", "0.1", 1);
    new(&bank, &words, &[]).json();
    let more = format!("{}\n[[wave]]\nname = \"首访\"\nday = 3\n", words.replace("= 14", "= 21"));
    new(&bank, &more, &[]).json();
    let shown = run(&bank, SELF, &["strategy", "diff", "ST-1", "1", "2"]);
    assert_eq!(
        shown,
        json!({"code": "ST-1", "from": 1, "to": 2, "changes": [
            {"field": "deadline_days", "from": "14", "to": "21"},
            {"field": "wave[1].name", "from": null, "to": "首访"},
            {"field": "wave[1].day", "from": null, "to": "3"},
        ]})
    );
    let printed = baton(&bank).as_(SELF).args(["strategy", "show", "ST-1", "--toml"]).run();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let read = file::parse(&printed, Currency::CNY).unwrap();
    assert_eq!(read, file::parse(&more, Currency::CNY).unwrap());
}

#[test]
fn the_library_is_searched_copied_and_put_away() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    run(&bank, SELF, &["strategy", "clone", "ST-1", "ST-2", "--name", "第二回"]);
    let codes = |args: &[&str]| {
        let rows = run(&bank, SELF, args);
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&["strategy", "list"]), ["ST-1", "ST-2"]);
    assert_eq!(codes(&["strategy", "list", "--search", "第二"]), ["ST-2"]);
    assert_eq!(codes(&["strategy", "list", "--search", "SG-st-1"]), ["ST-1", "ST-2"]);
    assert_eq!(codes(&["strategy", "list", "--search", "derhui"]), ["ST-2"]);
    assert_eq!(codes(&["strategy", "list", "--search", "deh"]), ["ST-2"]);
    let said = baton(&bank).as_(SELF).args(["strategy", "diff", "ST-1", "1", "9"]).refused();
    assert!(said.contains("ST-1 has no version 9; its versions are 1 to 1"), "{said}");
    let said = baton(&bank).as_(SELF).args(["strategy", "diff", "ST-8", "1", "9"]).refused();
    assert!(said.contains("there is no strategy ST-8"), "{said}");
    let away = run(&bank, SELF, &["strategy", "archive", "ST-1"]);
    assert_eq!(away["state"], "archived");
    assert_eq!(codes(&["strategy", "list"]), ["ST-2"]);
    assert_eq!(codes(&["strategy", "list", "--archived"]), ["ST-1"]);
    new(&bank, &text("ST-1", "SG-ST-1", "0.1", 1), &[]).refused();
    baton(&bank).as_(SELF).args(["push", "plan", "ST-1"]).refused();
    let returned = run(&bank, SELF, &["strategy", "unarchive", "ST-1"]);
    assert_eq!(returned["state"], "voided", "its approval was for then");

    approved(&bank, "ST-3", &between(501, 2000), "0.1", 7);
    pushed(&bank, "ST-3");
    let said = baton(&bank).as_(SELF).args(["strategy", "archive", "ST-3"]).refused();
    assert!(said.contains("ST-3 v1"), "{said}");
}

/// Only a version that is approved at that moment is pushed, also by an owner who forgets to ask.
#[test]
fn a_version_goes_only_where_it_may() {
    let bank = small();
    segment(&bank);
    new(&bank, &text("ST-1", "SG-A", "0.1", 1), &[]).json();
    run(&bank, SELF, &["strategy", "submit", "ST-1"]);
    for to in ["draft", "paused", "reviewed"] {
        let sql = format!("set role baton_owner; update baton.strategy_version set state = '{to}'");
        assert_eq!(bank.refuses(ADMIN, &sql), "BT002", "{to}");
    }
    chain::owner(&bank, "update baton.strategy_version set state = 'sent_back'");
    let sql = "set role baton_owner; update baton.strategy_version set state = 'submitted'";
    assert_eq!(bank.refuses(ADMIN, sql), "BT002");
}

/// What each of them saved, and how many saves came too late.
async fn editors(url: String) -> (Vec<(String, i32, String)>, u32) {
    use sqlx::Connection as _;
    let mut editors = vec![];
    for editor in 0..20 {
        let url = url.clone();
        editors.push(tokio::spawn(async move {
            let mut db = sqlx::PgConnection::connect(&url).await.unwrap();
            let (mut taken, mut late) = (vec![], 0);
            for save in 0..100 {
                let code = format!("ST-{}", (editor + save) % 5);
                loop {
                    let base: i32 = sqlx::query_scalar(
                        "select coalesce(max(version), 0) from baton.strategy_version where code = $1",
                    )
                    .bind(&code)
                    .fetch_one(&mut db)
                    .await
                    .unwrap();
                    let name = format!("{editor}-{save}");
                    let saved: Result<i32, sqlx::Error> = sqlx::query_scalar(
                        "select baton.strategy_new($1, $2, 'SG-A', 14, 0, 0, 'p', '', 's', '{}', $3)",
                    )
                    .bind(&code)
                    .bind(&name)
                    .bind(base)
                    .fetch_one(&mut db)
                    .await;
                    match saved {
                        Ok(version) => {
                            assert_eq!(version, base + 1);
                            taken.push((code, version, name));
                            break;
                        }
                        Err(error) => {
                            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
                            assert_eq!(code.as_deref(), Some("BT201"), "{error}");
                            late += 1;
                        }
                    }
                }
            }
            (taken, late)
        }));
    }
    let mut taken = vec![];
    let mut late = 0;
    for editor in editors {
        let (own, refused) = editor.await.unwrap();
        taken.extend(own);
        late += refused;
    }
    (taken, late)
}

/// 20 editors save 100 times each on 5 strategies, each on the version that he read last: every save that was taken
/// is a version, made from exactly the one before it.
#[test]
fn no_save_of_twenty_editors_is_lost() {
    let bank = small();
    segment(&bank);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (taken, late) = runtime.block_on(editors(bank.url_as(SELF)));
    assert_eq!(taken.len(), 2_000);
    println!("2,000 saves taken, {late} came too late and were made again");
    let rows = bank.sql(
        SELF,
        "select code, version::text, name, (base = version - 1)::text from baton.strategy_version",
    );
    assert_eq!(rows.len(), 2_000);
    for (code, version, name) in taken {
        let row = vec![code, version.to_string(), name, "true".to_owned()];
        assert!(rows.contains(&row), "{row:?} is lost");
    }
}

#[test]
fn every_template_becomes_a_strategy_of_the_demo_bank() {
    let bank = Bank::demo();
    let root = |args: &[&str]| baton(&bank).args(args).json();
    let all = root(&["strategy", "templates"]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 6);
    for template in all {
        let code = template["code"].as_str().unwrap();
        let made = root(&["strategy", "new", "--from", code]);
        assert_eq!((&made["version"], &made["state"]), (&json!(1), &json!("draft")), "{code}");
        let own = made["code"].as_str().unwrap();
        root(&["strategy", "submit", own]);
        let suggested = template["segment_rule"].as_str().unwrap();
        let found = root(&["segment", "count", "--rule", suggested]);
        let found = found["customers"].as_i64().or(found["count"].as_i64()).unwrap_or_default();
        assert!(found > 100, "{code} is for nobody: {found}");
    }
    let filled = root(&["strategy", "script", "ST-001"]);
    let script = filled["scripts"][0]["script"].as_str().unwrap();
    assert!(!script.contains('{') && script.contains("**"), "{script}");
    let said = baton(&bank).args(["strategy", "new", "--from", "nothing"]).refused();
    assert!(said.contains("winback"), "{said}");
}

#[test]
fn what_the_bank_does_not_have_is_refused_with_line_and_column() {
    let bank = Bank::demo();
    let words = text("ST-9", "SG-A", "0.1", 1);
    let lines = words.lines().count();
    for (more, place, what) in [
        ("[success]\nrule = \"agge > 3\"\nreview_days = 9", (2, 9), "agge"),
        ("[[exit]]\nrule = '''\nage > 3\nand x'''", (4, 5), "x"),
        ("[[wave]]\nname = \"a\"\nday = 1\nscript = \"您好 {nmae}\"", (4, 14), "nmae"),
        ("[[wave]]\nname = \"a\"\nafter = \"payroll\"\ndays = 1", (3, 9), "opened_on"),
        ("[pilot]\nunits = [\"B03\", \"B99\"]\ndays = 1", (2, 17), "unit"),
        ("[success]\nmetric = \"job\"\nreview_days = 9", (2, 10), "aum"),
        ("[budget]\ncap = \"1.005\"", (2, 7), "2 decimals"),
        ("[[channel]]\ncode = \"fax\"", (2, 8), "rm_phone"),
    ] {
        let file = strategy_file(&format!("{words}{more}\n"));
        let said = baton(&bank).args(["strategy", "new", file.to_str().unwrap()]).refused();
        let at = format!("line {}, column {}", lines + place.0, place.1);
        assert!(said.contains(&at) && said.contains(what), "{more}: {said}");
    }
}

#[test]
fn every_example_of_the_pages_is_read_against_the_demo_bank() {
    let bank = Bank::demo();
    baton(&bank)
        .args(["segment", "save", "SG-PAYROLL", "--name", "代发", "--rule", "payroll"])
        .json();
    for page in ["docs/strategy.en.md", "docs/strategy.zh-CN.md"] {
        let path = format!("{}/{page}", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(path).unwrap();
        let mut blocks: Vec<&str> =
            page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert_eq!(blocks.len(), 9);
        let plain = blocks.remove(0);
        baton(&bank).args(["strategy", "new", strategy_file(plain).to_str().unwrap()]).json();
        for block in &blocks {
            let whole = strategy_file(&format!("{plain}\n{block}"));
            baton(&bank).args(["strategy", "new", whole.to_str().unwrap()]).json();
        }
        let whole = strategy_file(&format!("{plain}\n{}", blocks.join("\n")));
        baton(&bank).args(["strategy", "new", whole.to_str().unwrap()]).json();
    }
}
