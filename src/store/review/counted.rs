//! Counting what became of a frozen list, where its customers are: one row comes back for each unit and arm, however many
//! customers there are.
//!
//! Means, squares and products of balances are the database's own aggregates over double precision, which keep them
//! around the running mean (Youngs and Cramer 1971), so that nothing is lost between large balances of small differences.

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::pushed::Pushed;
use crate::domain::attribute::Attribute;
use crate::domain::id::OrgId;
use crate::domain::review::Part;
use crate::domain::review::measure::{Balances, Cell, Tally};
use crate::domain::rule::{Bind, Rule};
use crate::domain::statistics::arms::Arm;
use crate::domain::statistics::joint::{Joint, Single};
use crate::store::built::Built;
use crate::store::{StoreError, dynamic};

/// Days before the push over which a balance is averaged.
const DAYS_BEFORE: i64 = 30;

/// Which balance is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum BalanceOf<'a> {
    /// What is held: its mean in the month before the push, and on this day.
    Held(NaiveDate),
    /// An attribute, of which today's value is all there is.
    Attribute(&'a Attribute),
    /// The customers' own AUM, likewise.
    Aum,
}

/// A list, and what is asked of it.
pub(super) struct Question<'a> {
    pub(super) push: &'a Pushed,
    /// Home and plan of the lists before it: who was on one of them counts there.
    pub(super) earlier: &'a [(i64, i64)],
    pub(super) success: Option<&'a Rule>,
    pub(super) guards: &'a [Rule],
    pub(super) balance: Option<BalanceOf<'a>>,
}

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// By unit and arm.
    pub(super) cells: Vec<Cell>,
    /// Of the treated and of the control arm.
    pub(super) balances: [Balances; 2],
}

