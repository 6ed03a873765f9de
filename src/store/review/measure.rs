//! Asking the bank's records about the customers of frozen lists.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::{PgConnection, Row as _};

use super::ReviewError;
use crate::domain::attribute::AttributeType;
use crate::domain::bank::OrgUnit;
use crate::domain::id::{OrgId, PushId};
use crate::domain::review::measure::{self, Declared, Figures, Member};
use crate::domain::review::window::{self, Asked, Span};
use crate::domain::review::{BeforeAfter, Days, Note, Review, Said, Standing};
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::segment::Scope;
use crate::domain::statistics::arms::Arm;
use crate::domain::strategy::body::{Body, Success};
use crate::store::built::Built;
use crate::store::{StoreError, dynamic};

/// Guard rails that are measured; a strategy with more has none that matters.
const GUARDS: usize = 64;
/// Days before the push over which a balance is averaged.
const DAYS_BEFORE: i32 = 30;

/// One push that is measured.
pub(super) struct Pushed {
    pub(super) push: PushId,
    pub(super) plan: i64,
    pub(super) home: i64,
    pub(super) strategy: String,
    pub(super) version: i32,
    pub(super) name: String,
    pub(super) author: String,
    pub(super) day: NaiveDate,
    pub(super) deadline: NaiveDate,
    pub(super) control_ppm: i32,
    pub(super) body: Body,
    pub(super) orders: u64,
    pub(super) signed_orders: u64,
    pub(super) standing: Standing,
}

impl Pushed {
    fn span(&self, today: NaiveDate) -> Span {
        let planned = self.body.success.as_ref().and_then(|success| {
            self.day.checked_add_days(chrono::Days::new(success.review_days.into()))
        });
        let due = planned.or_else(|| self.deadline.succ_opt()).unwrap_or(self.deadline);
        Span { pushed: self.day, due, today }
    }
}

/// What all pushes of a review are measured with.
pub(super) struct Bench {
    pub(super) words: Vocabulary,
    pub(super) units: Vec<OrgUnit>,
    pub(super) scope: Option<Scope>,
    /// Customers who were on the list of an earlier push.
    pub(super) seen: HashSet<i64>,
}

/// What was found about one push.
struct Found {
    members: Vec<Member>,
    before_after: BeforeAfter,
    span: Span,
    /// The last day that counts today, and the last that will.
    measured: (NaiveDate, NaiveDate),
}

impl Bench {
    /// The review of these pushes, of which there is one at least.
    pub(super) async fn review(
        &mut self,
        db: &mut PgConnection,
        pushes: &[Pushed],
    ) -> Result<Review, ReviewError> {
        let mut notes = Vec::new();
        if let Some(scope) = &self.scope {
            notes.push(Note::Scope { unit: scope.name.clone() });
        }
        let (mut members, mut parts) = (Vec::new(), Vec::new());
        for push in pushes {
            let mut found = self.one(db, push, &mut notes).await?;
            members.append(&mut found.members);
            parts.push(found);
        }
        let (Some(first), Some(last), Some(of)) = (parts.first(), parts.last(), pushes.last())
        else {
            return Err(StoreError::NoBank.into());
        };
        let days = Days {
            pushed_on: first.span.pushed,
            deadline: of.deadline,
            due: last.span.due,
            measured_to: last.measured.0,
            measures_to: last.measured.1,
            as_of: last.span.today,
        };
        let before_after = parts.iter().fold(BeforeAfter::default(), |sum, part| BeforeAfter {
            n: sum.n + part.before_after.n,
            before: sum.before + part.before_after.before,
            after: sum.after + part.before_after.after,
        });
        let figures = measure::figures(&members, &declared(&of.body), |unit| self.branch(unit));
        let mut review = self.written(pushes, of, (days, figures), &members, before_after, notes);
        review.feedback = feedback(db, pushes).await?;
        Ok(review)
    }

