//! The card of one customer: what it shows, to whom, and what stays hidden.

mod chain;
mod support;

use chain::{approved, between, number, owner, pushed, run, small};
use serde_json::{Value, json};
use support::{Bank, baton};

#[test]
fn names_and_phones_are_masked_in_the_database() {
    let bank = small();
    let masked = |kind: &str, text: &str| {
        let sql = format!("select baton.mask_{kind}('{text}')");
        bank.sql("zhao.viewer", &sql)[0][0].clone()
    };
    for (name, shown) in [
        ("王伟", "王**"),
        ("王小明", "王**"),
        ("欧阳修", "欧阳**"),
        ("欧阳", "欧**"),
        ("司马相如", "司马**"),
        ("諸葛亮", "諸葛**"),
        ("上官婉儿", "上官**"),
        ("王", "王**"),
        ("John Smith", "J**"),
        ("古丽·买买提", "古**"),
        (" 李四 ", "李**"),
        ("", ""),
        ("   ", ""),
    ] {
        assert_eq!(masked("name", name), shown, "{name}");
    }
    for (phone, shown) in [
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("008613812345678", "138****5678"),
        ("010-12345678", "010****5678"),
        ("12345678", "****78"),
        ("123456", "****"),
        ("", ""),
        ("keine", ""),
    ] {
        assert_eq!(masked("phone", phone), shown, "{phone}");
    }
    assert_eq!(
        bank.sql(
            "zhao.viewer",
            "select baton.mask_name(null) is null and baton.mask_phone(null) is null"
        ),
        [["t"]]
    );
}

fn with_records() -> Bank {
    let bank = small();
    owner(
        &bank,
        "update baton.customer set name = '欧阳修', phone = '13812345678', opened_on = '2020-02-29', gender = 'M', aum = 40000000
             where customer_id = 7;
         insert into baton.tier values ('private', '私行', 'Private', 600000000);
         create table baton.attr_1 (customer_id bigint primary key, org_id int not null, job text, vip bool, spent bigint);
         grant select on baton.attr_1 to baton_operator;
         insert into baton.attr_1 select customer_id, org_id, 'teacher', true, 12345 from baton.customer where customer_id = 7;
         insert into baton.attribute (code, type, zh, en, relation, column_name, refreshed_on) values
             ('job', 'category', '职业', 'Job', 'attr_1', 'job', '2026-11-19'), ('vip', 'flag', '贵宾', 'VIP', 'attr_1', 'vip', null),
             ('spent', 'money', '消费', 'Spent', 'attr_1', 'spent', '2026-11-20');
         insert into baton.event_kind (code) values ('login');
         insert into baton.event (customer_id, at, kind, ref, org_id, amount, detail) values
             (7, '2026-11-01 10:00+08', 1, 'a', 5, null, 'app'), (7, '2026-11-20 23:30+08', 1, 'b', 5, 500, null),
             (7, '2026-11-21 00:30+08', 1, 'c', 5, null, 'tomorrow'), (8, '2026-11-01', 1, 'd', 5, null, null);
         insert into baton.product (code, zh, en, class) values ('F1', '基金甲', 'Fund A', 'equity'), ('D1', '存款', 'Deposit', 'cash');
         insert into baton.holding (customer_id, amount, day, until, org_id, product) values
             (7, 100, '2026-01-01', '2026-06-01', 5, 1), (7, 300, '2026-06-01', 'infinity', 5, 1), (7, 700, '2026-03-01', 'infinity', 5, 2),
             (7, 5, '2026-11-21', 'infinity', 5, 2);
         insert into baton.tier_target (tier, class, share) values ('basic', 'equity', 0.5), ('basic', 'cash', 0.4), ('basic', 'gold', 0.1);
         insert into baton.relation_kind values ('family') on conflict do nothing;
         insert into baton.relation (customer_id, kind, other_id, org_id) values (7, 'family', 9, 5), (9, 'family', 7, 5)",
    );
    bank
}

