//! What came of a task, as a branch fills it in: the outcome, and the strategy's own fields, each checked by its type.
//!
//! The database checks the same (`baton.check_fields`); here it is explained.

use chrono::NaiveDate;

use crate::domain::clean::is_blank;
use crate::domain::message::Message;
use crate::domain::money::{Currency, Minor, MoneyError};
use crate::domain::outcome::{NOTE_MAX, Outcome, RowFault, sold};
use crate::domain::strategy::body::FormField;
use crate::domain::strategy::evidence::evidence_asked;
use crate::domain::strategy::word::FieldType;
use crate::msg;

/// An outcome to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What.
    pub outcome: Outcome,
    /// On which day; none means now.
    pub on: Option<NaiveDate>,
    /// How much.
    pub amount: Option<Minor>,
    /// What is written.
    pub note: Option<String>,
    /// The day of the next step.
    pub next_on: Option<NaiveDate>,
    /// The strategy's own fields that are filled, by code.
    pub fields: Vec<(String, String)>,
}

/// An outcome as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The outcome's word, in either language.
    pub outcome: String,
    /// The day.
    pub on: String,
    /// The amount, in major units.
    pub amount: String,
    /// The note.
    pub note: String,
    /// The day of the next step.
    pub next_on: String,
    /// What stands in each of the strategy's own fields, in their order.
    pub fields: Vec<String>,
}

/// Which part of the form is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The outcome.
    Outcome,
    /// The day.
    On,
    /// The amount.
    Amount,
    /// The note.
    Note,
    /// The day of the next step.
    NextOn,
    /// One of the strategy's own, by its place.
    Field(usize),
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: Part,
    /// What.
    pub message: Message,
}

fn fault(part: Part, message: impl Into<Message>) -> Fault {
    Fault { part, message: message.into() }
}

impl Typed {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// The first part that is wrong, and what it must be.
    pub fn read(&self, form: &[FormField], currency: Currency) -> Result<Filled, Fault> {
        let outcome = Outcome::from_word(self.outcome.trim())
            .ok_or_else(|| fault(Part::Outcome, RowFault::UnknownOutcome.message()))?;
        let on = day(&self.on).map_err(|message| fault(Part::On, message))?;
        let amount = match self.amount.trim() {
            "" => None,
            text => Some(money(text, currency).map_err(|message| fault(Part::Amount, message))?),
        };
        if self.note.chars().count() > NOTE_MAX {
            return Err(fault(Part::Note, RowFault::NoteTooLong.message()));
        }
        let next_on = day(&self.next_on).map_err(|message| fault(Part::NextOn, message))?;
        if let (Some(on), Some(next)) = (on, next_on)
            && next < on
        {
            return Err(fault(Part::NextOn, msg!("task.form.next-before")));
        }
        // Whom one has not reached one cannot ask.
        let reached = outcome.is_reached();
        let mut fields = vec![];
        for (at, field) in form.iter().enumerate() {
            let typed = self.fields.get(at).map_or("", |text| text.trim());
            let read = value(field, typed, reached);
            let read = read.map_err(|message| fault(Part::Field(at), message))?;
            fields.extend(read.map(|text| (field.code.clone(), text)));
        }
        let note = self.note.trim();
        let note = (!note.is_empty()).then(|| note.replace('\0', "\u{fffd}"));
        Ok(Filled { outcome, on, amount, note, next_on, fields })
    }
}

fn day(text: &str) -> Result<Option<NaiveDate>, Message> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| msg!("task.form.no-day").into()),
    }
}

fn money(text: &str, currency: Currency) -> Result<Minor, Message> {
    let amount = currency.parse(text).map_err(|error| RowFault::Amount(error).message())?;
    if amount.0 < 0 {
        return Err(RowFault::Amount(MoneyError::NotANumber).message());
    }
    sold(amount).map_err(|fault| fault.message())?;
    Ok(amount)
}

