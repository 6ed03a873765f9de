//! What a strategy measures by, guards and lets go by stands on marts that can be read, when it is written and while it runs.

mod chain;
mod mart_bank;
mod support;

use chain::{owner, pushed, run, strategy_file, text};
use mart_bank::{LI, ZHAO, mart, refused, with_logins};
use support::baton;

/// A strategy's text with these parts behind it.
fn with(code: &str, parts: &str) -> String {
    format!("{}\n{parts}\n", text(code, "SG-ALL", "0.1", 7))
}

/// The same in a file.
fn with_parts(code: &str, parts: &str) -> String {
    strategy_file(&with(code, parts)).to_str().unwrap_or_default().to_owned()
}

#[test]
fn a_strategy_whose_rules_name_a_column_that_is_gone_is_not_saved() {
    let bank = mart();
    with_logins(&bank);
    run(&bank, LI, &["segment", "save", "SG-ALL", "--name", "a", "--rule", "aum > 0"]);
    run(&bank, LI, &["segment", "save", "SG-V", "--name", "v", "--rule", "vip"]);
    owner(
        &bank,
        "insert into baton.relation_kind values ('family') on conflict do nothing;
         alter table mart.tags drop column vip",
    );
    let success = |rule: &str| format!("[success]\nrule = \"{rule}\"\nreview_days = 30");
    let guard = |rule: &str| {
        format!(
            "{}\n[[guard]]\nname = \"g\"\nrule = \"{rule}\"\nat_most = 0.02",
            success("aum > 5")
        )
    };
    let exit = |rule: &str| format!("[[exit]]\nrule = \"{rule}\"");
    // In words of its own, of a related customer only, and by a segment that stands on it.
    for rule in ["vip", "aum > 1 and related('family', vip)", "segment('SG-V') or aum > 1"] {
        for (parts, key) in [
            (success(rule), "success.rule"),
            (guard(rule), "guard[1].rule"),
            (exit(rule), "exit[1].rule"),
        ] {
            let said = refused(&bank, &["strategy", "new", &with_parts("ST-G", &parts)]);
            assert!(said.contains("attribute vip of mart.tags cannot be read"), "{rule}: {said}");
            assert!(said.contains(key) && said.contains("line "), "{rule}: {said}");
        }
    }
    // The place is that of the name.
    let parts = success("aum > 1 and related('family', vip)");
    let (path, file) = (with_parts("ST-G", &parts), with("ST-G", &parts));
    let line = file.lines().position(|line| line.contains("vip")).unwrap_or_default();
    let column = file.lines().nth(line).and_then(|line| line.find("vip")).unwrap_or_default();
    let place = format!("line {}, column {}", line + 1, column + 1);
    let said = refused(&bank, &["strategy", "new", &path]);
    assert!(said.contains(&place), "{place}: {said}");
    // So is a balance that is compared, and what the dictionary never had.
    owner(&bank, "alter table mart.tags drop column score");
    let metric = "[success]\nmetric = \"score\"\nreview_days = 30";
    let said = refused(&bank, &["strategy", "new", &with_parts("ST-G", metric)]);
    assert!(said.contains("success.metric") && said.contains("score of mart.tags"), "{said}");
    let said = refused(&bank, &["strategy", "new", &with_parts("ST-G", &exit("nonesuch"))]);
    assert!(said.contains("exit[1].rule") && said.contains("nonesuch"), "{said}");
    assert_eq!(bank.sql(ZHAO, "select count(*) from baton.strategy_version"), [["0"]]);
    run(&bank, LI, &["strategy", "new", &with_parts("ST-G", &exit("keen"))]);
    // A copy of one that was saved before is a text that is saved now.
    owner(&bank, "drop view mart.keen");
    let said = refused(&bank, &["strategy", "clone", "ST-G", "ST-H"]);
    assert!(said.contains("exit[1].rule cannot be asked: attribute keen"), "{said}");
}