    /// Puts the parts together.
    fn written(
        &self,
        pushes: &[Pushed],
        of: &Pushed,
        (days, figures): (Days, Figures),
        members: &[Member],
        before_after: BeforeAfter,
        mut notes: Vec<Note>,
    ) -> Review {
        let success = of.body.success.as_ref();
        if days.measured_to < days.measures_to {
            notes.push(Note::Preliminary);
        }
        let contacted = figures.arms.control.contacted;
        if contacted > 0 {
            notes.push(Note::Contaminated { customers: contacted });
        }
        let balance = success.and_then(|success| success.metric.clone()).map(|metric| {
            let money = self.is_money(&metric);
            let unknown = members.iter().filter(|member| member.after.is_none()).count();
            if unknown > 0 {
                notes.push(Note::UnknownBalance { customers: unknown as u64 });
            }
            let on = days.due.min(days.as_of).max(days.pushed_on);
            measure::balance(members, metric, money, on)
        });
        let mut once = Vec::with_capacity(notes.len());
        for note in notes {
            if !once.contains(&note) {
                once.push(note);
            }
        }
        let alone = figures.arms.control.n == 0;
        let rule = success.is_some_and(|success| success.rule.is_some());
        let mut execution = figures.execution;
        execution.orders = pushes.iter().map(|push| push.orders).sum();
        execution.signed_orders = pushes.iter().map(|push| push.signed_orders).sum();
        Review {
            push: None,
            strategy: of.strategy.clone(),
            version: of.version,
            name: of.name.clone(),
            author: of.author.clone(),
            pushes: pushes.iter().map(|push| push.push).collect(),
            days,
            funnel: figures.funnel,
            execution,
            arms: figures.arms,
            srm: figures.srm,
            itt: figures.itt,
            lift: figures.lift,
            reached: figures.reached,
            mde: figures.mde,
            balance,
            branches: figures.branches,
            guards: figures.guards,
            cost: figures.cost,
            before_after: (alone && rule).then_some(before_after),
            feedback: Vec::new(),
            notes: once,
            standing: of.standing,
            verdict: None,
            closed: None,
        }
    }

    /// The branch that a unit is of: itself, or the nearest one of that kind above it.
    fn branch(&self, unit: OrgId) -> (String, String) {
        let known = |id: OrgId| self.units.iter().find(|known| known.id == id);
        let own = known(unit);
        let mut at = own;
        while let Some(here) = at {
            if here.kind == "branch" {
                return (here.code.clone(), here.name.clone());
            }
            at = here.parent.and_then(known);
        }
        own.map_or_else(|| (unit.to_string(), String::new()), |u| (u.code.clone(), u.name.clone()))
    }

    fn is_money(&self, metric: &str) -> bool {
        let kind =
            |code: &str| self.words.attributes().iter().find(|a| a.code == code).map(|a| a.kind);
        metric == "aum" || kind(metric) == Some(AttributeType::Money)
    }

    async fn one(
        &mut self,
        db: &mut PgConnection,
        push: &Pushed,
        notes: &mut Vec<Note>,
    ) -> Result<Found, ReviewError> {
        let span = push.span(self.words.bank().as_of);
        let mut list = members(db, push).await?;
        list.retain(|(customer, _)| self.seen.insert(*customer));
        let mut measured = (span.so_far(), span.due);
        let mut before_after = BeforeAfter::default();
        let success = push.body.success.as_ref();
        if let Some(text) = success.and_then(|success| success.rule.as_deref()) {
            let asked = self.asked("success.rule", text, span, notes)?;
            measured = (asked.to, asked.until);
            let hits = hits(db, &asked.rule, push).await?;
            for (customer, member) in &mut list {
                member.converted = hits.contains(customer);
            }
            if list.iter().all(|(_, member)| member.arm == Arm::Treated) {
                before_after = self.before(db, text, push, &asked, &list).await?;
            }
        }
        for (at, guard) in push.body.guards.iter().take(GUARDS).enumerate() {
            let part = format!("guard[{}].rule", at + 1);
            let asked = self.asked(&part, &guard.rule, span, notes)?;
            let hits = hits(db, &asked.rule, push).await?;
            for (customer, member) in &mut list {
                member.guards |= u64::from(hits.contains(customer)) << at;
            }
        }
        if let Some(Success { metric: Some(metric), .. }) = success {
            self.balances(db, metric, push, span, &mut list, notes).await?;
        }
        let members = list.into_iter().map(|(_, member)| member).collect();
        Ok(Found { members, before_after, span, measured })
    }

