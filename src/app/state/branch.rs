//! The pages of the branch side: a push's tasks, one task, and the form of its outcome.

use crate::app::action::Refusal;
use crate::app::draft::{Draft, DraftKey, DraftOf};
use crate::app::field::Field;
use crate::app::listing::Freshness;
use crate::app::sieve::Sieve;
use crate::domain::id::{CustomerId, PushId};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::outcome::Outcome;
use crate::domain::strategy::body::{FormField, read_fields, write_fields};
use crate::domain::strategy::word::FieldType;
use crate::domain::task::form::{Part, Typed};
use crate::domain::task::{TaskDetail, TaskList, TaskRow};
use crate::msg;

/// The tasks of a push.
#[derive(Clone, Debug)]
pub struct TasksPage {
    /// Which push.
    pub push: PushId,
    /// Of this unit; none for the operator's own.
    pub org: Option<String>,
    /// A page of them; none until it is read.
    pub list: Option<TaskList>,
    /// The RMs of the unit: code and name.
    pub rms: Vec<(String, String)>,
    /// How far the list can be trusted.
    pub freshness: Freshness,
    /// Why there is none.
    pub refusal: Option<Refusal>,
    /// How many stand before the page.
    pub skip: usize,
    /// Which task of those on screen the cursor is on.
    pub cursor: usize,
    /// Which of the tasks of the page are on screen.
    pub sieve: Sieve,
}

impl TasksPage {
    /// A page on which nothing is read yet.
    #[must_use]
    pub fn new(push: PushId, org: Option<String>) -> Self {
        Self {
            push,
            org,
            list: None,
            rms: vec![],
            freshness: Freshness::Unknown,
            refusal: None,
            skip: 0,
            cursor: 0,
            sieve: Sieve::default(),
        }
    }

    /// Takes a page of tasks; the filter stays.
    pub fn take(&mut self, list: TaskList) {
        let words = |task: &TaskRow| {
            let of = [&task.who, &task.rm, &task.rm_name, &task.other];
            let of: Vec<&str> = of.into_iter().filter_map(|of| of.as_deref()).collect();
            format!("{} {} {} {}", task.customer, task.org, task.org_name, of.join(" "))
        };
        self.sieve.take(list.rows.iter().map(words));
        self.list = Some(list);
        self.cursor = self.cursor.min(self.sieve.len().saturating_sub(1));
    }

    /// Gives the filter a change; the cursor goes to the first task that matches. False if nothing changed.
    pub fn filter_by(&mut self, change: impl FnOnce(&mut Field) -> bool) -> bool {
        let changed = self.sieve.change(change);
        if changed {
            self.cursor = 0;
        }
        changed
    }

    /// The tasks on screen.
    #[must_use]
    pub fn rows(&self) -> Vec<&TaskRow> {
        let all = self.list.as_ref().map_or(&[][..], |list| list.rows.as_slice());
        self.sieve.of(all).collect()
    }

    /// The task under the cursor.
    #[must_use]
    pub fn row(&self) -> Option<&TaskRow> {
        self.list.as_ref()?.rows.get(self.sieve.place(self.cursor)?)
    }
}

/// One task.
#[derive(Clone, Debug)]
pub struct TaskPage {
    /// Of which push.
    pub push: PushId,
    /// Whose.
    pub customer: CustomerId,
    /// All of it; none until it is read.
    pub detail: Option<Box<TaskDetail>>,
    /// Why it was not read.
    pub refusal: Option<Refusal>,
    /// The first line on screen.
    pub top: usize,
}

/// How many fields every strategy's form has; its own follow.
pub const FIXED: usize = 5;

/// What they are called.
pub const LABELS: [Key; FIXED] = [
    msg!("task.outcome.field.outcome"),
    msg!("task.outcome.field.on"),
    msg!("task.outcome.field.amount"),
    msg!("task.outcome.field.note"),
    msg!("task.outcome.field.next"),
];

/// What came of a task, as it is typed.
#[derive(Clone, Debug)]
pub struct OutcomePage {
    /// Which form this is, for its draft.
    pub key: DraftKey,
    /// Something was typed that is not saved.
    pub touched: bool,
    /// Of which push.
    pub push: PushId,
    /// Whose.
    pub customer: CustomerId,
    /// His masked name.
    pub who: String,
    /// The strategy's own fields, and what shows its steps.
    pub form: Vec<FormField>,
    /// What is typed: [`LABELS`], then the strategy's own.
    pub fields: Vec<Field>,
    /// Which field has the keys.
    pub focus: usize,
    /// What is wrong, and in which field.
    pub error: Option<(usize, Message)>,
}

