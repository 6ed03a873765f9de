//! Names and phones as screens and commands may show them.

/// The first character and a star for each further one: `张**`. A name of Latin words keeps its first word's initial.
#[must_use]
pub fn name(name: &str) -> String {
    use unicode_segmentation::UnicodeSegmentation as _;
    let mut graphemes = name.trim().graphemes(true);
    let Some(first) = graphemes.next() else { return String::new() };
    let rest = graphemes.count().min(2);
    format!("{first}{}", "*".repeat(rest.max(1)))
}

/// `138****5678`; a number too short to hide anything in is hidden whole.
#[must_use]
pub fn phone(phone: &str) -> String {
    let chars: Vec<char> = phone.trim().chars().collect();
    if chars.len() < 9 {
        return "*".repeat(chars.len());
    }
    let head: String = chars[..3].iter().collect();
    let tail: String = chars[chars.len() - 4..].iter().collect();
    format!("{head}****{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_surname_is_shown() {
        assert_eq!(name("张小明"), "张**");
        assert_eq!(name("李雷"), "李*");
        assert_eq!(name("  "), "");
        assert_eq!(name("王"), "王*", "a single character must not look like a whole name");
    }

    #[test]
    fn a_phone_keeps_its_ends_only() {
        assert_eq!(phone("13812345678"), "138****5678");
        assert_eq!(phone("12345678"), "********");
    }
}
