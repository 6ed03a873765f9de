//! Plans of pushes: a list is drawn and kept, and says of everybody who is left off why.

use chrono::{Days, NaiveDate};
use sqlx::{Connection as _, PgConnection};

use super::engine::{KeptLine, Line};
use super::push::{PushError, Sought};
use super::refusal::Refusal;
use super::segment::{Frozen, SegmentError, freeze_version, gather, own_line};
use super::strategy::state_of;
use super::{attribute, bank, mart};
use crate::domain::benefit::{PlanBenefit, Quotas};
use crate::domain::clean::clean;
use crate::domain::exclusion;
use crate::domain::hash::ContentHash;
use crate::domain::id::{CustomerId, PlanId, PushId};
use crate::domain::message::Message;
use crate::domain::money::Minor;
use crate::domain::order::PlanOrder;
use crate::domain::push::{BranchAlone, Detectable, Drawn, PlanCost, PlanNotes, PlanRm, PlanRow};
use crate::domain::rule::Rule;
use crate::domain::strategy::body::{self, Body};

/// Which wave is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// This one, from 1.
    Number(i32),
    /// The first that is due, else the first.
    Due,
}

/// Freezes the members of the approved version's segment as of today, draws the arms, and keeps both as a plan; a later
/// wave is drawn from the lists of the first. Nothing reaches a branch. With several approved versions it is the latest,
/// for a later wave the latest that was pushed. The caller's earlier plans of this strategy that were not pushed are
/// forgotten once this one stands in their place, and named; if it is refused, they stay.
///
/// # Errors
/// [`PushError::Unknown`], [`PushError::NotApproved`], [`PushError::EmptyList`], [`PushError::List`], or any other
/// [`PushError`].
pub async fn plan(
    db: &mut PgConnection,
    strategy: &str,
    wave: Wave,
    engine: Option<&KeptLine>,
) -> Result<PlanRow, PushError> {
    let line = own_line(db, engine).await;
    let mut tx = db.begin().await?;
    let wave = number(&mut tx, strategy, wave).await?;
    let version = version_of(&mut tx, strategy, wave).await?;
    let plan = match draw(&mut tx, &version, wave, line).await {
        Ok(plan) => plan,
        Err(error) => {
            tx.rollback().await?;
            return Err(blamed(db, &version, wave, error).await);
        }
    };
    let mut row = planned(&mut tx, plan).await?;
    tx.commit().await?;
    // In a transaction of its own, because it keeps readers of lists waiting until it ends.
    let replaced = sqlx::query_scalar!(
        r#"select baton.push_plan_replace($1, $2) as "plans!""#,
        strategy,
        plan.0
    );
    match replaced.fetch_one(&mut *db).await {
        Ok(plans) => row.notes.replaces = plans.into_iter().map(PlanId).collect(),
        // The plan stands whatever becomes of its predecessors; the worker forgets what is left of them.
        Err(error) => {
            tracing::warn!(plan = plan.0, %error, "earlier plans are still there");
        }
    }
    Ok(row)
}

/// What [`plan`] would give, on the day on which the wave is due if that is later; nothing is kept.
///
/// # Errors
/// As [`plan`].
pub async fn preview(
    db: &mut PgConnection,
    strategy: &str,
    wave: i32,
    engine: Option<&KeptLine>,
) -> Result<PlanRow, PushError> {
    let line = own_line(db, engine).await;
    let mut tx = db.begin().await?;
    let version = version_of(&mut tx, strategy, wave).await?;
    sqlx::query!(
        "select set_config('baton.as_of', greatest(baton.today(), baton.wave_day($1, $2, $3))::text, true)",
        version.code,
        version.version,
        wave
    )
    .fetch_one(&mut *tx)
    .await?;
    let plan = match draw(&mut tx, &version, wave, line).await {
        Ok(plan) => plan,
        Err(error) => {
            tx.rollback().await?;
            return Err(blamed(db, &version, wave, error).await);
        }
    };
    let row = planned(&mut tx, plan).await?;
    tx.rollback().await?;
    Ok(row)
}

/// The number of a wave.
async fn number(db: &mut PgConnection, strategy: &str, wave: Wave) -> Result<i32, PushError> {
    match wave {
        Wave::Number(number) => Ok(number),
        Wave::Due => {
            let due = sqlx::query_scalar!(
                r#"select min(d.wave) as "wave?" from baton.waves_due(baton.today()) d where d.strategy = $1"#,
                strategy
            );
            Ok(due.fetch_one(db).await?.unwrap_or(1))
        }
    }
}

/// The version that is planned.
struct Chosen {
    code: String,
    version: i32,
    segment: String,
    segment_version: i32,
    rule: String,
    body: String,
}

