//! The form of the coaching log: what was seen at a unit, what was agreed, until when.

use chrono::NaiveDate;

use crate::app::draft::{Draft, DraftKey, DraftOf};
use crate::app::field::Field;
use crate::domain::coaching::NewCoaching;
use crate::domain::message::{Key, Message};
use crate::msg;

/// How many fields there are.
pub const FIELDS: usize = 5;

/// What they are called.
pub const LABELS: [Key; FIELDS] = [
    msg!("coaching.form.seen"),
    msg!("coaching.form.agreed"),
    msg!("coaching.form.due"),
    msg!("coaching.form.rm"),
    msg!("coaching.form.on"),
];

const SEEN: usize = 0;
const AGREED: usize = 1;
const DUE: usize = 2;
const RM: usize = 3;
const ON: usize = 4;

/// An entry of the log, as it is typed.
#[derive(Clone, Debug)]
pub struct CoachingPage {
    /// Which form this is, for its draft.
    pub key: DraftKey,
    /// Code and name of the unit.
    pub org: (String, String),
    /// What is typed, as [`LABELS`] names it.
    pub fields: Vec<Field>,
    /// Which field has the keys.
    pub focus: usize,
    /// What is wrong, and in which field.
    pub error: Option<(usize, Message)>,
    /// Something was typed since it was opened.
    pub touched: bool,
}

impl CoachingPage {
    /// An empty form for a unit; what was seen was seen on the bank's day, and is due a week later.
    #[must_use]
    pub fn new(org: (String, String), today: Option<NaiveDate>) -> Self {
        let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
        let due = today.and_then(|day| day.checked_add_days(chrono::Days::new(7)));
        Self::of(org, ["", "", &day(due), "", &day(today)])
    }

    fn of(org: (String, String), texts: [&str; FIELDS]) -> Self {
        Self {
            key: DraftKey { of: DraftOf::Coaching, form: org.0.clone() },
            org,
            fields: texts.map(Field::new).to_vec(),
            focus: 0,
            error: None,
            touched: false,
        }
    }

    /// The form as typed: the unit's code and name come first.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let mut fields = vec![self.org.0.clone(), self.org.1.clone()];
        fields.extend(self.fields.iter().map(|field| field.text().to_owned()));
        Draft { key: self.key.clone(), fields }
    }

    /// The form of a draft; missing fields are empty.
    #[must_use]
    pub fn from_draft(draft: &Draft) -> Self {
        let field = |at: usize| draft.fields.get(at).map_or("", String::as_str);
        let org = (field(0).to_owned(), field(1).to_owned());
        let texts = std::array::from_fn(|at| field(at + 2));
        Self { key: draft.key.clone(), touched: true, ..Self::of(org, texts) }
    }

    /// What is typed.
    ///
    /// # Errors
    /// The first field that cannot be so, and what it must be.
    pub fn read(&self) -> Result<NewCoaching, (usize, Message)> {
        let text = |at: usize| self.fields[at].text().trim().to_owned();
        for at in [SEEN, AGREED] {
            if text(at).is_empty() {
                return Err((at, msg!("console.form.needed").into()));
            }
        }
        let day = |at: usize| {
            let day: Result<NaiveDate, _> = text(at).parse();
            day.map_err(|_| (at, msg!("task.form.no-day").into()))
        };
        let seen_on = if text(ON).is_empty() { None } else { Some(day(ON)?) };
        let rm = Some(text(RM)).filter(|rm| !rm.is_empty());
        let (org, due) = (self.org.0.clone(), day(DUE)?);
        Ok(NewCoaching { org, rm, seen_on, seen: text(SEEN), agreed: text(AGREED), due })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> CoachingPage {
        let today = NaiveDate::from_ymd_opt(2026, 11, 20);
        CoachingPage::new(("B03".into(), "南城分行".into()), today)
    }

    #[test]
    fn the_form_says_which_field_is_wrong() {
        let mut page = page();
        assert_eq!(page.read().unwrap_err().0, SEEN);
        page.fields[SEEN] = Field::new("a");
        assert_eq!(page.read().unwrap_err().0, AGREED);
        page.fields[AGREED] = Field::new(" b ");
        let new = page.read().unwrap();
        assert_eq!((new.due.to_string().as_str(), new.agreed.as_str()), ("2026-11-27", "b"));
        assert_eq!((new.rm, new.seen_on), (None, NaiveDate::from_ymd_opt(2026, 11, 20)));
        page.fields[DUE] = Field::new("soon");
        assert_eq!(page.read().unwrap_err().0, DUE);
    }

    #[test]
    fn a_draft_gives_the_form_back() {
        let mut page = page();
        page.fields[SEEN] = Field::new("早会未讲名单");
        let again = CoachingPage::from_draft(&page.draft());
        assert_eq!((again.draft(), again.org.clone()), (page.draft(), page.org.clone()));
        assert_eq!(page.draft().name(), "B03");
        let empty = Draft { key: again.key, fields: vec![] };
        assert_eq!(CoachingPage::from_draft(&empty).fields.len(), FIELDS);
    }
}
