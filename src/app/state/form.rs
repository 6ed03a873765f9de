//! The strategy form: one line per field, the script in an editor, and the deeper parts as their text in another.

use crate::app::draft::{Draft, DraftKey, DraftOf};
use crate::app::editor::Editor;
use crate::app::field::Field;
use crate::domain::decimal::share_ppm;
use crate::domain::message::{Arg, Key, Message};
use crate::domain::money::Currency;
use crate::domain::rule::Vocabulary;
use crate::domain::strategy::file::{self, Place};
use crate::domain::strategy::text::share;
use crate::domain::strategy::{StrategyText, script};
use crate::msg;

/// How many one-line fields there are.
pub const LINES: usize = 8;

/// The code, among the fields.
pub const CODE: usize = 0;

/// The segment, among the fields.
pub const SEGMENT: usize = 2;

/// The script, among the fields.
pub const SCRIPT: usize = LINES;

/// The deeper parts, among the fields.
pub const BODY: usize = LINES + 1;

/// How many fields there are.
pub const FIELDS: usize = LINES + 2;

/// The labels of the one-line fields, in order.
pub const LABELS: [Key; LINES] = [
    msg!("console.form.code"),
    msg!("console.form.name"),
    msg!("console.form.segment"),
    msg!("console.form.deadline-days"),
    msg!("console.form.control-share"),
    msg!("console.form.seed"),
    msg!("console.form.product"),
    msg!("console.form.benefit"),
];

/// What is wrong with a form, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFault {
    /// Which field.
    pub field: usize,
    /// What is wrong.
    pub message: Message,
    /// Where in an editor's text.
    pub place: Option<Place>,
}

impl FormFault {
    fn of(field: usize, message: impl Into<Message>) -> Self {
        Self { field, message: message.into(), place: None }
    }
}

/// The strategy form.
#[derive(Clone, Debug)]
pub struct FormPage {
    /// Which form this is, for its draft.
    pub key: DraftKey,
    /// The one-line fields, as [`LABELS`] names them.
    pub fields: Vec<Field>,
    /// The script.
    pub script: Editor,
    /// The deeper parts, as a file has them.
    pub body: Editor,
    /// The version that it was made from, and its code; a save finds nothing else there, or writes nothing.
    pub made_from: Option<(String, i32)>,
    /// Which field has the keys; [`SCRIPT`] and [`BODY`] are the editors.
    pub focus: usize,
    /// What is wrong.
    pub error: Option<FormFault>,
    /// Something was typed since it was opened or saved.
    pub touched: bool,
}

impl FormPage {
    /// A form for a new strategy.
    #[must_use]
    pub fn blank(code: &str, segment: &str) -> Self {
        Self::of([code, "", segment, "14", "0.10", "7", "", ""], "", "")
    }

    /// A form for the next version of a strategy, made from version `base`.
    #[must_use]
    pub fn from_text(text: &StrategyText, base: i32, currency: Currency) -> Self {
        let (days, share, seed) =
            (text.deadline_days.to_string(), share(text.control_ppm), text.seed.to_string());
        let fields = [
            text.code.as_str(),
            &text.name,
            &text.segment,
            &days,
            &share,
            &seed,
            &text.product,
            &text.benefit,
        ];
        let body = file::print_body(&text.body, currency);
        let made_from = Some((text.code.clone(), base));
        Self { made_from, ..Self::of(fields, &text.script, body.trim_end()) }
    }

    fn of(fields: [&str; LINES], script: &str, body: &str) -> Self {
        let focus = fields.iter().position(|f| f.is_empty()).unwrap_or(LINES);
        Self {
            key: DraftKey { of: DraftOf::Strategy, form: fields[0].to_owned() },
            fields: fields.map(Field::new).to_vec(),
            script: Editor::new(script),
            body: Editor::new(body),
            made_from: None,
            focus,
            error: None,
            touched: false,
        }
    }