async fn version_of(db: &mut PgConnection, strategy: &str, wave: i32) -> Result<Chosen, PushError> {
    let row = sqlx::query!(
        r#"select v.code, v.version, v.state, v.segment, v.segment_version, v.body, w.rule as "rule?"
           from baton.strategy_version v
           left join baton.segment_version w on w.code = v.segment and w.version = v.segment_version
           where v.code = $1
           order by v.state = 'approved' desc,
               $2 > 1 and exists (select from baton.push p where p.strategy = v.code and p.version = v.version) desc,
               v.version desc limit 1"#,
        strategy,
        wave
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| PushError::Unknown { what: Sought::Strategy, name: clean(strategy).into() })?;
    let (Some(segment_version), Some(rule), "approved") =
        (row.segment_version, row.rule, row.state.as_str())
    else {
        return Err(PushError::NotApproved {
            version: format!("{} v{}", clean(&row.code), row.version),
            state: state_of(&row.state),
        });
    };
    let (code, version, segment, body) = (row.code, row.version, row.segment, row.body);
    Ok(Chosen { code, version, segment, segment_version, rule, body })
}

/// Draws and keeps the list of a wave.
async fn draw(
    tx: &mut PgConnection,
    version: &Chosen,
    wave: i32,
    line: Option<Line>,
) -> Result<PlanId, PushError> {
    let (mut snapshot, mut exits) = (None, None);
    if wave == 1 {
        let frozen = Frozen {
            code: &version.segment,
            version: version.segment_version,
            rule: &version.rule,
        };
        snapshot = Some(freeze_version(tx, frozen, line).await?.0.0);
    } else if let Some(rule) = exit_rule(&version.body) {
        let words = attribute::vocabulary(tx).await?;
        let rule = Rule::parse_kept(&rule, &words, None)
            .map_err(|error| SegmentError::of_rule(&version.code, error))?;
        exits = Some(gather(tx, &rule, line).await?);
    }
    let plan = sqlx::query_scalar!(
        r#"select baton.push_plan($1, $2, $3, $4, $5::text::uuid) as "plan!""#,
        version.code,
        version.version,
        snapshot,
        wave,
        exits
    )
    .fetch_one(tx)
    .await?;
    Ok(PlanId(plan))
}

/// Why a list was not drawn: by its name the mart that could not be read, if it is one.
async fn blamed(db: &mut PgConnection, version: &Chosen, wave: i32, error: PushError) -> PushError {
    let (PushError::Segment(SegmentError::Store(error)) | PushError::Store(error)) = error else {
        return error;
    };
    let Ok(words) = attribute::vocabulary(db).await else { return error.into() };
    let rule = if wave == 1 {
        Rule::parse_kept(&version.rule, &words, None).ok()
    } else {
        exit_rule(&version.body).and_then(|rule| Rule::parse_kept(&rule, &words, None).ok())
    };
    match rule {
        Some(rule) => mart::blamed(db, &[&rule], error).await.into(),
        None => error.into(),
    }
}

/// Who has left: whoever fulfils one of the exits.
fn exit_rule(body: &str) -> Option<String> {
    let exits = Body::read(body)?.exits;
    let rules: Vec<String> = exits.iter().map(|exit| format!("({})", exit.rule)).collect();
    (!rules.is_empty()).then(|| rules.join(" or "))
}

/// The strategy of a plan.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`](super::StoreError).
pub async fn strategy_of(db: &mut PgConnection, plan: PlanId) -> Result<String, PushError> {
    let code = sqlx::query_scalar!("select strategy from baton.push_plan where id = $1", plan.0)
        .fetch_optional(db)
        .await?;
    code.ok_or_else(|| PushError::Unknown { what: Sought::Plan, name: plan.to_string() })
}

