//! `baton kpi explain`: why a metric moved.

use chrono::NaiveDate;
use serde::Serialize;

use super::{amount, for_people, is_money, label, share, unit_column, unit_of};
use crate::cli::{Context, Failure, Table};
use crate::domain::decomposition::headline::{Headline, Who, unread};
use crate::domain::decomposition::over::Over;
use crate::domain::decomposition::{
    By, Effect, Explanation, Method, Share, UnseenOf, When, cancel, sentence,
};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::metric::compare::{Compare, Taken};
use crate::domain::metric::{Quality, Value};
use crate::domain::money::Currency;
use crate::msg;
use crate::store::Session;
use crate::store::kpi::explain::{self as store, Asked};
use crate::store::kpi::headline;
use crate::text::{self, number};

/// Why a metric moved.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The metric's code
    metric: String,
    /// The earlier day, or period: 2026-09-30, 2026-09, 2026Q3, 2026H1, 2026, 2026-09-01..2026-09-15
    #[arg(long, value_name = "WHEN", required_unless_present = "compare", requires = "to")]
    from: Option<String>,
    /// The later day, or period
    #[arg(long, value_name = "WHEN", required_unless_present = "compare", requires = "from")]
    to: Option<String>,
    /// Against the period before, the same of the year before, the year's beginning, or the plan
    #[arg(long, value_parser = ["prev", "yoy", "ytd", "plan"], conflicts_with_all = ["from", "to"])]
    compare: Option<String>,
    /// The day that is compared (default: the bank's today)
    #[arg(long, value_name = "DATE", requires = "compare")]
    on: Option<NaiveDate>,
    /// The org unit's code (default: the whole bank)
    #[arg(long, value_name = "CODE")]
    org: Option<String>,
    /// Over the units below, the factors of the formula, both, an attribute or a segment:
    /// org, factor, factor+org, attribute:CODE, attribute:age:30,46, segment:CODE (or segment with --segment CODE)
    #[arg(long, default_value = "org", value_parser = by)]
    by: By,
    /// The segment of `--by segment`: its members are held against all others
    #[arg(long, value_name = "CODE")]
    segment: Option<String>,
    /// The method (default: the one that fits; the answer says why)
    #[arg(long, value_parser = ["additive", "lmdi", "shapley", "mix-rate", "adtributor"])]
    method: Option<String>,
    /// Step by step over the ends of months (the periods) between, instead of from one end to the other at once
    #[arg(long)]
    chain: bool,
}

/// Reads what a change is split over.
pub(crate) fn by(text: &str) -> Result<By, &'static str> {
    By::parse(text).ok_or("org, factor, factor+org, attribute:CODE, segment:CODE or segment")
}

impl Args {
    fn asked(self) -> Result<Asked, Failure> {
        if self.chain && self.compare.is_some() {
            return Err(Failure::usage(msg!("kpi.chain-compare")));
        }
        let when = match (self.from.zip(self.to), self.compare.as_deref()) {
            (Some((from, to)), _) => {
                When::read(&from, &to).map_err(|wrong| Failure::refused(wrong.message()))?
            }
            (None, compare) => {
                let compare = compare.and_then(Compare::parse).unwrap_or(Compare::Prev);
                When::Compare(compare, self.on)
            }
        };
        let method = self.method.as_deref().and_then(Method::asked);
        let by = match (self.by, self.segment) {
            (by, None) => by,
            (By::Segment(code), Some(segment)) if code.is_empty() || code == segment => {
                By::Segment(segment)
            }
            _ => return Err(Failure::refused(msg!("kpi.segment-of-by"))),
        };
        let (metric, org, chain) = (self.metric, self.org, self.chain);
        Ok(Asked { metric, org, when, by, method, chain })
    }
}

/// Runs it.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub(super) async fn run(
    args: Args,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let asked = args.asked()?;
    let (answer, currency) = store::explain(session, &asked).await?;
    let told = headline::headline(session, &asked).await?;
    let planned = matches!(asked.when, When::Compare(Compare::Plan, _));
    say(&answer, &told, planned, context);
    let sentence = text::render(&told.sentence_over(&answer), context.output.lang);
    let mut unread: Vec<&String> = answer.unread.iter().chain(&told.unread).collect();
    unread.sort_unstable();
    unread.dedup();
    let (who, groups_unseen) = (told.who_over(&answer), told.unseen);
    let whole = Answer { of: &answer, sentence, who, unread, groups_unseen };
    context.output.result(&whole, || table(&answer, currency, context))
}

