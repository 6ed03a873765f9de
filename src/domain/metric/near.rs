//! The known name that somebody may have meant.

/// The name that differs least from `wanted`, if it is at most a third away; capitals do not count.
#[must_use]
pub fn nearest<'a>(known: impl Iterator<Item = &'a str>, wanted: &str) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let close = known.map(|name| (distance(&name.to_lowercase(), &wanted), name));
    let (distance, name) = close.min_by_key(|&(distance, _)| distance)?;
    (distance * 3 <= wanted.chars().count().max(3)).then_some(name)
}

/// How many characters must be put in, taken out or changed to make `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_meant_and_another_word_is_not() {
        let known = || ["deposit", "wealth", "fund"].into_iter();
        assert_eq!(nearest(known(), "deposits"), Some("deposit"));
        assert_eq!(nearest(known(), "Fnud"), None, "two of four letters");
        assert_eq!(nearest(known(), "FUNDS"), Some("fund"));
        assert_eq!(nearest(known(), "nonsense"), None);
        assert_eq!(nearest(std::iter::empty(), "fund"), None);
    }
}
