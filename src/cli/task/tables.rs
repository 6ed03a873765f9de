//! Tasks as tables and as JSON.

use serde_json::{Value, json};

use crate::cli::Table;
use crate::cli::segment::valued;
use crate::domain::bank::Bank;
use crate::domain::benefit::Short;
use crate::domain::message::{Arg, Message};
use crate::domain::outcome::Outcome;
use crate::domain::strategy::evidence::said_of;
use crate::domain::strategy::script;
use crate::domain::strategy::word::Channel;
use crate::domain::task::{PastReturn, TaskDetail, TaskList, TaskRow};
use crate::msg;
use crate::text::{self, Lang, number};

/// A page of tasks: `{"count","skip","tasks":[{"push","customer","name",...}]}`.
pub(super) fn list_json(list: &TaskList) -> Value {
    let tasks: Vec<Value> = list.rows.iter().map(row_json).collect();
    json!({ "count": list.count, "skip": list.skip, "tasks": tasks })
}

fn row_json(row: &TaskRow) -> Value {
    json!({
        "push": row.push,
        "strategy": row.strategy,
        "version": row.version,
        "strategy_name": row.name,
        "product": row.product,
        "customer": row.customer,
        "name": row.who,
        "org": row.org,
        "rm": row.rm,
        "rm_name": row.rm_name,
        "tier": row.tier,
        "aum": row.aum,
        "state": row.state.code(),
        "outcome": row.outcome.map(Outcome::code),
        "at": row.at,
        "next_on": row.next_on,
        "other": row.other,
        "due": row.due,
        "channel": row.channel.map(Channel::code),
    })
}

pub(super) fn list(list: &TaskList) -> Table {
    let mut table = Table::new([
        ("push", msg!("push.fact.push")),
        ("customer", msg!("customer.fact.id")),
        ("name", msg!("console.column.who")),
        ("product", msg!("task.column.product")),
        ("rm", msg!("task.column.rm")),
        ("state", msg!("push.fact.state")),
        ("outcome", msg!("task.column.outcome")),
        ("channel", msg!("task.fact.channel")),
        ("next_on", msg!("task.column.next")),
        ("due", msg!("push.fact.deadline")),
    ]);
    let word = |text: &Option<String>| Arg::from(text.as_deref().unwrap_or_default());
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "".into(), Arg::from);
    for row in &list.rows {
        table.row([
            row.push.to_string().into(),
            row.customer.to_string().into(),
            word(&row.who),
            row.product.as_str().into(),
            word(&row.rm_name),
            row.state.label().into(),
            row.outcome.map_or_else(|| "".into(), |outcome| outcome.label().into()),
            row.channel.map_or_else(|| "".into(), |channel| channel.label().into()),
            day(row.next_on),
            day(row.due),
        ]);
    }
    table
}

/// One task beside what is needed to write it.
pub(super) struct Detail<'a> {
    pub(super) task: &'a TaskDetail,
    pub(super) bank: &'a Bank,
    pub(super) lang: Lang,
}

