//! The SQL of a rule's functions.

use super::bind::Bind;
use super::compile::Compiler;
use super::expr::{Expr, Leaf, Term};
use super::value::{Interval, UnitRef};

impl Compiler {
    /// A condition that is a function.
    pub(super) fn leaf(&mut self, leaf: &Leaf) {
        match leaf {
            Leaf::FollowedBy { first, then, within } => self.followed_by(first, then, *within),
            Leaf::Falling { of, months } => self.falling(of, *months),
            Leaf::TierMoved { from, to, back } => self.tier_moved(from, to, *back),
            Leaf::Holds { of } => self.holds(of),
            Leaf::Consents { channel } => self.consents(channel),
            Leaf::Segment { rule, .. } => {
                self.push("(");
                self.expr(rule);
                self.push(")");
            }
            Leaf::Snapshot { id } => self.snapshot(*id),
            Leaf::List { code, upload } => self.list(code, *upload),
            Leaf::Contacted { back } => self.contacted(*back),
            Leaf::InStrategy { code } => self.in_strategy(code),
            Leaf::Sample { ppm } => self.sample(*ppm),
            Leaf::Related { kind, rule } => self.related(kind, rule),
            Leaf::Within { unit, metres } => self.within(unit, *metres),
        }
    }

    /// A function's value: `numeric` for numbers and amounts (these in minor units), `date` for days.
    pub(super) fn told(&mut self, term: &Term) {
        match term {
            Term::Events { events } => {
                self.push("coalesce(");
                self.of_events(events, "count(*)");
                self.push(", 0)");
            }
            Term::SumEvents { events } => {
                self.push("coalesce(");
                self.of_events(events, "sum(e.amount)");
                self.push(", 0)");
            }
            Term::FirstEvent { events } => self.event_day(events, "min(e.at)"),
            Term::LastEvent { events } => self.event_day(events, "max(e.at)"),
            Term::Balance { of } => self.balance(of),
            Term::Change { of, back } => self.change(of, *back),
            Term::NearTier { tier, floor } => {
                self.push("case when ");
                self.amount_range("c.aum", *floor, tier.from);
                self.push(" then ");
                // It has a threshold; without one nobody is below it.
                self.bind(Bind::Int(tier.from.unwrap_or_default().0));
                self.push(" - c.aum end");
            }
            Term::ProductCount => self.product_count(),
            Term::Drift { products, targets, .. } => self.drift(products, targets),
            Term::Column(_) | Term::Literal(_) | Term::Arith { .. } => self.term(term),
        }
    }

    /// Whether the customer is in a set of distinct customers.
    pub(super) fn among(&mut self, set: String) {
        let customer = self.joins.set(set, "customer_id");
        self.push(&format!("({customer} is not null)"));
    }

    fn consents(&mut self, channel: &str) {
        let set = self.aside(|c| {
            c.push("(select k.customer_id, k.given from baton.consent k where k.channel = ");
            c.bind(Bind::Text(channel.to_owned()));
            c.push(")");
        });
        let given = self.joins.set(set, "given");
        self.push(&given);
    }

    fn snapshot(&mut self, id: i64) {
        let set = self.aside(|c| {
            c.push("(select m.customer_id from baton.segment_member m where m.snapshot_id = ");
            c.bind(Bind::Int(id));
            c.push(")");
        });
        self.among(set);
    }

    fn list(&mut self, code: &str, upload: i32) {
        let set = self.aside(|c| {
            c.push(
                "(select m.customer_id from baton.list_member m \
                 join baton.list_upload u on u.list_id = m.list_id where u.code = ",
            );
            c.bind(Bind::Text(code.to_owned()));
            c.push(" and u.upload = ");
            c.bind(Bind::Int(upload.into()));
            c.push(")");
        });
        self.among(set);
    }