impl OutcomePage {
    /// An empty form; the day is the bank's.
    #[must_use]
    pub fn new(detail: &TaskDetail) -> Self {
        let form = detail.strategy.text.body.form();
        let mut fields = vec![Field::default(); FIXED + form.len()];
        fields[1] = Field::new(detail.card.as_of.to_string());
        let who = detail.card.name.clone().unwrap_or_default();
        let (push, customer) = (detail.push, detail.card.customer);
        let key = Self::key(push, customer);
        Self { key, touched: false, push, customer, who, form, fields, focus: 0, error: None }
    }

    /// The key of a task's form.
    #[must_use]
    pub fn key(push: PushId, customer: CustomerId) -> DraftKey {
        DraftKey { of: DraftOf::Outcome, form: format!("#{push} {customer}") }
    }

    /// What is typed, with all that the form needs to be shown again: the task, the masked name, the strategy's own fields.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let task = format!("#{} {}", self.push, self.customer);
        let mut fields = vec![task, self.who.clone(), write_fields(&self.form)];
        fields.extend(self.fields.iter().map(|field| field.text().to_owned()));
        Draft { key: self.key.clone(), fields }
    }

    /// The form of a draft; none if it does not name a task and its fields.
    #[must_use]
    pub fn from_draft(draft: &Draft) -> Option<Self> {
        let (push, customer) = draft.fields.first()?.strip_prefix('#')?.split_once(' ')?;
        let form = read_fields(draft.fields.get(2)?)?;
        let text = |at: usize| draft.fields.get(at + 3).map_or("", String::as_str);
        let fields = (0..FIXED + form.len()).map(|at| Field::new(text(at))).collect();
        Some(Self {
            key: draft.key.clone(),
            touched: true,
            push: PushId(push.parse().ok()?),
            customer: CustomerId(customer.parse().ok()?),
            who: draft.fields.get(1)?.clone(),
            form,
            fields,
            focus: 0,
            error: None,
        })
    }

    /// What is typed.
    #[must_use]
    pub fn typed(&self) -> Typed {
        let field = |at: usize| self.fields[at].text().to_owned();
        Typed {
            outcome: self.outcome().map_or_else(|| field(0), |outcome| outcome.code().to_owned()),
            on: field(1),
            amount: field(2),
            note: field(3),
            next_on: field(4),
            fields: (FIXED..self.fields.len()).map(field).collect(),
        }
    }

    /// The outcome that is typed: its number in [`Outcome::ALL`], or its word.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        let text = self.fields[0].text().trim();
        let number = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        number.and_then(|at| Outcome::ALL.get(at).copied()).or_else(|| Outcome::from_word(text))
    }

    /// Where a part of the form stands among the fields.
    #[must_use]
    pub fn place(part: Part) -> usize {
        match part {
            Part::Outcome => 0,
            Part::On => 1,
            Part::Amount => 2,
            Part::Note => 3,
            Part::NextOn => 4,
            Part::Field(at) => FIXED + at,
        }
    }

    /// Which field the database refuses, by its reason; none if it is none of them.
    #[must_use]
    pub fn place_of(&self, why: &Message) -> Option<usize> {
        let of = |code: &str| self.form.iter().position(|field| field.code == code);
        let named = why.args.iter().find_map(|(name, arg)| match arg {
            Arg::Text(code) if *name == "detail" => of(code),
            _ => None,
        });
        let part = match why.key.0 {
            "task.refused.at-early" | "task.refused.at-ahead" => Part::On,
            "task.refused.next-on" => Part::NextOn,
            "task.refused.amount" => Part::Amount,
            _ => Part::Field(named?),
        };
        Some(Self::place(part))
    }

    /// Goes to the next choice of the field that has the keys, if it is one of choices.
    pub fn turn(&mut self, by: isize) {
        let choices: Vec<String> = match self.focus.checked_sub(FIXED) {
            None if self.focus == 0 => {
                Outcome::ALL.iter().map(|outcome| outcome.code().to_owned()).collect()
            }
            Some(at) if self.form[at].kind == FieldType::Choice => self.form[at].choices.clone(),
            Some(at) if self.form[at].kind == FieldType::Flag => {
                vec!["true".to_owned(), "false".to_owned()]
            }
            _ => return,
        };
        let now = if self.focus == 0 {
            self.outcome().map(|outcome| outcome.code().to_owned())
        } else {
            Some(self.fields[self.focus].text().to_owned())
        };
        let at = now.and_then(|now| choices.iter().position(|choice| *choice == now));
        let n = choices.len();
        let next = match at {
            Some(at) => (at + n).saturating_add_signed(by) % n,
            None if by < 0 => n - 1,
            None => 0,
        };
        self.fields[self.focus] = Field::new(choices[next].clone());
        (self.error, self.touched) = (None, true);
    }
}
