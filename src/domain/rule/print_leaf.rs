//! The functions of a rule in canonical form.

use super::expr::{BalanceOf, EventFilter, EventSet, Leaf, Term};
use super::print::{Printer, Strength, interval};
use super::value::Interval;

impl Printer {
    /// A condition that is a function.
    pub(super) fn leaf(&mut self, leaf: &Leaf) {
        match leaf {
            Leaf::FollowedBy { first, then, within } => self.call("followed_by", |p| {
                p.set(first);
                p.comma();
                p.set(then);
                p.window(*within);
            }),
            Leaf::Falling { of, months } => self.call("falling", |p| {
                p.text(of.code());
                let months = i32::try_from(*months).unwrap_or(i32::MAX);
                p.window(Interval { months, days: 0 });
            }),
            Leaf::TierMoved { from, to, back } => self.call("tier_moved", |p| {
                p.text(&from.code);
                p.comma();
                p.text(&to.code);
                p.window(*back);
            }),
            Leaf::Holds { of } => self.of("holds", of),
            Leaf::Consents { channel } => self.call("consent", |p| p.text(channel)),
            Leaf::Segment { code, version, rule } => {
                self.call("segment", |p| {
                    p.text(code);
                    p.number(*version);
                });
                self.beside(rule);
            }
            Leaf::Snapshot { id } => self.call("snapshot", |p| p.out.push_str(&id.to_string())),
            Leaf::List { code, upload } => self.call("list", |p| {
                p.text(code);
                p.number(Some(*upload));
            }),
            Leaf::Contacted { back } => {
                self.call("contacted", |p| p.out.push_str(&interval(*back)));
            }
            Leaf::InStrategy { code } => self.call("in_strategy", |p| p.text(code)),
            Leaf::Sample { ppm } => self.call("sample", |p| p.parts(*ppm, 4)),
            Leaf::Related { kind, rule } => self.call("related", |p| {
                p.text(kind);
                p.comma();
                p.within(|p| p.expr(rule, Strength::Or));
            }),
            Leaf::Within { unit, metres } => self.call("within", |p| {
                p.text(&unit.code);
                p.comma();
                p.parts(*metres, 3);
            }),
        }
    }

    /// A term that is a function.
    pub(super) fn called(&mut self, term: &Term) {
        match term {
            Term::Events { events } => self.events("events", events),
            Term::SumEvents { events } => self.events("sum_events", events),
            Term::FirstEvent { events } => self.events("first_event", events),
            Term::LastEvent { events } => self.events("last_event", events),
            Term::Balance { of } => self.of("balance", of),
            Term::Change { of, back } => self.call("change", |p| {
                p.text(of.code());
                p.window(*back);
            }),
            Term::NearTier { tier, .. } => self.call("near_tier", |p| p.text(&tier.code)),
            Term::ProductCount => self.call("product_count", |_| ()),
            Term::Drift { class, .. } => self.call("drift", |p| p.text(class)),
            // Those that are no functions are printed where they stand.
            Term::Column(_) | Term::Literal(_) | Term::Arith { .. } => {}
        }
    }

    fn call(&mut self, name: &str, arguments: impl FnOnce(&mut Self)) {
        self.out.push_str(name);
        self.parenthesized(arguments);
    }

    fn comma(&mut self) {
        self.out.push_str(", ");
    }

    /// What a tree shows below.
    fn within(&mut self, inner: impl FnOnce(&mut Self)) {
        if self.folded {
            self.out.push_str("..");
        } else {
            inner(self);
        }
    }

    fn window(&mut self, window: Interval) {
        self.comma();
        self.out.push_str(&interval(window));
    }

    fn number(&mut self, number: Option<i32>) {
        if let Some(number) = number {
            self.comma();
            self.out.push_str(&number.to_string());
        }
    }

    fn of(&mut self, name: &str, of: &BalanceOf) {
        self.call(name, |p| p.text(of.code()));
    }

    /// A set in another function: its kind alone where that says all.
    pub(super) fn set(&mut self, events: &EventSet) {
        if events.back.is_none() && events.filter.is_none() {
            self.text(&events.kind.code);
        } else {
            self.events("events", events);
        }
    }

    fn events(&mut self, name: &str, events: &EventSet) {
        self.call(name, |p| {
            p.text(&events.kind.code);
            if let Some(back) = events.back {
                p.window(back);
            }
            if let Some(filter) = &events.filter {
                p.comma();
                p.within(|p| p.filter(filter, Strength::Or));
            }
        });
    }

    pub(super) fn filter(&mut self, filter: &EventFilter, at_least: Strength) {
        let strength = match filter {
            EventFilter::Or(_) => Strength::Or,
            EventFilter::And(_) => Strength::And,
            EventFilter::Not(_) => Strength::Not,
            _ => Strength::Leaf,
        };
        if strength < at_least {
            self.parenthesized(|p| p.bare_filter(filter));
        } else {
            self.bare_filter(filter);
        }
    }

    fn bare_filter(&mut self, filter: &EventFilter) {
        let no = |negated: bool| if negated { "not " } else { "" };
        match filter {
            EventFilter::Amount { op, value } => {
                self.out.push_str("amount");
                self.word(op.sql());
                self.money(*value);
            }
            EventFilter::AmountBetween { negated, low, high } => {
                self.out.push_str("amount");
                self.word(&format!("{}between", no(*negated)));
                self.money(*low);
                self.word("and");
                self.money(*high);
            }
            EventFilter::AmountIsNull { negated } => {
                self.null("amount", *negated);
            }
            EventFilter::Detail { negated, values } => {
                self.out.push_str("detail");
                if let [value] = values.as_slice() {
                    self.word(if *negated { "<>" } else { "=" });
                    return self.text(value);
                }
                self.word(&format!("{}in", no(*negated)));
                self.parenthesized(|p| p.list(values, |p, value| p.text(value)));
            }
            EventFilter::DetailLike { negated, pattern } => {
                self.out.push_str("detail");
                self.word(&format!("{}like", no(*negated)));
                self.text(pattern);
            }
            EventFilter::DetailIsNull { negated } => {
                self.null("detail", *negated);
            }
            EventFilter::Not(inner) => {
                self.out.push_str("not ");
                self.deeper(|p| p.filter(inner, Strength::Not));
            }
            EventFilter::And(parts) => self.filters(parts, "and", Strength::Not),
            EventFilter::Or(parts) => self.filters(parts, "or", Strength::And),
        }
    }

    fn null(&mut self, field: &str, negated: bool) {
        self.out.push_str(field);
        self.out.push_str(if negated { " is not null" } else { " is null" });
    }

    fn filters(&mut self, parts: &[EventFilter], word: &str, at_least: Strength) {
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.word(word);
            }
            self.filter(part, at_least);
        }
    }
}