    /// The lists are asked for push by push, so that only the partitions where they lie are read: that is what the
    /// `offset 0` is for.
    fn contacted(&mut self, back: Interval) {
        let set = self.aside(|c| {
            c.push(
                "(select distinct m.customer_id from baton.push p \
                 cross join lateral (select l.customer_id from baton.plan_member l \
                 where l.home = p.home and l.plan_id = p.plan_id and l.arm = ",
            );
            c.bind(Bind::Text("treated".into()));
            c.push(" offset 0) m where p.as_of <= ");
            c.bind(Bind::Date(c.as_of));
            if let Some(from) = back.before(c.as_of) {
                c.push(" and p.as_of > ");
                c.bind(Bind::Date(from));
            }
            c.push(")");
        });
        self.among(set);
    }

    fn in_strategy(&mut self, code: &str) {
        let set = self.aside(|c| {
            c.push(
                "(select distinct m.customer_id from baton.push p \
                 cross join lateral (select l.customer_id from baton.plan_member l \
                 where l.home = p.home and l.plan_id = p.plan_id and l.arm is not null offset 0) m \
                 where p.strategy = ",
            );
            c.bind(Bind::Text(code.to_owned()));
            c.push(" and p.deadline >= ");
            c.bind(Bind::Date(c.as_of));
            c.push(")");
        });
        self.among(set);
    }

    /// The customer's hash is below the share. The first four bytes decide: with them alone a share that is equal to
    /// them is the smaller text.
    fn sample(&mut self, ppm: u32) {
        let share = (u64::from(ppm) << 32).div_ceil(1_000_000);
        let Ok(share) = u32::try_from(share) else { return self.push("true") };
        self.push("(sha256(int8send(c.customer_id)) < decode(");
        self.bind(Bind::Text(format!("{share:08x}")));
        self.push(", ");
        self.bind(Bind::Text("hex".into()));
        self.push("))");
    }

    fn related(&mut self, kind: &str, rule: &Expr) {
        let set = self.relations("(select distinct r.customer_id", kind, rule, ")");
        self.among(set);
    }

    /// The relations of that kind to open customers for whom the rule holds, who are `r` and `c` there.
    fn relations(&mut self, select: &str, kind: &str, rule: &Expr, end: &str) -> String {
        let (joins, condition) = self.another(rule);
        self.aside(|c| {
            c.push(select);
            c.push(" from baton.relation r join baton.customer c on c.customer_id = r.other_id");
            c.push(&joins);
            c.push(" where r.kind = ");
            c.bind(Bind::Text(kind.to_owned()));
            c.push(" and c.closed_on is null and (");
            c.push(&condition);
            c.push(")");
            c.push(end);
        })
    }

    fn within(&mut self, unit: &UnitRef, metres: u32) {
        let far = self.distance(unit);
        self.push(&far);
        self.push(" <= ");
        self.bind(Bind::Int(metres.into()));
    }

    /// Metres from the unit, along the great circle of a ball; unknown where either place is.
    fn distance(&mut self, unit: &UnitRef) -> String {
        let set = self.aside(|c| {
            c.push(
                "(select l.customer_id, 2 * 6371008.8 * asin(sqrt(least(1, power(sin(radians(l.lat - u.lat) / 2), 2) \
                 + cos(radians(l.lat)) * cos(radians(u.lat)) * power(sin(radians(l.lon - u.lon) / 2), 2)))) as far \
                 from baton.location l join baton.org_unit u on u.lat is not null and u.id = ",
            );
            c.bind(Bind::Int(unit.id.0.into()));
            c.push(")");
        });
        self.joins.set(set, "far")
    }

    /// What explains a condition that is a function, as `numeric`: kilometres of `within`, how many are related and meet
    /// the rule of `related`. False where it has no such figure.
    pub(super) fn figure(&mut self, leaf: &Leaf) -> bool {
        match leaf {
            Leaf::Within { unit, .. } => {
                let far = self.distance(unit);
                self.push(&format!("round(({far} / 1000)::numeric, 3)"));
            }
            Leaf::Related { kind, rule } => {
                let select = "(select r.customer_id, count(distinct r.other_id) as n";
                let set = self.relations(select, kind, rule, " group by r.customer_id)");
                let many = self.joins.set(set, "n");
                self.push(&format!("coalesce({many}, 0)"));
            }
            _ => return false,
        }
        true
    }
}