/// What stands in a field as the database keeps it; none if it is empty.
fn value(field: &FormField, typed: &str, reached: bool) -> Result<Option<String>, Message> {
    let label = field.label.as_deref().unwrap_or(&field.code);
    if is_blank(typed) {
        if field.required && reached {
            if evidence_asked(&field.code).is_some() {
                let said = Message::new(msg!("task.form.evidence")).with("step", label);
                return Err(said.with("code", field.code.as_str()));
            }
            return Err(Message::new(msg!("task.form.required")).with("field", label));
        }
        return Ok(None);
    }
    let wrong = |key| Message::new(key).with("field", label);
    let kept = match field.kind {
        FieldType::Text if typed.chars().count() <= NOTE_MAX => typed.replace('\0', "\u{fffd}"),
        FieldType::Text => return Err(wrong(msg!("task.form.too-long"))),
        FieldType::Number if is_number(typed) => typed.to_owned(),
        FieldType::Number => return Err(wrong(msg!("task.form.no-number"))),
        FieldType::Date => match typed.parse::<NaiveDate>() {
            Ok(day) => day.format("%Y-%m-%d").to_string(),
            Err(_) => return Err(wrong(msg!("task.form.no-day-in"))),
        },
        FieldType::Choice => {
            let chosen = choice(field, typed);
            chosen.ok_or_else(|| {
                wrong(msg!("task.form.no-choice")).with("choices", field.choices.join(", "))
            })?
        }
        FieldType::Flag => match typed.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "是" => "true".to_owned(),
            "false" | "no" | "n" | "0" | "否" => "false".to_owned(),
            _ => return Err(wrong(msg!("task.form.no-flag"))),
        },
    };
    Ok(Some(kept))
}

/// One of the choices by its words, or by its number counted from 1.
fn choice(field: &FormField, typed: &str) -> Option<String> {
    let named = field.choices.iter().find(|choice| choice.as_str() == typed);
    let numbered =
        || typed.parse::<usize>().ok().and_then(|n| field.choices.get(n.checked_sub(1)?));
    named.or_else(numbered).cloned()
}

/// At most fifteen digits, and six behind the point.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(w, p)| (w, Some(p)));
    let plain = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    plain(whole, 15) && part.is_none_or(|part| plain(part, 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(code: &str, kind: FieldType, required: bool, choices: &[&str]) -> FormField {
        let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
        FormField { code: code.to_owned(), label: None, kind, required, choices }
    }

    fn form() -> Vec<FormField> {
        vec![
            field("why", FieldType::Choice, true, &["利率", "服务"]),
            field("sum", FieldType::Number, false, &[]),
            field("came", FieldType::Flag, false, &[]),
            field("when", FieldType::Date, false, &[]),
        ]
    }

    fn typed(outcome: &str, fields: &[&str]) -> Typed {
        let fields = fields.iter().map(|&text| text.to_owned()).collect();
        Typed { outcome: outcome.to_owned(), fields, ..Typed::default() }
    }

    #[test]
    fn what_is_typed_is_read_by_its_type() {
        let read = |outcome, fields: &[&str]| typed(outcome, fields).read(&form(), Currency::CNY);
        let filled = read("预约", &["2", "-1.50", "是", "2026-11-02"]).unwrap();
        assert_eq!(filled.outcome, Outcome::Appointment);
        let kept: Vec<&str> = filled.fields.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(kept, ["服务", "-1.50", "true", "2026-11-02"]);
        assert_eq!(read("sold", &["利率", "", "", ""]).unwrap().fields.len(), 1);
        for (outcome, fields, part) in [
            ("soled", vec![], Part::Outcome),
            ("sold", vec!["", "", "", ""], Part::Field(0)),
            ("sold", vec!["3"], Part::Field(0)),
            ("sold", vec!["1", "1."], Part::Field(1)),
            ("sold", vec!["1", "1,000"], Part::Field(1)),
            ("sold", vec!["1", "", "maybe"], Part::Field(2)),
            ("sold", vec!["1", "", "", "2026-02-30"], Part::Field(3)),
        ] {
            assert_eq!(read(outcome, &fields).unwrap_err().part, part, "{outcome} {fields:?}");
        }
    }

    #[test]
    fn nothing_is_required_of_whom_one_has_not_reached() {
        for outcome in ["no_answer", "空号"] {
            assert!(typed(outcome, &[]).read(&form(), Currency::CNY).is_ok(), "{outcome}");
        }
    }

    #[test]
    fn days_and_amounts_must_be_such() {
        let read = |typed: Typed| typed.read(&[], Currency::CNY).map_err(|fault| fault.part);
        let base = typed("sold", &[]);
        assert_eq!(read(Typed { on: "1.11.".to_owned(), ..base.clone() }), Err(Part::On));
        assert_eq!(read(Typed { amount: "x".to_owned(), ..base.clone() }), Err(Part::Amount));
        assert_eq!(read(Typed { amount: "-1".to_owned(), ..base.clone() }), Err(Part::Amount));
        let both =
            Typed { on: "2026-11-02".to_owned(), next_on: "2026-11-01".to_owned(), ..base.clone() };
        assert_eq!(read(both), Err(Part::NextOn));
        let long = "长".repeat(NOTE_MAX + 1);
        assert_eq!(read(Typed { note: long, ..base.clone() }), Err(Part::Note));
        let good = Typed { amount: "12.50".to_owned(), ..base }.read(&[], Currency::CNY).unwrap();
        assert_eq!(good.amount, Some(Minor(1250)));
    }
}
