//! The rule editor: code, name, rule, and the count that follows the text.

use crate::app::action::Refusal;
use crate::app::draft::{Draft, DraftKey, DraftOf};
use crate::app::editor::Editor;
use crate::app::field::Field;
use crate::domain::segment::SegmentCount;

/// What the keys go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFocus {
    /// The rule's text.
    Rule,
    /// The segment's code.
    Code,
    /// The segment's name.
    Name,
}

/// The rule editor.
#[derive(Clone, Debug)]
pub struct RulePage {
    /// Which form this is, for its draft.
    pub key: DraftKey,
    /// The rule.
    pub editor: Editor,
    /// The segment's code.
    pub code: Field,
    /// The segment's name.
    pub name: Field,
    /// What the keys go to.
    pub focus: RuleFocus,
    /// The latest answer, and the text it belongs to.
    pub count: Option<(String, SegmentCount)>,
    /// What is wrong with the text on screen.
    pub refusal: Option<Refusal>,
    /// The segment is known already: saving makes its next version.
    pub known: bool,
    /// Something was typed since it was opened or saved.
    pub touched: bool,
}

impl RulePage {
    /// An editor for a rule.
    #[must_use]
    pub fn new(code: &str, name: &str, rule: &str, known: bool) -> Self {
        Self {
            key: DraftKey { of: DraftOf::Segment, form: code.to_owned() },
            editor: Editor::new(rule),
            code: Field::new(code),
            name: Field::new(name),
            focus: RuleFocus::Rule,
            count: None,
            refusal: None,
            known,
            touched: false,
        }
    }

    /// True if the count on screen belongs to the text on screen.
    #[must_use]
    pub fn counted(&self) -> bool {
        self.count.as_ref().is_some_and(|(text, _)| *text == self.editor.text())
    }

    /// The form as typed.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let fields = vec![self.code.text().into(), self.name.text().into(), self.editor.text()];
        Draft { key: self.key.clone(), fields }
    }

    /// The form of a draft; missing fields are empty.
    #[must_use]
    pub fn from_draft(draft: &Draft) -> Self {
        let field = |i: usize| draft.fields.get(i).map_or("", String::as_str);
        let page = Self::new(field(0), field(1), field(2), false);
        Self { key: draft.key.clone(), touched: true, ..page }
    }
}
