//! Arbitrary trees in normal form, with every kind of condition that rules have.

use proptest::prelude::*;
use proptest::sample::select;

use super::{bank, day};
use crate::domain::id::StaffId;
use crate::domain::money::Minor;
use crate::domain::rule::{
    Anchor, ArithOp, BalanceOf, Column, CompareOp, Day, EventFilter, EventSet, Expr, Interval,
    Kind, Leaf, Number, Rule, Term, TierRange, Value, Vocabulary, Written,
};

const OPS: [CompareOp; 6] =
    [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

fn named(vocabulary: &Vocabulary, code: &str) -> Column {
    vocabulary.column(code, true).unwrap()
}

fn columns(codes: &'static [&'static str]) -> impl Strategy<Value = Term> {
    select(codes).prop_map(|code| Term::Column(named(&bank(), code)))
}

fn number() -> impl Strategy<Value = Number> {
    select(vec!["0", "-1", "30", "0.25", "123456789.987654321"])
        .prop_map(|n| Number::parse(n).unwrap())
}

fn interval() -> impl Strategy<Value = Interval> {
    (0..40_i32, 0..400_i32).prop_filter_map("nothing", |(months, days)| {
        (months + days > 0).then_some(Interval { months, days })
    })
}

fn date() -> impl Strategy<Value = Value> {
    let fixed =
        (1900..2100_i32, 1..13_u32, 1..29_u32).prop_map(|(y, m, d)| Day::fixed(day(y, m, d)));
    let moved = (select(&Anchor::ALL[..]), -40..40_i32, -400..400_i32).prop_map(
        |(anchor, months, days)| {
            Day::relative(anchor, Interval { months, days }, bank().bank().as_of).unwrap()
        },
    );
    prop_oneof![fixed, moved].prop_map(Value::Date)
}

fn tier() -> impl Strategy<Value = TierRange> {
    select(vec!["basic", "mass", "gold", "private"]).prop_map(|t| bank().tier(t).unwrap())
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::MONEY => any::<i64>().prop_map(|m| Value::Money(Minor(m))).boxed(),
        Kind::DATE => date().boxed(),
        Kind::Tier => tier().prop_map(Value::Tier).boxed(),
        _ => number().prop_map(Value::Number).boxed(),
    }
}

fn filter() -> impl Strategy<Value = EventFilter> {
    let text = || select(vec!["atm", "it's", "柜面"]).prop_map(str::to_owned);
    let leaf = prop_oneof![
        (select(&OPS[..]), any::<i64>())
            .prop_map(|(op, m)| EventFilter::Amount { op, value: Minor(m) }),
        (any::<bool>(), 0..50_i64, 50..99_i64).prop_map(|(negated, low, high)| {
            EventFilter::AmountBetween { negated, low: Minor(low), high: Minor(high) }
        }),
        any::<bool>().prop_map(|negated| EventFilter::AmountIsNull { negated }),
        any::<bool>().prop_map(|negated| EventFilter::DetailIsNull { negated }),
        (any::<bool>(), prop::collection::vec(text(), 1..3))
            .prop_map(|(negated, values)| EventFilter::Detail { negated, values }),
        (any::<bool>(), text())
            .prop_map(|(negated, pattern)| EventFilter::DetailLike { negated, pattern }),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        let and = |part: EventFilter| match part {
            EventFilter::And(inner) => inner,
            other => vec![other],
        };
        let or = |part: EventFilter| match part {
            EventFilter::Or(inner) => inner,
            other => vec![other],
        };
        let parts = prop::collection::vec(inner.clone(), 2..3);
        prop_oneof![
            inner.prop_map(|part| EventFilter::Not(Box::new(part))),
            parts
                .clone()
                .prop_map(move |p| EventFilter::And(p.into_iter().flat_map(and).collect())),
            parts.prop_map(move |p| EventFilter::Or(p.into_iter().flat_map(or).collect())),
        ]
    })
}

fn events() -> impl Strategy<Value = EventSet> {
    let kind = select(vec!["login", "transfer_out", "工资入账"])
        .prop_map(|code| bank().known().event(code).unwrap());
    (kind, prop::option::of(interval()), prop::option::of(filter()))
        .prop_map(|(kind, back, filter)| EventSet { kind, back, filter })
}

fn balance() -> impl Strategy<Value = BalanceOf> {
    let named = select(vec!["fund", "stock", "equity", "cash"])
        .prop_map(|code| bank().known().balance(code).unwrap());
    prop_oneof![Just(BalanceOf::Aum), named]
}