#[test]
fn a_card_tells_what_is_known_and_hides_who_it_is() {
    let bank = with_records();
    approved(&bank, "ST-1", &between(5, 9), "0", 7);
    let (_, push) = pushed(&bank, "ST-1");
    let card = run(&bank, "zhao.viewer", &["customer", "show", "7"]);
    assert_eq!((&card["name"], &card["phone"]), (&json!("欧阳**"), &json!("138****5678")));
    assert_eq!((&card["opened_on"], &card["gender"]), (&json!("2020-02-29"), &json!("M")));
    assert_eq!(card["tier"]["code"], "basic");
    assert_eq!(card["tier"]["next"]["code"], "gold");
    assert_eq!(card["tier"]["next"]["missing"], 10_000_000);
    let values: Vec<(&Value, &Value, &Value)> = card["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (&a["code"], &a["value"], &a["refreshed_on"]))
        .collect();
    assert_eq!(
        values,
        [
            (&json!("job"), &json!("teacher"), &json!("2026-11-19")),
            (&json!("spent"), &json!(12345), &json!("2026-11-20")),
            (&json!("vip"), &json!(true), &Value::Null)
        ]
    );
    let events: Vec<&Value> =
        card["timeline"].as_array().unwrap().iter().map(|e| &e["amount"]).collect();
    assert_eq!(events, [&json!(500), &Value::Null], "latest first, nothing after today");
    let held: Vec<(&Value, &Value)> = card["holdings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| (&h["product"], &h["amount"]))
        .collect();
    assert_eq!(held, [(&json!("D1"), &json!(700)), (&json!("F1"), &json!(300))]);
    let mix: Vec<(&Value, &Value, &Value)> = card["mix"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (&m["class"], &m["share_ppm"], &m["target_ppm"]))
        .collect();
    assert_eq!(
        mix,
        [
            (&json!("cash"), &json!(700_000), &json!(400_000)),
            (&json!("equity"), &json!(300_000), &json!(500_000)),
            (&json!("gold"), &json!(0), &json!(100_000))
        ]
    );
    let contact = &card["contacts"][0];
    assert_eq!((&contact["push"], &contact["arm"]), (&push["push"], &json!("treated")));
    assert_eq!(contact["live"], true);
    assert_eq!(card["snapshots"][0]["segment"], "SG-ST-1");
    assert_eq!(
        card["relations"],
        json!([{"kind": "family", "other": 9, "org": card["relations"][0]["org"], "closed": false}])
    );
    let text = card.to_string();
    assert!(!text.contains("欧阳修") && !text.contains("12345678"), "{text}");
    let audit = "select operator, subject from baton.audit where action = 'customer.card'";
    assert_eq!(bank.sql("sun.auditor", audit), [["zhao.viewer", "7"]]);
    let shown =
        baton(&bank).as_("zhao.viewer").args(["--lang", "zh-CN", "customer", "show", "7"]).run();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("欧阳**") && shown.contains("距财富还差") && shown.contains("100,000.00"),
        "{shown}"
    );
}

#[test]
fn a_card_tells_in_which_dynamic_segments_he_is_now() {
    let bank = with_records();
    let save = |code: &str, rule: &str, more: &[&str]| {
        let words = ["segment", "save", code, "--name", "甲", "--rule", rule];
        run(&bank, "li.strategist", &[&words[..], more].concat());
    };
    save("SG-VIP", "vip", &[]);
    save("SG-NO", "not vip", &[]);
    save("SG-UNKNOWN", "job like 'x%' or rm = 'R1' and age < 1", &[]);
    save("SG-OLD", "vip", &[]);
    save("SG-OLD", "aum < 0", &[]);
    save("SG-LOGIN", "events('login', interval '30 days') >= 2 and balance('cash') > 5", &[]);
    save("SG-KIN", "related('family', aum >= 0) and segment('SG-VIP')", &[]);
    save("SG-FROZEN", "vip", &["--frozen"]);
    for at in 0..60 {
        save(
            &format!("X-{at:02}"),
            &format!("aum > {at} and events('login', interval '{} days') > 0", at + 1),
            &[],
        );
    }
    let segments = run(&bank, "zhao.viewer", &["customer", "show", "7"])["segments"].clone();
    let found: Vec<&str> = segments["found"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["code"].as_str())
        .collect();
    let (own, many): (Vec<&str>, Vec<&str>) =
        found.iter().partition(|code| code.starts_with("SG-"));
    assert_eq!(own, ["SG-KIN", "SG-LOGIN", "SG-VIP"], "{segments}");
    assert_eq!(many.len(), 60, "the last login is of today");
    assert_eq!((&segments["asked"], &segments["unasked"]), (&json!(66), &json!(0)));
    // Each of them is what the segment says itself.
    for code in ["SG-VIP", "SG-NO", "SG-UNKNOWN", "SG-OLD", "SG-LOGIN", "SG-KIN", "X-07"] {
        let told = run(&bank, "zhao.viewer", &["segment", "explain", code, "--customer", "7"]);
        assert_eq!(told["member"], found.contains(&code), "{code}");
    }
    let shown =
        baton(&bank).as_("zhao.viewer").args(["--lang", "zh-CN", "customer", "show", "7"]).run();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("SG-LOGIN v1 甲") && shown.contains("login 登录"), "{shown}");
    // One whose word is gone takes away itself only, and whoever is closed is in none.
    owner(
        &bank,
        "delete from baton.category_value; delete from baton.attribute where code = 'vip'",
    );
    let segments = run(&bank, "zhao.viewer", &["customer", "show", "7"])["segments"].clone();
    assert_eq!(segments["broken"], json!(["SG-KIN", "SG-NO", "SG-VIP"]));
    assert_eq!(segments["found"].as_array().map(Vec::len), Some(61));
    owner(&bank, "update baton.customer set closed_on = '2026-11-01' where customer_id = 7");
    let segments = run(&bank, "zhao.viewer", &["customer", "show", "7"])["segments"].clone();
    assert_eq!(segments["found"], json!([]));
}

