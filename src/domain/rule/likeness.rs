//! How alike two names are: slips of the hand, another word for the same, and what both have in common.

use crate::domain::find;

/// Whether two names of two Chinese characters differ in one that does not even sound alike: half the word is another, and
/// so is the word (`基金`, `现金`).
pub(super) fn other_word(wanted: &[char], called: &[char]) -> bool {
    let (&[a, b], &[c, d]) = (wanted, called) else { return false };
    let chinese = [a, b, c, d].iter().all(|one| !one.is_ascii());
    chinese && ((a == c && !find::alike(b, d)) || (b == d && !find::alike(a, c)))
}

/// How far two names are apart that are no slips of one another, but one begins with or holds the other, or they are
/// made of mostly the same Chinese characters (`工资代发`, `代发工资`); none if they have too little in common.
pub(super) fn akin(wanted: &[char], called: &[char]) -> Option<usize> {
    let (short, long) =
        if wanted.len() <= called.len() { (wanted, called) } else { (called, wanted) };
    let apart = long.len() - short.len();
    let chinese = short.iter().all(|c| !c.is_ascii()) && !short.is_empty();
    let begins = wanted.len() >= 3 && called.starts_with(wanted);
    // A character of Chinese says as much as a syllable; one alone says too little.
    let enough = if chinese { 2 } else { 4 };
    let holds = short.len() >= enough
        && long.len() <= 4 * short.len()
        && long.windows(short.len()).any(|part| part == short);
    if begins || holds {
        return Some(apart);
    }
    let mut rest = long.to_vec();
    let same = short.iter().filter(|c| {
        let at = rest.iter().position(|other| other == *c);
        at.map(|at| rest.swap_remove(at)).is_some()
    });
    let same = same.count();
    let mostly = chinese && short.len() >= 3 && 3 * same >= 2 * long.len();
    mostly.then_some(100 + long.len() - same)
}

/// The longest run of characters that stands in both, if it says enough: two characters of Chinese or four letters, and half of what
/// was typed.
pub(super) fn run_in_common(wanted: &str, called: &str) -> usize {
    let (wanted, called): (Vec<char>, Vec<char>) =
        (wanted.chars().collect(), called.chars().collect());
    let mut longest = 0;
    for from in 0..wanted.len() {
        for to in from + longest + 1..=wanted.len() {
            let run = &wanted[from..to];
            if !called.windows(run.len()).any(|part| part == run) {
                break;
            }
            let enough = if run.iter().all(|c| !c.is_ascii()) { 2 } else { 4 };
            if run.len() >= enough && 2 * run.len() >= wanted.len() {
                longest = run.len();
            }
        }
    }
    longest
}

/// How many slips (a character too many, too few, another one, or two exchanged) lie between `a` and `b`, `None` if
/// more than `most`.
pub(super) fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_none_or(|nearest| *nearest > most) {
            return None;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    Some(last[b.len()]).filter(|found| *found <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted_as_people_make_them() {
        let count = |a: &str, b: &str| {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            distance(&a, &b, 3)
        };
        assert_eq!(count("houisng", "housing"), Some(1), "two exchanged are one slip");
        assert_eq!(count("ag", "age"), Some(1));
        assert_eq!(count("年令", "年龄"), Some(1));
        assert_eq!(count("", ""), Some(0));
        assert_eq!(count("housing", "payroll"), None);
    }

    #[test]
    fn what_two_names_have_in_common_must_say_enough() {
        assert_eq!(run_in_common("基金产品", "货币基金"), 2);
        assert_eq!(run_in_common("基金", "现金"), 0, "one character says too little");
        assert_eq!(run_in_common("transfer_money", "transfer_out"), 9);
        assert_eq!(run_in_common("net", "network"), 0, "three letters say too little");
        assert_eq!(
            run_in_common("一个很长的名字基金", "基金"),
            0,
            "a small part of what was typed"
        );
        assert_eq!(run_in_common("", "基金"), 0);
    }
}
