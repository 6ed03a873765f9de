//! The standard plays (工作范式) as templates: files of `fixtures/templates`, compiled in.
//!
//! A template is a strategy's file without code and segment, with a `[template]` table at its head that names it and
//! suggests whom it is for. Its text is the bank's to change: a strategy made from it is a draft like any other.

use serde::Deserialize;

use super::StrategyText;
use super::file::{self, StrategyFileError};
use crate::domain::money::Currency;

/// The files, in the order of the plays.
const FILES: [&str; 6] = [
    include_str!("../../../fixtures/templates/first-meeting.toml"),
    include_str!("../../../fixtures/templates/hundred-days.toml"),
    include_str!("../../../fixtures/templates/growth.toml"),
    include_str!("../../../fixtures/templates/winback.toml"),
    include_str!("../../../fixtures/templates/near-tier.toml"),
    include_str!("../../../fixtures/templates/prospects.toml"),
];

/// A standard play.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Template {
    /// `winback`
    pub code: String,
    /// 流失挽回
    pub zh: String,
    /// Win back
    pub en: String,
    /// What it is for, in Chinese.
    pub about_zh: String,
    /// The same in English.
    pub about_en: String,
    /// Name of the segment that it suggests.
    pub segment_name: String,
    /// Rule of that segment.
    pub segment_rule: String,
    #[serde(skip)]
    file: &'static str,
}

#[derive(Deserialize)]
struct Head {
    template: Template,
}

impl Template {
    /// Every play.
    #[must_use]
    pub fn all() -> Vec<Self> {
        // A file that cannot be read is found by a test of this module.
        let read = |file| Some(Self { file, ..toml::from_str::<Head>(file).ok()?.template });
        FILES.into_iter().filter_map(read).collect()
    }

    /// The play of this code, or of its name in either language.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let is = |t: &Self| t.code == name || t.zh == name || t.en.eq_ignore_ascii_case(name);
        Self::all().into_iter().find(is)
    }

    /// The play that suggests the segment of this code.
    #[must_use]
    pub fn suggesting(segment: &str) -> Option<Self> {
        Self::all().into_iter().find(|play| play.segment_code() == segment)
    }

    /// The file as it stands.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// Code of the segment that it suggests.
    #[must_use]
    pub fn segment_code(&self) -> String {
        format!("SG-{}", self.code.to_uppercase())
    }

    /// The strategy's text under this code for this segment.
    ///
    /// # Errors
    /// [`StrategyFileError`] if the bank's currency has fewer decimals than the template's amounts.
    pub fn text(
        &self,
        code: &str,
        segment: &str,
        currency: Currency,
    ) -> Result<StrategyText, StrategyFileError> {
        let text = file::read_template(self.file, currency)?.strategy;
        Ok(StrategyText { code: code.to_owned(), segment: segment.to_owned(), ..text })
    }
}

/// The number after the highest of `ST-014` and the like.
#[must_use]
pub fn free_code<'a>(taken: impl Iterator<Item = &'a str>) -> String {
    let highest = taken.filter_map(|code| code.strip_prefix("ST-")?.parse::<u32>().ok()).max();
    format!("ST-{:03}", highest.unwrap_or(0).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_play_of_the_bank_is_there_with_all_its_parts() {
        let plays = Template::all();
        let names: Vec<&str> = plays.iter().map(|play| play.zh.as_str()).collect();
        assert_eq!(names, ["首面经营", "新户百日", "存量提升", "流失挽回", "临界提升", "潜客专案"]);
        for play in &plays {
            let text = play.text("ST-1", "SG-1", Currency::CNY).unwrap();
            assert_eq!(text.faults(), [], "{}", play.code);
            let body = &text.body;
            assert!(body.waves.len() >= 2 && body.channels.len() >= 2, "{}", play.code);
            assert!(body.steps.iter().any(|step| step.must), "{}", play.code);
            assert!(body.steps.iter().any(|step| !step.must), "{}", play.code);
            assert!(!body.exits.is_empty() && !body.guards.is_empty(), "{}", play.code);
            assert!(body.success.is_some() && !body.fields.is_empty(), "{}", play.code);
            assert_eq!(Template::named(&play.code).as_ref(), Some(play));
            assert_eq!(Template::named(&play.zh).as_ref(), Some(play));
            assert_eq!(Template::suggesting(&play.segment_code()).as_ref(), Some(play));
        }
        assert_eq!(Template::named("nothing"), None);
    }

    #[test]
    fn a_code_follows_the_highest() {
        assert_eq!(free_code(["ST-014", "ST-9", "X-99", "ST-a"].into_iter()), "ST-015");
        assert_eq!(free_code([].into_iter()), "ST-001");
    }
}
