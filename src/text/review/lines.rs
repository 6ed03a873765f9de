//! The figures of a review as lines: the same for the command's table, the page and the report.

use super::{
    Lang, amount, chance, change, note, percent, points, relative, relative_within, render,
};
use super::{step_name, steps, verdict_given};
use crate::domain::message::{Key, Message};
use crate::domain::money::{Currency, Minor};
use crate::domain::review::{ArmBalance, Balance, Effect, Limit, Part, Review, StepName};
use crate::domain::statistics::sum::whole as counted;
use crate::domain::strategy::facts;
use crate::domain::task::FeedbackReason;
use crate::msg;
use crate::text::number;

/// A part of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// From the list to what was sold.
    Funnel,
    /// What was done.
    Execution,
    /// What came of it.
    Effect,
    /// The declared balance.
    Balance,
    /// By branch.
    Branches,
    /// Guard rails.
    Guards,
    /// Cost and benefit.
    Cost,
    /// What must be known.
    Notes,
    /// The verdict.
    Verdict,
}

impl Section {
    /// Its heading.
    #[must_use]
    pub fn name(self) -> Key {
        match self {
            Self::Funnel => msg!("review.part.funnel"),
            Self::Execution => msg!("review.part.execution"),
            Self::Effect => msg!("review.part.effect"),
            Self::Balance => msg!("review.part.balance"),
            Self::Branches => msg!("review.part.branches"),
            Self::Guards => msg!("review.part.guards"),
            Self::Cost => msg!("review.part.cost"),
            Self::Notes => msg!("review.part.notes"),
            Self::Verdict => msg!("review.part.verdict"),
        }
    }
}

/// A figure as a number, for programs and workbooks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    /// Customers, or other things that are counted.
    Count(i64),
    /// So many of so many.
    Of(Part),
    /// A share in percent.
    Percent(f64),
    /// A difference of shares in percentage points.
    Points(f64),
    /// An amount.
    Money(Minor, Currency),
    /// A number without a unit.
    Number(f64),
}

/// A figure of a line: as people read it, and as the number that it is. Empty where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// For people.
    pub text: String,
    /// The number; none where it is words or a day.
    pub plain: Option<Plain>,
}

impl Figure {
    fn of(text: String, plain: Plain) -> Self {
        Self { text, plain: Some(plain) }
    }

    fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), plain: None }
    }

    fn count(n: u64) -> Self {
        Self::of(number::count(whole(n)), Plain::Count(whole(n)))
    }

    /// `56/70`
    fn part(part: Part) -> Self {
        let (hit, n) = (number::count(whole(part.hit)), number::count(whole(part.n)));
        Self::of(format!("{hit}/{n}"), Plain::Of(part))
    }

    /// The share of a part; nothing of nobody.
    fn share(part: Part) -> Self {
        match number::percent(whole(part.hit), whole(part.n)) {
            Some(text) => {
                Self::of(text, Plain::Percent(100.0 * counted(part.hit) / counted(part.n)))
            }
            None => Self::default(),
        }
    }

    fn percent(share: f64) -> Self {
        Self::of(percent(share), Plain::Percent(share * 100.0))
    }

    fn points(share: f64) -> Self {
        Self::of(points(share), Plain::Points(share * 100.0))
    }

    fn chance(p: f64) -> Self {
        Self::of(chance(p), Plain::Number(p))
    }

    fn money(amount: Minor, currency: Currency) -> Self {
        Self::of(number::money_exact(amount, currency), Plain::Money(amount, currency))
    }
}

/// One line; what does not apply is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Of which part.
    pub section: Section,
    /// What it is.
    pub item: String,
    /// Of the treated arm.
    pub treated: Figure,
    /// Of the control arm.
    pub control: Figure,
    /// The figure itself.
    pub value: Figure,
    /// Its lower limit.
    pub lower: Figure,
    /// Its upper limit.
    pub upper: Figure,
    /// The probability of it by chance.
    pub p: Figure,
}

struct Writer {
    lang: Lang,
    currency: Currency,
    lines: Vec<Line>,
}

