//! What a segment tells of its members: leaves, overlap, explanation, grid, portrait; each held against plain SQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chain;
mod support;

use chain::{between, number, owner, run, up_to, with_attributes};
use serde_json::{Value, json};
use support::{Bank, baton};

const LI: &str = "li.strategist";
const ZHAO: &str = "zhao.viewer";

fn save(bank: &Bank, code: &str, rule: &str) {
    run(bank, LI, &["segment", "save", code, "--name", "甲", "--rule", rule]);
}

fn counted(bank: &Bank, rule: &str) -> i64 {
    number(&run(bank, ZHAO, &["segment", "count", "--rule", rule])["count"])
}

fn one(bank: &Bank, sql: &str) -> i64 {
    bank.sql(ZHAO, sql)[0][0].parse().unwrap()
}

#[test]
fn each_condition_is_counted_by_itself_and_the_one_that_removes_most_is_named() {
    let bank = with_attributes();
    let rule = "aum > 10000 and not (vip or job = 'clerk') and spent is not null";
    let answer = run(&bank, ZHAO, &["segment", "count", "--rule", rule]);
    let of = |condition: &str| {
        one(
            &bank,
            &format!(
                "select count(*) from baton.customer c left join baton.attr_1 a using (customer_id) where closed_on is null and {condition}"
            ),
        )
    };
    let leaves = answer["leaves"].as_array().unwrap();
    let told: Vec<(&str, i64)> = leaves
        .iter()
        .map(|leaf| (leaf["text"].as_str().unwrap(), number(&leaf["count"])))
        .collect();
    assert_eq!(
        told,
        [
            ("aum > 10000", of("aum > 1000000")),
            ("vip", of("vip")),
            ("job = 'clerk'", of("job = 'clerk'")),
            ("spent is not null", of("spent is not null"))
        ]
    );
    let whole = number(&answer["count"]);
    let without = [
        counted(&bank, "not (vip or job = 'clerk') and spent is not null") - whole,
        counted(&bank, "aum > 10000 and spent is not null") - whole,
        counted(&bank, "aum > 10000 and not (vip or job = 'clerk')") - whole,
    ];
    assert_eq!(answer["removes_most"]["removes"], without[1].max(without[0]).max(without[2]));
    assert_eq!(answer["removes_most"]["text"], "not (vip or job = 'clerk')");
    // One condition alone, and one that removes nobody, are not blamed.
    for rule in [
        "vip",
        "true",
        "vip and birth_date > '1900-01-01' and birth_date > '1900-01-02'",
        "vip or aum > 5",
    ] {
        let answer = run(&bank, ZHAO, &["segment", "count", "--rule", rule]);
        let blamed = &answer["removes_most"];
        let part = blamed.is_null() || rule.starts_with("vip and") && blamed["text"] == "vip";
        assert!(part, "{rule}: {blamed}");
    }
}

