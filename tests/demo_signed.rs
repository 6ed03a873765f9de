//! The demo bank's past was signed on its days, partly late, so that "signed in time" is scored and branches differ in it.

mod support;

use support::{Bank, baton};

#[test]
fn signing_in_time_is_scored_and_branches_differ_in_it() {
    let bank = Bank::demo_with_past();
    // On the push's own day or two days later, before anybody was called, and after it went out.
    let odd = "select count(*) from baton.branch_order o join baton.push p on p.id = o.push_id
         where o.signed_at < p.pushed_at or (o.signed_at at time zone 'Asia/Shanghai')::date not in (p.as_of, p.as_of + 2)
             or exists (select from baton.outcome e where e.push_id = o.push_id and e.org_id = o.org_id and e.at < o.signed_at)";
    assert_eq!(bank.sql("baton_internal", odd), [["0"]]);
    let mut shares = Vec::new();
    for branch in ["B01", "B02", "B04", "B05", "B06", "B07"] {
        let card = baton(&bank).args(["score", "show", "--org", branch]).json();
        let items = card["items"].as_array().unwrap();
        let line = items.iter().find(|line| line["measure"] == "signed_in_time").unwrap();
        assert_ne!(line["standing"], "too_few", "{branch}: {line}");
        let (hit, n) = (line["numerator"].as_i64().unwrap(), line["denominator"].as_i64().unwrap());
        assert!(n >= 2 && hit <= n, "{line}");
        shares.push((branch, hit * 100 / n));
    }
    let (least, most) = (
        shares.iter().map(|one| one.1).min().unwrap(),
        shares.iter().map(|one| one.1).max().unwrap(),
    );
    assert!(least < 80 && most >= 90, "{shares:?}");
}