/// The change and its parts, and the sentence above them.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    of: &'a Explanation,
    sentence: String,
    who: Option<&'a Who>,
    /// Attributes that could not be read, and so explain nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<&'a String>,
    /// No group of customers is named, since these units' are not all the caller's to see.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    groups_unseen: bool,
}

fn say(answer: &Explanation, told: &Headline, planned: bool, context: &Context) {
    if for_people(context) {
        context.output.say(
            Message::new(if planned { msg!("kpi.explained-plan") } else { msg!("kpi.explained") })
                .with("metric", label(&told.metric.0, &told.metric.1))
                .with("org", told.org.as_str())
                .with("from", before(answer))
                .with("to", after(answer)),
        );
        context.output.say(told.sentence_over(answer));
        // Why nobody explains it stands in the sentence already, or what the same parts take back of each other.
        let said = sentence::explained(answer).filter(|_| told.says(answer));
        let below = sentence::below(answer).into_iter();
        for said in below.filter(|below| said.as_ref() != Some(below)) {
            context.output.say(said);
        }
        for said in answer.over.iter().flat_map(Over::said) {
            context.output.say(said);
        }
    }
    let doubts = answer.over.iter().flat_map(Over::doubts);
    for said in doubts.chain(sentence::no_shares(answer)) {
        context.output.say(said);
    }
    let ends = [(answer.from_date, answer.from_day), (answer.to_date, answer.to_day)];
    for (on, day) in ends {
        if let Some(day) = day.filter(|&day| day != on && answer.to_start.is_none()) {
            context.output.say(Message::new(msg!("kpi.facts-of")).with("on", on).with("day", day));
        }
    }
    if answer.residual.as_f64() != 0.0 {
        let why = if answer.by.is_of_customers() || answer.method == Method::Adtributor {
            msg!("kpi.records-differ")
        } else if planned {
            msg!("kpi.plan-differs")
        } else {
            msg!("kpi.residual-why")
        };
        let metric = label(&told.metric.0, &told.metric.1);
        context.output.say(Message::new(why).with("metric", metric));
    }
    if let Some(unseen) = &answer.unseen {
        context.output.say(match unseen.of {
            UnseenOf::Units => msg!("kpi.unseen-why"),
            UnseenOf::Customers => msg!("kpi.unseen-rm-why"),
        });
    }
    for said in answer.remarks.said() {
        context.output.say(said);
    }
    let of = |on: Arg, quality: &Quality| {
        for said in quality.said() {
            let of = Message::new(msg!("kpi.quality.of")).with("metric", on.clone());
            context.output.say(of.with("said", said));
        }
    };
    of(before(answer), &answer.quality.from);
    of(after(answer), &answer.quality.to);
    for said in told.left_out() {
        context.output.say(said);
    }
    if told.unread.is_empty()
        && let Some(said) = unread(&answer.unread)
    {
        context.output.say(said);
    }
    if answer.by.is_of_customers() {
        context.output.say(msg!("kpi.groups-are-todays"));
    }
}

/// The days of the earlier value: the period that was asked for, else over which the metric is taken.
fn before(answer: &Explanation) -> Arg {
    match &answer.over {
        Some(over) => over.from.period().label().into(),
        None => Taken { start: answer.from_start, end: answer.from_date }.said(),
    }
}

/// Those of the later one.
fn after(answer: &Explanation) -> Arg {
    match &answer.over {
        Some(over) => over.to.period().label().into(),
        None => Taken { start: answer.to_start, end: answer.to_date }.said(),
    }
}