impl Question<'_> {
    /// Counts.
    pub(super) async fn count(&self, db: &mut PgConnection) -> Result<Counted, StoreError> {
        let mut built = self.list();
        built.words(", o as materialized (select e.customer_id, ");
        built.words("bool_or(e.outcome not in ('no_answer', 'bad_number')) as reached, ");
        built.words(
            "bool_or(e.outcome not in ('no_answer', 'bad_number') and not e.late) as on_time, ",
        );
        built.words("bool_or(e.outcome in ('considering', 'appointment', 'sold')) as interested, ");
        built.words("bool_or(e.outcome = 'sold') as sold from baton.outcome e where e.push_id = ");
        built.bind(Bind::Int(self.push.push.0), "bigint");
        built.words(" and e.at < coalesce((select baton.looked_back_until()), 'infinity')");
        built.words(" group by e.customer_id)");
        if let Some(rule) = self.success {
            built.words(", h as materialized (select ");
            built.listed(rule, self.push.home, self.push.plan).words(")");
        }
        for (at, rule) in self.guards.iter().enumerate() {
            built.words(", g").number(at).words(" as materialized (select ");
            built.listed(rule, self.push.home, self.push.plan).words(")");
        }
        self.balances(&mut built);
        self.sums(&mut built);
        let mut counted = Counted::default();
        for row in dynamic::fetch_all(db, &built).await? {
            let treated: bool = row.try_get("treated")?;
            if row.try_get::<i32, _>("whole")? == 1 {
                counted.balances[usize::from(!treated)] = balances(&row)?;
            } else {
                let arm = if treated { Arm::Treated } else { Arm::Control };
                let unit = OrgId(row.try_get("org_id")?);
                let Pushed { control_ppm, apart, .. } = *self.push;
                counted.cells.push(Cell { unit, arm, control_ppm, apart, tally: tally(&row)? });
            }
        }
        Ok(counted)
    }

    /// Of how many a rule holds that is not the declared one.
    pub(super) async fn holds(
        &self,
        db: &mut PgConnection,
        rule: &Rule,
    ) -> Result<u64, StoreError> {
        let mut built = self.list();
        built.words(", h as materialized (select ");
        built.listed(rule, self.push.home, self.push.plan);
        built.words(") select count(*) as n from l join h on h.customer_id = l.customer_id");
        let rows = dynamic::fetch_all(db, &built).await?;
        let n = rows.first().map(|row| row.try_get::<i64, _>("n")).transpose()?;
        Ok(n.unwrap_or_default().unsigned_abs())
    }

    /// `with l as (...)`: the list without those who were on an earlier one.
    fn list(&self) -> Built {
        let mut built = Built::new("with l as materialized (select m.customer_id, m.org_id, ");
        built.words("m.arm = 'treated' as treated from baton.plan_member m");
        built.of_list(self.push.home, self.push.plan);
        for (home, plan) in self.earlier {
            built.words(" and not exists (select from baton.plan_member e where e.home = ");
            built.bind(Bind::Int(*home), "bigint").words(" and e.plan_id = ");
            built.bind(Bind::Int(*plan), "bigint");
            built.words(" and e.arm is not null and e.customer_id = m.customer_id)");
        }
        built.words(")");
        built
    }

    /// `, b as (...)`: what each of the list had before and has after, of whom anything is known.
    fn balances(&self, built: &mut Built) {
        let Some(of) = self.balance else { return };
        built.words(", b as materialized (select m.customer_id, ");
        match of {
            BalanceOf::Held(on) => {
                let (pushed, on) = (Bind::Date(self.push.day), Bind::Date(on));
                built.words("(coalesce(sum(h.amount * (least(h.until, d.pushed) - greatest(h.day, d.pushed - d.back))) ");
                built.words("filter (where h.day < d.pushed and h.until > d.pushed - d.back), 0)::float8 / d.back) as before, ");
                built.words("coalesce(sum(h.amount) filter (where h.day <= d.day and d.day < h.until), 0)::float8 as after ");
                built.words("from baton.plan_member m cross join (select ").bind(pushed, "date");
                built.words(" as pushed, ").bind(on, "date").words(" as day, ");
                built.bind(Bind::Int(DAYS_BEFORE), "int").words(" as back) d ");
                built.words("join baton.holding h on h.customer_id = m.customer_id and h.until > d.pushed - d.back");
                built.of_list(self.push.home, self.push.plan);
                built.words(" group by m.customer_id, d.back)");
            }
            BalanceOf::Attribute(attribute) => {
                built.words("null::float8 as before, ").value_of_x(attribute);
                built.words("::float8 as after from baton.plan_member m left join ");
                built.relation(&attribute.relation).words(" x on x.customer_id = m.customer_id");
                built.of_list(self.push.home, self.push.plan).words(")");
            }
            BalanceOf::Aum => {
                built.words(
                    "null::float8 as before, c.aum::float8 as after from baton.plan_member m ",
                );
                built.words("left join baton.customer c on c.customer_id = m.customer_id");
                built.of_list(self.push.home, self.push.plan).words(")");
            }
        }
    }

    /// The sums by unit and arm, and of each arm as a whole, by which balances are compared.
    fn sums(&self, built: &mut Built) {
        built.words(" select grouping(l.org_id) as whole, l.org_id, l.treated, count(*) as n, ");
        built.words("count(*) filter (where l.treated and s.signed_at is not null) as signed, ");
        built.words("count(*) filter (where l.treated and o.reached) as reached, ");
        built.words("count(*) filter (where l.treated and o.on_time) as on_time, ");
        built.words("count(*) filter (where l.treated and o.interested) as interested, ");
        built.words("count(*) filter (where l.treated and o.sold) as sold, ");
        built.words("count(o.customer_id) filter (where not l.treated) as contacted, ");
        built.words(if self.success.is_some() {
            "count(h.customer_id) as converted, \
             count(h.customer_id) filter (where l.treated and o.reached) as both, array["
        } else {
            "0::bigint as converted, 0::bigint as both, array["
        });
        for at in 0..self.guards.len() {
            built.words(if at == 0 { "count(g" } else { ", count(g" }).number(at);
            built.words(".customer_id)");
        }
        built.words("]::bigint[] as guards");
        if self.balance.is_some() {
            built.words(", count(b.after) as k, coalesce(avg(b.after), 0) as mean, ");
            built.words("coalesce(var_pop(b.after) * count(b.after), 0) as squares, ");
            built.words("regr_count(b.after, b.before) as pairs, coalesce(regr_avgx(b.after, b.before), 0) as pre, ");
            built.words("coalesce(regr_avgy(b.after, b.before), 0) as post, coalesce(regr_sxx(b.after, b.before), 0) as pre_squares, ");
            built.words("coalesce(regr_syy(b.after, b.before), 0) as post_squares, coalesce(regr_sxy(b.after, b.before), 0) as products");
            built.words(if self.success.is_some() {
                ", count(h.customer_id) filter (where b.before is not null and b.after is not null) as left_n, \
                 count(h.customer_id) filter (where b.after < b.before) as left_hit"
            } else {
                ", 0::bigint as left_n, 0::bigint as left_hit"
            });
        }
        built.words(" from l left join baton.branch_order s on s.push_id = ");
        built.bind(Bind::Int(self.push.push.0), "bigint").words(" and s.org_id = l.org_id");
        built.words(" and s.signed_at < coalesce((select baton.looked_back_until()), 'infinity')");
        built.words(" left join o on o.customer_id = l.customer_id");
        if self.success.is_some() {
            built.words(" left join h on h.customer_id = l.customer_id");
        }
        for at in 0..self.guards.len() {
            built.words(" left join g").number(at).words(" on g").number(at);
            built.words(".customer_id = l.customer_id");
        }
        if self.balance.is_some() {
            built.words(" left join b on b.customer_id = l.customer_id");
        }
        built.words(" group by grouping sets ((l.org_id, l.treated), (l.treated))");
    }
}

fn count(row: &PgRow, column: &str) -> Result<u64, StoreError> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}

fn tally(row: &PgRow) -> Result<Tally, StoreError> {
    let guards: Vec<i64> = row.try_get("guards")?;
    Ok(Tally {
        n: count(row, "n")?,
        signed: count(row, "signed")?,
        reached: count(row, "reached")?,
        on_time: count(row, "on_time")?,
        interested: count(row, "interested")?,
        sold: count(row, "sold")?,
        contacted: count(row, "contacted")?,
        converted: count(row, "converted")?,
        both: count(row, "both")?,
        guards: guards.into_iter().map(i64::unsigned_abs).collect(),
    })
}

/// The balances of an arm; none were asked for where the columns are not there.
fn balances(row: &PgRow) -> Result<Balances, StoreError> {
    let known = match row.try_get::<i64, _>("k") {
        Ok(known) => known.unsigned_abs(),
        Err(sqlx::Error::ColumnNotFound(_)) => return Ok(Balances::default()),
        Err(error) => return Err(error.into()),
    };
    let number = |column: &str| row.try_get::<f64, _>(column);
    Ok(Balances {
        after: Single { n: known, mean: number("mean")?, squares: number("squares")? },
        both: Joint {
            n: count(row, "pairs")?,
            pre: number("pre")?,
            post: number("post")?,
            pre_squares: number("pre_squares")?,
            post_squares: number("post_squares")?,
            products: number("products")?,
        },
        left: Part { n: count(row, "left_n")?, hit: count(row, "left_hit")? },
    })
}
