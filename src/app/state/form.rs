//! The strategy form: one line per field, and the script in an editor.

use crate::app::draft::{Draft, DraftKey, DraftOf};
use crate::app::editor::Editor;
use crate::app::field::Field;
use crate::domain::decimal::share_ppm;
use crate::domain::message::{Key, Message};
use crate::domain::strategy::StrategyText;
use crate::domain::strategy::text::share;
use crate::msg;

/// How many one-line fields there are.
pub const LINES: usize = 8;

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

/// The strategy form.
#[derive(Clone, Debug)]
pub struct FormPage {
    /// Which form this is, for its draft.
    pub key: DraftKey,
    /// The one-line fields, as [`LABELS`] names them.
    pub fields: Vec<Field>,
    /// The script.
    pub script: Editor,
    /// Which field has the keys; [`LINES`] is the script.
    pub focus: usize,
    /// What is wrong, and with which field.
    pub error: Option<(usize, Message)>,
    /// Something was typed since it was opened or saved.
    pub touched: bool,
}

impl FormPage {
    /// A form for a new strategy.
    #[must_use]
    pub fn blank(code: &str, segment: &str) -> Self {
        Self::of([code, "", segment, "14", "0.10", "7", "", ""], "")
    }

    /// A form for the next version of a strategy.
    #[must_use]
    pub fn from_text(text: &StrategyText) -> Self {
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
        Self::of(fields, &text.script)
    }

    fn of(fields: [&str; LINES], script: &str) -> Self {
        let focus = fields.iter().position(|f| f.is_empty()).unwrap_or(LINES);
        Self {
            key: DraftKey { of: DraftOf::Strategy, form: fields[0].to_owned() },
            fields: fields.map(Field::new).to_vec(),
            script: Editor::new(script),
            focus,
            error: None,
            touched: false,
        }
    }

    /// The form as typed.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let mut fields: Vec<String> = self.fields.iter().map(|f| f.text().to_owned()).collect();
        fields.push(self.script.text());
        Draft { key: self.key.clone(), fields }
    }

    /// The form of a draft; missing fields are empty.
    #[must_use]
    pub fn from_draft(draft: &Draft) -> Self {
        let field = |i: usize| draft.fields.get(i).map_or("", String::as_str);
        let lines = std::array::from_fn(field);
        Self { key: draft.key.clone(), touched: true, ..Self::of(lines, field(LINES)) }
    }

    /// The text of the strategy.
    ///
    /// # Errors
    /// The first field that cannot be read, and what it must be.
    pub fn text(&self) -> Result<StrategyText, (usize, Message)> {
        let field = |i: usize| self.fields[i].text().trim().to_owned();
        for i in [0, 1, 2, 6] {
            if field(i).is_empty() {
                return Err((i, msg!("console.form.needed").into()));
            }
        }
        let deadline_days = field(3).parse().ok().filter(|d| (1..=366).contains(d));
        let control_ppm = share_ppm(&field(4))
            .and_then(|ppm| i32::try_from(ppm).ok())
            .filter(|ppm| *ppm <= 900_000);
        Ok(StrategyText {
            code: field(0),
            name: field(1),
            segment: field(2),
            deadline_days: deadline_days.ok_or((3, msg!("console.form.bad-days").into()))?,
            control_ppm: control_ppm.ok_or((4, msg!("console.form.bad-share").into()))?,
            seed: field(5).parse().map_err(|_| (5, msg!("console.form.bad-seed").into()))?,
            product: field(6),
            benefit: field(7),
            script: self.script.text(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_which_field_is_wrong() {
        let mut form = FormPage::blank("ST-1", "SG-1");
        assert_eq!(form.text().unwrap_err().0, 1);
        form.fields[1] = Field::new("a");
        form.fields[6] = Field::new("b");
        form.fields[3] = Field::new("400");
        assert_eq!(form.text().unwrap_err().0, 3);
        form.fields[3] = Field::new("14");
        assert_eq!(form.text().unwrap().control_ppm, 100_000);
    }

    #[test]
    fn a_draft_gives_the_form_back() {
        let mut form = FormPage::blank("ST-1", "SG-1");
        form.script = Editor::new("a\nb");
        let again = FormPage::from_draft(&form.draft());
        assert_eq!(again.draft(), form.draft());
        let empty = Draft { key: form.key, fields: vec![] };
        assert_eq!(FormPage::from_draft(&empty).fields.len(), LINES);
    }
}