fn quantity() -> BoxedStrategy<Term> {
    let plain = prop_oneof![
        columns(&["age", "score"]),
        columns(&["aum", "loan_balance"]),
        columns(&["birth_date", "opened_on", "last_visit"]),
        columns(&["tier"]),
        events().prop_map(|events| Term::Events { events }),
        events().prop_map(|events| Term::SumEvents { events }),
        events().prop_map(|events| Term::FirstEvent { events }),
        events().prop_map(|events| Term::LastEvent { events }),
        balance().prop_map(|of| Term::Balance { of }),
        (balance(), interval()).prop_map(|(of, back)| Term::Change { of, back }),
        Just(Term::ProductCount),
        select(vec![
            "near_tier('private')",
            "near_tier('mass')",
            "drift('equity')",
            "drift('cash')"
        ])
        .prop_map(|text| {
            match super::read(&format!("{text} > 1")).expr {
                Expr::Compare { left, .. } => left,
                other => panic!("{other:?}"),
            }
        }),
    ];
    plain
        .prop_recursive(3, 8, 2, |inner| {
            let op = select(vec![ArithOp::Add, ArithOp::Sub, ArithOp::Mul, ArithOp::Div]);
            let sides = prop_oneof![
                (inner.clone(), inner.clone()),
                (inner.clone(), beside()),
                (beside(), inner.clone()),
            ];
            (op, sides, inner).prop_map(|(op, (left, right), other)| {
                let fits = left.kind().is_computed()
                    && right.kind().is_computed()
                    && op.kind(left.kind(), right.kind()).is_some()
                    && literal_fits(op, &left, &right);
                let (left, right) = (Box::new(left), Box::new(right));
                if fits { Term::Arith { op, left, right } } else { other }
            })
        })
        .boxed()
}

fn beside() -> impl Strategy<Value = Term> {
    prop_oneof![value(Kind::NUMBER), value(Kind::MONEY), value(Kind::DATE)].prop_map(Term::Literal)
}

/// Whether a bare literal stands where the text would be read as one of its kind again.
fn literal_fits(op: ArithOp, left: &Term, right: &Term) -> bool {
    let sum = matches!(op, ArithOp::Add | ArithOp::Sub);
    let fits = |literal: &Term, other: &Term| match literal {
        Term::Literal(Value::Money(_)) => sum && other.kind() == Kind::MONEY,
        Term::Literal(Value::Date(Day { written: Written::Fixed, .. })) => {
            op == ArithOp::Sub && other.kind() == Kind::DATE
        }
        _ => true,
    };
    fits(left, right) && fits(right, left)
}

fn ordered() -> impl Strategy<Value = (Term, [Value; 2])> {
    quantity().prop_flat_map(|term| {
        let kind = term.kind();
        (Just(term), value(kind), value(kind)).prop_map(|(term, a, b)| (term, [a, b]))
    })
}

fn unordered() -> impl Strategy<Value = (Term, [Value; 2])> {
    let unit = |code: &str| Value::Unit(bank().unit(code).unwrap());
    let category = |code: &str, a: &str, b: &str| {
        let values = [Value::Category(a.into()), Value::Category(b.into())];
        (Term::Column(named(&bank(), code)), values)
    };
    select(vec![
        category("job", "it's complicated", "student"),
        category("风险等级", "保守型", "进取型"),
        category("gender", "F", "M"),
        (Term::Column(Column::Org), [unit("HQ"), unit("S032")]),
        (
            Term::Column(Column::Rm),
            [Value::Staff("M001".into(), StaffId(7)), Value::Staff("M002".into(), StaffId(9))],
        ),
    ])
}

fn function() -> impl Strategy<Value = Leaf> {
    let segment = |text: &str| match super::read(text).expr {
        Expr::Leaf(leaf) => leaf,
        other => panic!("{other:?}"),
    };
    prop_oneof![
        (events(), events(), interval()).prop_map(|(first, then, within)| Leaf::FollowedBy {
            first,
            then,
            within
        }),
        (balance(), 1..40_u32).prop_map(|(of, months)| Leaf::Falling { of, months }),
        (tier(), tier(), interval()).prop_map(|(from, to, back)| Leaf::TierMoved {
            from,
            to,
            back
        }),
        balance()
            .prop_filter_map("all", |of| { (of != BalanceOf::Aum).then_some(Leaf::Holds { of }) }),
        select(vec!["sms", "phone"]).prop_map(|c| Leaf::Consents { channel: c.into() }),
        select(vec![
            segment("segment('YOUNG')"),
            segment("segment('YOUNG', 1)"),
            segment("segment('RICH')"),
        ]),
        Just(Leaf::Snapshot { id: 17 }),
        select(vec![1, 3]).prop_map(|upload| Leaf::List { code: "VIP24".into(), upload }),
        interval().prop_map(|back| Leaf::Contacted { back }),
        Just(Leaf::InStrategy { code: "KEEP".into() }),
        (1..=1_000_000_u32).prop_map(|ppm| Leaf::Sample { ppm }),
        (select(vec!["HQ", "S031"]), 1..=u32::MAX)
            .prop_map(|(code, metres)| Leaf::Within { unit: bank().unit(code).unwrap(), metres }),
    ]
}

