//! A review whose balances end before its window does: what people hold was not loaded since, and goes on in the records as it was.

mod chain;
mod reviewed;
mod support;

use chain::owner;
use reviewed::{SUCCESS, reviewed_on, show};
use serde_json::{Value, json};
use support::{Bank, baton};

const ONLY_BALANCE: &str = "[success]\nmetric = \"aum\"\nreview_days = 30\n";

/// What everybody holds before the push, and 500 more with the treated on the day after `gift`.
fn held(bank: &Bank, gift: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.product (code, zh, en) values ('demand', '活期', 'Demand');
             insert into baton.holding (customer_id, amount, day, until, org_id, product)
                 select m.customer_id, m.customer_id * 100, '2026-01-01', '{gift}', m.org_id, 1 from baton.plan_member m where arm is not null;
             insert into baton.holding (customer_id, amount, day, until, org_id, product)
                 select m.customer_id, m.customer_id * 100 + case m.arm when 'treated' then 500 else 0 end, '{gift}', 'infinity', m.org_id, 1
                 from baton.plan_member m where arm is not null"
        ),
    );
}

/// A load that brought holdings, as of a day.
fn loaded(bank: &Bank, on: &str) {
    owner(
        bank,
        &format!(
            "insert into baton.import_run (as_of, source, loaded, rejected)
             values ('{on}', 't', '{{\"holding\": 300}}', '{{}}'), ('2026-12-25', 't', '{{\"customer\": 1000}}', '{{}}')"
        ),
    );
}

fn said(bank: &Bank, lang: &str, args: &[&str]) -> String {
    let run = baton(bank).as_("zhao.viewer").args(["--lang", lang]).args(args).run();
    String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)
}

#[test]
fn balances_that_end_inside_the_window_say_so_and_count_as_not_measured() {
    let bank = reviewed_on(154, "0.5", ONLY_BALANCE, "2026-12-25");
    held(&bank, "2026-12-01");
    loaded(&bank, "2026-12-10");
    let review = show(&bank);
    let balance = &review["balance"];
    assert_eq!((&balance["on"], &balance["wanted"]), (&json!("2026-12-10"), &json!("2026-12-20")));
    assert_eq!(review["standing"], "unfilled");
    let note = json!({"note": "balance_unfilled", "on": "2026-12-10", "wanted": "2026-12-20"});
    assert!(review["notes"].as_array().unwrap().contains(&note), "{review}");
    for (lang, sentence, window) in [
        ("en", "the declared balance is not measured", "The window is not filled"),
        ("zh-CN", "约定的余额没有测到", "观察期未满"),
    ] {
        let shown = said(&bank, lang, &["review", "show", "1"]);
        // The table's long rows are wrapped.
        let flat = |text: &str| text.split_whitespace().collect::<String>();
        let (sentence_is, window_is) =
            (flat(&shown).contains(&flat(sentence)), flat(&shown).contains(&flat(window)));
        assert!(sentence_is && window_is, "{shown}");
        assert!(!shown.contains("higher with the treated"), "{shown}");
        let report = said(&bank, lang, &["report", "1"]);
        assert!(report.contains(sentence) && report.contains("2026-12-10"), "{report}");
    }
    let close = ["--lang", "en", "review", "close", "1", "--verdict", "expand", "--text", "x"];
    let refused = baton(&bank).as_("wang.approver").args(close).refused();
    assert!(refused.contains("records end before the planned day"), "{refused}");
    // The days come: it is measured.
    loaded(&bank, "2026-12-25");
    let review = show(&bank);
    assert_eq!(
        (&review["standing"], &review["balance"]["wanted"]),
        (&json!("ready"), &Value::Null)
    );
    assert_eq!(review["balance"]["on"], "2026-12-20");
    baton(&bank).as_("wang.approver").args(close).json();
}

#[test]
fn balances_that_end_before_the_push_are_compared_with_nothing() {
    let bank = reviewed_on(154, "0.5", SUCCESS, "2026-12-25");
    held(&bank, "2026-06-01");
    loaded(&bank, "2026-11-20");
    let review = show(&bank);
    let balance = &review["balance"];
    assert_eq!(balance["on"], "2026-11-20");
    for gone in [&balance["raw"], &balance["cuped"], &balance["treated"]["after"]] {
        assert_eq!(*gone, Value::Null, "{balance}");
    }
    assert!(balance["treated"]["before"].as_f64().is_some());
    // What was declared is a rule, and that is measured.
    assert_eq!(review["standing"], "ready");
    let shown = said(&bank, "en", &["review", "show", "1"]);
    assert!(shown.contains("balances reach to") && shown.contains("2026-11-20"), "{shown}");
}