    fn asked(
        &self,
        part: &str,
        text: &str,
        span: Span,
        notes: &mut Vec<Note>,
    ) -> Result<Asked, ReviewError> {
        let asked = window::after(text, &self.words, span)
            .map_err(|error| ReviewError::Rule { part: part.to_owned(), error: Box::new(error) })?;
        if asked.cut {
            notes.push(Note::WindowCut);
        }
        if asked.present {
            notes.push(Note::ReadsPresent);
        }
        Ok(asked)
    }

    /// The same rule over as many days before the push.
    async fn before(
        &self,
        db: &mut PgConnection,
        text: &str,
        push: &Pushed,
        asked: &Asked,
        list: &[(i64, Member)],
    ) -> Result<BeforeAfter, ReviewError> {
        let days = (asked.to - push.day).num_days().unsigned_abs();
        let rule = window::before(text, &self.words, push.day, days).map_err(|error| {
            ReviewError::Rule { part: "success.rule".to_owned(), error: Box::new(error) }
        })?;
        let Some(rule) = rule else { return Ok(BeforeAfter::default()) };
        let earlier = hits(db, &rule, push).await?;
        Ok(BeforeAfter {
            n: list.len() as u64,
            before: list.iter().filter(|(customer, _)| earlier.contains(customer)).count() as u64,
            after: list.iter().filter(|(_, member)| member.converted).count() as u64,
        })
    }

    /// What everybody held in the month before the push and on the day of the measure. Only what is held has a history: of an
    /// attribute, and of the AUM of a bank that brings no holdings, today's value is all there is.
    async fn balances(
        &self,
        db: &mut PgConnection,
        metric: &str,
        push: &Pushed,
        span: Span,
        list: &mut [(i64, Member)],
        notes: &mut Vec<Note>,
    ) -> Result<(), ReviewError> {
        let found = if metric == "aum" { held(db, push, span).await? } else { None };
        let found = if let Some(found) = found {
            found
        } else {
            notes.push(Note::NoHistory);
            self.of_today(db, metric, push).await?
        };
        for (customer, member) in list {
            if let Some((before, after)) = found.get(customer) {
                (member.before, member.after) = (*before, *after);
            }
        }
        Ok(())
    }

    async fn of_today(
        &self,
        db: &mut PgConnection,
        metric: &str,
        push: &Pushed,
    ) -> Result<Balances, StoreError> {
        let mut built = Built::new("select m.customer_id, ");
        let mut attributes = self.words.attributes().iter();
        if let Some(attribute) = attributes.find(|attribute| attribute.code == metric) {
            built.words("x.").name(&attribute.column).words("::float8 as after");
            built.words(" from baton.plan_member m left join ").relation(&attribute.relation);
            built.words(" x on x.customer_id = m.customer_id");
        } else {
            built.words(
                "c.aum::float8 as after from baton.plan_member m left join baton.customer c",
            );
            built.words(" on c.customer_id = m.customer_id");
        }
        built.of_list(push.home, push.plan);
        let mut found = Balances::new();
        for row in dynamic::fetch_all(db, &built).await? {
            found.insert(row.try_get(0)?, (None, row.try_get(1)?));
        }
        Ok(found)
    }
}

/// Balance before, if it is known, and after, by customer.
type Balances = HashMap<i64, (Option<f64>, Option<f64>)>;

fn declared(body: &Body) -> Declared {
    let guards = body.guards.iter().take(GUARDS);
    Declared {
        rule: body.success.as_ref().is_some_and(|success| success.rule.is_some()),
        guards: guards.map(|guard| (guard.name.clone(), guard.at_most_ppm)).collect(),
        budget: body.budget.clone(),
    }
}