#[test]
fn an_overlap_counts_every_pair_as_a_rule_would() {
    let bank = with_attributes();
    let rules = ["vip", "job = 'clerk'", "aum >= 50000", "false", "score < 40"];
    let codes: Vec<String> = (0..rules.len()).map(|i| format!("SG-{i}")).collect();
    for (code, rule) in codes.iter().zip(rules) {
        save(&bank, code, rule);
    }
    let args: Vec<&str> =
        ["segment", "overlap"].into_iter().chain(codes.iter().map(String::as_str)).collect();
    let overlap = run(&bank, ZHAO, &args);
    assert_eq!(overlap["segments"], json!(codes));
    for (i, a) in rules.iter().enumerate() {
        for (j, b) in rules.iter().enumerate() {
            // Nobody is in a segment of nobody, and a rule that asks for its members is refused.
            let both = if [a, b].contains(&&"false") {
                0
            } else {
                counted(&bank, &format!("{a} and {b}"))
            };
            assert_eq!(number(&overlap["matrix"][i][j]), both, "{a}, {b}");
        }
    }
    let refused =
        |args: &[&str]| baton(&bank).as_(ZHAO).args(["--lang", "en"]).args(args).refused();
    let twice = [&args[..], &["SG-0"]].concat();
    assert_eq!(
        run(&bank, ZHAO, &twice)["matrix"],
        overlap["matrix"],
        "one that is named twice stands once"
    );
    let many = [&["segment", "overlap"][..], &["SG-0"; 21]].concat();
    assert!(refused(&many).contains("at most 20"));
    // Whoever has mistyped a code is told which was probably meant, by its code or its name.
    save(&bank, "SG-PAYROLL", "vip");
    for (wrong, meant) in
        [("SG-X", "SG-0"), ("SG-PAYROL", "SG-PAYROLL"), ("sg-payroll", "SG-PAYROLL")]
    {
        let of = format!("there is no segment {wrong}; did you mean {meant}?");
        for args in [
            &["segment", "overlap", "SG-0", wrong][..],
            &["segment", "portrait", wrong],
            &["segment", "grid", wrong, "--by", "vip"],
            &["segment", "show", wrong],
            &["segment", "versions", wrong],
            &["segment", "graph", wrong],
            &["segment", "explain", wrong, "--customer", "3"],
        ] {
            let said = refused(args);
            assert!(said.contains(&of), "{args:?}: {said}");
        }
    }
    assert!(!refused(&["segment", "show", "QQQQQQ"]).contains("did you mean"));
    let said = refused(&["attribute", "show", "scroe"]);
    assert!(said.contains("did you mean score?"), "{said}");
    for args in
        [&["segment", "explain", "SG-0", "--customer", "abc"][..], &["customer", "show", "abc"]]
    {
        let said = baton(&bank).as_(ZHAO).args(["--lang", "en"]).args(args).fails(2);
        assert!(said.contains("abc is no customer's number") && !said.contains("--help"), "{said}");
    }
    let table =
        baton(&bank).as_(ZHAO).args(["--lang", "en", "segment", "overlap", "SG-0", "SG-1"]).run();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("segment('SG-0') and segment('SG-1')"), "{table}");
}

#[test]
fn a_customer_is_explained_condition_by_condition() {
    let bank = with_attributes();
    let rule = "(job = 'clerk' or vip) and aum > 1000 and tier in ('basic', 'gold') and org under 'B1' and not score between 1 and 5 and \"order\" is not null and rm is not null and age >= 20";
    save(&bank, "SG-A", rule);
    run(&bank, LI, &["segment", "freeze", "SG-A"]);
    let told = run(&bank, ZHAO, &["segment", "explain", "SG-A", "--customer", "3"]);
    let row = &bank.sql(
        ZHAO,
        "select a.job, a.vip::text, c.aum, u.code, a.score, a.seen, s.code, extract(year from age('2026-11-20', c.birth_date))
         from baton.customer c left join baton.attr_1 a using (customer_id) join baton.org_unit u on u.id = c.org_id
         left join baton.staff s on s.id = c.rm_id where c.customer_id = 3",
    )[0];
    let leaf = |at: usize| &told["leaves"][at];
    assert_eq!(leaf(0)["text"], "job = 'clerk'");
    assert_eq!((&leaf(0)["value"], &leaf(0)["holds"]), (&json!(row[0]), &json!(row[0] == "clerk")));
    assert_eq!(
        (&leaf(1)["value"], &leaf(1)["holds"]),
        (&json!(row[1] == "true"), &json!(row[1] == "true"))
    );
    assert_eq!(number(&leaf(2)["value"]).to_string(), row[2]);
    assert_eq!(leaf(3)["value"], "basic");
    assert_eq!(leaf(4)["value"], row[3].as_str());
    assert_eq!(leaf(5)["value"], json!(row[4].parse::<f64>().unwrap()));
    assert_eq!(leaf(6)["value"], row[5].as_str());
    assert_eq!(leaf(7)["value"], row[6].as_str());
    assert_eq!(number(&leaf(8)["value"]).to_string(), row[7]);
    // What is not known is neither true nor false, and the whole agrees with the count for everyone.
    let gaps = run(&bank, ZHAO, &["segment", "explain", "SG-A", "--customer", "17"]);
    assert_eq!(
        (&gaps["leaves"][0]["value"], &gaps["leaves"][0]["holds"]),
        (&Value::Null, &Value::Null)
    );
    let members = bank.sql(ZHAO, "select customer_id from baton.segment_member");
    for id in ["1", "2", "3", "7", "8", "9", "10", "101", "500", "998"] {
        let told = run(&bank, ZHAO, &["segment", "explain", "SG-A", "--customer", id]);
        let member = members.iter().any(|row| row[0] == id);
        assert_eq!(told["member"], member, "{id}");
        assert_eq!(told["snapshots"].as_array().unwrap().len(), usize::from(member), "{id}");
        assert_eq!(told["closed"], id == "101");
    }
}