    /// The form as typed.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let mut fields: Vec<String> = self.fields.iter().map(|f| f.text().to_owned()).collect();
        let (code, base) = self.made_from.clone().unwrap_or_default();
        fields.extend([self.script.text(), self.body.text(), code, base.to_string()]);
        Draft { key: self.key.clone(), fields }
    }

    /// The form's draft with what `theirs` says in each field that reads as `base` in the form: what one has not touched is not
    /// taken back from somebody who has.
    #[must_use]
    pub fn merged(&self, base: &StrategyText, theirs: &StrategyText, currency: Currency) -> Draft {
        let [base, theirs] =
            [base, theirs].map(|text| Self::from_text(text, 0, currency).draft().fields);
        let mut draft = self.draft();
        for (field, (base, theirs)) in
            draft.fields.iter_mut().zip(base.iter().zip(theirs)).take(FIELDS)
        {
            if field.trim() == base.trim() {
                *field = theirs;
            }
        }
        draft
    }

    /// The form of a draft; missing fields are empty.
    #[must_use]
    pub fn from_draft(draft: &Draft) -> Self {
        let field = |i: usize| draft.fields.get(i).map_or("", String::as_str);
        let lines = std::array::from_fn(field);
        let base = field(FIELDS + 1).parse().ok().filter(|base| *base > 0);
        let made_from = base.map(|base| (field(FIELDS).to_owned(), base));
        let form = Self::of(lines, field(SCRIPT), field(BODY));
        Self { key: draft.key.clone(), touched: true, made_from, ..form }
    }

    /// The version that must stand there when `code` is saved: none under a code that was typed anew.
    #[must_use]
    pub fn base(&self, code: &str) -> i32 {
        self.made_from.as_ref().filter(|(of, _)| of == code).map_or(0, |(_, base)| *base)
    }

    /// The editor that has the keys, if it is one.
    pub fn editor_mut(&mut self) -> Option<&mut Editor> {
        match self.focus {
            SCRIPT => Some(&mut self.script),
            BODY => Some(&mut self.body),
            _ => None,
        }
    }

    /// The text of the strategy.
    ///
    /// # Errors
    /// The first field that cannot be read, and what it must be.
    pub fn text(&self, currency: Currency) -> Result<StrategyText, FormFault> {
        let field = |i: usize| self.fields[i].text().trim().to_owned();
        for i in [0, 1, 2, 6] {
            if field(i).is_empty() {
                return Err(FormFault::of(i, msg!("console.form.needed")));
            }
        }
        let deadline_days = field(3).parse().ok().filter(|d| (1..=366).contains(d));
        let control_ppm = share_ppm(&field(4))
            .and_then(|ppm| i32::try_from(ppm).ok())
            .filter(|ppm| *ppm <= 900_000);
        let body = file::read_body(&self.body.text(), currency).map_err(|error| FormFault {
            field: BODY,
            message: error.message(),
            place: error.place(),
        })?;
        Ok(StrategyText {
            code: field(0),
            name: field(1),
            segment: field(2),
            deadline_days: deadline_days
                .ok_or_else(|| FormFault::of(3, msg!("console.form.bad-days")))?,
            control_ppm: control_ppm
                .ok_or_else(|| FormFault::of(4, msg!("console.form.bad-share")))?,
            seed: field(5).parse().map_err(|_| FormFault::of(5, msg!("console.form.bad-seed")))?,
            product: field(6),
            benefit: field(7),
            script: self.script.text(),
            body: body.strategy.body,
        })
    }

    /// What the bank has refused a part of the deeper text for, where that text has the part.
    #[must_use]
    pub fn refused(&self, said: &Message, currency: Currency) -> Option<FormFault> {
        let key = match said.args.iter().find(|(name, _)| *name == "key") {
            Some((_, Arg::Text(key))) if said.key == msg!("strategy.part-of") => key,
            _ => return None,
        };
        let place = file::read_body(&self.body.text(), currency).ok()?.place_of(key)?;
        Some(FormFault { field: BODY, message: said.clone(), place: Some(place) })
    }

    /// What is wrong in one of the editors, held against the bank's words where they are known.
    #[must_use]
    pub fn editors_fault(
        &self,
        currency: Currency,
        words: Option<&Vocabulary>,
    ) -> Option<FormFault> {
        let body = file::read_body(&self.body.text(), currency);
        let body =
            body.and_then(|file| words.map_or(Ok(()), |words| file.check(words).map(|_| ())));
        if let Err(error) = body {
            let (message, place) = (error.message(), error.place());
            return Some(FormFault { field: BODY, message, place });
        }
        let script = self.script.text();
        let error = script::check(&script, words?).err()?;
        let place = Some(Place::of(&script, error.at.start));
        Some(FormFault { field: SCRIPT, message: error.message(), place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_which_field_is_wrong() {
        let mut form = FormPage::blank("ST-1", "SG-1");
        let text = |form: &FormPage| form.text(Currency::CNY);
        assert_eq!(text(&form).unwrap_err().field, 1);
        form.fields[1] = Field::new("a");
        form.fields[6] = Field::new("b");
        form.fields[3] = Field::new("400");
        assert_eq!(text(&form).unwrap_err().field, 3);
        form.fields[3] = Field::new("14");
        assert_eq!(text(&form).unwrap().control_ppm, 100_000);
        form.body = Editor::new("priority = 60\npriorty = 1");
        let fault = text(&form).unwrap_err();
        assert_eq!((fault.field, fault.place), (BODY, Some(Place { line: 2, column: 1 })));
    }

    #[test]
    fn a_draft_gives_the_form_back() {
        let mut form = FormPage::blank("ST-1", "SG-1");
        form.script = Editor::new("a\nb");
        form.body = Editor::new("priority = 1");
        form.made_from = Some(("ST-1".to_owned(), 3));
        let again = FormPage::from_draft(&form.draft());
        assert_eq!(again.draft(), form.draft());
        assert_eq!((again.base("ST-1"), again.base("ST-2")), (3, 0));
        let empty = Draft { key: form.key, fields: vec![] };
        assert_eq!(FormPage::from_draft(&empty).fields.len(), LINES);
    }
}
