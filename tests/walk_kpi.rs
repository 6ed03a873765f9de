//! Metrics by keys on the demo bank: from the tree down to the three sub-branches, the sentence, a finding, a segment, the
//! strategies that touch them, the heat grid, alerts that are written, given away and silenced, and a review up to its verdict.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use baton::store::cluster::INTERNAL;
use support::{Bank, Console, Launch, baton};

/// What an operator reads, in one language.
struct Words {
    lang: &'static str,
    metric: &'static str,
    sentence: &'static str,
    group: &'static str,
    finding: &'static str,
    noted: &'static str,
    touching: &'static str,
    heat: &'static str,
    alerts: &'static str,
    changed: &'static str,
    wrong: &'static str,
    verdict: &'static str,
    closed: &'static str,
    neither: &'static str,
    ends: &'static str,
    holds: &'static str,
    plans: &'static str,
    peers: &'static str,
    pick: &'static str,
    wave: &'static str,
    may: &'static str,
    planned: &'static str,
}

const EN: Words = Words {
    lang: "en",
    metric: "AUM per customer",
    sentence: "AUM -1.8 %: contributions of AUM per customer -2.0 %",
    group: "aged 30 to 44, Payroll",
    finding: "What was seen",
    noted: "is noted",
    touching: "touch",
    heat: "Heat grid",
    alerts: "No alerts. n makes one.",
    changed: "Alert AL-1 is set up and on",
    wrong: "is no bound",
    verdict: "Verdict:",
    closed: "is reviewed: expand",
    neither: "Two days or two periods",
    ends: "what stands at the period's end",
    holds: "period before: 2026-09-30 against 2026-10-31",
    plans: "add up over the units below",
    peers: "the same kind and class, whole bank",
    pick: "the whole strategy",
    wave: ", wave 1, ",
    may: "could not mute",
    planned: "against a plan of",
};

const ZH: Words = Words {
    lang: "zh-CN",
    metric: "户均资产",
    sentence: "AUM -1.8 %，贡献：户均资产 -2.0 %",
    group: "30-44 岁代发客户",
    finding: "所见",
    noted: "已记发现",
    touching: "触及",
    heat: "网点云图",
    alerts: "没有预警。按 n 新建。",
    changed: "已新建并启用预警 AL-1",
    wrong: "不是界限",
    verdict: "结论",
    closed: "已回检：扩大",
    neither: "两个日期或两个期间",
    ends: "存量取期末",
    holds: "环比：2026-09-30 对 2026-10-31",
    plans: "个计划",
    peers: "全行同级同类机构",
    pick: "整个策略",
    wave: "第 1 波",
    may: "不能静默",
    planned: "，计划 ",
};

fn console(bank: &Bank, who: &str, words: &Words, (columns, rows): (u16, u16)) -> Console {
    let state = tempfile::tempdir().unwrap().keep().display().to_string();
    let mut console =
        Launch::of(["--database-url".to_owned(), bank.url(), "--as".into(), who.into()])
            .lang(words.lang)
            .size(columns, rows)
            .env("XDG_STATE_HOME", &state)
            .env("XDG_CONFIG_HOME", &state)
            .open();
    console.sees("江海银行").sees("2026-10-31");
    console
}

fn one(bank: &Bank, sql: &str) -> String {
    bank.sql(INTERNAL, sql)[0][0].clone()
}