#[test]
fn a_rule_may_begin_with_a_sign() {
    let bank = with_attributes();
    let count =
        |rule: &str| run(&bank, ZHAO, &["segment", "count", "--rule", rule])["count"].clone();
    assert_eq!(count("-5 < age"), count("age > -5"));
}

#[test]
fn a_named_segment_is_explained_by_its_own_conditions() {
    let bank = with_attributes();
    save(&bank, "SG-CLERKS", "job = 'clerk'");
    save(&bank, "SG-B", "segment('SG-CLERKS') and aum > 1000");
    let told = run(&bank, ZHAO, &["segment", "explain", "SG-B", "--customer", "3"]);
    let leaves: Vec<&Value> =
        told["leaves"].as_array().unwrap().iter().map(|l| &l["text"]).collect();
    assert_eq!(
        leaves,
        [&json!("segment('SG-CLERKS')"), &json!("job = 'clerk'"), &json!("aum > 1000"),]
    );
    assert_eq!(told["leaves"][0]["holds"], told["leaves"][1]["holds"]);
}

#[test]
fn a_grid_is_split_by_each_attribute_once_and_never_into_single_customers() {
    let bank = with_attributes();
    let refused = |by: &str| {
        let args = ["--lang", "en", "segment", "grid", "--rule", "true", "--by", by];
        baton(&bank).as_(ZHAO).args(args).refused()
    };
    assert!(refused("tier,job,tier").contains("tier is named twice"));
    assert!(refused("customer_id").contains("names no single customers"));
    assert!(refused("job,customer_id:100").contains("names no single customers"));
}

#[test]
fn a_thing_is_called_the_same_wherever_it_is_named() {
    let bank = with_attributes();
    owner(
        &bank,
        r#"alter table baton.attr_1 add "Weird, Name" bool, add "Weird Name" bool;
           update baton.attr_1 set "Weird, Name" = customer_id % 2 = 0, "Weird Name" = customer_id % 2 = 1;
           insert into baton.attribute (code, type, zh, en, relation, column_name)
               values ('Weird, Name', 'flag', '怪', 'Weird', 'attr_1', 'Weird, Name'),
                   ('Weird Name', 'flag', '怪', 'Weird', 'attr_1', 'Weird Name')"#,
    );
    let listed = run(&bank, ZHAO, &["attribute", "list"]);
    let known = |code: &str| listed.as_array().unwrap().iter().any(|row| row["code"] == code);
    let split = |by: &str| run(&bank, ZHAO, &["segment", "grid", "--rule", "true", "--by", by]);
    for (by, code) in [
        ("order", "order"),
        ("\"order\":2025-03-01", "order"),
        ("\"Weird, Name\"", "Weird, Name"),
        ("Weird Name", "Weird Name"),
        ("score:50", "score"),
    ] {
        let grid = split(by);
        assert_eq!(grid["axes"][0]["name"], code);
        assert!(known(code), "{code}: {listed}");
        for cell in grid["cells"].as_array().unwrap() {
            assert_eq!(counted(&bank, cell["rule"].as_str().unwrap()), number(&cell["count"]));
        }
    }
    assert_eq!(split("score:50")["axes"][0]["bins"][0]["below"], 50);
    save(&bank, "SG-A", "\"Weird, Name\" and aum > 0");
    let portrait = run(&bank, ZHAO, &["segment", "portrait", "SG-A"]);
    let traits = portrait["traits"].as_array().unwrap();
    let weird: Vec<&Value> = traits.iter().filter(|t| t["attribute"] == "Weird, Name").collect();
    assert!(!weird.is_empty(), "{portrait}");
    assert!(weird.iter().any(|t| t["rule"] == "\"Weird, Name\""), "{weird:?}");
}

