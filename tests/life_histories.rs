//! Random histories of edit, submit, approve, send back, delegate, pause and push against PostgreSQL, some steps two at a
//! time: no push whose hash is not the approved one, nobody approves what he has written, nobody approves twice.
//!
//! `make test` runs 150 histories; `BATON_HISTORIES=1000` runs as many as it says.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and it is told how many histories to run"
)]

mod chain;
mod support;

use std::collections::BTreeMap;

use baton::store::cluster::ADMIN;
use chain::{owner, run, small, up_to};
use sqlx::PgConnection;
use support::Bank;
use support::server::block_on;

/// Who takes part. The last has no duty but a viewer's, and can only stand for others.
const PEOPLE: [&str; 5] =
    ["li.strategist", "wang.approver", "zhao.viewer", "sun.auditor", "nancheng.branch"];

/// How many steps a history has, or pairs of them.
const STEPS: usize = 24;

/// Numbers that are the same in each run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }
}

/// A step by one of them.
#[derive(Clone, Debug)]
struct Step {
    who: usize,
    /// SQL that gives one value.
    sql: String,
    what: &'static str,
}

/// The next step, whatever stands: most can be done, many are refused.
fn step(dice: &mut Dice, code: &str, round: usize) -> Step {
    let kind = if round == 1 { 0 } else { dice.roll(24) };
    // One writes most of the texts, or soon nobody were left to approve any.
    let who = if kind == 0 && dice.roll(4) > 0 { 0 } else { dice.roll(PEOPLE.len()) };
    // The newest text mostly, sometimes one that has been overtaken or another altogether.
    let back = [0, 0, 0, 0, 1, 2][dice.roll(6)];
    let hash = format!(
        "coalesce((select hash from baton.strategy_version where code = '{code}' and hash is not null
                   order by version desc offset {back} limit 1), sha256(''))"
    );
    let other = dice.one_of(&PEOPLE);
    let stands_for = match dice.roll(4) {
        0 => format!("'{other}'"),
        _ => "null".to_owned(),
    };
    let latest = format!(
        "(select coalesce(max(version), 0) from baton.strategy_version where code = '{code}')"
    );
    let (what, sql) = match kind {
        0 => (
            "edit",
            format!(
                "select baton.strategy_new('{code}', 'n{round}', 'SG-A', 14, 0, {round}, 'p', '', 's', '{{}}',
                     {latest} - {})",
                usize::from(dice.roll(8) == 0)
            ),
        ),
        1..=5 => ("submit", format!("select baton.strategy_submit('{code}')")),
        6..=12 => ("approve", format!("select baton.strategy_approve('{code}', {hash}, {stands_for})")),
        13 => ("send back", format!("select baton.strategy_send_back('{code}', {hash}, 'no', {stands_for})")),
        14 | 15 => {
            let from = ["- 1", "+ 0", "+ 1"][dice.roll(3)];
            ("delegate", format!("select baton.delegate('{other}', baton.clock_day() {from}, baton.clock_day() + 1)"))
        }
        16 => ("pause", format!("select baton.strategy_pause('{code}', 'x')::text")),
        17 => ("resume", format!("select baton.strategy_resume('{code}', 'x')::text")),
        _ => {
            let of = dice.roll(2);
            (
                "push",
                format!(
                    "select baton.push_apply(baton.push_plan('{code}', greatest(1, {latest} - {of})::int,
                         (select max(id) from baton.snapshot)))"
                ),
            )
        }
    };
    Step { who, sql, what }
}

/// Whether it was done.
async fn take(db: &mut PgConnection, step: &Step) -> bool {
    sqlx::raw_sql(sqlx::AssertSqlSafe(step.sql.as_str())).execute(db).await.is_ok()
}

/// What must never be found, and whether the times that it goes by mean what they say when two steps run at a time: a
/// row has the time of its writing, and not that of its commit.
const NEVER: [(&str, bool, &str); 8] = [
    (
        "a push of a text that is not the approved one",
        false,
        "select p.strategy from baton.push p
         join baton.strategy_version s on s.code = p.strategy and s.version = p.version
         left join baton.approval a on a.strategy = p.strategy and a.version = p.version
         where a.hash is distinct from p.hash or s.hash is distinct from p.hash or s.state = 'voided'
             or p.hash is distinct from sha256(convert_to(baton.strategy_content(s), 'UTF8'))",
    ),
    (
        "a push that came before its approval",
        false,
        "select p.strategy from baton.push p join baton.approval a on a.strategy = p.strategy and a.version = p.version
         where a.approved_at > p.pushed_at",
    ),
    (
        "a first push of what a later text had voided",
        true,
        "select p.strategy from baton.push p
         join baton.strategy_version l on l.code = p.strategy and l.version > p.version and l.created_at < p.pushed_at
         where not exists (select from baton.push e where e.strategy = p.strategy and e.version = p.version
                           and e.pushed_at < l.created_at)",
    ),
    (
        "an approval by who has written some of it, or in his name",
        false,
        "select g.strategy from baton.approval_given g
         join baton.strategy_version s on s.code = g.strategy and s.version <= g.version
         join baton.operator w on w.name = s.author
         join baton.operator a on a.name in (g.approver, g.stands_for)
         where coalesce(w.person, w.name) = coalesce(a.person, a.name)",
    ),
    (
        "two approvals by one person, or in his name",
        false,
        "select g.strategy from baton.approval_given g
         join baton.approval_given h on h.strategy = g.strategy and h.version = g.version and h.level > g.level
         join baton.operator a on a.name in (g.approver, g.stands_for)
         join baton.operator b on b.name in (h.approver, h.stands_for)
         where coalesce(a.person, a.name) = coalesce(b.person, b.name)",
    ),
    (
        "an approval in another's name without his delegation, or by who has no right to any",
        false,
        "select g.strategy from baton.approval_given g join baton.operator o on o.name = g.stands_for
         where not 'approver' = any (o.duties)
             or g.approver <> g.stands_for
                 and not exists (select from baton.delegation d where d.delegator = g.stands_for and d.delegate = g.approver
                                 and (clock_timestamp() at time zone 'Asia/Shanghai')::date between d.from_day and d.to_day)",
    ),
    (
        "an approval by fewer than were asked for",
        false,
        "select a.strategy from baton.approval a
         where (select count(*) from baton.approval_given g where g.strategy = a.strategy and g.version = a.version)
             < (select h.levels from baton.history h where h.code = a.strategy)",
    ),
    (
        "a push while the strategy was paused",
        true,
        "select p.strategy from baton.push p join baton.strategy_pause k on k.code = p.strategy
             and p.pushed_at > k.paused_at and p.pushed_at < coalesce(k.resumed_at, 'infinity')",
    ),
];

