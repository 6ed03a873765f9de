//! A small bank, and a console in front of it, for the tests of reducer and screens.

pub(crate) mod reviews;
mod rules;
pub(crate) mod strategies;
pub(crate) mod studies;
pub(crate) mod tasks;
pub(crate) mod test_pushes;

pub(crate) mod calendar;
pub(crate) mod cards;
pub(crate) mod deliveries;
pub(crate) mod desks;
pub(crate) mod marts;
pub(crate) mod metrics;
mod moments;
mod plans;
pub(crate) mod scores;
pub(crate) mod watch;
mod work;

pub(crate) use moments::moments;
pub(crate) use plans::{done, plan, plan_short, plan_warned};
pub(crate) use work::work;

use chrono::{DateTime, NaiveDate, Utc};
pub(crate) use metrics::{by_factor, explanation, kpi, kpi_of_periods};

use super::action::{Action, Answer, Refusal, Who};
use super::draft::{Draft, DraftKey, DraftOf};
use super::effect::{Effect, Slot};
use super::key::Key;
use super::span::Span;
use super::state::State;
use super::update::reduce;
use crate::domain::attribute::{
    Attribute, AttributeRow, AttributeStats, AttributeType, Class, MapFault, RelationName, Stat,
    TopValue,
};
use crate::domain::bank::Bank;
use crate::domain::delivery::Counts;
use crate::domain::hash::ContentHash;
use crate::domain::id::{PushId, SnapshotId};
use crate::domain::message::Message;
use crate::domain::money::{Currency, Minor};
use crate::domain::operator::Duty;
use crate::domain::outcome::Outcome;
use crate::domain::push::{OrderRow, PushRow};
use crate::domain::segment::{OrgCount, Scope, SegmentCount, SegmentKind, SegmentRow, SnapshotRow};
use crate::domain::strategy::body::Body;
use crate::domain::strategy::life::Life;
use crate::domain::strategy::{StrategyRow, StrategyState, StrategyText};
use crate::msg;

pub(crate) use rules::{by_tier, count_of_many, leaf_counts, vocabulary};

/// A day of November 2026.
pub(crate) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

/// The moment at which everything happens.
pub(crate) fn now() -> DateTime<Utc> {
    day(20).and_hms_opt(1, 41, 0).unwrap().and_utc()
}

pub(crate) fn bank() -> Bank {
    Bank {
        name: "江海银行".to_owned(),
        as_of: day(20),
        currency: Currency::from_code("CNY").unwrap(),
        timezone: chrono_tz::Asia::Shanghai,
    }
}

pub(crate) fn who(name: &str, duties: &[Duty]) -> Who {
    Who {
        name: name.to_owned(),
        duties: duties.to_vec(),
        org: None,
        staff: None,
        approvers: vec!["wang.approver".to_owned()],
        stands_for: vec![],
        scope: None,
    }
}

pub(crate) fn segments() -> Vec<SegmentRow> {
    let row = |code: &str, name: &str, version, customers: Option<i64>| SegmentRow {
        code: code.to_owned(),
        name: name.to_owned(),
        version,
        rule: "payroll and age between 30 and 45 and org under 'B03'".to_owned(),
        author: "li.strategist".to_owned(),
        owner: "li.strategist".to_owned(),
        kind: SegmentKind::Dynamic,
        note: None,
        source: None,
        snapshot: customers.map(|customers| SnapshotRow {
            id: SnapshotId(7),
            customers: Some(customers),
            hash: ContentHash([7; 32]),
            as_of: day(18),
            aum: Some(Minor(4_120_000_000)),
            ms: Some(41),
            refreshed: vec![],
        }),
        broken: None,
    };
    vec![
        row("SG-NEAR", "临界财富 50 万", 1, None),
        row("SG-PAYROLL", "代发30-45流失 “高危”…", 3, Some(12_408)),
    ]
}

pub(crate) fn text(code: &str) -> StrategyText {
    StrategyText {
        code: code.to_owned(),
        name: "代发客户挽回".to_owned(),
        segment: "SG-PAYROLL".to_owned(),
        deadline_days: 14,
        control_ppm: 100_000,
        seed: 7,
        product: "稳利 90 天".to_owned(),
        benefit: "加息券 0.2 %".to_owned(),
        script: "您好，这里是江海银行。\n近期工资到账后可选“稳利”·90 天。".to_owned(),
        body: Body::default(),
    }
}

pub(crate) fn strategies() -> Vec<StrategyRow> {
    let row = |code: &str, version, state, author: &str| StrategyRow {
        life: Life { levels: 1, ..Life::default() },
        text: text(code),
        version,
        state,
        hash: (state != StrategyState::Draft).then_some(ContentHash([9; 32])),
        segment_version: (state != StrategyState::Draft).then_some(3),
        rule: segments()[1].rule.clone(),
        author: author.to_owned(),
        approver: matches!(state, StrategyState::Approved | StrategyState::Live)
            .then(|| "wang.approver".to_owned()),
        strange_body: None,
        script_version: 1,
        uplift_ppm: None,
        broken: None,
    };
    vec![
        row("ST-014", 3, StrategyState::Approved, "li.strategist"),
        row("ST-015", 1, StrategyState::Submitted, "li.strategist"),
        row("ST-016", 1, StrategyState::Draft, "li.strategist"),
        row("ST-017", 1, StrategyState::Submitted, "zhou.strategist"),
    ]
}