/// One absurd amount is no reason for a sum that is wrong, nor for one that nobody understands.
#[test]
fn a_sum_that_does_not_fit_is_refused_and_never_wrong() {
    let bank = with_attributes();
    owner(&bank, "update baton.customer set aum = 9223372036854775807 where customer_id in (7, 8)");
    save(&bank, "SG-A", "true");
    let huge = 9_223_372_036_854_775_807_i64;
    let rule = &format!("{} or {}", between(7, 7), between(9, 9));
    for by in ["job", "org", "org,job"] {
        let grid = ["segment", "grid", "--rule", &between(7, 8), "--by", by];
        let told = baton(&bank).as_(ZHAO).args(["--lang", "en"]).args(grid).refused();
        assert!(told.contains("larger than any amount"), "{told}");
    }
    for args in [
        &["segment", "count", "--rule", "true"][..],
        &["segment", "count", "--rule", "true", "--by", "org"],
        &["segment", "count", "--rule", rule],
    ] {
        let told = baton(&bank).as_(ZHAO).args(["--lang", "en"]).args(args).refused();
        assert!(told.contains("larger than any amount"), "{args:?}: {told}");
    }
    let frozen = baton(&bank).as_(LI).args(["--lang", "en", "segment", "freeze", "SG-A"]).refused();
    assert!(frozen.contains("larger than any amount"), "{frozen}");
    let alone = run(&bank, ZHAO, &["segment", "count", "--rule", &between(7, 7)]);
    assert_eq!(alone["aum"], huge);
}

/// Every grid is exhaustive and disjoint: its cells add up, and each cell's rule finds as many as the cell says.
#[test]
fn the_cells_of_a_grid_add_up_and_their_rules_find_them() {
    let bank = with_attributes();
    save(&bank, "SG-A", "aum > 5000 or vip");
    let (count, aum) = {
        let answer = run(&bank, ZHAO, &["segment", "count", "--rule", "aum > 5000 or vip"]);
        (number(&answer["count"]), number(&answer["aum"]))
    };
    for by in [
        "job",
        "vip",
        "score",
        "spent",
        "\"order\"",
        "org",
        "rm",
        "tier",
        "age",
        "gender",
        "aum:500,5000,50000",
        "score:-1,0,10.5",
        "\"order\":2025-03-01,2026-01-01",
        "job,vip",
        "tier,score,vip",
        "job,aum:10000,spent:10,50",
    ] {
        let grid = run(&bank, ZHAO, &["segment", "grid", "SG-A", "--by", by]);
        let cells = grid["cells"].as_array().unwrap();
        // A small cell tells its count alone; what it has is a count of its rule.
        let of_rule = |cell: &Value| {
            run(&bank, ZHAO, &["segment", "count", "--rule", cell["rule"].as_str().unwrap()])
        };
        let worth = |cell: &Value| {
            let small = number(&cell["count"]) < 10;
            assert_eq!(cell["aum"].is_null(), small, "{by}: {cell}");
            if small { number(&of_rule(cell)["aum"]) } else { number(&cell["aum"]) }
        };
        let sum = |key: &str| cells.iter().map(|cell| number(&cell[key])).sum::<i64>();
        let total = cells.iter().map(worth).sum::<i64>();
        assert_eq!((sum("count"), total), (count, aum), "{by}");
        assert_eq!((number(&grid["count"]), number(&grid["aum"])), (count, aum), "{by}");
        for (at, cell) in cells.iter().enumerate().filter(|(at, _)| at % 9 == 0 || cells.len() < 12)
        {
            let found = of_rule(cell);
            assert_eq!(found["count"], cell["count"], "{by}, cell {at}: {}", cell["rule"]);
            if !cell["aum"].is_null() {
                assert_eq!(found["aum"], cell["aum"], "{by}, cell {at}: {}", cell["rule"]);
            }
        }
    }
}

