//! The pages about rules: every example is a rule of the demo bank, every function has one, and both languages show the
//! same ones.
#![expect(clippy::disallowed_methods, reason = "a test reads the pages")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use baton::domain::rule::{
    Function, ListWord, Rule, SegmentWord, SnapshotWord, StrategyWord, Vocabulary, Words,
};
use baton::store::{attribute, dynamic};
use sqlx::Connection as _;
use support::bank::Bank;
use support::server::{Server, block_on};

const PAGES: [&str; 2] = ["docs/rules.en.md", "docs/rules.zh-CN.md"];

/// The lines of the page's boxes of rules.
fn examples(path: &str) -> Vec<String> {
    let page = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut within = false;
    let mut found = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            within = line == "```rule";
        } else if within {
            found.push(line.to_owned());
        }
    }
    found
}

/// The words of a fresh demo bank.
fn fresh() -> Vocabulary {
    let bank = Bank::demo();
    let server = Server::shared();
    block_on(async {
        let mut db = bank.connect(&server.own).await;
        let read = attribute::vocabulary(&mut db).await.unwrap();
        db.close().await.unwrap();
        read
    })
}

/// The same, and beside them what its operators would have made.
fn vocabulary() -> Vocabulary {
    let vocabulary = fresh();
    let segment = |version, rule: &str| SegmentWord {
        code: "PAYROLL".into(),
        version,
        name: "代发客户".into(),
        rule: rule.into(),
    };
    let words = Words {
        segments: vec![segment(1, "payroll"), segment(2, "payroll and active")],
        lists: vec![ListWord { code: "VIP".into(), upload: 1 }],
        strategies: vec![StrategyWord { code: "KEEP".into(), name: "流失挽回".into() }],
        snapshots: vec![SnapshotWord { id: 17, segment: "PAYROLL".into() }],
        ..vocabulary.words().clone()
    };
    vocabulary.with_words(words)
}

#[test]
fn every_example_is_a_rule_of_the_demo_bank() {
    let vocabulary = vocabulary();
    let mut faults = Vec::new();
    for text in PAGES.into_iter().flat_map(examples) {
        match Rule::parse(&text, &vocabulary) {
            Ok(rule) => {
                assert_eq!(Rule::parse(&rule.canonical(), &vocabulary).unwrap(), rule, "{text}");
            }
            Err(error) => faults.push(format!("{text}\n    {error}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The page says which of its lines need something that a fresh demo bank has not.
#[test]
fn every_other_example_is_a_rule_of_a_fresh_demo_bank() {
    let vocabulary = fresh();
    let made = ["PAYROLL", "snapshot(17)", "VIP", "KEEP"];
    for text in PAGES.into_iter().flat_map(examples) {
        let needs = made.iter().any(|name| text.contains(name));
        assert_eq!(Rule::parse(&text, &vocabulary).is_err(), needs, "{text}");
    }
    for page in PAGES {
        let page =
            std::fs::read_to_string(format!("{}/{page}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let told = page.split("```rule").next().unwrap();
        assert!(["`PAYROLL`", "`VIP`", "17", "`KEEP`"].iter().all(|name| told.contains(name)));
    }
}

#[test]
fn every_example_is_counted() {
    let vocabulary = vocabulary();
    let bank = Bank::demo();
    block_on(async {
        let mut db = bank.connect(&Server::shared().own).await;
        for text in examples(PAGES[0]) {
            let rule = Rule::parse(&text, &vocabulary).unwrap();
            let not = Rule::parse(&format!("not ({text})"), &vocabulary).unwrap();
            let found = dynamic::count_members(&mut db, &rule, false).await;
            let found = found.unwrap_or_else(|e| panic!("{text}: {e}"));
            let others = dynamic::count_members(&mut db, &not, false).await.unwrap();
            assert!(found.count + others.count <= found.of, "{text}");
            println!("{:>6} {:>6}  {text}", found.count, others.count);
        }
        db.close().await.unwrap();
    });
}

#[test]
fn every_function_has_an_example_in_both_languages() {
    let [en, zh] = PAGES.map(examples);
    assert_eq!(en, zh);
    for function in Function::ALL {
        let call = format!("{}(", function.name());
        assert!(en.iter().any(|text| text.contains(&call)), "{call}) has no example");
    }
    for word in ["between", "in (", "like", "is null", "is not null", "under", "month_start", " / "]
    {
        assert!(en.iter().any(|text| text.contains(word)), "{word} has no example");
    }
}