fn order(org: &str, name: &str, tasks: i64, done: i64, signed: bool) -> OrderRow {
    OrderRow {
        org: org.to_owned(),
        name: name.to_owned(),
        tasks,
        open: tasks - done,
        done,
        signed_at: signed.then(now),
        signed_by: signed.then(|| "nancheng.branch".to_owned()),
        deadline: day(22),
        delivery: Some(Counts { delivered: 1, dead: i64::from(!signed), ..Counts::default() }),
        outcomes: vec![(Outcome::NoAnswer, 31), (Outcome::Refused, 40), (Outcome::Sold, done / 3)],
        ..OrderRow::default()
    }
}

pub(crate) fn pushes() -> Vec<PushRow> {
    vec![PushRow {
        push: PushId(12),
        strategy: "ST-014".to_owned(),
        name: "代发客户挽回".to_owned(),
        version: 3,
        live: true,
        as_of: day(8),
        deadline: day(22),
        wave: 1,
        broken: None,
        benefit: None,
        orders: vec![
            order("B0301", "南城一支行", 210, 130, true),
            order("B0302", "新港支行", 180, 0, false),
            order("B0303", "东站支行", 95, 95, true),
        ],
    }]
}

/// A dictionary with an attribute of each kind: one stale, one unused, one in a mart that cannot be read.
pub(crate) fn dictionary() -> Vec<AttributeRow> {
    let row = |code: &str, kind, zh: &str, en: &str, known: i64| AttributeRow {
        attribute: Attribute {
            code: code.to_owned(),
            kind,
            zh: zh.to_owned(),
            en: en.to_owned(),
            relation: RelationName::own("attr_1"),
            column: code.to_owned(),
            mart_day: None,
        },
        unit: None,
        class: Some(Class::C1),
        source: Some("core".to_owned()),
        owner: Some("运营管理部".to_owned()),
        definition: None,
        refreshed_on: Some(day(20)),
        stats: Some(AttributeStats {
            measured_at: now(),
            customers: 50_000,
            known,
            not_numbers: 0,
            distinct: 2,
            min: None,
            median: None,
            max: None,
            top: vec![],
        }),
        fault: None,
        used_by: vec!["SG-PAYROLL".to_owned()],
        read_by: vec![],
    };
    let top = |value: &str, label: Option<(&str, &str)>, customers| TopValue {
        value: value.to_owned(),
        label: label.map(|(zh, en)| (zh.to_owned(), en.to_owned())),
        customers,
    };
    let mut rows = vec![
        row("aum_change", AttributeType::Money, "近月资产变动", "AUM change of a month", 50_000),
        row("last_visit", AttributeType::Date, "最近到店日", "Last visit", 31_000),
        row("payroll", AttributeType::Flag, "代发", "Payroll", 50_000),
        row("risk_level", AttributeType::Category, "风险等级", "Risk level", 25_821),
        row("vip", AttributeType::Flag, "贵宾", "VIP", 12_000),
    ];
    if let Some(stats) = &mut rows[0].stats {
        stats.distinct = 41_260;
        stats.min = Some(Stat::Money(Minor(-812_000_000)));
        stats.median = Some(Stat::Money(Minor(12_500)));
        stats.max = Some(Stat::Money(Minor(6_100_000_000)));
    }
    rows[1].refreshed_on = NaiveDate::from_ymd_opt(2026, 8, 31);
    if let Some(stats) = &mut rows[2].stats {
        stats.top = vec![top("false", None, 33_000), top("true", None, 17_000)];
    }
    rows[3].definition = Some("最近一次有效风险测评的结果，C1 至 C5".to_owned());
    rows[3].class = Some(Class::C2);
    rows[3].used_by.clear();
    if let Some(stats) = &mut rows[3].stats {
        stats.distinct = 3;
        stats.top = vec![
            top("C2", Some(("稳健型", "Cautious")), 14_021),
            top("C3", Some(("平衡型", "Balanced")), 9_200),
            top("C5", None, 2_600),
        ];
    }
    rows[4].attribute.relation =
        RelationName { schema: "mart".to_owned(), name: "tags".to_owned() };
    rows[4].fault = Some(MapFault::Right("baton_operator".to_owned()));
    rows[4].refreshed_on = None;
    rows
}

/// A form that was being written when the console was left.
pub(crate) fn draft() -> Draft {
    let fields = ["SG-YOUNG", "年轻客群", "age between 18 and 30"];
    Draft {
        key: DraftKey { of: DraftOf::Segment, form: String::new() },
        fields: fields.map(str::to_owned).to_vec(),
    }
}