#[test]
fn a_grid_has_its_bins_in_order_with_the_unknown_last() {
    let bank = with_attributes();
    save(&bank, "SG-A", "true");
    let grid = run(
        &bank,
        ZHAO,
        &["segment", "grid", "SG-A", "--by", "aum:10000,50000,vip", "--metric", "score"],
    );
    assert_eq!(
        grid["axes"][0]["bins"],
        json!([{"from": null, "below": 1_000_000}, {"from": 1_000_000, "below": 5_000_000}, {"from": 5_000_000, "below": null}]),
        "amounts are in minor units"
    );
    let flags = grid["axes"][1]["bins"].as_array().unwrap();
    assert_eq!(flags, &[json!(false), json!(true), Value::Null]);
    let cell = grid["cells"].as_array().unwrap().iter().find(|cell| cell["cell"] == "2.2").unwrap();
    assert_eq!(cell["rule"], "aum >= 10000 and aum < 50000 and vip");
    let mean = "select avg(score)::numeric(40, 6) from baton.customer c join baton.attr_1 a using (customer_id)
        where closed_on is null and aum >= 1000000 and aum < 5000000 and vip";
    let mean: f64 = bank.sql(ZHAO, mean)[0][0].parse().unwrap();
    assert!((cell["metric"]["mean"].as_f64().unwrap() - mean).abs() < 1e-9);
    assert_eq!(grid["metric"], "score");
    // Quartiles cut a segment into parts of about one size.
    let grid = run(&bank, ZHAO, &["segment", "grid", "--rule", &up_to(400), "--by", "aum"]);
    assert_eq!(grid["cells"].as_array().unwrap().len(), 4);
    for cell in grid["cells"].as_array().unwrap() {
        assert!((95..=103).contains(&number(&cell["count"])), "{cell}");
    }
}

#[test]
fn a_cell_becomes_a_segment() {
    let bank = with_attributes();
    save(&bank, "SG-A", "aum > 5000 or vip");
    let grid = run(&bank, LI, &["segment", "grid", "SG-A", "--by", "job,vip"]);
    let cell = &grid["cells"][1];
    let save = [
        "segment",
        "grid",
        "SG-A",
        "--by",
        "job,vip",
        "--save",
        cell["cell"].as_str().unwrap(),
        "SG-CELL",
        "--name",
        "一格",
    ];
    let saved = run(&bank, LI, &save);
    assert_eq!(
        (&saved["code"], &saved["name"], &saved["version"]),
        (&json!("SG-CELL"), &json!("一格"), &json!(1))
    );
    let frozen = run(&bank, LI, &["segment", "freeze", "SG-CELL"]);
    assert_eq!(frozen["count"], cell["count"]);
    // A segment that stands under the code is another's.
    let again = ["segment", "grid", "SG-A", "--by", "tier", "--save", "1", "SG-CELL"];
    baton(&bank).as_(LI).args(["--lang", "en"]).args(again).refused();
    let stands = run(&bank, LI, &["segment", "show", "SG-CELL"]);
    assert_eq!((&stands["name"], &stands["version"]), (&json!("一格"), &json!(1)));
}

#[test]
fn what_cannot_split_a_segment_is_refused_with_its_reason() {
    let bank = with_attributes();
    save(&bank, "SG-A", "true");
    let refused = |more: &[&str]| {
        let args = [&["--lang", "en", "segment", "grid", "SG-A"], more].concat();
        baton(&bank).as_(ZHAO).args(args).refused()
    };
    for (more, said) in [
        (&["--by", "job,vip,tier,age"][..], "4 attributes cannot split"),
        (&["--by", "jop"], "jop"),
        (&["--by", "phone"], "phone"),
        (&["--by", "job:5"], "job has no order"),
        (&["--by", "aum:5x"], "5x is no threshold of aum"),
        (&["--by", "aum:1.005"], "1.005 is no threshold of aum"),
        (&["--by", "\"order\":2026-02-30"], "2026-02-30 is no threshold"),
        (&["--by", "aum:500,50"], "the thresholds of aum must rise"),
        (&["--by", "aum:50,50"], "the thresholds of aum must rise"),
        (&["--by", "job", "--metric", "job"], "job has no sum"),
        (&["--by", "job", "--metric", "tier"], "tier has no sum"),
        (&["--by", "job", "--metric", "customer_id"], "names no single customers"),
        (&["--by", "job", "--save", "9.9", "SG-B"], "the grid has no cell 9.9"),
        (&["--by", "job and vip"], "job is no flag"),
        (&["--by", "segment('SG-A')"], ""),
    ] {
        let told = refused(more);
        assert!(told.contains(said), "{more:?}: {told}");
    }
    // Where every customer has a value of his own, there are more cells than a grid has.
    owner(
        &bank,
        "insert into baton.customer (customer_id, org_id) select g, 5 from generate_series(2001, 4100) g;
         insert into baton.attr_1 (customer_id, org_id, job) select g, 5, 'j' || g from generate_series(2001, 4100) g",
    );
    assert!(refused(&["--by", "job"]).contains("at most 2,000"));
}