fn explained(bank: &Bank, words: &Words, li: &mut Console) {
    li.keys("4").sees(words.metric).keys("Enter").sees("南城分行");
    // The branch that fell most is the first part.
    li.keys("Enter").sees(words.sentence).sees(words.group).sees("南城一支行");
    li.keys("n").sees(words.finding).keys("Enter").sees(words.noted);
    assert_eq!(
        one(
            bank,
            "select count(*) from baton.finding f join baton.org_unit u on u.id = f.org_id
             where u.code in ('B0301', 'B0302', 'B0304')"
        ),
        "1"
    );
    // The rule is set out in lines once it was read, with the cursor on its last: at 80x24 its first are above the frame.
    li.keys("S").sees("and change('aum'").keys("Up Up Up Up Up Up Up Up Up Up");
    li.sees("age >= 30").sees("and payroll").keys("Esc");
    li.sees(words.sentence).keys("s").sees("org under 'B030").keys("Esc");
    li.sees(words.sentence).keys("t").sees(words.touching).keys("Esc");
    li.sees(words.sentence).keys("BSpace").sees("城中分行").keys("Esc");
    // The whole bank's line makes a finding of the bank itself.
    li.keys("n").sees(words.finding).keys("Enter").sees(words.noted);
    assert_eq!(
        one(
            bank,
            "select count(*) from baton.finding f join baton.org_unit u on u.id = f.org_id where u.parent_id is null"
        ),
        "1"
    );
    // The finding that was noted first opens the change that it was noted from, with the cursor on its row.
    li.keys("g f")
        .sees("新港支行")
        .keys("j Enter")
        .sees(words.sentence)
        .sees(words.group)
        .keys("Esc Esc");
    li.sees(words.metric);
}

/// Two months instead of two days, and what the metric is.
fn periods(words: &Words, li: &mut Console) {
    li.keys("4").sees(words.metric).keys("Home Enter").sees("城中分行").settle();
    li.keys("d").sees("2026-09-30 2026-10-31").keys("C-u").types("2026-09 2026-10-31");
    li.keys("Enter").sees(words.neither).keys("C-u").types("2026-09 2026-10").keys("Enter");
    li.sees(words.ends).sees("2026-09").keys("b").sees(words.ends).keys("b b").settle();
    li.keys("d").sees("2026-09 2026-10").keys("C-u").types("2026-09-30 2026-10-31").keys("Enter");
    li.sees("2026-09-30").settle();
    li.keys("i").sees(words.holds).sees("v1").keys("Tab").sees(words.plans).keys("Tab").sees("v1");
    li.keys("Esc").sees("城中分行").keys("Esc").sees(words.metric);
}

fn heat(words: &Words, li: &mut Console) {
    li.keys("g h").sees(words.heat).sees("南城分行");
    li.keys("o").waits("the worst to stand first", |screen| {
        let place = |name: &str| screen.lines().position(|line| line.contains(name));
        place("南城分行").zip(place("城中分行")).is_some_and(|(worst, other)| worst < other)
    });
    li.keys("l o b").waits("sub-branches", |screen| screen.contains("支行")).sees(words.peers);
    li.keys("s").sees("org under 'B").keys("Esc").sees(words.peers).keys("Esc");
}

fn alerts(bank: &Bank, words: &Words, li: &mut Console) {
    li.keys("g w").sees(words.alerts).keys("n").sees("AL-1").types("AUM").keys("Enter");
    li.sees("aum change prev below -1.5 % branch").keys("C-u");
    li.types("aum 变动 低于 much").keys("Enter").sees(words.wrong).keys("C-u");
    li.types("aum 变动 环比 低于 -1% 分行").keys("Enter").sees(words.changed);
    assert_eq!(
        one(
            bank,
            "select kind || ' ' || side || ' ' || bound || ' ' || units from baton.alert where code = 'AL-1'"
        ),
        "change below -0.01 branch"
    );
    // A list that is being read again takes no keys: each step waits for what the one before it has changed.
    li.sees("<= -1 %").keys("e").sees("aum change prev below -1 % branch").keys("C-u");
    li.types("aum threshold above 100 branch").keys("Enter").sees(">= 100");
    assert_eq!(one(bank, "select bound from baton.alert where code = 'AL-1'"), "10000");
    // Who could not mute it does not get it; the refusal names who could.
    li.keys("o").sees("li.strategist").keys("C-u").types("zhao.viewer").keys("Enter");
    li.sees(words.may).settle();
    li.keys("o").sees("li.strategist").keys("C-u").types("wu.strategist").keys("Enter");
    let owner = "select owner from baton.alert where code = 'AL-1'";
    li.waits("another has it", |_| one(bank, owner) == "wu.strategist").settle();
    let until = "select coalesce(muted_until::text, '-') from baton.alert where code = 'AL-1'";
    li.keys("m").types("2026-12-31").keys("Enter");
    li.waits("it is silent", |_| one(bank, until) == "2026-12-31").settle();
    li.keys("m").sees("2026-12-31").keys("C-u Enter");
    li.waits("it speaks again", |_| one(bank, until) == "-").keys("Esc");
}

