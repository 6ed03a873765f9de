//! What shows that a step was done that must be done: a part of the outcome's form.
//!
//! Each such step has a field of its own beside the strategy's, so that it is typed, checked and kept as those are. Its
//! name says what is asked for and of which step (`@note1`, `@photo3`); no code of an own field begins so. Baton keeps no pictures:
//! a photograph is named by where the branch keeps it. `baton.outcome_form` says the same.

use super::body::{Body, FormField};
use super::word::{Evidence, FieldType};
use crate::domain::message::Message;
use crate::msg;

impl Body {
    /// The outcome's whole form: the strategy's own fields, then what shows each step that must be done and shown.
    #[must_use]
    pub fn form(&self) -> Vec<FormField> {
        let shown = self.steps.iter().enumerate().filter_map(|(at, step)| {
            Some(FormField {
                code: self.evidence_code(at)?,
                label: Some(step.text.clone()),
                kind: FieldType::Text,
                required: true,
                choices: vec![],
            })
        });
        self.fields.iter().cloned().chain(shown).collect()
    }

    /// The name of the field for the step at this place; none if it need not be shown, or need not be done.
    #[must_use]
    pub fn evidence_code(&self, at: usize) -> Option<String> {
        let step = self.steps.get(at)?;
        let asked = step.must && step.evidence != Evidence::None;
        asked.then(|| format!("@{}{}", step.evidence.code(), at + 1))
    }
}

/// What a field of this name asks for; none if it is one of the strategy's own.
#[must_use]
pub fn evidence_asked(code: &str) -> Option<Evidence> {
    let named = code.strip_prefix('@')?.trim_end_matches(|digit: char| digit.is_ascii_digit());
    Evidence::from_code(named)
}

/// What shows a step, or what is to show it; `code` is the field that asks for it.
#[must_use]
pub fn said_of(evidence: Evidence, shown: Option<&str>, code: String) -> Message {
    match (shown, evidence) {
        (Some(text), _) => {
            Message::new(msg!("task.step.shown")).with("text", text).with("code", code)
        }
        (None, Evidence::Photo) => Message::new(msg!("task.step.asks-photo")).with("code", code),
        (None, _) => Message::new(msg!("task.step.asks-note")).with("code", code),
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::Step;
    use super::*;

    #[test]
    fn a_step_that_must_be_done_and_shown_is_a_field_of_the_form() {
        let step = |text: &str, must, evidence| Step { text: text.to_owned(), must, evidence };
        let body = Body {
            steps: vec![
                step("ask", true, Evidence::Note),
                step("say", true, Evidence::None),
                step("invite", false, Evidence::Photo),
                step("sign", true, Evidence::Photo),
            ],
            ..Body::default()
        };
        let form = body.form();
        let told: Vec<_> =
            form.iter().map(|f| (f.code.as_str(), f.label.as_deref(), f.required)).collect();
        assert_eq!(told, [("@note1", Some("ask"), true), ("@photo4", Some("sign"), true)]);
        let asked: Vec<_> = form.iter().map(|field| evidence_asked(&field.code)).collect();
        assert_eq!(asked, [Some(Evidence::Note), Some(Evidence::Photo)]);
        assert_eq!(evidence_asked("note1"), None);
        assert!(!crate::domain::code::is_code(&form[0].code), "no own field has such a code");
    }
}