pub(crate) fn count(count: i64) -> SegmentCount {
    let unit = |org: &str, name: &str, count| OrgCount {
        org: org.to_owned(),
        name: name.to_owned(),
        count,
        aum: Minor(count * 3_300_000),
    };
    SegmentCount {
        count,
        of: 50_000,
        scope: None,
        aum: Minor(count * 3_300_000),
        as_of: day(20),
        refreshed: vec![],
        marts_read_at: None,
        ms: 12,
        silent: false,
        events_since: None,
        by_org: Some(vec![
            unit("B0301", "南城一支行", count / 2),
            unit("B0302", "新港支行", count / 3),
            unit("B0303", "东站支行", count / 6),
        ]),
    }
}

/// The same for an operator of a branch.
pub(crate) fn held(count: i64) -> SegmentCount {
    let scope = Scope { code: "B03".to_owned(), name: "南城分行".to_owned(), own: false };
    SegmentCount { of: 1_154, scope: Some(scope), ..self::count(count) }
}

/// A console under test: it takes keys and answers, and remembers what it asked.
pub(crate) struct Console {
    pub(crate) state: State,
    pub(crate) effects: Vec<Effect>,
}

impl Console {
    /// The line stands, and nothing is read yet.
    pub(crate) fn linked() -> Self {
        let mut console = Self { state: State::default(), effects: vec![] };
        console.act(Action::Resized(120, 36));
        console.act(Action::Linked { millis: 12 });
        console
    }

    /// In front of a bank in which nobody has made anything yet.
    pub(crate) fn of_empty(name: &str, duties: &[Duty]) -> Self {
        Self::linked()
            .answered(Slot::Session, Answer::Session(bank(), who(name, duties)))
            .answered(Slot::Segments, Answer::Segments(vec![]))
            .answered(Slot::Strategies, Answer::Strategies(vec![]))
            .answered(Slot::Pushes, Answer::Pushes(vec![]))
            .answered(Slot::Kpi, Answer::Kpi(vec![]))
    }

    /// In front of the bank, everything read.
    pub(crate) fn of(name: &str, duties: &[Duty]) -> Self {
        let mut console = Self::linked()
            .answered(Slot::Session, Answer::Session(bank(), who(name, duties)))
            .answered(Slot::Segments, Answer::Segments(segments()))
            .answered(Slot::Strategies, Answer::Strategies(strategies()))
            .answered(Slot::Pushes, Answer::Pushes(pushes()))
            .answered(Slot::Kpi, Answer::Kpi(kpi()));
        console.state.kpi.span = Some(Span { from: day(1), to: day(20) });
        console
    }

    /// A strategist who may do everything but approve his own work.
    pub(crate) fn strategist() -> Self {
        Self::of("li.strategist", &Duty::ALL)
    }

    pub(crate) fn act(&mut self, action: Action) {
        self.effects.extend(reduce(&mut self.state, action, now()));
    }

    /// Presses keys, named as the table names them; `_` in a longer word types a blank.
    pub(crate) fn keys(mut self, keys: &str) -> Self {
        for word in keys.split_whitespace() {
            match Key::parse(word) {
                Some(key) => self.act(Action::Key(key)),
                None => {
                    for c in word.chars() {
                        let c = if c == '_' { ' ' } else { c };
                        self.act(Action::Key(Key::char(c)));
                    }
                }
            }
        }
        self
    }

    /// The generation of the latest question in a slot.
    pub(crate) fn asked(&self, slot: Slot) -> u64 {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Ask { slot: of, generation, .. } if *of == slot => Some(*generation),
            _ => None,
        });
        asked.unwrap_or_else(|| panic!("nothing was asked in {slot:?}"))
    }

    /// The latest question in a slot is answered.
    pub(crate) fn answer(&mut self, slot: Slot, answer: Answer) {
        let generation = self.asked(slot);
        self.act(Action::Answered { slot, generation, result: Box::new(Ok(answer)) });
    }

    pub(crate) fn answered(mut self, slot: Slot, answer: Answer) -> Self {
        self.answer(slot, answer);
        self
    }

    pub(crate) fn refused(mut self, slot: Slot, refusal: Refusal) -> Self {
        let generation = self.asked(slot);
        self.act(Action::Answered { slot, generation, result: Box::new(Err(refusal)) });
        self
    }

    pub(crate) fn acted(mut self, action: Action) -> Self {
        self.act(action);
        self
    }

    /// What was said last.
    pub(crate) fn said(&self) -> &str {
        self.state.notice.as_ref().map_or("", |notice| notice.message.key.0)
    }
}

/// What a wrong rule is refused with.
pub(crate) fn wrong_rule() -> Refusal {
    let message = Message::new(msg!("rule.unknown-name-meant"))
        .with("name", "payrol")
        .with("meant", "payroll");
    Refusal { place: Some(4..6), ..Refusal::because(message) }
}