/// A plan that was kept.
///
/// # Errors
/// [`PushError::Unknown`] or any [`StoreError`](super::StoreError).
pub async fn planned(db: &mut PgConnection, plan: PlanId) -> Result<PlanRow, PushError> {
    let head = sqlx::query!(
        r#"select p.strategy, p.version, p.wave, p.list_hash, p.as_of, p.customers, p.treated, p.control,
                  v.waves, v.deadline_days, v.body,
                  baton.working_days(p.as_of, p.as_of + v.deadline_days) as "days!",
                  array(select k.id from baton.push k where k.strategy = p.strategy and k.version = p.version
                        and k.wave = p.wave and k.plan_id <> p.id order by k.id) as "went_out!",
                  array_agg(b.blocked) filter (where b.blocked is not null) as "reasons?: Vec<String>",
                  array_agg(b.n) filter (where b.blocked is not null) as "counts?: Vec<i64>"
           from baton.push_plan p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           left join lateral (select m.blocked, count(*) as n from baton.plan_member m
                              where m.home = p.home and m.plan_id = p.id and m.blocked is not null
                              group by m.blocked) b on true
           where p.id = $1 group by p.id, v.code, v.version"#,
        plan.0
    )
    .fetch_optional(&mut *db)
    .await?
    .ok_or_else(|| PushError::Unknown { what: Sought::Plan, name: plan.to_string() })?;
    let mut blocked: Vec<(String, i64)> =
        head.reasons.unwrap_or_default().into_iter().zip(head.counts.unwrap_or_default()).collect();
    exclusion::in_order(&mut blocked);
    let (treated, control) = (head.treated.into(), head.control.into());
    let body = Body::read(&head.body).unwrap_or_default();
    let orders = orders(db, plan, head.days).await?;
    let left_alone = if body.is_by_branch() { left_alone(db, plan).await? } else { vec![] };
    let mut detectable = Detectable::of(body.budget.as_ref(), treated, control);
    if body.is_by_branch() {
        let branches = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let (treated, control) = (branches(orders.len()), branches(left_alone.len()));
        detectable = detectable.by_branch(Drawn::Branches { treated, control });
    }
    let days = u64::try_from(head.deadline_days).unwrap_or_default();
    let benefit = benefit(&mut *db, plan, (&body, &orders)).await?;
    let wave = usize::try_from(head.wave - 1).ok().and_then(|at| body.waves.get(at));
    let (went_out, late) = match wave.map(|wave| &wave.when) {
        Some(body::When::After { .. }) => (vec![], None),
        Some(body::When::Date(day)) => (head.went_out, Some(*day).filter(|day| *day < head.as_of)),
        _ => (head.went_out, None),
    };
    Ok(PlanRow {
        plan,
        strategy: clean(&head.strategy).into_owned(),
        version: head.version,
        wave: head.wave,
        waves: head.waves,
        list: head.list_hash.and_then(|bytes| bytes.try_into().ok()).map(ContentHash),
        deadline: head.as_of.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX),
        days: head.days,
        customers: head.customers.into(),
        treated,
        control,
        detectable,
        left_alone,
        blocked,
        orders,
        rms: rms(db, plan, head.days).await?,
        overlap: overlap(db, plan).await?,
        benefit,
        notes: Box::new(PlanNotes {
            went_out: went_out.into_iter().map(PushId).collect(),
            replaces: vec![],
            late,
            cost: cost(db, plan).await?,
            walls: walls(db, plan).await?,
        }),
    })
}

/// What its push would be refused for as things stand.
async fn walls(db: &mut PgConnection, plan: PlanId) -> Result<Vec<Message>, PushError> {
    let rows = sqlx::query!(
        r#"select code as "code!", message as "message!", coalesce(detail, '') as "detail!", coalesce(hint, '') as "hint!"
           from baton.plan_walls($1)"#,
        plan.0
    )
    .fetch_all(db)
    .await?;
    let said = rows.into_iter().filter_map(|row| {
        let refusal = Refusal::said(&row.code, &row.message, &row.detail, &row.hint)?;
        Some(PushError::from(refusal).message())
    });
    Ok(said.collect())
}

/// What the benefits would cost with this plan's push; none if the version limits nothing.
async fn cost(db: &mut PgConnection, plan: PlanId) -> Result<Option<PlanCost>, PushError> {
    let row = sqlx::query!(
        r#"select least(cost, 9223372036854775807)::bigint as cost, cap from baton.plan_cost($1)"#,
        plan.0
    )
    .fetch_one(&mut *db)
    .await?;
    let Some((cost, cap)) = row.cost.zip(row.cap) else { return Ok(None) };
    let currency = bank::bank(db).await?.currency;
    Ok(Some(PlanCost { cost: Minor(cost), cap: Minor(cap), currency }))
}

/// What the plan needs of benefits of which there are so many only.
async fn benefit(
    db: &mut PgConnection,
    plan: PlanId,
    (body, orders): (&Body, &[PlanOrder]),
) -> Result<Option<Box<PlanBenefit>>, PushError> {
    let Some(limits) = &body.benefit else { return Ok(None) };
    let need = sqlx::query!(
        r#"select needed as "needed!", given as "given!" from baton.benefit_need($1)"#,
        plan.0
    )
    .fetch_one(&mut *db)
    .await?;
    let units: Vec<String> = orders.iter().map(|order| order.org.clone()).collect();
    let draws = sqlx::query!(
        r#"select u.code, n.code as whose from baton.push_plan p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           cross join unnest($2::text[]) as o (code) join baton.org_unit u on u.code = o.code
           cross join baton.benefit_quota(v.body::jsonb, u.id) q
           join baton.org_unit n on n.id = q.whose
           where p.id = $1 and q.named"#,
        plan.0,
        &units
    )
    .fetch_all(db)
    .await?;
    Ok(Some(Box::new(PlanBenefit {
        stock: limits.stock.map(i64::from),
        quotas: Quotas::of(limits),
        draws: draws.into_iter().map(|row| (row.code, row.whose)).collect(),
        given: need.given,
        needed: need.needed,
        expected_ppm: body.budget.as_ref().and_then(|budget| budget.expected_ppm),
    })))
}

