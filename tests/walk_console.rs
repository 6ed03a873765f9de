//! The whole chain by keys, on a real bank, by the people whose work it is: why a metric moved, a segment, a strategy,
//! the approval by another, the push, the branch's signature, the results, and the metric again after the next load.
#![expect(clippy::disallowed_methods, reason = "tests write files")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::{Path, PathBuf};

use baton::store::cluster::INTERNAL;
use baton::text::number::count;
use support::bank::berka_files;
use support::{Bank, Console, Launch, baton};

/// What an operator reads at each step, in one language.
struct Words {
    lang: &'static str,
    deposits_before: &'static str,
    deposits_after: &'static str,
    by_unit: &'static str,
    by_factor: &'static str,
    by_both: &'static str,
    accounts: &'static str,
    /// Of the demo bank: its first metric, and a factor of it.
    demo: [&'static str; 2],
    members: fn(i64) -> String,
    segment_saved: fn(&str) -> String,
    draft_saved: &'static str,
    submitted: &'static str,
    approved: &'static str,
    to_plan: &'static str,
    confirm: fn(&Figures) -> String,
    pushed: fn(&Figures) -> String,
    signed: fn(&str) -> String,
    outcomes: &'static str,
    sold: &'static str,
}

/// The plan's numbers, taken from the database.
struct Figures {
    treated: i64,
    control: i64,
    orders: i64,
}

const EN: Words = Words {
    lang: "en",
    deposits_before: "37,070,262",
    deposits_after: "39,638,109",
    by_unit: "by unit (b: by factor)",
    by_factor: "by factor (b: by factor and unit)",
    by_both: "by factor and unit (b: by unit)",
    accounts: "Accounts in use",
    demo: ["AUM", "Customers"],
    members: |n| format!("{} customers, ", count(n)),
    segment_saved: |unit| format!("SG-{unit} v1 is saved."),
    draft_saved: "The draft of ST-001 v1 is saved.",
    submitted: "ST-001 v1 waits for approval.",
    approved: "ST-001 v1 is approved.",
    to_plan: "Approved: p plans the push.",
    confirm: |f| format!("Push to {} customers in {} units?", count(f.treated), f.orders),
    pushed: |f| {
        format!(
            "Pushed to {} units: {} tasks, {} customers",
            f.orders,
            count(f.treated),
            count(f.control)
        )
    },
    signed: |unit| format!("{unit} has signed."),
    outcomes: "Read 3: accepted 3, duplicate 0, unknown 0, rejected 0; late 0, control group",
    sold: "sold",
};

const ZH: Words = Words {
    lang: "zh-CN",
    deposits_before: "3,707.0 万",
    deposits_after: "3,963.8 万",
    by_unit: "按机构（b 按因素）",
    by_factor: "按因素（b 按因素与机构）",
    by_both: "按因素与机构（b 按机构）",
    accounts: "有交易账户数",
    demo: ["AUM", "客户数"],
    members: |n| format!("{} 户，占", count(n)),
    segment_saved: |unit| format!("SG-{unit} v1 已保存。"),
    draft_saved: "ST-001 v1 草稿已保存。",
    submitted: "ST-001 v1 已提交，等待审批。",
    approved: "ST-001 v1 已审批。",
    to_plan: "已审批：按 p 计划下发。",
    confirm: |f| format!("下发给 {} 个网点共 {} 户？", f.orders, count(f.treated)),
    pushed: |f| {
        format!(
            "已下发 {} 个网点：{} 项任务，对照组 {} 户。",
            f.orders,
            count(f.treated),
            count(f.control)
        )
    },
    signed: |unit| format!("{unit} 已签收。"),
    outcomes: "读入 3 行：接受 3，重复 0，无此任务 0，拒收 0；其中逾期 0，触及对照组 0",
    sold: "成交",
};

/// Which bank is walked, and what of it the walk is about.
struct Ground {
    bank: Bank,
    /// Of the header.
    name: &'static str,
    as_of: &'static str,
    /// The unit that explains most, and its name.
    unit: &'static str,
    unit_name: &'static str,
    /// The unit whose order is signed, and its name.
    branch: &'static str,
    branch_name: &'static str,
    sold_on: &'static str,
    /// The files of a later day, where they are.
    later: Option<PathBuf>,
}

impl Ground {
    /// The real bank at the end of 1993; where its files are not on this machine, the demo bank.
    fn here() -> Self {
        match berka_files() {
            Some(data) => Self {
                bank: bank_of_1993(&data),
                name: " banka",
                as_of: "1993-12-31",
                unit: "B08",
                unit_name: "north Moravia",
                branch: "D67",
                branch_name: "Bruntal",
                sold_on: "1994-01-05",
                later: Some(data),
            },
            None => Self {
                bank: Bank::demo(),
                name: "江海银行",
                as_of: "2026-10-31",
                unit: "B03",
                unit_name: "南城分行",
                branch: "B0301",
                branch_name: "南城一支行",
                sold_on: "2026-11-05",
                later: None,
            },
        }
    }