fn table(answer: &Explanation, currency: Currency, context: &Context) -> Table {
    let money = is_money(answer.unit.as_deref()).then_some(currency);
    let columns = [
        ("part", msg!("kpi.column.part")),
        ("name", msg!("kpi.column.name")),
        ("factor", msg!("kpi.column.factor")),
        ("from", msg!("kpi.column.from")),
        ("to", msg!("kpi.column.to")),
        ("effect", msg!("kpi.column.effect")),
        ("share", msg!("kpi.column.share")),
    ];
    // A factor's own values may be counted in something else than its part of the change.
    let own = unit_column(context).map(|_| ("part_unit", msg!("kpi.column.part-unit")));
    let columns = columns.into_iter().chain(unit_column(context)).chain(own);
    let mut table = Table::new(columns);
    let units = |own: Option<&str>| {
        let of = |unit| unit_of(unit, currency, context);
        of(answer.unit.as_deref()).into_iter().chain(of(own))
    };
    let whole = answer.change.as_f64();
    let share_of = |cancels: bool, effect: Value| match cancels {
        true if for_people(context) => "—".into(),
        true => Arg::from(String::new()),
        false => share((whole != 0.0).then(|| effect.as_f64() / whole), context),
    };
    let within = |effect: Value| share_of(parts_cancel(answer), effect);
    let part = |effect: Value| share_of(cancel::cancels(answer), effect);
    let nothing = || Arg::from(String::new());
    for effect in &answer.effects {
        let own = is_money(effect.unit.as_deref()).then_some(currency);
        let cells = [
            effect.name.as_str().into(),
            name(answer, effect),
            nothing(),
            amount(effect.from, own, context),
            amount(effect.to, own, context),
            effected(effect.effect, answer.change, money, context),
            part(effect.effect),
        ];
        table.row(cells.into_iter().chain(units(effect.unit.as_deref())));
        for share in &effect.parts {
            let did = effected(share.effect, answer.change, money, context);
            let named = (effect.name.as_str().into(), called(share, context));
            let cells = factor(share, named, did, &within);
            table.row(cells.into_iter().chain(units(None)));
        }
    }
    for share in &answer.totals {
        let did = effected(share.effect, answer.change, money, context);
        let cells = factor(share, (nothing(), called(share, context)), did, &part);
        table.row(cells.into_iter().chain(units(None)));
    }
    if answer.residual.as_f64() != 0.0 {
        let left = amount(Some(answer.residual), money, context);
        let name = residual(answer).into();
        let share = part(answer.residual);
        let cells = [nothing(), name, nothing(), nothing(), nothing(), left, share];
        table.row(cells.into_iter().chain(units(None)));
    }
    if let Some(unseen) = answer.unseen {
        let left = amount(Some(unseen.effect), money, context);
        let name = unseen.of.label().into();
        let cells = [nothing(), name, nothing(), nothing(), nothing(), left, part(unseen.effect)];
        table.row(cells.into_iter().chain(units(None)));
    }
    if for_people(context) {
        let sum = |value| amount(Some(value), money, context);
        let (from, to) = (sum(answer.from), sum(answer.to));
        let name = msg!("kpi.total").into();
        table.row([nothing(), name, nothing(), from, to, sum(answer.change), nothing()]);
    }
    table
}

/// Whether what each part is split into cancels: then those shares say nothing, whatever the parts' own do.
fn parts_cancel(answer: &Explanation) -> bool {
    let within = answer.effects.iter().flat_map(|effect| &effect.parts);
    cancel::cancel(within.map(|share| share.effect), answer.change)
}

/// What the parts leave over: of customers it is known why.
fn residual(answer: &Explanation) -> Key {
    if answer.by.is_of_customers() { msg!("kpi.in-no-record") } else { msg!("kpi.residual") }
}

/// What a part is called, where that is more than its code.
fn name(answer: &Explanation, effect: &Effect) -> Arg {
    match sentence::label(answer, effect) {
        Arg::Text(_) => String::new().into(),
        named => named,
    }
}

/// What a factor is called, for people; programs have its code.
fn called(share: &Share, context: &Context) -> Arg {
    match (for_people(context), share.name.as_str()) {
        (true, "mix") => msg!("kpi.told.mix").into(),
        (true, "rate") => msg!("kpi.told.rate").into(),
        (true, _) if !share.zh.is_empty() || !share.en.is_empty() => label(&share.zh, &share.en),
        _ => share.name.as_str().into(),
    }
}

/// A part of a change from `whole`: what a factor did to a count is no whole number, and is shown to a tenth.
fn effected(part: Value, whole: Value, money: Option<Currency>, context: &Context) -> Arg {
    match (part, whole) {
        (Value::Number(number), Value::Whole(_)) if money.is_none() && for_people(context) => {
            number::decimal(&format!("{number:.1}")).into()
        }
        _ => amount(Some(part), money, context),
    }
}

fn factor(
    of: &Share,
    (part, factor): (Arg, Arg),
    effect: Arg,
    share: &dyn Fn(Value) -> Arg,
) -> [Arg; 7] {
    let nothing = || Arg::from(String::new());
    [part, nothing(), factor, nothing(), nothing(), effect, share(of.effect)]
}