async fn orders(
    db: &mut PgConnection,
    plan: PlanId,
    days: i64,
) -> Result<Vec<PlanOrder>, PushError> {
    let rows = sqlx::query!(
        r#"select u.code, u.name, o.tasks as "tasks!", o.control as "control!", o.rms as "rms!", o.nobody as "nobody!",
                  o.most as "most!", o.capacity
           from baton.plan_load($1, $2) o join baton.org_unit u on u.id = o.org_id
           order by o.tasks desc, u.code"#,
        plan.0,
        days
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| PlanOrder {
        org: clean(&row.code).into_owned(),
        name: clean(&row.name).into_owned(),
        tasks: row.tasks,
        control: row.control,
        rms: row.rms,
        nobody: row.nobody,
        most: row.most,
        capacity: row.capacity,
    });
    Ok(rows.collect())
}

/// The units of a plan nobody of whom gets a task.
async fn left_alone(db: &mut PgConnection, plan: PlanId) -> Result<Vec<BranchAlone>, PushError> {
    let rows = sqlx::query!(
        r#"select u.code, u.name, m.n as "customers!"
           from (select l.org_id, count(*) as n from baton.plan_member l
                 where l.home = (select p.home from baton.push_plan p where p.id = $1) and l.plan_id = $1
                     and l.arm is not null
                 group by l.org_id having bool_and(l.arm = 'control')) m
           join baton.org_unit u on u.id = m.org_id order by m.n desc, u.code"#,
        plan.0
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| BranchAlone {
        org: clean(&row.code).into_owned(),
        name: clean(&row.name).into_owned(),
        customers: row.customers,
    });
    Ok(rows.collect())
}

async fn rms(db: &mut PgConnection, plan: PlanId, days: i64) -> Result<Vec<PlanRm>, PushError> {
    let rows = sqlx::query!(
        r#"select r.rm as "rm!", r.name as "name!", r.org as "org!", r.tasks as "tasks!", r.capacity
           from baton.plan_rms($1, $2) r
           order by r.tasks::numeric / nullif(r.capacity, 0) desc nulls last, r.tasks desc, r.rm"#,
        plan.0,
        days
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| PlanRm {
        rm: clean(&row.rm).into_owned(),
        name: clean(&row.name).into_owned(),
        org: clean(&row.org).into_owned(),
        tasks: row.tasks,
        capacity: row.capacity,
    });
    Ok(rows.collect())
}

async fn overlap(db: &mut PgConnection, plan: PlanId) -> Result<Vec<(String, i64)>, PushError> {
    let rows = sqlx::query!(
        r#"select o.strategy as "strategy!", o.customers as "customers!" from baton.plan_overlap($1) o"#,
        plan.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (clean(&row.strategy).into_owned(), row.customers)).collect())
}

/// Leaves a customer off every list of `strategy` that is planned from now on and notes why; without a note he may be
/// listed again.
///
/// # Errors
/// [`PushError::Unknown`], or any [`StoreError`](super::StoreError).
pub async fn exclude(
    db: &mut PgConnection,
    strategy: &str,
    customer: CustomerId,
    note: Option<&str>,
) -> Result<(), PushError> {
    sqlx::query!("select baton.push_exclude($1, $2, $3)", strategy, customer.0, note)
        .execute(db)
        .await?;
    Ok(())
}

/// Freezes the segment of the latest draft if it never was as it is written now, so that its approver sees what the control
/// group can show and what it will cost; where the bank says how far a segment may move after its approval, always, so that
/// there is a list to hold the later ones against.
///
/// # Errors
/// [`PushError::Segment`] or any [`StoreError`](super::StoreError).
pub async fn baseline(
    db: &mut PgConnection,
    strategy: &str,
    engine: Option<&KeptLine>,
) -> Result<(), PushError> {
    let segment = sqlx::query_scalar!(
        "select v.segment from baton.strategy_version v
         where v.code = $1 and v.state = 'draft' and (baton.policy('drift_ppm') is not null
             or not exists (select from baton.snapshot f where f.segment = v.segment
                            and f.version = (select max(s.version) from baton.segment_version s where s.code = v.segment)))
         order by v.version desc limit 1",
        strategy
    )
    .fetch_optional(&mut *db)
    .await?;
    if let Some(segment) = segment {
        super::segment::freeze(db, &segment, engine).await?;
    }
    Ok(())
}