impl Detail<'_> {
    fn script(&self) -> String {
        let sample = self.task.sample(self.bank.currency);
        script::render(&self.task.strategy.text.script, |name| {
            let value = Message::new(msg!("strategy.script.value"))
                .with("value", sample.value(name)?.clone());
            Some(text::render(&value, self.lang))
        })
    }

    /// The steps, with what each must be shown by and what shows it.
    fn steps(&self) -> Vec<Value> {
        let steps = self.task.strategy.text.body.steps.iter().enumerate();
        let told = steps.map(|(at, step)| {
            let (evidence, shown) = (step.evidence.code(), self.task.shown(at));
            json!({ "text": step.text, "must": step.must, "evidence": evidence, "shown": shown })
        });
        told.collect()
    }

    /// The same for people.
    fn step_rows(&self, table: &mut Table) {
        let body = &self.task.strategy.text.body;
        for (at, step) in body.steps.iter().enumerate() {
            let name = if step.must { msg!("task.step.must") } else { msg!("task.step.may") };
            table.row([name.into(), step.text.as_str().into()]);
            if let Some(code) = body.evidence_code(at) {
                let said = said_of(step.evidence, self.task.shown(at), code);
                table.row(["".into(), said.into()]);
            }
        }
    }

    pub(super) fn json(&self) -> Value {
        let task = self.task;
        let text = &task.strategy.text;
        let outcomes: Vec<Value> = task
            .outcomes
            .iter()
            .map(|past| {
                let fields: serde_json::Map<String, Value> =
                    past.fields.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
                json!({
                    "at": past.at, "outcome": past.outcome.code(), "amount": past.amount,
                    "note": past.note, "next_on": past.next_on, "fields": fields, "by": past.by,
                })
            })
            .collect();
        json!({
            "push": task.push,
            "strategy": text.code,
            "version": task.strategy.version,
            "name": text.name,
            "product": text.product,
            "benefit": text.benefit,
            "state": task.state.code(),
            "mine": task.mine.is_some(),
            "org": task.org.as_ref().map(|(code, _)| code),
            "rm": task.rm.as_ref().map(|(code, _)| code),
            "deadline": task.deadline,
            "offer": task.offer.as_ref().map(|offer| json!({
                "from": offer.from, "to": offer.to, "until": offer.due, "credit": offer.credit, "note": offer.note,
            })),
            "taken": task.taken.as_ref().map(|taken| json!({ "from": taken.from, "credit": taken.credit })),
            "segment": text.segment,
            "segment_name": task.segment,
            "why": task.why,
            "script": self.script(),
            "steps": self.steps(),
            "form": text.body.form(),
            "outcomes": outcomes,
            "returns": task.returns.iter().map(returned).collect::<Vec<_>>(),
            "channel": task.channel.map(|stands| json!({
                "channel": stands.channel.code(), "place": stands.place, "channels": stands.channels,
                "since": stands.since, "until": stands.until, "next": stands.next.map(Channel::code),
                "stopped": stands.stopped, "open": stands.open,
            })),
            "benefits": task.benefit.as_ref().map(|benefit| json!({
                "stock": benefit.stock, "given": benefit.given, "quota": benefit.quota, "given_here": benefit.given_here,
                "quota_of": benefit.drawn_on,
                "used_up": benefit.used_up().map(Short::code), "came_at": benefit.came.map(|(at, _)| at),
                "short": benefit.came.and_then(|(_, short)| short).map(Short::code),
            })),
            "customer": task.card,
        })
    }

    /// Its referral, the channel at which it stands, and what is left for it.
    fn stands(&self, table: &mut Table) {
        if let Some(referred) = self.task.referred() {
            // On the page it follows the sentence before it.
            let said = text::render(&referred, self.lang).trim().to_owned();
            table.row([msg!("task.fact.referral").into(), said.into()]);
        }
        if let Some(channel) = self.task.channel {
            table.row([msg!("task.fact.channel").into(), channel.said().into()]);
        }
        if let Some(benefit) = &self.task.benefit {
            table.row([msg!("task.fact.benefits").into(), benefit.said().1.into()]);
        }
    }

    pub(super) fn table(&self) -> Table {
        let task = self.task;
        let text = &task.strategy.text;
        let mut table =
            Table::new([("name", msg!("cli.column.name")), ("value", msg!("cli.column.value"))]);
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let pair = |pair: &Option<(String, String)>| {
            pair.as_ref().map(|(code, name)| format!("{code} {name}")).unwrap_or_default()
        };
        let who = format!("{} {}", task.card.customer, word(&task.card.name));
        let facts: [(_, Arg); 9] = [
            (msg!("task.fact.customer"), who.into()),
            (msg!("customer.fact.phone"), word(&task.card.phone).into()),
            (msg!("push.fact.state"), task.state.label().into()),
            (msg!("push.fact.org"), pair(&task.org).into()),
            (msg!("task.column.rm"), pair(&task.rm).into()),
            (msg!("push.fact.deadline"), task.deadline.into()),
            (msg!("task.column.product"), text.product.as_str().into()),
            (msg!("task.fact.benefit"), text.benefit.as_str().into()),
            (msg!("task.fact.why"), format!("{} {}", text.segment, task.segment).into()),
        ];
        for (name, value) in facts {
            table.row([name.into(), value]);
        }
        self.stands(&mut table);
        for leaf in &task.why {
            let value = valued(leaf.value.as_ref(), &leaf.called, self.bank.currency);
            table.row([leaf.indented().into(), value]);
        }
        for (at, line) in self.script().lines().enumerate() {
            let name: Arg = if at == 0 { msg!("task.fact.script").into() } else { Arg::from("") };
            table.row([name, line.into()]);
        }
        self.step_rows(&mut table);
        for past in &task.outcomes {
            let at = number::moment(&past.at.with_timezone(&self.bank.timezone));
            let said = |message: &Message| text::render(message, self.lang);
            let amount = past.amount.map(|amount| {
                let amount = Arg::Money(amount, self.bank.currency);
                said(&Message::new(msg!("strategy.script.value")).with("value", amount))
            });
            let fields = past.told_fields(&self.task.strategy.text.body);
            let parts = amount.into_iter().chain(past.note.clone()).chain(fields.iter().map(said));
            let note: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
            let told = Message::new(msg!("task.fact.past"))
                .with("outcome", past.outcome.label())
                .with("at", at)
                .with("note", note.join(" "));
            table.row([msg!("task.column.outcome").into(), told.into()]);
        }
        let moment = |at: chrono::DateTime<chrono::Utc>| {
            number::moment(&at.with_timezone(&self.bank.timezone))
        };
        for past in &task.returns {
            let told = Message::new(msg!("task.fact.given-back"))
                .with("at", moment(past.at))
                .with("whose", past.whose.as_str())
                .with("reason", past.reason.as_str());
            table.row([msg!("task.state.returned").into(), told.into()]);
            if let Some(again) = &past.again {
                let told = Message::new(msg!("task.fact.given-again"))
                    .with("at", moment(again.at))
                    .with("by", again.by.as_str())
                    .with("whose", again.whose.as_str());
                table.row(["".into(), told.into()]);
            }
        }
        table
    }
}

fn returned(past: &PastReturn) -> Value {
    json!({
        "at": past.at, "by": past.by, "whose": past.whose, "reason": past.reason,
        "again": past.again.as_ref().map(|again| json!({
            "at": again.at, "by": again.by, "whose": again.whose,
        })),
    })
}