fn leaf() -> impl Strategy<Value = Expr> {
    let flags = select(vec!["housing", "VIP", "year 2025", "in", "say \"hi\"", "no_contact"]);
    let compare = |op: CompareOp| {
        move |(left, [value, _]): (Term, [Value; 2])| Expr::Compare {
            left,
            op,
            right: Term::Literal(value),
        }
    };
    let two = (quantity(), select(&OPS[..]), quantity()).prop_map(|(left, op, right)| {
        if left.kind() == right.kind() && left.kind().is_computed() {
            Expr::Compare { left, op, right }
        } else {
            Expr::IsNull { term: left, negated: true }
        }
    });
    prop_oneof![
        1 => any::<bool>().prop_map(Expr::Const),
        1 => flags.prop_map(|code| Expr::Flag(named(&bank(), code))),
        4 => (ordered(), select(&OPS[..])).prop_map(move |(sides, op)| compare(op)(sides)),
        1 => (unordered(), select(&OPS[..2])).prop_map(move |(sides, op)| compare(op)(sides)),
        2 => two,
        2 => (ordered(), any::<bool>()).prop_map(|((term, [low, high]), negated)| {
            // The greater stands behind the smaller, or both are one: nothing else is a range.
            let high = if in_order(&low, &high) { high } else { low.clone() };
            Expr::Between { term, negated, low, high }
        }),
        1 => (prop_oneof![ordered(), unordered()], any::<bool>()).prop_map(
            |((term, values), negated)| Expr::In { term, negated, values: values.to_vec() }
        ),
        1 => (prop_oneof![ordered(), unordered()], any::<bool>())
            .prop_map(|((term, _), negated)| Expr::IsNull { term, negated }),
        1 => (select(vec!["job", "gender", "风险等级"]), any::<bool>(), "[a%_'\\\\型]{0,5}")
            .prop_map(|(code, negated, pattern)| {
                Expr::Like { column: named(&bank(), code), negated, pattern }
            }),
        1 => (select(vec!["HQ", "B03", "S031"]), any::<bool>()).prop_map(|(code, negated)| {
            let unit = bank().unit(code).unwrap();
            Expr::Under { negated, subtree: bank().subtree(unit.id), unit }
        }),
        4 => function().prop_map(Expr::Leaf),
    ]
}

fn in_order(low: &Value, high: &Value) -> bool {
    !crate::domain::rule::empty::is_empty_range(low, high)
}

/// Trees in normal form: no `and` directly in an `and`, no `or` directly in an `or`.
pub(super) fn tree() -> impl Strategy<Value = Expr> {
    let related = any::<bool>();
    nested(leaf().boxed()).prop_flat_map(move |expr| (Just(expr), related)).prop_map(
        |(expr, related)| {
            if related && !matches!(expr, Expr::Const(_)) {
                let rule = Box::new(expr);
                return Expr::Leaf(Leaf::Related { kind: "family".into(), rule });
            }
            expr
        },
    )
}

fn nested(leaf: BoxedStrategy<Expr>) -> impl Strategy<Value = Expr> {
    leaf.prop_recursive(6, 40, 5, |inner| {
        let parts = prop::collection::vec(inner.clone(), 2..5);
        prop_oneof![
            inner.prop_map(|e| Expr::Not(Box::new(e))),
            parts.clone().prop_map(|parts| Expr::And(flat(parts, true))),
            parts.prop_map(|parts| Expr::Or(flat(parts, false))),
        ]
    })
}

fn flat(parts: Vec<Expr>, and: bool) -> Vec<Expr> {
    parts
        .into_iter()
        .flat_map(|part| match part {
            Expr::And(inner) if and => inner,
            Expr::Or(inner) if !and => inner,
            other => vec![other],
        })
        .collect()
}

pub(super) fn rule(expr: Expr) -> Rule {
    let vocabulary = bank();
    let bank = vocabulary.bank();
    Rule { expr, as_of: bank.as_of, currency: bank.currency, timezone: bank.timezone }
}