    /// What stands in the pane of metrics, and among the factors of the first one.
    fn metric(&self, words: &Words) -> [&'static str; 2] {
        if self.later.is_some() { [words.deposits_before, words.accounts] } else { words.demo }
    }
}

/// The bank at the end of 1993, with its operators.
fn bank_of_1993(data: &Path) -> Bank {
    let bank = Bank::empty();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/berka/earlier.toml");
    baton(&bank).args(["import"]).args([data]).args([Path::new("--manifest"), &manifest]).json();
    bank.operator("nancheng.branch", "branch", Some("D67"));
    bank
}

fn number(bank: &Bank, sql: &str) -> i64 {
    bank.sql(INTERNAL, sql)[0][0].parse().unwrap()
}

fn console(ground: &Ground, operator: Option<&str>, words: &Words, size: (u16, u16)) -> Console {
    let mut args = vec!["--database-url".to_owned(), ground.bank.url()];
    if let Some(operator) = operator {
        args.extend(["--as".to_owned(), operator.to_owned()]);
    }
    let home = tempfile::tempdir().unwrap().keep();
    let state = home.display().to_string();
    let mut console = Launch::of(args)
        .lang(words.lang)
        .size(size.0, size.1)
        .env("XDG_STATE_HOME", &state)
        .env("XDG_CONFIG_HOME", &state)
        .open();
    console.sees(ground.name).sees(ground.as_of);
    console
}

/// From the metric to a submitted strategy, as the strategist.
fn find_and_write(ground: &Ground, words: &Words, size: (u16, u16)) -> Console {
    let mut li = console(ground, Some("li.strategist"), words, size);
    let bank = &ground.bank;
    let [metric, factor] = ground.metric(words);
    // The metric's name heads a column of pane 1, too: its factor stands in pane 4 only.
    li.keys("4").sees(metric).sees(factor).keys("Enter").sees(words.by_unit).sees(ground.unit_name);
    li.keys("b").sees(words.by_factor).sees(factor);
    li.keys("b").sees(words.by_both);
    li.keys("b")
        .sees(words.by_unit)
        .sees(ground.unit_name)
        .keys("s")
        .sees(&format!("org under '{}'", ground.unit));
    let whole = members(bank, ground.unit, 0);
    li.sees(&(words.members)(whole));
    let members = members(bank, ground.unit, 2_000_000);
    assert!(members > 0 && members < whole);
    li.keys("End").types(" and aum > 20000").sees(&(words.members)(members));
    li.keys("C-o").sees(&(words.segment_saved)(ground.unit));
    li.keys("t").sees("ST-001").types("Keep depos").keys("Tab Tab Tab Tab Tab");
    li.types("Deposit 90")
        .keys("Tab")
        .types("0.2 %")
        .keys("Tab")
        .types("Good morning,\n有一款存款")
        .sees("有一款存款");
    li.keys("C-o").sees(words.draft_saved).keys("u").sees("ST-001").keys("y").sees(words.submitted);
    li
}

/// The customers right below a unit with more than so many minor units.
fn members(bank: &Bank, unit: &str, aum: i64) -> i64 {
    let more = if aum > 0 { format!("and c.aum > {aum}") } else { String::new() };
    number(
        bank,
        &format!(
            "select count(*) from baton.customer c join baton.org_unit u on u.id = c.org_id
             join baton.org_unit p on p.id = u.parent_id
             where p.code = '{unit}' and c.closed_on is null {more}"
        ),
    )
}

fn walk(words: &Words, size: (u16, u16)) {
    let ground = Ground::here();
    let bank = &ground.bank;
    let mut li = find_and_write(&ground, words, size);

    let mut wang = console(&ground, Some("wang.approver"), words, size);
    wang.keys("2").sees("Keep depos").keys("Enter").sees("aum > 20000").sees("Good morning,");
    wang.keys("a").sees("ST-001 v1").keys("y").sees(words.approved);

    li.keys("r").sees(words.to_plan).keys("p");
    let figures = planned(&mut li, bank);
    li.sees(&(words.confirm)(&figures)).keys("Y").sees(&(words.pushed)(&figures));
    assert_eq!(number(bank, "select count(*) from baton.task"), figures.treated);

    let mut branch = console(&ground, Some("nancheng.branch"), words, size);
    branch
        .keys("3")
        .sees("#1")
        .keys("Enter")
        .sees(ground.branch)
        .keys("s")
        .sees(ground.branch_name)
        .keys("y")
        .sees(&(words.signed)(ground.branch));
    assert_eq!(
        number(bank, "select count(*) from baton.branch_order where signed_by = 'nancheng.branch'"),
        1
    );

    let file = outcomes(&ground);
    let mut loader = console(&ground, None, words, size);
    loader.keys("3").sees("#1").keys("Enter").sees(ground.branch).keys("i");
    loader.types(&file.path().display().to_string()).keys("Enter").sees(words.outcomes);
    loader.waits("to see three sold", |screen| {
        screen.lines().any(|line| {
            line.contains(words.sold) && line.split_whitespace().any(|word| word == "3")
        })
    });
    assert_eq!(
        number(
            bank,
            &format!(
                "select done from baton.branch_order b join baton.org_unit u on u.id = b.org_id where code = '{}'",
                ground.branch
            )
        ),
        3
    );

    let Some(data) = &ground.later else { return };
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/berka/baton-import.toml");
    baton(bank).args(["import"]).args([data]).args([Path::new("--manifest"), &manifest]).json();
    li.keys("Esc Esc 4 r").sees("1994-03-31").sees(words.deposits_after);
}

/// The figures of the plan that the console has just made.
fn planned(li: &mut Console, bank: &Bank) -> Figures {
    li.waits("the plan is kept", |_| number(bank, "select count(*) from baton.push_plan") == 1);
    let one = |sql: &str| number(bank, sql);
    Figures {
        treated: one("select treated from baton.push_plan"),
        control: one("select control from baton.push_plan"),
        orders: one("select count(distinct org_id) from baton.plan_member where arm = 'treated'"),
    }
}

/// Three customers of the first order bought.
fn outcomes(ground: &Ground) -> tempfile::NamedTempFile {
    let rows = ground.bank.sql(
        INTERNAL,
        &format!(
            "select t.push_id || ',' || t.customer_id || ',sold,{},1000.00,' from baton.task t
             join baton.org_unit u on u.id = t.org_id where u.code = '{}' order by t.customer_id limit 3",
            ground.sold_on, ground.branch
        ),
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines: Vec<_> = rows.into_iter().map(|row| row[0].clone()).collect();
    std::fs::write(
        file.path(),
        format!("push,customer_id,outcome,at,amount,note\n{}\n", lines.join("\n")),
    )
    .unwrap();
    file
}

#[test]
fn the_chain_by_keys_in_chinese_at_80x24() {
    walk(&ZH, (80, 24));
}

#[test]
fn the_chain_by_keys_in_chinese_at_120x36() {
    walk(&ZH, (120, 36));
}

#[test]
fn the_chain_by_keys_in_english_at_80x24() {
    walk(&EN, (80, 24));
}

#[test]
fn the_chain_by_keys_in_english_at_120x36() {
    walk(&EN, (120, 36));
}