/// Every line of a review, in order.
#[must_use]
pub fn lines(review: &Review, currency: Currency, lang: Lang) -> Vec<Line> {
    let mut to = Writer { lang, currency, lines: Vec::new() };
    to.done(review);
    to.feedback(review);
    to.effect(review);
    if let Some(balance) = &review.balance {
        to.balance(balance);
    }
    to.branches(review);
    to.guards(review);
    to.cost(review);
    for known in &review.notes {
        let item = render(&note(known, review), lang);
        to.line(Section::Notes, item);
    }
    if let Some(closed) = &review.closed {
        let line = to.line(Section::Verdict, closed.text.clone());
        line.treated = Figure::words(closed.by.as_str());
        line.control = Figure::words(number::moment(&closed.at));
        line.value = Figure::words(render(&verdict_given(closed), lang));
    }
    to.lines
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Writer {
    fn word(&self, key: Key) -> String {
        render(&key.into(), self.lang)
    }

    fn line(&mut self, section: Section, item: String) -> &mut Line {
        let none = Figure::default;
        let (treated, control, value) = (none(), none(), none());
        let (lower, upper, p) = (none(), none(), none());
        self.lines.push(Line { section, item, treated, control, value, lower, upper, p });
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    fn keyed(&mut self, section: Section, key: Key) -> &mut Line {
        let item = self.word(key);
        self.line(section, item)
    }

    fn done(&mut self, review: &Review) {
        let tasks = review.arms.treated.n;
        for step in &review.funnel {
            let hit = step.customers;
            let line = self.keyed(Section::Funnel, step_name(step.step));
            line.treated = Figure::count(hit);
            if step.step != StepName::Listed {
                line.value = Figure::share(Part { n: tasks, hit });
            }
        }
        let done = &review.execution;
        for (key, part) in [
            (msg!("review.item.orders"), Part { n: done.orders, hit: done.signed_orders }),
            (msg!("review.item.reached"), Part { n: done.tasks, hit: done.reached }),
            (msg!("review.item.on-time"), Part { n: done.tasks, hit: done.on_time }),
        ] {
            let line = self.keyed(Section::Execution, key);
            line.treated = Figure::part(part);
            line.value = Figure::share(part);
        }
    }

    /// What branches have said of the strategy.
    fn feedback(&mut self, review: &Review) {
        for said in &review.feedback {
            let reason = FeedbackReason::from_code(&said.reason).unwrap_or(FeedbackReason::Other);
            let message = Message::new(msg!("review.item.feedback")).with("reason", reason.label());
            let line = self.line(Section::Execution, render(&message, self.lang));
            line.treated = Figure::count(said.n);
        }
    }

    fn effect(&mut self, review: &Review) {
        let (treated, control) = (review.arms.treated, review.arms.control);
        let line = self.keyed(Section::Effect, msg!("review.item.customers"));
        line.treated = Figure::count(treated.n);
        line.control = Figure::count(control.n);
        if let (Some(one), Some(other)) = (treated.converted, control.converted) {
            let line = self.keyed(Section::Effect, msg!("review.item.converted"));
            line.treated = Figure::part(Part { n: treated.n, hit: one });
            line.control = Figure::part(Part { n: control.n, hit: other });
            let (one, other) = review.shares();
            let line = self.keyed(Section::Effect, msg!("review.item.share"));
            line.treated = one.map(Figure::percent).unwrap_or_default();
            line.control = other.map(Figure::percent).unwrap_or_default();
        }
        self.shown(Section::Effect, msg!("review.item.itt"), review.itt, Figure::points);
        self.shown(Section::Effect, msg!("review.item.on-reached"), review.reached, Figure::points);
        self.shown(Section::Effect, msg!("review.item.lift"), review.lift, |share| {
            Figure::of(relative(share), Plain::Percent(share * 100.0))
        });
        if let Some(mde) = review.mde {
            self.keyed(Section::Effect, msg!("review.item.mde")).value = Figure::points(mde);
        }
        if let Some(srm) = review.srm {
            let line = self.keyed(Section::Effect, msg!("review.item.srm"));
            line.value = Figure::of(format!("chi2 {:.2}", srm.chi2), Plain::Number(srm.chi2));
            line.p = Figure::chance(srm.p);
        }
        if let Some(pair) = review.before_after {
            for (key, hit) in [
                (msg!("review.item.did-before"), pair.before),
                (msg!("review.item.did-after"), pair.after),
            ] {
                let line = self.keyed(Section::Effect, key);
                line.treated = Figure::part(Part { n: pair.n, hit });
                line.value = Figure::share(Part { n: pair.n, hit });
            }
        }
        self.matched(review);
    }

    /// Branches held against others like them: no proof, and said so on the line itself.
    fn matched(&mut self, review: &Review) {
        let Some(found) = &review.matched else { return };
        let metric = || found.metric.to_uppercase();
        for (key, effect, p) in [
            (msg!("review.item.matched"), found.effect, None),
            (msg!("review.item.pre-trend"), found.pre_trend, Some(found.pre_trend_p)),
        ] {
            let item = Message::new(key).with("metric", metric());
            let line = self.line(Section::Effect, render(&item, self.lang));
            let shown = |value: f64| {
                let text = relative_within(value, (effect.lower, effect.upper));
                Figure::of(text, Plain::Percent(value * 100.0))
            };
            line.value = shown(effect.estimate);
            line.lower = shown(effect.lower);
            line.upper = shown(effect.upper);
            line.p = p.map(Figure::chance).unwrap_or_default();
        }
    }

    fn shown(
        &mut self,
        section: Section,
        key: Key,
        effect: Option<Effect>,
        as_: impl Fn(f64) -> Figure,
    ) {
        let Some(effect) = effect else { return };
        let line = self.keyed(section, key);
        line.value = as_(effect.estimate);
        line.lower = as_(effect.lower);
        line.upper = as_(effect.upper);
    }

    fn balance(&mut self, balance: &Balance) {
        let (money, currency, lang) = (balance.money, self.currency, self.lang);
        let metric = || balance.metric.to_uppercase();
        let mean = |value: Option<f64>| {
            let shown = |value| {
                Figure::of(amount(value, money, currency, lang), held(value, money, currency))
            };
            value.map(shown).unwrap_or_default()
        };
        let before = Message::new(msg!("review.item.before")).with("metric", metric());
        let after =
            Message::new(msg!("review.item.after")).with("metric", metric()).with("on", balance.on);
        if balance.wanted.is_some() {
            let line = self.keyed(Section::Balance, msg!("review.item.ends"));
            line.value = Figure::words(number::date(balance.on));
        }
        let (one, other) = (balance.treated, balance.control);
        for (item, of) in [
            (before, (|arm: ArmBalance| arm.before) as fn(ArmBalance) -> Option<f64>),
            (after, |arm| arm.after),
        ] {
            if of(one).is_some() {
                let line = self.line(Section::Balance, render(&item, lang));
                line.treated = mean(of(one));
                line.control = mean(of(other));
            }
        }
        let shown = |value: f64| {
            Figure::of(change(value, money, currency, lang), held(value, money, currency))
        };
        self.shown(Section::Balance, msg!("review.item.raw"), balance.raw, shown);
        self.shown(Section::Balance, msg!("review.item.cuped"), balance.cuped, shown);
        if one.left.is_some() || other.left.is_some() {
            let line = self.keyed(Section::Balance, msg!("review.item.left"));
            line.treated = one.left.map(Figure::part).unwrap_or_default();
            line.control = other.left.map(Figure::part).unwrap_or_default();
        }
    }

    fn branches(&mut self, review: &Review) {
        for row in &review.branches {
            let name = if row.name.is_empty() { &row.org } else { &row.name };
            let line = self.line(Section::Branches, name.clone());
            line.treated = Figure::part(row.treated);
            line.control = Figure::part(row.control);
            if let Some(itt) = row.itt {
                line.value = Figure::points(itt.estimate);
                line.lower = Figure::points(itt.lower);
                line.upper = Figure::points(itt.upper);
            }
            line.p = row.p_holm.map(Figure::chance).unwrap_or_default();
        }
    }

    /// Two lines each: the arms held against each other, and the treated against the limit.
    fn guards(&mut self, review: &Review) {
        for row in &review.guards {
            if row.unknown {
                let value = self.word(msg!("review.guard.unknown"));
                self.line(Section::Guards, row.name.clone()).value = Figure::words(value);
                continue;
            }
            let line = self.line(Section::Guards, row.name.clone());
            line.treated = Figure::share(row.treated);
            line.control = Figure::share(row.control);
            if let Some(difference) = row.difference {
                line.value = Figure::points(difference.estimate);
                line.lower = Figure::points(difference.lower);
                line.upper = Figure::points(difference.upper);
            }
            let most = facts::percent(row.at_most_ppm);
            let limit = Message::new(msg!("review.guard.at-most"))
                .with("name", row.name.as_str())
                .with("share", most);
            let held =
                if row.broken { msg!("review.guard.broken") } else { msg!("review.guard.held") };
            let (item, value) = (render(&limit, self.lang), self.word(held));
            let line = self.line(Section::Guards, item);
            line.treated = Figure::part(row.treated);
            line.control = Figure::part(row.control);
            line.value = Figure::words(value);
        }
    }

    fn cost(&mut self, review: &Review) {
        let Some(cost) = review.cost else { return };
        let (currency, lang) = (self.currency, self.lang);
        let count = |value: f64| {
            Figure::of(number::count_change(steps(value, 1.0), lang), Plain::Number(value))
        };
        self.shown(Section::Cost, msg!("review.item.extra"), cost.extra, count);
        for (key, amount) in [
            (msg!("review.item.benefits"), cost.benefits),
            (msg!("review.item.per-extra"), cost.per_extra),
            (msg!("review.item.brought"), cost.brought),
        ] {
            if let Some(amount) = amount {
                self.keyed(Section::Cost, key).value = Figure::money(amount, currency);
            }
        }
        let limit = match (cost.limit, cost.benefits) {
            (Some(Limit::AtMost(amount)), _) => Figure::money(amount, currency),
            (Some(Limit::NoneSet), Some(_)) => {
                Figure::words(self.word(msg!("review.cost.no-limit")))
            }
            _ => return,
        };
        self.keyed(Section::Cost, msg!("review.item.limit")).value = limit;
    }
}

/// A mean or a difference of balances, which are minor units or numbers.
fn held(value: f64, money: bool, currency: Currency) -> Plain {
    if money { Plain::Money(Minor(steps(value, 1.0)), currency) } else { Plain::Number(value) }
}