#[test]
fn an_explanation_tells_distances_and_how_many_are_related() {
    let bank = with_records();
    owner(
        &bank,
        "update baton.org_unit set lat = 31.2, lon = 121.5 where code = 'S1';
         insert into baton.location (customer_id, lat, lon, org_id) values (7, 31.22, 121.5, 5);
         insert into baton.relation (customer_id, kind, other_id, org_id) values (7, 'family', 10, 5), (7, 'family', 12, 5);
         update baton.customer set aum = 5000000 where customer_id in (9, 10); update baton.customer set aum = 1 where customer_id = 12",
    );
    let rule = "within('S1', 2) or within('S1', 3) or within('S2', 3) or related('family', aum >= 50000) or related('family', aum < 0)";
    run(&bank, "li.strategist", &["segment", "save", "SG-A", "--name", "甲", "--rule", rule]);
    let of = |customer: &str| {
        let told =
            run(&bank, "zhao.viewer", &["segment", "explain", "SG-A", "--customer", customer]);
        let leaves = told["leaves"].as_array().cloned().unwrap_or_default();
        leaves.into_iter().map(|leaf| json!([leaf["value"], leaf["holds"]])).collect::<Vec<Value>>()
    };
    // One degree of latitude is 111.195 km on the ball.
    assert_eq!(
        of("7"),
        [
            json!([2.224, false]),
            json!([2.224, true]),
            json!([null, null]),
            json!([2, true]),
            json!([0, false])
        ]
    );
    assert_eq!(
        of("8"),
        [
            json!([null, null]),
            json!([null, null]),
            json!([null, null]),
            json!([0, false]),
            json!([0, false])
        ]
    );
    let table = |lang: &str| {
        let args = ["--lang", lang, "segment", "explain", "SG-A", "--customer", "7"];
        let out = baton(&bank).as_("zhao.viewer").args(args).run();
        String::from_utf8(out.stdout).unwrap()
    };
    assert!(
        table("en").contains("2.224 km") && table("en").contains("2 customers"),
        "{}",
        table("en")
    );
    assert!(table("zh-CN").contains("2.224 公里") && table("zh-CN").contains("2 户"));
}

#[test]
fn a_card_of_one_of_whom_little_is_known_still_opens() {
    let bank = with_records();
    owner(
        &bank,
        "update baton.customer set aum = null, birth_date = null, rm_id = null where customer_id = 8",
    );
    let card = run(&bank, "li.strategist", &["customer", "show", "8"]);
    for key in ["name", "phone", "aum", "age", "rm", "tier"] {
        assert_eq!(card[key], Value::Null, "{key}");
    }
    assert_eq!(card["attributes"].as_array().unwrap().len(), 3);
    assert_eq!((&card["holdings"], &card["mix"]), (&json!([]), &json!([])));
}

