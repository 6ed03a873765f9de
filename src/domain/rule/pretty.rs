//! A rule laid out in lines, as people read one: what does not fit into a line is broken before `and` and `or`, and
//! what stands in parentheses is further in. It reads back as the same tree; what is stored and hashed is the
//! canonical form alone.

use super::expr::{Expr, Rule};
use super::print::{Strength, condition, strength};
use super::{MAX_CHARS, MAX_DEPTH};

/// How much further in a parenthesis stands, in cells.
const STEP: usize = 2;

struct Lines<'r> {
    rule: &'r Rule,
    width: usize,
    out: String,
    depth: usize,
    deepest: usize,
}

impl Rule {
    /// The rule in lines of about `width` characters, which read back as the same rule. A condition by itself is never
    /// broken, whatever its length.
    #[must_use]
    pub fn pretty(&self, width: usize) -> String {
        let canonical = self.canonical();
        if canonical.chars().count() <= width {
            return canonical;
        }
        let mut lines = Lines { rule: self, width, out: String::new(), depth: 0, deepest: 0 };
        lines.write(&self.expr, 0, 0, 0);
        // More parentheses and blanks than a rule may have are not worth the look.
        if lines.deepest >= MAX_DEPTH || lines.out.chars().count() > MAX_CHARS {
            return canonical;
        }
        lines.out
    }
}

impl Lines<'_> {
    /// Writes a condition that begins in column `at`, further lines at `indent`; behind it stand `tail` characters.
    fn write(&mut self, expr: &Expr, indent: usize, at: usize, tail: usize) {
        let flat = condition(expr, self.rule.currency);
        let (parts, word, at_least) = match expr {
            _ if at + flat.chars().count() + tail <= self.width => return self.flat(expr, &flat),
            Expr::And(parts) => (parts, "and ", Strength::Not),
            Expr::Or(parts) => (parts, "or ", Strength::And),
            Expr::Not(inner) => {
                self.out.push_str("not ");
                self.deeper(|lines| {
                    if strength(inner) < Strength::Not {
                        lines.parenthesized(inner, indent);
                    } else {
                        lines.write(inner, indent, at + 4, tail);
                    }
                });
                return;
            }
            _ => return self.flat(expr, &flat),
        };
        for (i, part) in parts.iter().enumerate() {
            let mut begins = at;
            if i > 0 {
                self.line(indent);
                self.out.push_str(word);
                begins = indent + word.len();
            }
            // A group in lines of its own is held together by parentheses, needed or not.
            let group = strength(part) < Strength::Not;
            let flat = condition(part, self.rule.currency);
            let needed = strength(part) < at_least;
            let length = flat.chars().count() + if needed { 2 } else { 0 };
            if group && begins + length > self.width {
                self.parenthesized(part, indent);
            } else if needed {
                self.out.push('(');
                self.deeper(|lines| lines.flat(part, &flat));
                self.out.push(')');
            } else {
                self.write(part, indent, begins, 0);
            }
        }
    }

    fn parenthesized(&mut self, expr: &Expr, indent: usize) {
        self.out.push('(');
        self.line(indent + STEP);
        self.deeper(|lines| lines.write(expr, indent + STEP, indent + STEP, 0));
        self.line(indent);
        self.out.push(')');
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.push_str(&" ".repeat(indent));
    }

    /// A condition in one line; how deep it is counts.
    fn flat(&mut self, expr: &Expr, text: &str) {
        let inner = super::print::depth(expr, self.rule.currency);
        self.deepest = self.deepest.max(self.depth + inner);
        self.out.push_str(text);
    }

    fn deeper(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        inner(self);
        self.depth -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn a_short_rule_stays_in_its_line() {
        assert_eq!(read("aum >= 5 AND housing").pretty(56), "aum >= 5 and housing");
    }

    #[test]
    fn a_long_rule_is_broken_before_its_words() {
        let rule = read(
            "aum >= 50000 and job in ('student', 'teacher') and (housing or age between 30 and 45 \
             or not (age > 60 and org under 'B03' and aum < 9000000)) and (age > 18 or age < 5)",
        );
        let lines = [
            "aum >= 50000",
            "and job in ('student', 'teacher')",
            "and (",
            "  housing",
            "  or age between 30 and 45",
            "  or not (",
            "    age > 60",
            "    and org under 'B03'",
            "    and aum < 9000000",
            "  )",
            ")",
            "and (age > 18 or age < 5)",
        ];
        assert_eq!(rule.pretty(40), lines.join("\n"));
        assert_eq!(read(&rule.pretty(40)), rule);
    }

    #[test]
    fn a_group_within_or_is_held_together() {
        let rule = read("housing and age > 30 and aum > 50000 or age < 5 and aum > 1");
        let lines = [
            "(",
            "  housing",
            "  and age > 30",
            "  and aum > 50000",
            ")",
            "or age < 5 and aum > 1",
        ];
        assert_eq!(rule.pretty(30), lines.join("\n"));
        assert_eq!(read(&rule.pretty(30)), rule);
    }
}