#[test]
fn a_portrait_tells_what_sets_a_segment_apart() {
    let bank = with_attributes();
    save(&bank, "SG-A", "vip and aum >= 30000");
    let portrait = run(&bank, ZHAO, &["segment", "portrait", "SG-A"]);
    let (count, of) = (number(&portrait["count"]), number(&portrait["of"]));
    assert_eq!((count, of), (counted(&bank, "vip and aum >= 30000"), 991));
    let traits = portrait["traits"].as_array().unwrap();
    let distance: Vec<f64> =
        traits.iter().map(|t| t["lift"].as_f64().unwrap().ln().abs()).collect();
    assert!(distance.is_sorted_by(|a, b| a >= b), "{distance:?}");
    for one in traits {
        let rule = one["rule"].as_str().unwrap();
        assert_eq!(number(&one["of"]), counted(&bank, rule), "{rule}");
        assert_eq!(
            number(&one["count"]),
            counted(&bank, &format!("vip and aum >= 30000 and {rule}")),
            "{rule}"
        );
        #[expect(clippy::cast_precision_loss, reason = "shares of small counts")]
        let lift =
            (number(&one["count"]) as f64 / count as f64) / (number(&one["of"]) as f64 / of as f64);
        assert!((one["lift"].as_f64().unwrap() - lift).abs() < 1e-9);
        assert!(number(&one["count"]) >= 10, "{one}");
    }
    let vip = traits.iter().find(|t| t["rule"] == "vip").unwrap();
    assert_eq!(vip["share"], 1.0);
    assert!(!traits.iter().any(|t| t["rule"] == "not vip"), "nobody in it: hidden");
    assert!(number(&portrait["hidden"]) > 0);
    let median = |code: &str| {
        portrait["medians"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["attribute"] == code)
            .unwrap()
            .clone()
    };
    let inside = "select percentile_disc(0.5) within group (order by spent) from baton.customer c join baton.attr_1 a using (customer_id)
        where closed_on is null and vip and aum >= 3000000";
    assert_eq!(number(&median("spent")["inside"]).to_string(), bank.sql(ZHAO, inside)[0][0]);
    let overall = "select percentile_disc(0.5) within group (order by spent) from baton.customer c left join baton.attr_1 a using (customer_id)
        where closed_on is null";
    assert_eq!(number(&median("spent")["overall"]).to_string(), bank.sql(ZHAO, overall)[0][0]);
    // Sorted or counted value by value, it is the same.
    let sorted = "update baton.attribute_stat set distinct_values = 9000; update baton.fixed_column set distinct_values = 9000";
    owner(&bank, sorted);
    let again = run(&bank, ZHAO, &["segment", "portrait", "SG-A"]);
    assert_eq!((&again["traits"], &again["medians"]), (&portrait["traits"], &portrait["medians"]));
    // Too few to be told of.
    save(&bank, "SG-FEW", &up_to(9));
    let few = run(&bank, ZHAO, &["segment", "portrait", "SG-FEW"]);
    assert_eq!(few["traits"], json!([]));
    assert!(few["medians"].as_array().unwrap().iter().all(|m| m["inside"].is_null()));
    save(&bank, "SG-NONE", "false");
    // Nobody has no values that are hidden: it is empty, and says so.
    let none = run(&bank, ZHAO, &["segment", "portrait", "SG-NONE"]);
    assert_eq!(
        (&none["count"], &none["hidden"], &none["traits"]),
        (&json!(0), &json!(0), &json!([]))
    );
    let said = |code: &str| {
        let said = baton(&bank).as_(ZHAO).args(["--lang", "zh-CN", "segment", "portrait", code]);
        let said = said.run();
        String::from_utf8([said.stdout, said.stderr].concat()).unwrap()
    };
    assert!(said("SG-NONE").contains("客群为空") && !said("SG-NONE").contains("未显示"));
    assert!(said("SG-FEW").contains("不足 10 户"));
    assert!(said("SG-A").contains("资产规模"), "{}", said("SG-A"));
}