/// Finds what must never be.
fn check(bank: &Bank, code: &str, in_turn: bool) {
    let questions = NEVER.iter().filter(|(_, times, _)| in_turn || !times);
    let all: Vec<String> = questions
        .map(|(what, _, question)| {
            let what = what.replace('\'', "''");
            format!("select '{what}' from ({question}) q where q.strategy = '{code}'")
        })
        .collect();
    let found = bank.sql(ADMIN, &format!("set role baton_owner; {}", all.join(" union all ")));
    assert!(found.is_empty(), "{code}: {found:?}");
}

/// Gives a new history its people and its limits: sometimes two of them are one person, and some need two approvals.
fn begin(bank: &Bank, dice: &mut Dice, code: &str) {
    let levels = 1 + dice.roll(2);
    let limit = if levels == 2 { "1" } else { "null" };
    let pair = [dice.roll(5), dice.roll(5)].map(|i| format!("'{}'", PEOPLE[i])).join(", ");
    let persons = if dice.roll(2) == 0 { pair } else { "''".to_owned() };
    owner(
        bank,
        &format!(
            "update baton.push set deadline = '2020-01-01' where deadline > '2020-01-01';
             update baton.delegation set to_day = date '2020-01-01' - id::int, from_day = date '2020-01-01' - id::int where to_day > '2020-01-01';
             update baton.operator set person = case when name in ({persons}) then 'E1' end;
             update baton.policy set value = {limit} where key = 'two_levels_from_customers';
             insert into baton.history values ('{code}', {levels})"
        ),
    );
}

/// One history: its steps in turn, or two at a time. Counts what was done.
async fn history(
    dbs: &mut [PgConnection],
    dice: &mut Dice,
    code: &str,
    in_turn: bool,
    done: &mut BTreeMap<&'static str, usize>,
) {
    let mut round = 0;
    while round < STEPS {
        round += 1;
        let one = step(dice, code, round);
        let other = step(dice, code, round + STEPS);
        let taken = if in_turn || one.who == other.who {
            vec![(one.what, take(&mut dbs[one.who], &one).await)]
        } else {
            let [a, b] = dbs.get_disjoint_mut([one.who, other.who]).unwrap();
            let (first, second) = tokio::join!(take(a, &one), take(b, &other));
            vec![(one.what, first), (other.what, second)]
        };
        for (what, was_done) in taken {
            *done.entry(what).or_default() += usize::from(was_done);
        }
    }
}

#[test]
fn no_history_pushes_what_is_not_approved_or_approves_its_own() {
    let histories =
        std::env::var("BATON_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(150_usize);
    let bank = small();
    for name in &PEOPLE[..4] {
        bank.operator(name, "strategist,approver", None);
    }
    bank.operator(PEOPLE[4], "viewer", None);
    run(&bank, PEOPLE[0], &["segment", "save", "SG-A", "--name", "甲", "--rule", &up_to(8)]);
    run(&bank, PEOPLE[0], &["segment", "freeze", "SG-A"]);
    owner(&bank, "create table baton.history (code text primary key, levels int)");
    let mut done = BTreeMap::new();
    block_on(async {
        let mut dbs = vec![];
        for name in PEOPLE {
            dbs.push(bank.connect(name).await);
        }
        let mut dice = Dice(20_261_129);
        for number in 0..histories {
            let code = format!("ST-{number}");
            let in_turn = number % 4 > 0;
            tokio::task::yield_now().await;
            std::thread::scope(|scope| {
                scope.spawn(|| begin(&bank, &mut dice, &code)).join().unwrap();
            });
            history(&mut dbs, &mut dice, &code, in_turn, &mut done).await;
            std::thread::scope(|scope| {
                scope.spawn(|| check(&bank, &code, in_turn)).join().unwrap();
            });
        }
    });
    println!("{histories} histories, done: {done:?}");
    // Of a hundred histories, so many at least, or they would mean nothing.
    let wanted = [
        ("edit", 100),
        ("submit", 100),
        ("approve", 50),
        ("send back", 10),
        ("delegate", 50),
        ("pause", 5),
        ("resume", 2),
        ("push", 10),
    ];
    for (what, of_hundred) in wanted {
        let least = histories * of_hundred / 100;
        assert!(done.get(what).is_some_and(|n| *n >= least), "too few of {what}: {done:?}");
    }
}