/// What branches have said of the strategy on these pushes, the most frequent reason first.
async fn feedback(db: &mut PgConnection, pushes: &[Pushed]) -> Result<Vec<Said>, ReviewError> {
    let ids: Vec<i64> = pushes.iter().map(|push| push.push.0).collect();
    let rows = sqlx::query!(
        r#"select f.reason, count(*) as "n!" from baton.feedback f
           where f.push_id = any ($1) group by f.reason order by count(*) desc, f.reason"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| Said { reason: row.reason, n: row.n.unsigned_abs() }).collect())
}

/// The frozen list with what came back of its tasks.
async fn members(db: &mut PgConnection, push: &Pushed) -> Result<Vec<(i64, Member)>, ReviewError> {
    let rows = sqlx::query!(
        r#"select m.customer_id, m.org_id, m.arm = 'treated' as "treated!", s.signed_at is not null as "signed!",
                  coalesce(o.reached, false) as "reached!", coalesce(o.on_time, false) as "on_time!",
                  coalesce(o.interested, false) as "interested!", coalesce(o.sold, false) as "sold!",
                  o.customer_id is not null as "heard!"
           from baton.plan_member m
           left join baton.branch_order s on s.push_id = $1 and s.org_id = m.org_id
           left join (select e.customer_id, bool_or(e.outcome not in ('no_answer', 'bad_number')) as reached,
                          bool_or(e.outcome not in ('no_answer', 'bad_number') and not e.late) as on_time,
                          bool_or(e.outcome in ('considering', 'appointment', 'sold')) as interested,
                          bool_or(e.outcome = 'sold') as sold
                      from baton.outcome e where e.push_id = $1 group by e.customer_id) o
               on o.customer_id = m.customer_id
           where m.home = $2 and m.plan_id = $3 and m.arm is not null order by m.customer_id"#,
        push.push.0,
        push.home,
        push.plan
    )
    .fetch_all(db)
    .await?;
    let members = rows.into_iter().map(|row| {
        let member = Member {
            unit: OrgId(row.org_id),
            arm: if row.treated { Arm::Treated } else { Arm::Control },
            control_ppm: push.control_ppm,
            signed: row.treated && row.signed,
            reached: row.treated && row.reached,
            on_time: row.treated && row.on_time,
            interested: row.treated && row.interested,
            sold: row.treated && row.sold,
            contacted: !row.treated && row.heard,
            converted: false,
            guards: 0,
            before: None,
            after: None,
        };
        (row.customer_id, member)
    });
    Ok(members.collect())
}

/// Those of the list for whom a rule holds, closed customers too: they were on it.
async fn hits(
    db: &mut PgConnection,
    rule: &Rule,
    push: &Pushed,
) -> Result<HashSet<i64>, StoreError> {
    let mut built = Built::new("select ");
    built.listed(rule, push.home, push.plan);
    let rows = dynamic::fetch_all(db, &built).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// What the list held, of those of whom anything is known; none if the bank brings no holdings.
async fn held(
    db: &mut PgConnection,
    push: &Pushed,
    span: Span,
) -> Result<Option<Balances>, ReviewError> {
    let any = sqlx::query_scalar!(r#"select exists (select from baton.holding) as "any!""#);
    if !any.fetch_one(&mut *db).await? {
        return Ok(None);
    }
    let rows = sqlx::query!(
        r#"select m.customer_id,
                  (coalesce(sum(h.amount * (least(h.until, $3::date) - greatest(h.day, $3::date - $5::int)))
                      filter (where h.day < $3 and h.until > $3::date - $5::int), 0)::float8 / $5::int) as "before!",
                  coalesce(sum(h.amount) filter (where h.day <= $4 and $4 < h.until), 0)::float8 as "after!"
           from baton.plan_member m
           join baton.holding h on h.customer_id = m.customer_id and h.until > $3::date - $5::int
           where m.home = $1 and m.plan_id = $2 and m.arm is not null group by m.customer_id"#,
        push.home,
        push.plan,
        span.pushed,
        span.so_far(),
        DAYS_BEFORE
    )
    .fetch_all(db)
    .await?;
    let found = rows.into_iter().map(|row| (row.customer_id, (Some(row.before), Some(row.after))));
    Ok(Some(found.collect()))
}
