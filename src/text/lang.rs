//! Which language the operator reads.

/// A language with a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The word of `--lang`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language of a word such as `en`, `zh-CN`, `zh_CN` or `zh`; `None` if there is no catalogue for it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code.to_ascii_lowercase().replace('_', "-").as_str() {
            "en" | "en-us" | "en-gb" => Some(Self::En),
            "zh" | "zh-cn" | "zh-hans" | "zh-hans-cn" => Some(Self::ZhCn),
            _ => None,
        }
    }

    /// The language of the environment: `LC_ALL` if it is set and not empty, else `LANG`. Any Chinese locale reads
    /// Chinese, everything else English.
    #[must_use]
    pub fn from_locale(lc_all: Option<&str>, lang: Option<&str>) -> Self {
        let locale = lc_all.filter(|s| !s.is_empty()).or(lang).unwrap_or_default();
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") { Self::ZhCn } else { Self::En }
    }

    /// What was asked for on the command line, else the environment's.
    #[must_use]
    pub fn choose(asked: Option<Self>, lc_all: Option<&str>, lang: Option<&str>) -> Self {
        asked.unwrap_or_else(|| Self::from_locale(lc_all, lang))
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses_where_nothing_was_asked() {
        assert_eq!(Lang::from_locale(Some("zh_CN.UTF-8"), Some("en_US.UTF-8")), Lang::ZhCn);
        assert_eq!(
            Lang::from_locale(Some(""), Some("zh_CN.GB18030")),
            Lang::ZhCn,
            "empty is unset"
        );
        assert_eq!(Lang::from_locale(Some("C.UTF-8"), Some("zh_CN.UTF-8")), Lang::En);
        assert_eq!(Lang::from_locale(None, None), Lang::En);
        assert_eq!(Lang::choose(Some(Lang::En), None, Some("zh_CN")), Lang::En);
    }

    #[test]
    fn a_code_reads_back() {
        for lang in Lang::ALL {
            assert_eq!(Lang::from_code(lang.code()), Some(lang));
        }
        assert_eq!(Lang::from_code("fr"), None);
    }
}
