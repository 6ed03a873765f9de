//! A plan of a push as commands show it.

use serde_json::{Map, Number, Value, json};

use super::{Context, Failure, Table};
use crate::domain::exclusion;
use crate::domain::message::{Arg, Message};
use crate::domain::push::{Drawn, PlanRow, Weakness};
use crate::msg;
use crate::text::{self, Lang};

/// Shows a plan; one that was only looked at (`kept` is false) has no number, for nothing of it is there.
///
/// # Errors
/// [`Failure`] if it cannot be written.
pub fn show(plan: &PlanRow, kept: bool, context: &Context) -> Result<(), Failure> {
    if context.output.format == super::Format::Table {
        for said in sentences(plan, kept) {
            context.output.say(said);
        }
    }
    context.output.result(&as_json(plan, kept, context.lang()), || table(plan))
}

/// Parts per million as a share.
pub(super) fn share(ppm: i64) -> Value {
    let text = format!(
        "{}{}.{:06}",
        if ppm < 0 { "-" } else { "" },
        ppm.abs() / 1_000_000,
        ppm.abs() % 1_000_000
    );
    text.parse::<f64>().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

fn as_json(plan: &PlanRow, kept: bool, lang: Lang) -> Value {
    let blocked: Map<String, Value> =
        plan.blocked.iter().map(|(reason, n)| (reason.clone(), json!(n))).collect();
    let found = plan.detectable;
    json!({
        "plan": kept.then_some(plan.plan),
        "wave": plan.wave,
        "hash": plan.list,
        "deadline": plan.deadline,
        "working_days": plan.days,
        "customers": plan.customers,
        "treated": plan.treated,
        "control": plan.control,
        "blocked": blocked,
        "excluded": plan.blocked.iter()
            .map(|(reason, n)| json!({ "reason": reason, "customers": n })).collect::<Vec<_>>(),
        "mde": found.effect_ppm.map(share),
        "mde_base": share(found.base_ppm),
        "mde_assumed": found.assumed,
        "mde_warning": found.weakness(plan.control).map(Weakness::code),
        "control_by": if found.drawn == Drawn::Customers { "customer" } else { "branch" },
        "control_orgs": plan.left_alone.iter().map(|branch| json!({
            "org": branch.org, "name": branch.name, "customers": branch.customers,
        })).collect::<Vec<_>>(),
        "benefit": plan.benefit.as_ref().map(|benefit| json!({
            "needed": benefit.needed, "stock": benefit.stock, "given": benefit.given, "quota": benefit.quotas.each,
            "quotas": benefit.named(&plan.orders).iter().map(|of| json!({
                "org": of.org, "quota": of.quota, "expected": of.expected,
            })).collect::<Vec<_>>(),
            "short": benefit.is_short(),
            "orgs_over_quota": benefit.over(&plan.orders).iter().map(|o| o.org.as_str()).collect::<Vec<_>>(),
        })),
        "went_out": plan.notes.went_out,
        "replaces": plan.notes.replaces,
        "budget": plan.notes.cost.map(|of| json!({ "cost": of.cost.0, "cap": of.cap.0, "over": of.is_over() })),
        "refused": plan.refused().is_some(),
        "refused_for": plan.refusals().iter().map(|said| text::render(said, lang)).collect::<Vec<_>>(),
        "overlap": plan.overlap.iter()
            .map(|(code, n)| json!({ "strategy": code, "customers": n })).collect::<Vec<_>>(),
        "orders": plan.orders.iter().map(|o| json!({
            "org": o.org, "tasks": o.tasks, "rms": o.rms, "control": o.control, "without_rm": o.nobody,
            "most": o.most, "capacity": o.capacity, "imbalance": o.imbalance().map(|n| share(n * 10_000)),
        })).collect::<Vec<_>>(),
        "rms": plan.rms.iter().map(|rm| json!({
            "rm": rm.rm, "name": rm.name, "org": rm.org, "tasks": rm.tasks, "capacity": rm.capacity,
        })).collect::<Vec<_>>(),
    })
}

fn sentences(plan: &PlanRow, kept: bool) -> Vec<Message> {
    let blocked: i64 = plan.blocked.iter().map(|(_, n)| n).sum();
    let key = if kept { msg!("push.planned") } else { msg!("push.previewed") };
    let head = Message::new(key)
        .with("plan", plan.plan.to_string())
        .with("customers", plan.customers)
        .with("treated", plan.treated)
        .with("control", plan.control)
        .with("blocked", blocked);
    let mut said = vec![head];
    said.extend(plan.warnings().into_iter().map(|(_, told)| told));
    said.push(plan.shows());
    said.extend(plan.alone());
    if !plan.blocked.is_empty() {
        said.push(
            Message::new(msg!("push.left-off")).with("reasons", exclusion::said(&plan.blocked)),
        );
    }
    let over = plan.rms.iter().filter(|rm| rm.is_overloaded()).count();
    if over > 0 {
        let over = Message::new(msg!("push.overloaded")).with("rms", over);
        said.push(over.with("deadline", plan.deadline).with("days", plan.days));
    }
    let benefit = plan.benefit.iter().flat_map(|benefit| benefit.said(&plan.orders));
    said.extend(benefit.map(|(_, told)| told));
    for (code, n) in plan.overlap.iter().filter(|(_, n)| *n > 0) {
        let shared = Message::new(msg!("push.shared")).with("code", code.as_str());
        said.push(shared.with("customers", *n));
    }
    if let Some(list) = plan.list {
        said.push(Message::new(msg!("push.list-hash")).with("hash", list.to_string()));
    }
    said
}

fn table(plan: &PlanRow) -> Table {
    let mut table = Table::new([
        ("org", msg!("push.fact.org")),
        ("name", msg!("push.fact.name")),
        ("tasks", msg!("push.fact.tasks")),
        ("control", msg!("push.fact.control")),
        ("rms", msg!("push.fact.rms")),
        ("most", msg!("push.fact.most")),
        ("capacity", msg!("push.fact.capacity")),
    ]);
    for order in &plan.orders {
        table.row([
            order.org.as_str().into(),
            order.name.as_str().into(),
            order.tasks.into(),
            order.control.into(),
            order.rms.into(),
            order.most.into(),
            order.capacity.map_or_else(|| "-".into(), Arg::from),
        ]);
    }
    table
}