#[test]
fn a_live_strategy_whose_guard_names_a_column_that_is_gone_is_marked() {
    let bank = mart();
    run(&bank, LI, &["segment", "save", "SG-ALL", "--name", "a", "--rule", "aum > 0"]);
    let guard = "[success]\nrule = \"aum > 5\"\nreview_days = 30\n[[guard]]\nname = \"g\"\nrule = \"related('family', vip)\"\nat_most = 0.02";
    owner(&bank, "insert into baton.relation_kind values ('family') on conflict do nothing");
    run(&bank, LI, &["strategy", "new", &with_parts("ST-G", guard)]);
    run(&bank, LI, &["strategy", "new", &with_parts("ST-A", "[[exit]]\nrule = \"aum > 9\"")]);
    run(&bank, LI, &["strategy", "new", &with_parts("ST-B", guard)]);
    run(&bank, LI, &["strategy", "new", &with_parts("ST-C", guard)]);
    let waits = run(&bank, LI, &["strategy", "submit", "ST-C"])["hash"].clone();
    let hash = run(&bank, LI, &["strategy", "submit", "ST-G"])["hash"].clone();
    let hash = hash.as_str().unwrap_or_default();
    run(&bank, "wang.approver", &["strategy", "approve", "ST-G", "--hash", hash]);
    pushed(&bank, "ST-G");
    let marked = || -> Vec<String> {
        let all = run(&bank, ZHAO, &["strategy", "list"]);
        let all = all.as_array().into_iter().flatten();
        let broken = all.filter(|row| row.get("broken").is_some());
        broken.map(|row| format!("{} {}", row["code"], row["state"])).collect()
    };
    assert_eq!(marked(), Vec::<String>::new());
    owner(&bank, "alter table mart.tags drop column vip");
    assert!(marked().contains(&r#""ST-G" "live""#.to_owned()), "{:?}", marked());
    // What nobody can measure any more goes no further.
    let why = "guard[1].rule cannot be asked";
    assert!(refused(&bank, &["strategy", "submit", "ST-B"]).contains(why));
    let args = ["--lang", "en", "strategy", "approve", "ST-C", "--hash", waits.as_str().unwrap()];
    let said = baton(&bank).as_("wang.approver").args(args).refused();
    assert!(said.contains(why), "{said}");
    let why = "guard[1].rule cannot be asked: attribute vip of mart.tags cannot be read";
    let told = baton(&bank).as_(ZHAO).args(["--lang", "en", "strategy", "show", "ST-G"]).json();
    assert!(told["broken"].as_str().is_some_and(|said| said.contains(why)), "{told}");
    let out = baton(&bank).as_(ZHAO).args(["--lang", "en", "strategy", "list"]).run();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains(&format!("ST-G: {why}")) && !said.contains("ST-A"), "{said}");
    // What the dictionary has no more is told as any rule that does not read.
    owner(
        &bank,
        "delete from baton.attribute_stat where attribute = 'vip'; delete from baton.attribute where code = 'vip'",
    );
    let told = run(&bank, ZHAO, &["strategy", "show", "ST-G"]);
    assert!(told["broken"].as_str().is_some_and(|said| said.contains("vip")), "{told}");
}

/// A strategy's text whose script, or that of its second wave, says this, or whose second wave waits for that.
fn saying(code: &str, script: &str, wave: &str) -> String {
    let whole = text(code, "SG-ALL", "0.1", 7).replace("您好，", script);
    format!("{whole}\n[[wave]]\nname = \"1\"\nday = 0\n[[wave]]\nname = \"2\"\n{wave}\n")
}

#[test]
fn a_script_that_is_filled_from_a_column_that_is_gone_is_neither_saved_nor_approved() {
    let bank = mart();
    run(&bank, LI, &["segment", "save", "SG-ALL", "--name", "a", "--rule", "aum > 0"]);
    let file = |text: &str| strategy_file(text).to_str().unwrap_or_default().to_owned();
    let words = "day = 5\nscript = \"再次 {vip}\"";
    let (own, waves) = (saying("ST-O", "您 {vip}，", "day = 5"), saying("ST-W", "您好，", words));
    let plain = file(&saying("ST-P", "{name} {{vip}}", "day = 5"));
    for (code, text) in [("ST-O", &own), ("ST-W", &waves)] {
        run(&bank, LI, &["strategy", "new", &file(text)]);
        run(&bank, LI, &["strategy", "clone", code, &format!("{code}2")]);
    }
    let waits = run(&bank, LI, &["strategy", "submit", "ST-O"])["hash"].clone();
    owner(&bank, "alter table mart.tags drop column vip");
    let why = "attribute vip of mart.tags cannot be read";
    for (code, text, key) in [("ST-O", &own, "offer.script"), ("ST-W", &waves, "wave[2].script")] {
        let said = refused(&bank, &["strategy", "new", &file(text)]);
        let line = text.lines().position(|line| line.contains("vip")).unwrap_or_default() + 1;
        assert!(said.contains(key) && said.contains(why), "{said}");
        assert!(said.contains(&format!("line {line}, column ")), "{line}: {said}");
        let cannot = format!("{key} cannot be filled: {why}");
        assert!(refused(&bank, &["strategy", "submit", &format!("{code}2")]).contains(&cannot));
        assert!(refused(&bank, &["strategy", "clone", code, "ST-N"]).contains(&cannot));
        let told = baton(&bank).as_(ZHAO).args(["--lang", "en", "strategy", "show", code]).json();
        assert!(told["broken"].as_str().is_some_and(|said| said.contains(&cannot)), "{told}");
    }
    let args = ["--lang", "en", "strategy", "approve", "ST-O", "--hash", waits.as_str().unwrap()];
    let said = baton(&bank).as_("wang.approver").args(args).refused();
    assert!(said.contains("offer.script cannot be filled"), "{said}");
    // Doubled braces are no placeholder, and the customer's own columns are no mart's.
    let made = run(&bank, LI, &["strategy", "new", &plain]);
    assert!(made.get("broken").is_none_or(serde_json::Value::is_null), "{made}");
}

#[test]
fn a_wave_that_waits_for_a_day_of_a_mart_that_is_gone_is_refused() {
    let bank = mart();
    run(&bank, LI, &["segment", "save", "SG-ALL", "--name", "a", "--rule", "aum > 0"]);
    owner(&bank, "alter table mart.tags add column due date");
    bank.program("baton_admin")
        .args(["attribute", "map", "due", "--relation", "mart.tags", "--type", "date"])
        .args(["--zh", "甲", "--en", "A"])
        .json();
    let text = saying("ST-D", "您好，", "after = \"due\"\ndays = 3");
    let path = strategy_file(&text).to_str().unwrap_or_default().to_owned();
    run(&bank, LI, &["strategy", "new", &path]);
    owner(&bank, "alter table mart.tags drop column due");
    let why = "attribute due of mart.tags cannot be read";
    let said = refused(&bank, &["strategy", "new", &path]);
    assert!(said.contains("wave[2].after") && said.contains(why), "{said}");
    let said = refused(&bank, &["strategy", "submit", "ST-D"]);
    assert!(said.contains(&format!("wave[2].after cannot be asked: {why}")), "{said}");
}