/// An alert on the pace of a plan waits on the page of what waits, and leads to what is behind the plan.
fn paced(bank: &Bank, words: &Words, li: &mut Console) {
    let new = ["kpi", "alerts", "new", "AL-PACE", "--name", "慢于计划", "--metric", "aum"];
    let new = bank.program("li.strategist").args(new);
    new.args(["--kind", "pace", "--below", "9%", "--units", "branch"]).json();
    baton(bank).args(["worker", "--once"]).json();
    li.keys("0").sees("AL-PACE").keys("/").types("mypace").keys("C-u").types("manyujihua");
    li.keys("Enter").waits("the row alone", |screen| screen.contains("1/")).keys("Enter");
    // A list that is being read takes no keys.
    li.sees("<= 9 %").settle();
    li.keys("Enter").sees("临江分行").settle();
    li.keys("Enter").sees(words.planned).sees("清河支行").keys("Esc").settle();
    li.keys("Esc Esc Esc Esc").settle();
}

fn reviewed(bank: &Bank, words: &Words, size: (u16, u16)) {
    let push =
        one(bank, "select min(p.id) from baton.push p where baton.review_standing(p.id) = 'ready'");
    let newer = one(bank, &format!("select count(*) from baton.push where id > {push}"));
    let go = format!("3 Home {}g r", "j ".repeat(newer.parse().unwrap()));
    let mut wang = console(bank, "wang.approver", words, size);
    wang.keys("3").sees(&format!("#{push}")).keys(&go).sees(&format!("#{push} ST-")).sees("chi2");
    wang.keys("v").sees(words.verdict).types("扩大").keys("Enter").types("见效").keys("Enter");
    wang.keys("y").sees(words.closed);
    let verdict = format!("select verdict from baton.review where push_id = {push}");
    assert_eq!(one(bank, &verdict), "expand");
    let mut li = console(bank, "li.strategist", words, size);
    li.keys("3").sees(&format!("#{push}")).keys(&go).sees("见效");
    li.keys("a").sees(words.pick).keys("Down Enter").sees(words.wave);
    li.keys("a").sees(words.pick).keys("Enter").waits("all of it", |screen| {
        !screen.contains(words.wave) && !screen.contains(words.pick) && screen.contains("ST-")
    });
    li.keys("a").sees(words.pick).types(&format!("#{push}")).keys("Enter").sees("见效");
    li.keys("n").sees(words.finding).keys("Enter").sees(words.noted);
    li.keys("g s").sees("SG-").keys("Esc").keys(&go).sees("见效");
    li.keys("g t").sees("ST-").keys("Esc").keys(&go).sees("见效");
    let strategy = one(bank, &format!("select strategy from baton.push where id = {push}"));
    li.keys("e").sees(&strategy);
}

fn walk(words: &Words, size: (u16, u16)) {
    let bank = Bank::demo_with_past();
    let mut li = console(&bank, "li.strategist", words, size);
    explained(&bank, words, &mut li);
    periods(words, &mut li);
    heat(words, &mut li);
    bank.operator("wu.strategist", "strategist", None);
    alerts(&bank, words, &mut li);
    paced(&bank, words, &mut li);
    reviewed(&bank, words, size);
}

#[test]
fn metrics_by_keys_in_chinese_at_80x24() {
    walk(&ZH, (80, 24));
}

#[test]
fn metrics_by_keys_in_english_at_120x36() {
    walk(&EN, (120, 36));
}
