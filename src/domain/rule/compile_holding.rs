//! The SQL of what a rule asks of holdings, all of it from one pass over their rows.

use chrono::NaiveDate;

use super::bind::Bind;
use super::compile::Compiler;
use super::expr::BalanceOf;
use super::value::{Interval, TierRange};
use crate::domain::rule::Number;

impl Compiler {
    /// What is held now.
    pub(super) fn balance(&mut self, of: &BalanceOf) {
        let today = self.as_of;
        let column = self.aside(|c| c.held_on(of, Some(today)));
        self.reckoned(column, [today]);
    }

    /// Whether something of it is held now.
    pub(super) fn holds(&mut self, of: &BalanceOf) {
        self.balance(of);
        self.push(" > 0");
    }

    pub(super) fn product_count(&mut self) {
        let today = self.as_of;
        let column = self.aside(|c| {
            c.known(Some(today), |c| {
                c.push("count(*) filter (where h.amount > 0");
                c.live(today, None);
                c.push(")");
            });
        });
        self.reckoned(column, [today]);
    }

    pub(super) fn change(&mut self, of: &BalanceOf, back: Interval) {
        let (now, then) = (Some(self.as_of), back.before(self.as_of));
        let column = self.aside(|c| {
            let (now, then) = (c.aside(|c| c.held_on(of, now)), c.aside(|c| c.held_on(of, then)));
            c.push("case when ");
            c.push(&then);
            c.push(" > 0 then ");
            c.cut(&format!("({now} - {then})"), &then);
            c.push(" end");
        });
        self.reckoned(column, now.into_iter().chain(then));
    }

    pub(super) fn drift(&mut self, products: &[i16], targets: &[(TierRange, Number)]) {
        let today = self.as_of;
        let column = self.aside(|c| {
            let all = c.aside(|c| c.held_on(&BalanceOf::Aum, Some(today)));
            let some = c.aside(|c| c.held_of(products, today));
            c.push(&format!("case when {all} > 0 then "));
            c.cut(&some, &all);
            c.push(" end");
        });
        self.push("(");
        self.reckoned(column, [today]);
        self.push(" - case");
        for (tier, share) in targets {
            self.push(" when ");
            self.amount_range("c.aum", tier.from, tier.below);
            self.push(" then ");
            self.bind(Bind::Numeric(share.as_str().to_owned()));
        }
        // Without a target for any tier there is nothing to compare with.
        self.push(if targets.is_empty() { " when false then 0 end)" } else { " end)" });
    }

    pub(super) fn falling(&mut self, of: &BalanceOf, months: u32) {
        let days: Vec<Option<NaiveDate>> = (0..=months)
            .map(|n| {
                let months = i32::try_from(n).ok()?;
                Interval { months, days: 0 }.before(self.as_of)
            })
            .collect();
        let column = self.aside(|c| {
            let held: Vec<String> =
                days.iter().map(|day| c.aside(|c| c.held_on(of, *day))).collect();
            // What was known first is known ever after.
            c.push(&format!("case when {} is not null then ", held[held.len() - 1]));
            let pairs: Vec<&[String]> = held.windows(2).collect();
            c.joined(&pairs, " and ", |c, pair| c.push(&format!("{} < {}", pair[0], pair[1])));
            c.push(" end");
        });
        self.reckoned(column, days.into_iter().flatten());
    }

    pub(super) fn tier_moved(&mut self, from: &TierRange, to: &TierRange, back: Interval) {
        let (now, then) = (Some(self.as_of), back.before(self.as_of));
        let column = self.aside(|c| {
            let of = &BalanceOf::Aum;
            let (now, then) = (c.aside(|c| c.held_on(of, now)), c.aside(|c| c.held_on(of, then)));
            c.push(&format!("case when {then} is not null then "));
            c.amount_range(&then, from.from, from.below);
            c.push(" and ");
            c.amount_range(&now, to.from, to.below);
            c.push(" end");
        });
        self.reckoned(column, now.into_iter().chain(then));
    }

    /// Writes a column that is reckoned of the holdings of these days.
    fn reckoned(&mut self, column: String, days: impl IntoIterator<Item = NaiveDate>) {
        let column = self.joins.held(column, days);
        self.push(&column);
    }

    /// What was held on a day: 0 where only other things were, null where nothing is known of it yet.
    fn held_on(&mut self, of: &BalanceOf, day: Option<NaiveDate>) {
        match (of.products(), day) {
            (None, Some(day)) => {
                self.push("sum(h.amount) filter (where true");
                self.live(day, None);
                self.push(")");
            }
            (Some(products), Some(day)) => self.known(Some(day), |c| c.held_of(products, day)),
            (_, None) => self.known(None, |_| ()),
        }
    }

    /// What was held of some products, 0 where nothing was.
    fn held_of(&mut self, products: &[i16], day: NaiveDate) {
        self.push("coalesce(sum(h.amount) filter (where true");
        self.live(day, Some(products));
        self.push("), 0)");
    }

    /// ` and ...`: the row says what was held on that day.
    fn live(&mut self, day: NaiveDate, products: Option<&[i16]>) {
        self.push(" and h.day <= ");
        self.bind(Bind::Date(day));
        self.push(" and h.until > ");
        self.bind(Bind::Date(day));
        if let Some(products) = products {
            self.push(" and h.product = any(");
            self.bind(Bind::IntArray(products.iter().map(|id| i64::from(*id)).collect()));
            self.push(")");
        }
    }

    /// What `write` writes, null where nothing is known of that day. Of each product the row that was true on the first
    /// day that is asked for is among those read, so the first row's day tells.
    fn known(&mut self, day: Option<NaiveDate>, write: impl FnOnce(&mut Self)) {
        let Some(day) = day else { return self.push("null::numeric") };
        self.push("case when min(h.day) <= ");
        self.bind(Bind::Date(day));
        self.push(" then ");
        write(self);
        self.push(" end");
    }
}