#[test]
fn a_card_is_opened_by_those_who_work_with_customers() {
    let bank = with_records();
    let unit = bank.sql("zhao.viewer", "select u.code from baton.customer c join baton.org_unit u on u.id = c.org_id where c.customer_id = 7");
    for who in ["zhao.viewer", "li.strategist", "wang.approver", "sun.auditor"] {
        run(&bank, who, &["customer", "show", "7"]);
    }
    let refused = |who: &str, id: &str| {
        baton(&bank).as_(who).args(["--lang", "en", "customer", "show", id]).refused()
    };
    bank.operator("nancheng.branch", "branch", Some("S1"));
    let foreign = bank.sql(
        "zhao.viewer",
        "select min(customer_id) filter (where u.code = 'S1'), min(customer_id) filter (where u.code = 'S2')
         from baton.customer c join baton.org_unit u on u.id = c.org_id",
    );
    run(&bank, "nancheng.branch", &["customer", "show", &foreign[0][0]]);
    let said = refused("nancheng.branch", &foreign[0][1]);
    assert!(said.contains(&format!("no customer {}", foreign[0][1])), "{said}");
    let by_hand = format!("select count(*) from baton.customer_card({})", foreign[0][1]);
    assert_eq!(bank.sql("nancheng.branch", &by_hand), [["0"]]);
    bank.operator("zhao.viewer", "loader", None);
    assert_eq!(bank.refuses("zhao.viewer", "select baton.customer_card(7)"), "BT001");
    assert!(refused("li.strategist", "123456").contains("there is no customer 123456"));
    assert!(!unit[0][0].is_empty());
}

/// Customers are looked at from lists; who opens one after the other is stopped, and the audit says so.
#[test]
fn a_card_is_no_way_to_browse() {
    let bank = with_records();
    let limit = bank.sql("zhao.viewer", "select baton.card_limit()")[0][0].clone();
    let browse = format!(
        "select count(*) from generate_series(1, {limit}) g, lateral baton.customer_card(g)"
    );
    bank.sql("zhao.viewer", &browse);
    let refused =
        baton(&bank).as_("zhao.viewer").args(["--lang", "en", "customer", "show", "7"]).refused();
    assert!(refused.contains(&format!("you have opened {limit} cards")), "{refused}");
    run(&bank, "li.strategist", &["customer", "show", "7"]);
    let noted = bank.sql("sun.auditor", "select count(*) from baton.audit where action = 'customer.card' and operator = 'zhao.viewer'");
    assert_eq!(number(&json!(noted[0][0].parse::<i64>().unwrap())).to_string(), limit);
}

/// The same duties as for a card; a branch is given its own unit's customers only, and nobody more than a thousand.
#[test]
fn a_list_of_customers_is_seen_by_those_who_may_open_a_card() {
    let bank = with_records();
    run(&bank, "li.strategist", &["segment", "save", "ALL", "--name", "all", "--rule", "true"]);
    run(&bank, "li.strategist", &["segment", "freeze", "ALL"]);
    let listed = |who: &str, what: &str, skip: usize| {
        let text = format!(
            "select {what} from baton.snapshot_members((select max(id) from baton.snapshot), {skip}) m"
        );
        bank.sql(who, &text)[0][0].clone()
    };
    for who in ["zhao.viewer", "li.strategist", "wang.approver", "sun.auditor"] {
        assert_ne!(listed(who, "count(*)", 0), "0", "{who}");
    }
    assert_eq!(listed("zhao.viewer", "count(*)", 1_000), "0");
    bank.operator("nancheng.branch", "branch", Some("S1"));
    assert_eq!(listed("nancheng.branch", "string_agg(distinct m.org, ',')", 0), "S1");
    let names = listed("zhao.viewer", "count(*) filter (where m.name not like '%**')", 0);
    assert_eq!(names, "0", "a name is masked");
    let noted = "select count(*) from baton.audit where action = 'segment.members'";
    assert_eq!(bank.sql("sun.auditor", noted)[0][0], "7");
    let any = "select baton.snapshot_members(-1, 0)";
    assert_eq!(bank.refuses("zhao.viewer", any), "BT003");
    bank.operator("zhao.viewer", "loader", None);
    assert_eq!(bank.refuses("zhao.viewer", any), "BT001");
}
